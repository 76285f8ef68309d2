#include "input.h"
#include "charset.h"
#include "decompress.h"
#include "error.h"
#include "data_report.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- bytes ---- */

#define RAW_MOST ((size_t)1 << 24) /* bytes to read at once, so that progress is reported */

#define MEMBER ".npz:" /* a member's name follows */

/* Copies the path of the file, and returns the name of its member, NULL if there is none. */
static const char *file_of(char file[PATH_MAX], const char *path)
{
	const char *member = access(path, F_OK) ? strstr(path, MEMBER) : NULL;
	const size_t length = member ? (size_t)(member - path) + strlen(MEMBER) - 1 : strlen(path);

	snprintf(file, PATH_MAX, "%.*s", (int)(length < PATH_MAX ? length : PATH_MAX - 1), path);
	return member ? path + length + 1 : NULL;
}

/* zlib's own open would read a folder as an empty file. */
static gf_status open_file(struct input *in, int *fd, int is_stdin, gf_error *err)
{
	struct stat info;
	char path[PATH_MAX];

	in->member = file_of(path, in->name);
	*fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &info))
		return gf_fail(err, GF_E_NOINPUT, "%s: %s", path, strerror(errno));
	if (S_ISDIR(info.st_mode))
		return gf_fail(err, GF_E_NOINPUT, "%s: is a folder, not a file", in->name);
	in->fd = *fd;
	in->first_byte = lseek(*fd, 0, SEEK_CUR); /* standard input may have been read in part */
	fcntl(*fd, F_SETFD, FD_CLOEXEC);
	return GF_OK;
}

const char *input_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

static gf_status open_next(struct input *in, gf_error *err)
{
	const char *path = in->paths[in->opened++];
	int fd = -1;
	gf_status status;

	in->name = input_name(path);
	if (in->listed) {
		in->listed[in->opened - 1].name = in->name;
		in->all.count = in->opened;
	}
	status = open_file(in, &fd, strcmp(path, "-") == 0, err);
	if (!status) {
		in->file = gzdopen(fd, "rb");
		if (!in->file)
			status = gf_fail_memory(err, INPUT_CHUNK, in->name);
	}
	/* Once open, the descriptor is zlib's to close. */
	if (!in->file && fd >= 0)
		close(fd);
	return status;
}

int input_stat(const char *path, struct stat *info)
{
	char file[PATH_MAX];

	file_of(file, path);
	return strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, info) : stat(file, info);
}

/* Adds up the sizes of all files; 0: one of them is not known.  A file that is missing is reported
 * before those before it are read. */
static gf_status measure(struct input *in, gf_error *err)
{
	struct stat info;
	int known = 1;

	for (size_t i = 0; i < in->path_count; i++) {
		char path[PATH_MAX];

		file_of(path, in->paths[i]);
		if (input_stat(in->paths[i], &info))
			return gf_fail(
				err, GF_E_NOINPUT, "%s: %s", input_name(path), strerror(errno));
		known &= S_ISREG(info.st_mode) != 0;
		in->size += (uint64_t)info.st_size;
	}
	if (!known)
		in->size = 0;
	return GF_OK;
}

void files_name(char *name, size_t room, const char *const *paths, size_t count)
{
	const char *first = input_name(paths[0]);

	if (count == 1)
		snprintf(name, room, "%s", first);
	else
		snprintf(name, room, "%s and %zu more file%s", first, count - 1,
			plural_s(count - 1));
}

static gf_status name_table(struct input *in, gf_error *err)
{
	in->all.name = input_name(in->paths[0]);
	if (in->path_count == 1)
		return GF_OK;
	in->listed = calloc(in->path_count, sizeof *in->listed);
	in->all_name = malloc(FILES_NAME_ROOM);
	if (!in->listed || !in->all_name)
		return gf_fail_memory(err, FILES_NAME_ROOM, in->all.name);
	files_name(in->all_name, FILES_NAME_ROOM, in->paths, in->path_count);
	in->all.name = in->all_name;
	in->all.files = in->listed;
	return GF_OK;
}

