/* memory.h: arrays that grow by doubling, so that n items cost O(n) to append; and memory for what
 * is read from end to end, over and over. */
#ifndef GF_MEMORY_H
#define GF_MEMORY_H

#include <stddef.h>

/* Makes room for `need` > 0 items of `size` bytes each in an array of *room items.  Returns the
 * array, perhaps moved, or NULL where memory runs out: it is then as it was. */
void *array_reserve(void *array, size_t *room, size_t need, size_t size);

enum { PAGE_ALIGNMENT = 4096 };

/* On a page; bytes are a multiple of PAGE_ALIGNMENT, above 0.  NULL: there is no such memory.
 * free() gives it back.
 *
 * Where there are many of them the system is asked for few large pages in place of many small
 * ones.  Nothing but speed depends on it: a pass over x looks up a 500th of the addresses, and was
 * measured at 62 GB/s where small pages gave 45; to write 512 MiB first took 0.24 s, not 0.88. */
void *pages_alloc(size_t bytes);

#endif
