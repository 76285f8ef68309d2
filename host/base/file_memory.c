#define _DEFAULT_SOURCE /* MAP_ANONYMOUS and madvise, which POSIX does not have */

#include "file_memory.h"
#include "error.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static size_t whole_pages(size_t bytes)
{
	return (bytes + PAGE_ALIGNMENT - 1) / PAGE_ALIGNMENT * PAGE_ALIGNMENT;
}

static gf_status map_failure(const char *name, size_t bytes, gf_error *err)
{
	return gf_fail(err, GF_E_IO, "%s: cannot map %zu bytes: %s", name, bytes, strerror(errno));
}

/* ---- a file that is read ---- */

/* The system fills the last page of a file with zeros; the pages behind it belong to no file. */
gf_status file_memory_map(struct file_memory *m, const struct file_part *part, gf_error *err)
{
	const size_t end = part->first + part->bytes;
	const size_t bytes = whole_pages(end) + whole_pages(part->zeros);
	void *map = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*m = (struct file_memory){.first = part->first, .bytes = part->bytes + part->zeros};
	if (map == MAP_FAILED)
		return map_failure(part->name, bytes, err);
	m->map = map;
	m->map_bytes = bytes;
	m->at = (char *)map + part->first;
	if (mmap(map, end, PROT_READ, MAP_SHARED | MAP_FIXED, part->fd, 0) != MAP_FAILED)
		return GF_OK;
	map_failure(part->name, end, err);
	file_memory_free(m);
	return GF_E_IO;
}

/* ---- a file that is made ---- */

gf_status file_memory_new(struct file_memory *m, const char *path, gf_error *err)
{
	*m = (struct file_memory){.first = PAGE_ALIGNMENT};
	return outfile_open(&m->out, path, err);
}

/* Gives the file room for `bytes` more than its first page. */
static gf_status extend(struct file_memory *m, size_t bytes, gf_error *err)
{
	const size_t from = m->map_bytes, to = m->first + bytes;
	const int code = posix_fallocate(fileno(m->out.file), (off_t)from, (off_t)(to - from));

	if (!code)
		return GF_OK;
	return gf_fail(err, GF_E_IO, "%s: cannot write %zu bytes into a file beside it: %s",
		m->out.path, to, strerror(code));
}

gf_status file_memory_grow(struct file_memory *m, size_t bytes, gf_error *err)
{
	const size_t whole = whole_pages(bytes), all = m->first + whole;
	void *map;

	if (whole <= m->bytes)
		return GF_OK;
	if (whole < bytes || all < whole || all > (size_t)INT64_MAX)
		return gf_fail_memory(err, bytes, m->out.path);
	TRY(extend(m, whole, err));
	map = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(m->out.file), 0);
	if (map == MAP_FAILED)
		return map_failure(m->out.path, all, err);
	if (m->map)
		munmap(m->map, m->map_bytes);
	m->map = map;
	m->map_bytes = all;
	m->at = (char *)map + m->first;
	m->bytes = whole;
	return GF_OK;
}

void file_memory_free(struct file_memory *m)
{
	if (m->map)
		munmap(m->map, m->map_bytes);
	outfile_abort(&m->out);
	*m = (struct file_memory){0};
}
