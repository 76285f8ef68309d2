/*
 * file_memory.h: memory whose bytes are those of a file.  The system reads them when they are used
 * and can take their room back at any time, so that they may be more than the machine's memory.
 *
 * A file that another program cuts short while it is mapped ends the process with SIGBUS.
 */
#ifndef GF_FILE_MEMORY_H
#define GF_FILE_MEMORY_H

#include "outfile.h"

#include <stddef.h>

struct file_memory {
	char *at;     /* (bytes) in map */
	size_t bytes; /* of the file, from `first` on, then zeros */
	size_t first; /* the file's bytes before them */
	void *map;    /* owned; (map_bytes); NULL: nothing is mapped */
	size_t map_bytes;
	struct outfile out; /* owned; the file while it is made; out.file NULL: it is only read */
};

/* An open file that is read. */
struct file_part {
	int fd;
	const char *name;    /* as messages name it */
	size_t first, bytes; /* the part of it to be mapped; more than no byte */
	size_t zeros;        /* bytes of zeros to follow, where the file ends with the part */
};

/* Maps a part of a file, which stays mapped after the file is closed.  GF_E_IO. */
gf_status file_memory_map(struct file_memory *m, const struct file_part *part, gf_error *err);

/* Makes memory in a temporary file beside path, and leaves the file's first page for a header.
 * GF_E_CANTCREATE. */
gf_status file_memory_new(struct file_memory *m, const char *path, gf_error *err);

/* Makes the memory larger, by zeros; m->at may change.  The file gets its room on the disk now,
 * since a write to memory has no way to tell that the disk is full.  GF_E_IO: there is no room. */
gf_status file_memory_grow(struct file_memory *m, size_t bytes, gf_error *err);

/* Removes the file, too, unless m->out was committed.  m may be all zeros. */
void file_memory_free(struct file_memory *m);

#endif
