/*
 * cache_file.h: a dataset as a file that is used as it stands.
 *
 *	a page		struct cache_header
 *	x		(N, D) of 32-bit floats, row-major, then zeros up to a whole page; or of
 *			sparse rows start, index and value (sparse.h), each up to a whole page
 *	the tail	the key, what the user was told, targets, weights, names, the encoding
 *
 * Numbers have the byte order of the machine, which refuses another one's.
 */
#ifndef GF_CACHE_FILE_H
#define GF_CACHE_FILE_H

#include "dataset.h"

enum { CACHE_VERSION = 1 };

#define CACHE_MAGIC "GFCACHE\n"

int cache_keys_equal(const struct texts *a, const struct texts *b);

/* What a cache has beside the dataset. */
struct cache_notes {
	struct texts key;     /* owned; lines that tell of what the dataset was read, and how */
	struct texts notices; /* owned; what the user was told while it was read */
};

void cache_notes_free(struct cache_notes *notes);

/* What is at the path of a cache. */
enum cache_state {
	CACHE_absent,  /* nothing, or an empty file */
	CACHE_foreign, /* a file that is no cache */
	CACHE_damaged, /* a cache, but cut or altered */
	CACHE_other,   /* a cache with another key, or of another version or byte order */
	CACHE_whole,
};

/* Maps the cache at path, if its key is that one.  *data: NULL but for CACHE_whole.  *notes are for
 * the caller to free; with CACHE_other they have the other key.
 * GF_E_NOINPUT, GF_E_IO: the file cannot be read.  GF_E_MEMORY. */
gf_status cache_file_read(gf_dataset **data, struct cache_notes *notes, enum cache_state *state,
	const char *path, const struct texts *key, gf_error *err);

/* Writes the cache at path.  If x is in a temporary file beside path, that becomes the cache.
 * GF_E_CANTCREATE, GF_E_IO. */
gf_status cache_file_write(
	gf_dataset *data, struct cache_notes *notes, const char *path, gf_error *err);

#endif
