/* device_memory.h: counts how many bytes of buffers the device has. */
#ifndef GF_DEVICE_MEMORY_H
#define GF_DEVICE_MEMORY_H

#include <stddef.h>

/* Bytes in use now, and at most since memory_forget. */
size_t memory_in_use(void);
size_t memory_peak(void);
void memory_forget(void);

#endif
