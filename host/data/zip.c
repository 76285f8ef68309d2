/*
 * zip.c: an archive is its members, each behind a header, then a directory with a record for each
 * member, and then the record of the end, which tells where the directory is.  Sizes of more than
 * 32 bits are in extra fields of zip64.  Numbers are little-endian.
 */
#include "zip.h"
#include "bits.h"
#include "data_report.h"
#include "error.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
	END_BYTES = 22,
	COMMENT_MAX = 0xffff, /* bytes that may follow the record of the end */
	LOCATOR_BYTES = 20,   /* of zip64, in front of the record of the end */
	END64_BYTES = 56,
	RECORD_BYTES = 46, /* of a member in the directory, without its name and extra fields */
	HEADER_BYTES = 30, /* of a member, likewise */
	EXTRA_ZIP64 = 1,
	METHOD_STORED = 0,
	METHOD_DEFLATED = 8,
	GROWTH = 1 << 16 /* bytes that are decompressed first, before more memory is allocated */
};

static gf_status refuse(const struct zip *zip, const char *what, gf_error *err)
{
	return report_error(line_place(zip->name, 0), err, "the zip archive is damaged: %s", what);
}

static uint64_t number_at(const unsigned char *bytes, size_t size)
{
	return bits_of_bytes(bytes, size, 0);
}

static int begins(const unsigned char *bytes, const char *signature)
{
	return memcmp(bytes, signature, 4) == 0;
}

/* Returns 1 if the archive has `size` bytes at offset `at`. */
static int has(const struct zip *zip, uint64_t at, uint64_t size)
{
	return at <= zip->count && size <= zip->count - at;
}

/* ---- the directory ---- */

/* The record of the end is the last that begins so; returns SIZE_MAX where there is none. */
static size_t find_end(const struct zip *zip)
{
	size_t most = (size_t)END_BYTES + COMMENT_MAX;

	if (zip->count < END_BYTES)
		return SIZE_MAX;
	for (size_t at = zip->count - END_BYTES;; at--) {
		if (begins(zip->bytes + at, "PK\5\6"))
			return at;
		if (at == 0 || zip->count - at >= most)
			return SIZE_MAX;
	}
}

gf_status zip_open(
	struct zip *zip, const char *name, const unsigned char *bytes, size_t count, gf_error *err)
{
	uint64_t size, offset, end64;
	size_t end;

	*zip = (struct zip){.name = name, .bytes = bytes, .count = count};
	end = find_end(zip);
	if (end == SIZE_MAX)
		return refuse(zip, "it has no directory, as if it broke off", err);
	size = number_at(bytes + end + 12, 4);
	offset = number_at(bytes + end + 16, 4);
	if (end >= LOCATOR_BYTES && begins(bytes + end - LOCATOR_BYTES, "PK\6\7")) {
		end64 = number_at(bytes + end - LOCATOR_BYTES + 8, 8);
		if (!has(zip, end64, END64_BYTES) || !begins(bytes + end64, "PK\6\6"))
			return refuse(zip, "its zip64 record is not where it should be", err);
		size = number_at(bytes + end64 + 40, 8);
		offset = number_at(bytes + end64 + 48, 8);
	}
	if (!has(zip, offset, size))
		return refuse(zip, "its directory is not where it should be", err);
	zip->at = (size_t)offset;
	zip->end = (size_t)(offset + size);
	return GF_OK;
}

/* ---- a member ---- */

/* Replaces *number by the next one of zip64, where it says that it is there. */
static void take_zip64(uint64_t *number, const unsigned char **extra, size_t *left)
{
	if (*number != UINT32_MAX || *left < 8)
		return;
	*number = number_at(*extra, 8);
	*extra += 8;
	*left -= 8;
}

struct sizes {
	uint64_t size, stored, offset;
};

/* extra (count): fields, each with its kind and its size in front. */
static void read_extra(struct sizes *s, const unsigned char *extra, size_t count)
{
	while (count >= 4) {
		size_t kind = (size_t)number_at(extra, 2), size = (size_t)number_at(extra + 2, 2);

		extra += 4;
		count -= 4;
		if (size > count)
			return;
		if (kind == EXTRA_ZIP64) {
			take_zip64(&s->size, &extra, &size);
			take_zip64(&s->stored, &extra, &size);
			take_zip64(&s->offset, &extra, &size);
			return;
		}
		extra += size;
		count -= size;
	}
}

/* The data follow the member's own header, whose extra fields differ from the directory's. */
static gf_status find_data(
	const struct zip *zip, struct zip_member *member, const struct sizes *s, gf_error *err)
{
	const unsigned char *header = zip->bytes + s->offset;
	uint64_t start;

	if (!has(zip, s->offset, HEADER_BYTES) || !begins(header, "PK\3\4"))
		return refuse(zip, "a member is not where the directory says", err);
	start = s->offset + HEADER_BYTES + number_at(header + 26, 2) + number_at(header + 28, 2);
	if (!has(zip, start, s->stored) || s->size > SIZE_MAX / 2)
		return refuse(zip, "it breaks off in a member", err);
	member->data = zip->bytes + start;
	member->stored = (size_t)s->stored;
	member->size = (size_t)s->size;
	return GF_OK;
}

