/* input.h: the bytes of a file, plain or compressed by gzip, or of standard input. */
#ifndef GF_INPUT_H
#define GF_INPUT_H

#include "gpufitcl.h"

#include <zlib.h>

enum { INPUT_CHUNK = 1 << 20, INPUT_PADDING = 64 };

struct input {
	const char *name;  /* borrowed: as messages call it */
	gzFile file;       /* owned; reads plain files too */
	char *chunk;       /* owned; (room), then INPUT_PADDING */
	size_t room;       /* INPUT_CHUNK, or more where as much was unread */
	size_t begin, end; /* of what is in chunk, and not read */
	int started;
	int ended;     /* there is no more to read */
	int exhausted; /* the last input_read found no more */

	/* Hears how much of the file is read, or NULL. */
	void (*on_progress)(const gf_progress *progress, void *user);
	void *user;
	uint64_t size; /* bytes of the file, compressed as it may be; 0: not known */

	gf_encoding encoding;    /* of a text without a mark; utf8 unless it is set */
	struct decoder *decoder; /* owned; NULL: the bytes are UTF-8 as they are */
};

/* path as messages call it. */
const char *input_name(const char *path);

/* path "-" is standard input.  GF_E_NOINPUT: cannot be opened, or is a folder. */
gf_status input_open(struct input *in, const char *path, gf_error *err);

/* The first bytes as they are, still to be read: INPUT_CHUNK, or all that there are.  Valid until
 * something is read.  Before any reading.  GF_E_DATA: damaged gzip data.  GF_E_IO. */
gf_status input_peek(struct input *in, const char **bytes, size_t *count, gf_error *err);

/* The next bytes of a text, the caller's to write in until the next call; *count is 0 at the end.
 * INPUT_PADDING zeros may be read after them.  A byte order mark is left out.
 * UTF-16, with a mark or without, and Latin-1 become
 * UTF-8; a Ctrl-Z at the end is left out.  GF_E_DATA: damaged gzip data.  GF_E_IO. */
gf_status input_read(struct input *in, char **bytes, size_t *count, gf_error *err);

/* The last count bytes of what was read are to come again, in front of more: where that is all of
 * it, the next reading makes room for twice as much. */
void input_unread(struct input *in, size_t count);

/* The next bytes as they are: want of them, or *got where the input ends before.
 * GF_E_DATA: damaged gzip data.  GF_E_IO. */
gf_status input_read_raw(struct input *in, void *bytes, size_t want, size_t *got, gf_error *err);

/* All of them.  GF_E_DATA: "FILE: the file ends in its header", where what is "header". */
gf_status input_read_exactly(
	struct input *in, void *bytes, size_t want, const char *what, gf_error *err);

/* Also after a failed input_open. */
void input_close(struct input *in);

#endif