gf_status input_open_all(struct input *in, const char *const *paths, size_t count, gf_error *err)
{
	*in = (struct input){.name = input_name(paths[0]),
		.room = INPUT_CHUNK,
		.paths = paths,
		.path_count = count};
	in->chunk = malloc(INPUT_CHUNK + INPUT_PADDING);
	if (!in->chunk)
		return gf_fail_memory(err, INPUT_CHUNK, in->name);
	TRY(measure(in, err));
	TRY(name_table(in, err));
	return open_next(in, err);
}

gf_status input_open(struct input *in, const char *path, gf_error *err)
{
	gf_status status = input_open_all(in, &path, 1, err);

	in->paths = NULL; /* there is no next one */
	return status;
}

void input_borrow(struct input *in, const char *name, const void *bytes, size_t count)
{
	*in = (struct input){.name = name, .all.name = name, .memory = bytes, .memory_left = count};
}

/* Closes the file, and forgets what was read of it. */
static void close_file(struct input *in)
{
	decompressor_close(in->decompressor);
	if (in->file)
		gzclose(in->file);
	free(in->decoder);
	free(in->owned);
	in->memory = in->owned = NULL;
	in->decompressor = NULL;
	in->file = NULL;
	in->decoder = NULL;
	in->begin = in->end = 0;
	in->started = in->ended = in->exhausted = 0;
}

gf_status input_next(struct input *in, size_t counted, int *more, gf_error *err)
{
	struct stat info;

	*more = in->opened < in->path_count;
	if (!*more)
		return GF_OK;
	if (fstat(in->fd, &info) == 0)
		in->before += (uint64_t)info.st_size;
	close_file(in);
	in->listed[in->opened].before = counted;
	return open_next(in, err);
}

static gf_status read_failure(struct input *in, int code, gf_error *err)
{
	switch (code) {
	case Z_ERRNO:
		return gf_fail(err, GF_E_IO, "%s: %s", in->name, strerror(errno));
	case Z_MEM_ERROR:
		return gf_fail_memory(err, INPUT_CHUNK, in->name);
	case Z_BUF_ERROR:
		return report_error(line_place(in->name, 0), err, "the gzip data break off");
	default:
		return report_error(line_place(in->name, 0), err, "the gzip data are damaged");
	}
}

static void progress_reading(const struct input *in)
{
	gf_progress progress = {.phase = GF_PHASE_reading, .total = in->size};
	off_t offset;

	if (!in->on_progress || gzeof(in->file))
		return;
	/* -1 where the file has no offsets, as a pipe. */
	offset = in->decompressor ? lseek(in->fd, 0, SEEK_CUR) : gzoffset(in->file);
	progress.done = in->before + (offset > 0 ? (uint64_t)offset : 0);
	in->on_progress(&progress, in->user);
}

static void progress_preparing(const struct input *in)
{
	if (in->on_progress)
		in->on_progress(&(gf_progress){.phase = GF_PHASE_preparing}, in->user);
}

static gf_status read_by_zlib(
	struct input *in, void *bytes, unsigned room, size_t *got, gf_error *err)
{
	int count, code = Z_OK;

	count = gzread(in->file, bytes, room);
	*got = count < 0 ? 0 : (size_t)count;
	/* Gzip data that break off give all their bytes first, then 0, as a whole file does. */
	if (count <= 0)
		gzerror(in->file, &code);
	return code == Z_OK || code == Z_STREAM_END ? GF_OK : read_failure(in, code, err);
}

static gf_status read_memory(struct input *in, void *bytes, size_t room, size_t *got)
{
	*got = in->memory_left < room ? in->memory_left : room;
	memcpy(bytes, in->memory, *got);
	in->memory += *got;
	in->memory_left -= *got;
	return GF_OK;
}

/* Reads bytes (room), or fewer at the end of the file; *got: their number. */
static gf_status read_bytes(
	struct input *in, void *bytes, unsigned room, size_t *got, gf_error *err)
{
	gf_status status;

