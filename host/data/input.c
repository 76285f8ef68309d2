#include "input.h"
#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- other encodings made into UTF-8 ---- */

enum charset { CHARSET_UTF8, CHARSET_UTF16LE, CHARSET_UTF16BE, CHARSET_LATIN1 };

enum { DECODE_MOST = 4 /* bytes of UTF-8 from one step */ };

enum { LOOK_AT = 64, REPLACEMENT = 0xfffd };

/* ---- which it is ---- */

/* Zeros at every even place and none at the odd ones, or the other way. */
static size_t zeros_at(const char *bytes, size_t count, size_t first)
{
	size_t zeros = 0;

	for (size_t i = first; i < count; i += 2)
		zeros += bytes[i] == 0;
	return zeros;
}

/* What a text is written in that begins so, and the length of its mark in *mark: UTF-16 is known
 * by its mark, or by the zeros between the first characters. */
static enum charset charset_of(const char *bytes, size_t count, gf_encoding encoding, size_t *mark)
{
	size_t look = (count < LOOK_AT ? count : LOOK_AT) & ~(size_t)1;

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
	/* Digits and delimiters alone make it sure; names may be of any letters. */
	if (look >= 4 && zeros_at(bytes, look, 0) == 0 && 2 * zeros_at(bytes, look, 1) >= look / 2)
		return CHARSET_UTF16LE;
	if (look >= 4 && zeros_at(bytes, look, 1) == 0 && 2 * zeros_at(bytes, look, 0) >= look / 2)
		return CHARSET_UTF16BE;
	return encoding == GF_ENCODING_latin1 ? CHARSET_LATIN1 : CHARSET_UTF8;
}

/* ---- characters ---- */

static size_t put(char *to, uint32_t c)
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

/* One character of UTF-16: its bytes, or 0 where more of it must come. */
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

/* ISO 8859-1 but for its control characters from 0x80 on, which are Windows-1252's. */
static uint32_t latin1(unsigned char byte)
{
	static const uint16_t windows[32] = {0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020,
		0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f, 0x90, 0x2018,
		0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153,
		0x9d, 0x17e, 0x178};

	return byte >= 0x80 && byte < 0xa0 ? windows[byte - 0x80] : byte;
}

/* Decodes the characters of from (count) to to (room) while there is room for DECODE_MOST bytes.
 * Returns how many bytes it took, and in *made how many it made.  A character that the end cuts
 * off is left, unless last; half a pair becomes U+FFFD. */
static size_t decode(char *to, size_t room, size_t *made, const char *from, size_t count, int last,
	enum charset charset)
{
	size_t taken = 0, some = 1;
	uint32_t c;

	*made = 0;
	while (taken < count && some > 0 && room - *made >= DECODE_MOST) {
		if (charset == CHARSET_LATIN1)
			c = latin1((unsigned char)from[taken]);
		else
			some = take_utf16(&c, from + taken, count - taken, last, charset);
		taken += some;
		if (some > 0)
			*made += put(to + *made, c);
	}
	return taken;
}

/* ---- bytes ---- */

#define RAW_MOST ((size_t)1 << 24) /* at once, so that progress is told now and then */

/* zlib's own open would take a folder for an empty file. */
static gf_status open_file(struct input *in, int *fd, int is_stdin, gf_error *err)
{
	struct stat info;

	*fd = is_stdin ? dup(STDIN_FILENO) : open(in->name, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &info))
		return gf_fail(err, GF_E_NOINPUT, "%s: %s", in->name, strerror(errno));
	if (S_ISDIR(info.st_mode))
		return gf_fail(err, GF_E_NOINPUT, "%s: is a folder, not a file", in->name);
	in->size = S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
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
		return gf_fail(err, GF_E_DATA, "%s: the gzip data break off", in->name);
	default:
		return gf_fail(err, GF_E_DATA, "%s: the gzip data are damaged", in->name);
	}
}

static void tell_reading(const struct input *in)
{
	gf_progress progress = {.phase = GF_PHASE_reading, .total = in->size};
	z_off_t offset;

	if (!in->on_progress || gzeof(in->file))
		return;
	offset = gzoffset(in->file); /* -1 of what has no place */
	progress.done = offset > 0 ? (uint64_t)offset : 0;
	in->on_progress(&progress, in->user);
}

