/* page_array.h: arrays of floats that begin on a page and grow, in memory or in a file. */
#ifndef GF_PAGE_ARRAY_H
#define GF_PAGE_ARRAY_H

#include "file_memory.h"

/* All zeros: an empty array in memory. */
struct page_array {
	float *at;               /* owned */
	size_t bytes;            /* allocated; in a file zeros until they are written */
	const char *beside;      /* borrowed; a path: the array grows in a temporary file beside it;
			       NULL: in memory, by doubling */
	int is_scratch;          /* 1: that file has no name, and never becomes another */
	struct file_memory file; /* owned; all zeros: the array is in memory */
};

/* Makes room for `bytes` bytes and keeps what the array holds; a failure leaves it as it was.
 * GF_E_MEMORY: "cannot allocate N bytes for WHAT".  GF_E_CANTCREATE, GF_E_IO: of the file. */
gf_status page_array_reserve(
	struct page_array *array, size_t bytes, const char *what, gf_error *err);

/* Returns 1 if the array is in a file, whose bytes are zeros until they are written. */
static inline int page_array_in_file(const struct page_array *array)
{
	return array->file.map != NULL;
}

/* Returns 1 if the array is a file that is only read, with zeros behind it. */
static inline int page_array_is_read_only(const struct page_array *array)
{
	return array->file.map && !array->file.out.file;
}

/* In which order the numbers will be read. */
enum page_order {
	PAGE_ORDER_rising,  /* from the first to the last */
	PAGE_ORDER_near,    /* what lies near those that were read is read soon */
	PAGE_ORDER_anywhere /* and nothing can be said of others */
};

/* Tells the system the order, if the array is in a file.  In rising order a file that was not in
 * memory was read at 2.7 GB/s, without that advice at 0.3 to 1.2. */
void page_array_advise(const struct page_array *array, enum page_order order);

void page_array_free(struct page_array *array);

#endif
