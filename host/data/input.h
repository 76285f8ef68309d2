/*
 * input.h: the bytes of a file or of standard input, plain or compressed; and texts of other
 * encodings as UTF-8.
 */
#ifndef GF_INPUT_H
#define GF_INPUT_H

#include "data_report.h"
#include "file_memory.h"
#include "gpufitcl.h"

#include <sys/stat.h>
#include <sys/types.h>
#include <zlib.h>

enum { INPUT_CHUNK = 1 << 20, INPUT_PADDING = 64 };

struct input {
	const char *name;     /* borrowed; the file as messages name it */
	struct file_list all; /* the table that it begins or goes on with */
	gzFile file;          /* owned; reads plain files too */
	int fd;               /* of file */
	off_t first_byte; /* the offset of the first byte; -1: there are no offsets, as in a pipe */
	const unsigned char
		*memory; /* borrowed; (memory_left) to be read in place of file; NULL: none */
	size_t memory_left;
	unsigned char *owned; /* owned; what memory points into; NULL: memory is the caller's */
	struct decompressor *decompressor; /* owned; NULL: zlib reads the file */
	char *chunk;                       /* owned; (room), then INPUT_PADDING */
	size_t room;       /* INPUT_CHUNK, or more after input_unread of a whole chunk */
	size_t begin, end; /* of the bytes in chunk that have not been read */
	int started;       /* the text's encoding is known */
	int ended;         /* the file has no more bytes */
	int exhausted;     /* the last input_read found no more */

	/* Called with how much of the file has been read; or NULL. */
	void (*on_progress)(const gf_progress *progress, void *user);
	void *user;
	uint64_t size;   /* bytes of all files as they are stored; 0: not known */
	uint64_t before; /* bytes of the files before this one */

	const char *member;         /* borrowed from the path: "train" of d.npz:train; NULL: none */
	const char *const *paths;   /* borrowed; (path_count) the files of the table */
	size_t path_count, opened;  /* opened: the files that have been opened */
	struct listed_file *listed; /* owned; (opened); NULL: there is one file */
	char *all_name; /* owned; the table as messages name it; NULL: as its only file */

	gf_encoding encoding;    /* of a text without a byte order mark; utf8 by default */
	struct decoder *decoder; /* owned; NULL: the text is UTF-8 already */
};

/* The name that messages give to a path: "standard input" for "-". */
const char *input_name(const char *path);

/* What the system knows of the file of a path that input_open takes.  Returns -1 on an error: see
 * errno. */
int input_stat(const char *path, struct stat *info);

enum { FILES_NAME_ROOM = 1024 };

/* The name that messages give to several files: "a.csv and 2 more files". */
void files_name(char *name, size_t room, const char *const *paths, size_t count);

/* Opens a file; path "-" is standard input, and "d.npz:word" a member of d.npz.  GF_E_NOINPUT:
 * cannot be opened, or is a folder. */
gf_status input_open(struct input *in, const char *path, gf_error *err);

/* Like input_open for the first of several files (count, 1 or more), which hold one table. */
gf_status input_open_all(struct input *in, const char *const *paths, size_t count, gf_error *err);

/* Makes an input of bytes (count) in memory, which input_close must not close. */
void input_borrow(struct input *in, const char *name, const void *bytes, size_t count);

/* Goes on with the next file of the table.  counted: the lines or rows of the files until now.
 * *more is 0 if there is none. */
gf_status input_next(struct input *in, size_t counted, int *more, gf_error *err);

/* Shows the first bytes as they are, and leaves them to be read: INPUT_CHUNK, or all that there
 * are.  They are valid until something is read.  To be called before any reading: it finds out how
 * the file is compressed, but for gzip.  GF_E_NOINPUT: the program that decompresses such files is
 * not installed.  GF_E_DATA: damaged compressed data.  GF_E_IO. */
gf_status input_peek(struct input *in, const char **bytes, size_t *count, gf_error *err);

/* Reads the next bytes of a text as UTF-8, from UTF-8, Latin-1 or UTF-16.  A byte order mark at the
 * start and a Ctrl-Z at the end are left out.  *count is 0 at the end of the text.  INPUT_PADDING
 * zeros follow the bytes, which the caller may change until the next call.
 * GF_E_DATA: damaged compressed data.  GF_E_IO. */
gf_status input_read(struct input *in, char **bytes, size_t *count, gf_error *err);

/* Makes the next input_read return the last count bytes once more, in front of others.  Where they
 * are all that was read, it makes room for twice as much. */
void input_unread(struct input *in, size_t count);

/* Reads the next bytes as they are: want bytes, or *got where the input ends before.
 * GF_E_DATA: damaged compressed data.  GF_E_IO. */
gf_status input_read_raw(struct input *in, void *bytes, size_t want, size_t *got, gf_error *err);

/* Reads all the rest as it is.  The caller frees *bytes (*count), also after a failure. */
gf_status input_read_all(struct input *in, unsigned char **bytes, size_t *count, gf_error *err);

/* Goes on with bytes (count) in memory in place of the file, from the beginning.  Takes over the
 * memory, which is not NULL. */
void input_replace(struct input *in, unsigned char *bytes, size_t count);

/* Reads the next want bytes as they are.
 * GF_E_DATA: there are fewer: "FILE: the file ends in its header", where what is "header". */
gf_status input_read_exactly(
	struct input *in, void *bytes, size_t want, const char *what, gf_error *err);

/* Returns 1 if the bytes that have not been read are the rest of one file as it is stored, and sets
 * *part to them.  Returns 0 for standard input from a pipe, compressed bytes, and several files. */
int input_rest(const struct input *in, struct file_part *part);

/* May also be called after input_open has failed. */
void input_close(struct input *in);

#endif
