#define _DEFAULT_SOURCE /* madvise, which POSIX does not have */

#include "pages.h"

#include <stdlib.h>
#include <sys/mman.h>

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