	if (in->memory)
		return read_memory(in, bytes, room, got);
	*got = 0;
	progress_reading(in);
	status = in->decompressor ? decompressor_read(in->decompressor, bytes, room, got, err)
				  : read_by_zlib(in, bytes, room, got, err);
	if (*got < room && in->opened == in->path_count)
		progress_preparing(in);
	return status;
}

/* Where the first bytes tell that a program is needed, starts it, and reads its first bytes
 * instead.  A file is the program's own to read from its first byte on; of a pipe, or of what zlib
 * has decompressed, it gets the bytes that have been read and those that follow. */
static gf_status decompress(struct input *in, gf_error *err)
{
	const struct compression *compression = compression_of(in->chunk, in->end);
	int is_file = in->first_byte >= 0 && gzdirect(in->file);
	const struct compressed from = {.name = in->name,
		.file = in->file,
		.fd = is_file ? in->fd : -1,
		.first = in->chunk,
		.count = in->end};

	if (!compression)
		return GF_OK;
	if (is_file && lseek(in->fd, in->first_byte, SEEK_SET) < 0)
		return gf_fail(err, GF_E_IO, "%s: %s", in->name, strerror(errno));
	TRY(decompressor_open(&in->decompressor, compression, &from, err));
	return read_bytes(in, in->chunk, INPUT_CHUNK, &in->end, err);
}

gf_status input_peek(struct input *in, const char **bytes, size_t *count, gf_error *err)
{
	gf_status status = read_bytes(in, in->chunk, INPUT_CHUNK, &in->end, err);

	if (!status && !in->memory)
		status = decompress(in, err);
	*bytes = in->chunk;
	*count = in->end;
	return status;
}

/* ---- text ---- */

/* Bytes of a text that have been read and not yet been decoded. */
struct decoder {
	enum charset charset;
	char raw[INPUT_CHUNK]; /* (count) */
	size_t count;
};

static gf_status start_decoder(
	struct input *in, enum charset charset, const char *bytes, size_t count, gf_error *err)
{
	in->decoder = calloc(1, sizeof *in->decoder);
	if (!in->decoder)
		return gf_fail_memory(err, sizeof *in->decoder, in->name);
	in->decoder->charset = charset;
	in->decoder->count = count;
	memcpy(in->decoder->raw, bytes, count);
	return GF_OK;
}

/* Like read_bytes, but decodes the bytes to UTF-8. */
static gf_status read_decoded(struct input *in, char *to, size_t room, size_t *got, gf_error *err)
{
	struct decoder *d = in->decoder;
	size_t count, decoded, written;

	*got = 0;
	while (room - *got >= CHARACTER_BYTES && (d->count > 0 || !in->ended)) {
		size_t left = sizeof d->raw - d->count;

		if (!in->ended) {
			TRY(read_bytes(in, d->raw + d->count, (unsigned)left, &count, err));
			in->ended = count < left;
			d->count += count;
		}
		decoded = charset_decode(
			to + *got, room - *got, &written, d->raw, d->count, in->ended, d->charset);
		d->count -= decoded;
		memmove(d->raw, d->raw + decoded, d->count);
		*got += written;
	}
	return GF_OK;
}

static gf_status read_text(struct input *in, char *to, size_t room, size_t *got, gf_error *err)
{
	if (in->decoder)
		return read_decoded(in, to, room, got, err);
	TRY(read_bytes(in, to, (unsigned)room, got, err));
	in->ended = *got < room;
	return GF_OK;
}

/* The first bytes tell how the text is encoded. */
static gf_status begin_text(struct input *in, char **bytes, size_t *count, gf_error *err)
{
	size_t mark;
	enum charset charset = charset_of(*bytes, *count, in->encoding, &mark);

	in->started = 1;
	*bytes += mark;
	*count -= mark;
	if (charset == CHARSET_UTF8)
		return GF_OK;
	TRY(start_decoder(in, charset, *bytes, *count, err));
	TRY(read_decoded(in, in->chunk, INPUT_CHUNK, count, err));
	*bytes = in->chunk;
	in->begin = in->end = *count;
	memset(in->chunk + in->end, 0, INPUT_PADDING);
	return GF_OK;
}

static int is_ended(const struct input *in)
{
	return in->ended && (!in->decoder || in->decoder->count == 0);
}

