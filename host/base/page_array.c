#include "page_array.h"
#include "error.h"
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Copies, since realloc may move pages one by one, and large pages become small when moved. */
static gf_status grow_memory(
	struct page_array *array, size_t bytes, const char *what, gf_error *err)
{
	size_t more = array->bytes ? array->bytes : PAGE_ALIGNMENT;
	float *at;

	while (more < bytes && more <= SIZE_MAX / 4)
		more *= 2;
	at = more < bytes ? NULL : pages_alloc(more);
	if (!at)
		return gf_fail_memory(err, bytes, what);
	if (array->at)
		memcpy(at, array->at, array->bytes);
	free(array->at);
	array->at = at;
	array->bytes = more;
	return GF_OK;
}

#define FILE_STEP ((size_t)1 << 26) /* bytes */

/* Growing a file copies nothing, so large ones grow in small steps, which waste no disk. */
static gf_status grow_file(struct page_array *array, size_t bytes, gf_error *err)
{
	const size_t step = array->bytes / 8 + FILE_STEP;
	const size_t more = array->bytes + (array->bytes < step ? array->bytes : step);

	if (!array->file.out.file)
		TRY(file_memory_new(&array->file, array->beside, err));
	if (array->is_scratch)
		outfile_unlink(&array->file.out);
	TRY(file_memory_grow(&array->file, bytes > more ? bytes : more, err));
	array->at = (float *)array->file.at;
	array->bytes = array->file.bytes;
	return GF_OK;
}

gf_status page_array_reserve(
	struct page_array *array, size_t bytes, const char *what, gf_error *err)
{
	if (bytes <= array->bytes)
		return GF_OK;
	return array->beside ? grow_file(array, bytes, err) : grow_memory(array, bytes, what, err);
}

void page_array_advise(const struct page_array *array, enum page_order order)
{
	static const int ADVICE[] = {[PAGE_ORDER_rising] = POSIX_MADV_SEQUENTIAL,
		[PAGE_ORDER_near] = POSIX_MADV_NORMAL,
		[PAGE_ORDER_anywhere] = POSIX_MADV_RANDOM};

	if (page_array_in_file(array)) /* advice that the system does not take changes nothing */
		(void)posix_madvise(array->file.map, array->file.map_bytes, ADVICE[order]);
}

void page_array_free(struct page_array *array)
{
	if (!page_array_in_file(array))
		free(array->at);
	file_memory_free(&array->file);
	*array = (struct page_array){0};
}
