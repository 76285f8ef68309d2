/*
 * decompress.h: reads files that zstd, xz, bzip2, lz4 or compress made, by running the installed
 * program of that format, as tar does.  (gzip needs no program: input.c reads it by zlib.)
 *
 * This is the one place where the library runs a program, and where it depends on the environment:
 * the program is looked for in PATH, as the shell does.
 */
#ifndef GF_DECOMPRESS_H
#define GF_DECOMPRESS_H

#include "gpufitcl.h"

#include <zlib.h>

struct compression;
struct decompressor;

/* The compression that these first bytes (count) of a file tell; NULL: none that a program is
 * needed for. */
const struct compression *compression_of(const char *bytes, size_t count);

/* Where the compressed bytes come from. */
struct compressed {
	const char *name;  /* borrowed; the file as messages name it */
	gzFile file;       /* borrowed; read where the file has no offsets, as a pipe */
	int fd;            /* borrowed; of a file whose offset is at its first byte; -1: a pipe */
	const char *first; /* (count) bytes of a pipe that have been read already */
	size_t count;
};

/* Starts the program.  GF_E_NOINPUT: it is not installed.  GF_E_IO. */
gf_status decompressor_open(struct decompressor **d, const struct compression *compression,
	const struct compressed *from, gf_error *err);

/* Reads up to room bytes; *got is less where the data end.
 * GF_E_DATA: the program failed, for which the message has its own words.  GF_E_IO. */
gf_status decompressor_read(
	struct decompressor *d, void *bytes, size_t room, size_t *got, gf_error *err);

/* Ends the program where it still runs.  d may be NULL. */
void decompressor_close(struct decompressor *d);

#endif
