/*
 * cache.h: a table that is read once, and then used as the cache's file holds it.
 *
 * A cache is known by its key: name, size and time of each file that was read, and the options that
 * say how.
 */
#ifndef GF_CACHE_H
#define GF_CACHE_H

#include "dataset.h"
#include "read_options.h"

struct table_files {
	const char *const *paths; /* borrowed; (count) */
	size_t count;
};

typedef gf_status cache_read_table(gf_dataset **data, const struct table_files *files,
	const struct read_options *options, gf_error *err);

/* Returns the dataset of options->cache, or reads the files by `read` and makes the cache.
 * GF_E_USAGE: standard input is one of the files.  GF_E_DATA: the file at options->cache is no
 * cache, or a file changed while it was read. */
gf_status cache_read(gf_dataset **data, const struct table_files *files, cache_read_table *read,
	const struct read_options *options, gf_error *err);

/* The words of the lines that tell of the files. */
#define CACHE_KEY_DATA   "file"
#define CACHE_KEY_LABELS "labels"

/* Makes the key: lines of a word and a value.  GF_E_USAGE, GF_E_NOINPUT, GF_E_MEMORY. */
gf_status cache_key(struct texts *key, const struct table_files *files,
	const struct read_options *options, gf_error *err);

/* Returns the word of the first line in which two keys differ; an empty one: there is none. */
struct slice cache_key_difference(const struct texts *a, const struct texts *b);

#endif
