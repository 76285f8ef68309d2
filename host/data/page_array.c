#include "page_array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A C library that moves large blocks page by page, as Linux can, leaves their place in a page as
 * it was: then nothing is copied.  aligned_alloc has no such way to grow. */
int page_array_reserve(struct page_array *array, size_t bytes)
{
	size_t more = array->bytes ? array->bytes : PAGE_ALIGNMENT;
	size_t offset;
	char *block;

	if (bytes <= array->bytes)
		return 0;
	while (more < bytes && more <= SIZE_MAX / 4)
		more *= 2;
	if (more < bytes)
		return -1;
	block = realloc(array->block, more + PAGE_ALIGNMENT);
	if (!block)
		return -1;
	offset = (PAGE_ALIGNMENT - (uintptr_t)block % PAGE_ALIGNMENT) % PAGE_ALIGNMENT;
	if (offset != array->offset)
		memmove(block + offset, block + array->offset, array->bytes);
	*array = (struct page_array){block, offset, (float *)(void *)(block + offset), more};
	return 0;
}

void page_array_free(struct page_array *array)
{
	free(array->block);
	*array = (struct page_array){0};
}
