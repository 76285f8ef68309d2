/* memory.h: arrays that grow by doubling, so that appending n items takes O(n) time; and memory in
 * large pages for arrays that are read from end to end, over and over. */
#ifndef GF_MEMORY_H
#define GF_MEMORY_H

#include <stddef.h>

/* Makes room for `need` > 0 items of `size` bytes each in an array with room for *room items.
 * Returns the array, perhaps moved; NULL if memory runs out, and leaves the array as it was. */
void *array_reserve(void *array, size_t *room, size_t need, size_t size);

/* Returns the bytes of the machine's memory. */
double memory_of_machine(void);

enum { PAGE_ALIGNMENT = 4096 };

/* Allocates bytes, a multiple of PAGE_ALIGNMENT above 0, that begin on a page; free() frees them.
 * NULL: no memory.
 *
 * The system is asked for large pages if there are many bytes, which affects only speed: a pass
 * over x looks up a 500th of the addresses and was measured at 62 GB/s, with small pages at 45;
 * writing 512 MiB for the first time took 0.24 s instead of 0.88. */
void *pages_alloc(size_t bytes);

#endif
