/* zip.h: the members of a zip archive in memory, stored or deflated, with zip64's sizes. */
#ifndef GF_ZIP_H
#define GF_ZIP_H

#include "gpufitcl.h"
#include "text.h"

#include <stdint.h>

struct zip {
	const char *name;           /* borrowed; the file as messages name it */
	const unsigned char *bytes; /* borrowed; (count) */
	size_t count;
	size_t at, end; /* of the rest of the directory */
};

struct zip_member {
	struct slice name;         /* borrowed from the archive, not checked */
	const unsigned char *data; /* borrowed; (stored) */
	size_t stored, size;       /* size: of the data, decompressed */
	uint32_t checksum;         /* of the data, decompressed */
	unsigned method;
};

/* Finds the directory, which is at the end of an archive.  GF_E_DATA. */
gf_status zip_open(
	struct zip *zip, const char *name, const unsigned char *bytes, size_t count, gf_error *err);

/* Takes the next member from the directory; *more is 0 behind the last.  GF_E_DATA. */
gf_status zip_next(struct zip *zip, struct zip_member *member, int *more, gf_error *err);

/* Sets *data (member->size) to the member's data: a part of the archive, or memory that the caller
 * frees, which is then *owned too.  GF_E_DATA: damaged, encrypted, or compressed otherwise; *owned
 * is then NULL. */
gf_status zip_data(const struct zip *zip, const struct zip_member *member,
	const unsigned char **data, unsigned char **owned, gf_error *err);

struct input;

/* Makes the only file of the archive that the input is the rest of the input; it is in unzip.c.
 * GF_E_DATA: the archive has no file, or several. */
gf_status zip_unpack(struct input *in, gf_error *err);

#endif
