/* array.h: arrays that grow by doubling, so that n items cost O(n) to append. */
#ifndef GF_ARRAY_H
#define GF_ARRAY_H

#include <stddef.h>

/* Makes room for `need` > 0 items of `size` bytes each in an array of *room items.  Returns the
 * array, perhaps moved, or NULL where memory runs out: it is then as it was. */
void *array_reserve(void *array, size_t *room, size_t need, size_t size);

#endif