/* Old programs of DOS and Windows end a text with Ctrl-Z. */
static void drop_ctrl_z(struct input *in, const char *bytes, size_t *count)
{
	if (!is_ended(in) || *count == 0 || bytes[*count - 1] != 0x1a)
		return;
	in->begin = --in->end;
	--*count;
	in->chunk[in->end] = 0;
}

static gf_status double_room(struct input *in, gf_error *err)
{
	char *chunk =
		in->room < SIZE_MAX / 4 ? realloc(in->chunk, 2 * in->room + INPUT_PADDING) : NULL;

	if (!chunk)
		return gf_fail_memory(err, 2 * in->room, in->name);
	in->chunk = chunk;
	in->room *= 2;
	return GF_OK;
}

gf_status input_read(struct input *in, char **bytes, size_t *count, gf_error *err)
{
	size_t left = in->end - in->begin, got;

	if (in->started && in->room - left < CHARACTER_BYTES)
		TRY(double_room(in, err));
	memmove(in->chunk, in->chunk + in->begin, left);
	TRY(read_text(in, in->chunk + left, in->room - left, &got, err));
	*bytes = in->chunk;
	*count = in->begin = in->end = left + got;
	memset(in->chunk + in->end, 0, INPUT_PADDING);
	if (!in->started)
		TRY(begin_text(in, bytes, count, err));
	in->exhausted = got == 0 && is_ended(in);
	drop_ctrl_z(in, *bytes, count);
	return GF_OK;
}

void input_unread(struct input *in, size_t count)
{
	in->begin = in->end - count;
}

gf_status input_read_raw(struct input *in, void *bytes, size_t want, size_t *got, gf_error *err)
{
	char *to = bytes;
	size_t peeked = in->end - in->begin;
	size_t count = peeked < want ? peeked : want;

	if (count > 0)
		memcpy(to, in->chunk + in->begin, count);
	in->begin += count;
	*got = count;
	for (count = 1; *got < want && count > 0; *got += count) {
		size_t room = want - *got < RAW_MOST ? want - *got : RAW_MOST;

		TRY(read_bytes(in, to + *got, (unsigned)room, &count, err));
	}
	return GF_OK;
}

gf_status input_read_all(struct input *in, unsigned char **bytes, size_t *count, gf_error *err)
{
	size_t room = 0, got = 0;

	do {
		unsigned char *more = array_reserve(*bytes, &room, *count + INPUT_CHUNK, 1);

		if (!more)
			return gf_fail_memory(err, *count + INPUT_CHUNK, in->name);
		*bytes = more;
		TRY(input_read_raw(in, more + *count, room - *count, &got, err));
		*count += got;
	} while (*count == room);
	return GF_OK;
}

void input_replace(struct input *in, unsigned char *bytes, size_t count)
{
	free(in->owned);
	in->memory = in->owned = bytes;
	in->memory_left = count;
	in->begin = in->end = 0;
}

gf_status input_read_exactly(
	struct input *in, void *bytes, size_t want, const char *what, gf_error *err)
{
	size_t got;

	TRY(input_read_raw(in, bytes, want, &got, err));
	if (got < want)
		return report_error(line_place(in->name, 0), err, "the file ends in its %s", what);
	return GF_OK;
}

int input_rest(const struct input *in, struct file_part *part)
{
	struct stat info;
	off_t at;

	if (in->memory || in->decompressor || in->path_count > 1 || in->first_byte < 0 ||
		!gzdirect(in->file) || fstat(in->fd, &info) || !S_ISREG(info.st_mode))
		return 0;
	at = in->first_byte + (off_t)gztell(in->file) - (off_t)(in->end - in->begin);
	if (at >= info.st_size)
		return 0;
	*part = (struct file_part){.fd = in->fd,
		.name = in->name,
		.first = (size_t)at,
		.bytes = (size_t)(info.st_size - at)};
	return 1;
}

void input_close(struct input *in)
{
	close_file(in);
	free(in->chunk);
	free(in->listed);
	free(in->all_name);
	*in = (struct input){0};
}