gf_status zip_next(struct zip *zip, struct zip_member *member, int *more, gf_error *err)
{
	const unsigned char *record = zip->bytes + zip->at;
	size_t left = zip->end - zip->at, name, extra, comment;
	struct sizes sizes;

	*more = left > 0;
	if (left == 0)
		return GF_OK;
	if (left < RECORD_BYTES || !begins(record, "PK\1\2"))
		return refuse(zip, "its directory has a record that is none", err);
	name = (size_t)number_at(record + 28, 2);
	extra = (size_t)number_at(record + 30, 2);
	comment = (size_t)number_at(record + 32, 2);
	if (name + extra + comment > left - RECORD_BYTES)
		return refuse(zip, "its directory breaks off", err);
	member->name = (struct slice){(const char *)record + RECORD_BYTES, name};
	member->checksum = (uint32_t)number_at(record + 16, 4);
	/* Bit 0 of the flags says that the data are encrypted. */
	member->method = record[8] & 1 ? UINT16_MAX + 1u : (unsigned)number_at(record + 10, 2);
	sizes = (struct sizes){.size = number_at(record + 24, 4),
		.stored = number_at(record + 20, 4),
		.offset = number_at(record + 42, 4)};
	read_extra(&sizes, record + RECORD_BYTES + name, extra);
	zip->at += RECORD_BYTES + name + extra + comment;
	return find_data(zip, member, &sizes, err);
}

/* ---- its data ---- */

/* zlib counts what it may read in 32 bits. */
static void refill(z_stream *z, size_t *left)
{
	if (z->avail_in > 0)
		return;
	z->avail_in = *left < UINT32_MAX ? (uInt)*left : UINT32_MAX;
	*left -= z->avail_in;
}

/* Doubles the memory where it is full, up to one byte more than `size`: data that fill it are
 * longer than the archive says. */
static int make_room(z_stream *z, unsigned char **data, size_t *room, size_t size)
{
	size_t more = *room ? *room : GROWTH, left = size + 1 - *room;
	unsigned char *moved;

	if (z->avail_out > 0)
		return Z_OK;
	if (left == 0)
		return Z_DATA_ERROR;
	more = more < left ? more : left;
	more = more < UINT32_MAX ? more : UINT32_MAX;
	moved = realloc(*data, *room + more);
	if (!moved)
		return Z_MEM_ERROR;
	*data = moved;
	z->next_out = moved + *room;
	z->avail_out = (uInt)more;
	*room += more;
	return Z_OK;
}

/* Inflates into memory that grows with the data, so that a false size allocates nothing.  Returns
 * zlib's code: Z_STREAM_END if the data have the size that the archive says. */
static int inflate_growing(const struct zip_member *member, unsigned char **data)
{
	/* zlib does not write to what it reads. */
	z_stream z = {.next_in = (unsigned char *)(uintptr_t)member->data};
	size_t room = 0, left = member->stored;
	int code = inflateInit2(&z, -MAX_WBITS);

	while (code == Z_OK) {
		refill(&z, &left);
		code = make_room(&z, data, &room, member->size);
		if (code == Z_OK)
			code = inflate(&z, Z_NO_FLUSH);
	}
	if (code == Z_STREAM_END && z.total_out != member->size)
		code = Z_DATA_ERROR;
	inflateEnd(&z);
	return code;
}

static uint32_t checksum_of(const unsigned char *data, size_t size)
{
	return (uint32_t)crc32_z(crc32_z(0, NULL, 0), data, size);
}

static int is_whole(const struct zip_member *member, const unsigned char *data, int code)
{
	return code == Z_STREAM_END && checksum_of(data, member->size) == member->checksum;
}

static gf_status refuse_member(
	const struct zip *zip, const struct zip_member *member, const char *what, gf_error *err)
{
	return report_error(line_place(zip->name, 0), err, "%s %s",
		quote_of(member->name.at, member->name.length).text, what);
}

gf_status zip_data(const struct zip *zip, const struct zip_member *member,
	const unsigned char **data, unsigned char **owned, gf_error *err)
{
	const int is_stored = member->method == METHOD_STORED;
	int code = is_stored && member->size == member->stored ? Z_STREAM_END : Z_DATA_ERROR;

	*owned = NULL;
	if (member->method > UINT16_MAX)
		return refuse_member(zip, member, "is encrypted", err);
	if (!is_stored && member->method != METHOD_DEFLATED)
		return refuse_member(zip, member,
			"is compressed by a method that is not read; deflate is the usual one",
			err);
	if (!is_stored)
		code = inflate_growing(member, owned);
	*data = is_stored ? member->data : *owned;
	if (is_whole(member, *data, code))
		return GF_OK;
	free(*owned);
	*owned = NULL;
	return code == Z_MEM_ERROR ? gf_fail_memory(err, member->size, zip->name)
				   : refuse_member(zip, member, "is damaged", err);
}
