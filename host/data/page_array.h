/* page_array.h: floats that begin on a page and grow by doubling, as x of a dataset does. */
#ifndef GF_PAGE_ARRAY_H
#define GF_PAGE_ARRAY_H

#include "memory.h"

/* All zeros: none. */
struct page_array {
	float *at;    /* owned; on a page */
	size_t bytes; /* that there is room for */
};

/* Makes room for so many bytes; what there is stays.  0, or -1 where memory runs out: the array is
 * then as it was. */
int page_array_reserve(struct page_array *array, size_t bytes);

void page_array_free(struct page_array *array);

#endif
