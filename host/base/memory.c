#define _DEFAULT_SOURCE /* madvise, which POSIX does not have */

#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FIRST_ROOM = 16 };

void *array_reserve(void *array, size_t *room, size_t need, size_t size)
{
	size_t new_room = *room ? *room : FIRST_ROOM;

	if (need <= *room)
		return array;
	while (new_room < need && new_room <= SIZE_MAX / 2)
		new_room *= 2;
	if (new_room < need || new_room > SIZE_MAX / size)
		return NULL;

	void *moved = realloc(array, new_room * size);

	if (moved)
		*room = new_room;
	return moved;
}

double memory_of_machine(void)
{
	return (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

enum { LARGE_PAGE = 2 << 20 };

void *pages_alloc(size_t bytes)
{
	const size_t alignment = bytes < LARGE_PAGE ? PAGE_ALIGNMENT : LARGE_PAGE;
	const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
	void *at = rounded < bytes ? NULL : aligned_alloc(alignment, rounded);

#ifdef MADV_HUGEPAGE
	/* Asked before any page is in use: joining small pages later takes ten times as long. */
	if (at && alignment == LARGE_PAGE)
		(void)madvise(at, rounded, MADV_HUGEPAGE);
#endif
	return at;
}