/* What follows is made of what was read. */
static void tell_end(const struct input *in)
{
	if (in->on_progress)
		in->on_progress(&(gf_progress){.phase = GF_PHASE_preparing}, in->user);
}

/* Fills what is given, or *got of it at the end. */
static gf_status read_some(struct input *in, void *bytes, unsigned room, size_t *got, gf_error *err)
{
	int count, code = Z_OK;

	tell_reading(in);
	count = gzread(in->file, bytes, room);
	*got = count < 0 ? 0 : (size_t)count;
	if (*got < room)
		tell_end(in);
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

/* ---- text ---- */

/* What has been read of a text that is not UTF-8, and not been decoded. */
struct decoder {
	enum charset charset;
	char raw[INPUT_CHUNK];
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

/* As read_some, of the text as UTF-8. */
static gf_status decode_some(struct input *in, char *to, size_t room, size_t *got, gf_error *err)
{
	struct decoder *d = in->decoder;
	size_t some, taken, made;
	gf_status status = GF_OK;

	*got = 0;
	while (!status && room - *got >= DECODE_MOST && (d->count > 0 || !in->ended)) {
		size_t left = sizeof d->raw - d->count;

		if (!in->ended) {
			status = read_some(in, d->raw + d->count, (unsigned)left, &some, err);
			in->ended = some < left;
			d->count += some;
		}
		taken = decode(
			to + *got, room - *got, &made, d->raw, d->count, in->ended, d->charset);
		d->count -= taken;
		memmove(d->raw, d->raw + taken, d->count);
		*got += made;
	}
	return status;
}

static gf_status read_text(struct input *in, char *to, size_t room, size_t *got, gf_error *err)
{
	gf_status status;

	if (in->decoder)
		return decode_some(in, to, room, got, err);
	status = read_some(in, to, (unsigned)room, got, err);
	in->ended = *got < room;
	return status;
}

/* The first bytes tell how the text is encoded. */
static gf_status begin_text(struct input *in, char **bytes, size_t *count, gf_error *err)
{
	size_t mark;
	enum charset charset = charset_of(*bytes, *count, in->encoding, &mark);
	gf_status status;

	in->started = 1;
	*bytes += mark;
	*count -= mark;
	if (charset == CHARSET_UTF8)
		return GF_OK;
	status = start_decoder(in, charset, *bytes, *count, err);
	if (!status)
		status = decode_some(in, in->chunk, INPUT_CHUNK, count, err);
	*bytes = in->chunk;
	in->begin = in->end = *count;
	memset(in->chunk + in->end, 0, INPUT_PADDING);
	return status;
}

static int is_ended(const struct input *in)
{
	return in->ended && (!in->decoder || in->decoder->count == 0);
}

/* What DOS ends a text with. */
static void drop_ctrl_z(struct input *in, const char *bytes, size_t *count)
{
	if (!is_ended(in) || *count == 0 || bytes[*count - 1] != 0x1a)
		return;
	in->begin = --in->end;
	--*count;
	in->chunk[in->end] = 0;
}

static gf_status make_room(struct input *in, gf_error *err)
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
	gf_status status = GF_OK;

	if (in->started && in->room - left < DECODE_MOST)
		status = make_room(in, err);
	if (status)
		return status;
	memmove(in->chunk, in->chunk + in->begin, left);
	status = read_text(in, in->chunk + left, in->room - left, &got, err);
	if (status)
		return status;
	*bytes = in->chunk;
	*count = in->begin = in->end = left + got;
	memset(in->chunk + in->end, 0, INPUT_PADDING);
	if (!in->started)
		status = begin_text(in, bytes, count, err);
	in->exhausted = got == 0 && is_ended(in);
	if (!status)
		drop_ctrl_z(in, *bytes, count);
	return status;
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

gf_status input_read_exactly(
	struct input *in, void *bytes, size_t want, const char *what, gf_error *err)
{
	size_t got;
	gf_status status = input_read_raw(in, bytes, want, &got, err);

	if (!status && got < want)
		status = gf_fail(err, GF_E_DATA, "%s: the file ends in its %s", in->name, what);
	return status;
}

void input_close(struct input *in)
{
	if (in->file)
		gzclose(in->file);
	free(in->chunk);
	free(in->decoder);
	*in = (struct input){0};
}
