#include "input.h"
#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAW_MOST ((size_t)1 << 30) /* at once: zlib counts in int */

/* zlib's own open would take a folder for an empty file. */
static gf_status open_file(int *fd, const char *name, int is_stdin, gf_error *err)
{
	struct stat info;

	*fd = is_stdin ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &info))
		return gf_fail(err, GF_E_NOINPUT, "%s: %s", name, strerror(errno));
	if (S_ISDIR(info.st_mode))
		return gf_fail(err, GF_E_NOINPUT, "%s: is a folder, not a file", name);
	return GF_OK;
}

const char *input_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

gf_status input_open(struct input *in, const char *path, gf_error *err)
{
	int is_stdin = strcmp(path, "-") == 0;
	int fd = -1;
	gf_status status;

	*in = (struct input){.name = input_name(path)};
	status = open_file(&fd, in->name, is_stdin, err);
	if (!status) {
		in->file = gzdopen(fd, "rb");
		in->chunk = malloc(INPUT_CHUNK + INPUT_PADDING);
		if (!in->file || !in->chunk)
			status = gf_fail_memory(err, INPUT_CHUNK, in->name);
	}
	/* Once open, the descriptor is zlib's to close. */
	if (!in->file && fd >= 0)
		close(fd);
	return status;
}

static gf_status read_failure(struct input *in, int code, gf_error *err)
{
	switch (code) {
	case Z_ERRNO:
		return gf_fail(err, GF_E_IO, "%s: %s", in->name, strerror(errno));
	case Z_MEM_ERROR:
		return gf_fail_memory(err, INPUT_CHUNK, in->name);
	case Z_BUF_ERROR:
		return gf_fail(err, GF_E_DATA, "%s: the gzip data break off", in->name);
	default:
		return gf_fail(err, GF_E_DATA, "%s: the gzip data are damaged", in->name);
	}
}

static int starts_with(const char *bytes, size_t count, const char *mark)
{
	size_t length = strlen(mark);

	return count >= length && memcmp(bytes, mark, length) == 0;
}

static gf_status skip_byte_order_mark(struct input *in, char **bytes, size_t *count, gf_error *err)
{
	static const char utf8[] = "\xef\xbb\xbf";

	if (starts_with(*bytes, *count, "\xff\xfe") || starts_with(*bytes, *count, "\xfe\xff"))
		return gf_fail(err, GF_E_DATA, "%s:1: the text is UTF-16, not UTF-8", in->name);
	if (starts_with(*bytes, *count, utf8)) {
		*bytes += strlen(utf8);
		*count -= strlen(utf8);
	}
	return GF_OK;
}

/* Fills what is given, or *got of it at the end. */
static gf_status read_some(struct input *in, void *bytes, unsigned room, size_t *got, gf_error *err)
{
	int count = gzread(in->file, bytes, room);
	int code = Z_OK;

	*got = count < 0 ? 0 : (size_t)count;
	/* Gzip data that stop short give what there is, then 0 as at a true end. */
	if (count <= 0)
		gzerror(in->file, &code);
	return code == Z_OK || code == Z_STREAM_END ? GF_OK : read_failure(in, code, err);
}

gf_status input_peek(struct input *in, const char **bytes, size_t *count, gf_error *err)
{
	gf_status status = read_some(in, in->chunk, INPUT_CHUNK, &in->end, err);

	*bytes = in->chunk;
	*count = in->end;
	return status;
}

gf_status input_read(struct input *in, char **bytes, size_t *count, gf_error *err)
{
	size_t left = in->end - in->begin, got;
	gf_status status;

	memmove(in->chunk, in->chunk + in->begin, left);
	status = read_some(in, in->chunk + left, (unsigned)(INPUT_CHUNK - left), &got, err);
	if (status)
		return status;
	*bytes = in->chunk;
	*count = in->begin = in->end = left + got;
	memset(in->chunk + in->end, 0, INPUT_PADDING);
	if (in->started)
		return GF_OK;
	in->started = 1;
	return skip_byte_order_mark(in, bytes, count, err);
}

void input_unread(struct input *in, size_t count)
{
	in->begin = in->end - count;
}

gf_status input_read_raw(struct input *in, void *bytes, size_t want, size_t *got, gf_error *err)
{
	char *to = bytes;
	size_t peeked = in->end - in->begin;
	size_t some = peeked < want ? peeked : want;
	gf_status status = GF_OK;

	memcpy(to, in->chunk + in->begin, some);
	in->begin += some;
	*got = some;
	for (some = 1; !status && *got < want && some > 0;) {
		size_t room = want - *got < RAW_MOST ? want - *got : RAW_MOST;

		status = read_some(in, to + *got, (unsigned)room, &some, err);
		*got += some;
	}
	return status;
}

void input_close(struct input *in)
{
	if (in->file)
		gzclose(in->file);
	free(in->chunk);
	*in = (struct input){0};
}
