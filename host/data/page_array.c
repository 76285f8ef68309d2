#include "page_array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Copied, not moved page by page as realloc could: large pages do not outlive a move. */
int page_array_reserve(struct page_array *array, size_t bytes)
{
	size_t more = array->bytes ? array->bytes : PAGE_ALIGNMENT;
	float *at;

	if (bytes <= array->bytes)
		return 0;
	while (more < bytes && more <= SIZE_MAX / 4)
		more *= 2;
	at = more < bytes ? NULL : pages_alloc(more);
	if (!at)
		return -1;
	if (array->at)
		memcpy(at, array->at, array->bytes);
	free(array->at);
	*array = (struct page_array){at, more};
	return 0;
}

void page_array_free(struct page_array *array)
{
	free(array->at);
	*array = (struct page_array){0};
}
