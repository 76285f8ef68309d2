#include "input.h"
#include "decompress.h"
#include "error.h"
#include "data_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the encoding of a text ---- */

enum charset { CHARSET_UTF8, CHARSET_UTF16LE, CHARSET_UTF16BE, CHARSET_LATIN1 };

enum {
	GUESS_BYTES = 64,     /* so many first bytes tell the encoding */
	CHARACTER_BYTES = 4,  /* of the longest character in UTF-8 */
	REPLACEMENT = 0xfffd, /* the character that stands for bytes that are not UTF-16 */
};

/* Counts the zeros at every other place. */
static size_t count_zeros(const char *bytes, size_t count, size_t first)
{
	size_t zeros = 0;

	for (size_t i = first; i < count; i += 2)
		zeros += bytes[i] == 0;
	return zeros;
}

/* high: the place of the upper byte of each character, 0 or 1.  Half of them must be zeros: digits
 * and delimiters have them, and names may have letters without. */
static int is_utf16(const char *bytes, size_t count, size_t high)
{
	return count >= 4 && count_zeros(bytes, count, 1 - high) == 0 &&
	       2 * count_zeros(bytes, count, high) >= count / 2;
}

/* Tells the encoding of a text from its first bytes, and sets *mark to the length of its byte order
 * mark.  UTF-16 without a mark has zeros between the first characters. */
static enum charset charset_of(const char *bytes, size_t count, gf_encoding encoding, size_t *mark)
{
	size_t guessed = (count < GUESS_BYTES ? count : GUESS_BYTES) & ~(size_t)1;

	*mark = 0;
	if (count >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		*mark = 3;
		return CHARSET_UTF8;
	}
	if (count >= 2 && memcmp(bytes, "\xff\xfe", 2) == 0) {
		*mark = 2;
		return CHARSET_UTF16LE;
	}
	if (count >= 2 && memcmp(bytes, "\xfe\xff", 2) == 0) {
		*mark = 2;
		return CHARSET_UTF16BE;
	}
	if (is_utf16(bytes, guessed, 1))
		return CHARSET_UTF16LE;
	if (is_utf16(bytes, guessed, 0))
		return CHARSET_UTF16BE;
	return encoding == GF_ENCODING_latin1 ? CHARSET_LATIN1 : CHARSET_UTF8;
}

/* ---- characters ---- */

/* Writes the character as UTF-8, and returns its length. */
static size_t put_character(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static uint32_t unit_at(const char *from, enum charset charset)
{
	const unsigned char *b = (const unsigned char *)from;

	return charset == CHARSET_UTF16LE ? b[0] | (uint32_t)b[1] << 8 : b[1] | (uint32_t)b[0] << 8;
}

/* Reads one character of UTF-16.  Returns its length, or 0 where the rest of it must be read first,
 * which cannot be if these are the last bytes. */
static size_t take_utf16(
	uint32_t *c, const char *from, size_t count, int last, enum charset charset)
{
	uint32_t low;

	*c = REPLACEMENT;
	if (count < 2)
		return last ? count : 0;
	*c = unit_at(from, charset);
	if (*c < 0xd800 || *c > 0xdfff)
		return 2;
	if (*c < 0xdc00 && count < 4 && !last)
		return 0;
	low = *c < 0xdc00 && count >= 4 ? unit_at(from + 2, charset) : 0;
	if (low < 0xdc00 || low > 0xdfff) {
		*c = REPLACEMENT;
		return 2;
	}
	*c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
	return 4;
}

/* The character of a Latin-1 byte.  Control characters from 0x80 on are those of Windows-1252,
 * which most such files are. */
static uint32_t latin1_character(unsigned char byte)
{
	static const uint16_t windows[32] = {0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020,
		0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f, 0x90, 0x2018,
		0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153,
		0x9d, 0x17e, 0x178};

	return byte >= 0x80 && byte < 0xa0 ? windows[byte - 0x80] : byte;
}

/* Decodes characters while there is room for one more.  Returns how many bytes of from (count) have
 * been read, and sets *written to the bytes of UTF-8 in to (room).  A character that the end cuts
 * off is not read, unless these are the last bytes; half a surrogate pair becomes U+FFFD. */
static size_t decode(char *to, size_t room, size_t *written, const char *from, size_t count,
	int last, enum charset charset)
{
	size_t done = 0, length = 1;
	uint32_t c;

	*written = 0;
	while (done < count && length > 0 && room - *written >= CHARACTER_BYTES) {
		if (charset == CHARSET_LATIN1)
			c = latin1_character((unsigned char)from[done]);
		else
			length = take_utf16(&c, from + done, count - done, last, charset);
		done += length;
		if (length > 0)
			*written += put_character(to + *written, c);
	}
	return done;
}

/* ---- bytes ---- */

#define RAW_MOST ((size_t)1 << 24) /* bytes to read at once, so that progress is reported */

/* zlib's own open would read a folder as an empty file. */
static gf_status open_file(struct input *in, int *fd, int is_stdin, gf_error *err)
{
	struct stat info;

	*fd = is_stdin ? dup(STDIN_FILENO) : open(in->name, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &info))
		return gf_fail(err, GF_E_NOINPUT, "%s: %s", in->name, strerror(errno));
	if (S_ISDIR(info.st_mode))
		return gf_fail(err, GF_E_NOINPUT, "%s: is a folder, not a file", in->name);
	in->size = S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
	in->fd = *fd;
	in->first_byte = lseek(*fd, 0, SEEK_CUR); /* standard input may have been read in part */
	fcntl(*fd, F_SETFD, FD_CLOEXEC);
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

	*in = (struct input){.name = input_name(path), .room = INPUT_CHUNK};
	status = open_file(in, &fd, is_stdin, err);
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
	progress.done = offset > 0 ? (uint64_t)offset : 0;
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

/* Reads bytes (room), or fewer at the end of the file; *got: their number. */
static gf_status read_bytes(
	struct input *in, void *bytes, unsigned room, size_t *got, gf_error *err)
{
	gf_status status;

	progress_reading(in);
	status = in->decompressor ? decompressor_read(in->decompressor, bytes, room, got, err)
				  : read_by_zlib(in, bytes, room, got, err);
	if (*got < room)
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

	if (!status)
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
		decoded = decode(
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

	memcpy(to, in->chunk + in->begin, count);
	in->begin += count;
	*got = count;
	for (count = 1; *got < want && count > 0; *got += count) {
		size_t room = want - *got < RAW_MOST ? want - *got : RAW_MOST;

		TRY(read_bytes(in, to + *got, (unsigned)room, &count, err));
	}
	return GF_OK;
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

void input_close(struct input *in)
{
	decompressor_close(in->decompressor);
	if (in->file)
		gzclose(in->file);
	free(in->chunk);
	free(in->decoder);
	*in = (struct input){0};
}
