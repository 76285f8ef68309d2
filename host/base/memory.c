#define _DEFAULT_SOURCE /* madvise, which POSIX does not have */

#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { FIRST_ROOM = 16 };

void *array_reserve(void *array, size_t *room, size_t need, size_t size)
{
	size_t more = *room ? *room : FIRST_ROOM;

	if (need <= *room)
		return array;
	while (more < need && more <= SIZE_MAX / 2)
		more *= 2;
	if (more < need || more > SIZE_MAX / size)
		return NULL;

	void *moved = realloc(array, more * size);

	if (moved)
		*room = more;
	return moved;
}

enum { LARGE_PAGE = 2 << 20 };

void *pages_alloc(size_t bytes)
{
	const size_t alignment = bytes < LARGE_PAGE ? PAGE_ALIGNMENT : LARGE_PAGE;
	const size_t whole = (bytes + alignment - 1) / alignment * alignment;
	void *at = whole < bytes ? NULL : aligned_alloc(alignment, whole);

#ifdef MADV_HUGEPAGE
	/* Before any of it is in use: to join small pages afterwards takes ten times as long. */
	if (at && alignment == LARGE_PAGE)
		(void)madvise(at, whole, MADV_HUGEPAGE);
#endif
	return at;
}
