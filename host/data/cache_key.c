/* cache_key.c: what a cache is known by. */
#include "cache.h"
#include "bits.h"
#include "encoding.h"
#include "error.h"
#include "input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The lines of a key while they are added. */
struct key {
	struct texts *lines; /* borrowed */
	int lacks_memory;
};

/* A text that is NULL is not the same as an empty one. */
static void add_text(struct key *k, const char *word, const char *text)
{
	const size_t room = strlen(word) + (text ? strlen(text) + 1 : 0) + 1;
	char *line = malloc(room);

	if (line)
		snprintf(line, room, text ? "%s %s" : "%s", word, text);
	k->lacks_memory |= !line || texts_add(k->lines, line, room - 1);
	free(line);
}

static void add_number(struct key *k, const char *word, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, number);
	add_text(k, word, text);
}

static void add_names(struct key *k, const char *word, const char *const *names, size_t count)
{
	add_number(k, word, count);
	for (size_t i = 0; names && i < count; i++)
		add_text(k, word, names[i]);
}

/* ---- files ---- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A member of an .npz file, d.npz:word, has the size and time of its file. */
static gf_status add_file(struct key *k, const char *word, const char *path, gf_error *err)
{
	struct stat info;

	if (strcmp(path, "-") == 0)
		return gf_fail(err, GF_E_USAGE,
			"cache: standard input has no name and time by which a later run could "
			"know it; wanted: a file");
	if (input_stat(path, &info))
		return gf_fail(err, GF_E_NOINPUT, "%s: %s", path, strerror(errno));
	add_text(k, word, base_name(path));
	add_number(k, word, (uint64_t)info.st_size);
	add_number(k, word, (uint64_t)info.st_mtim.tv_sec);
	add_number(k, word, (uint64_t)info.st_mtim.tv_nsec);
	return GF_OK;
}

static gf_status add_files(struct key *k, const struct table_files *files,
	const struct read_options *options, gf_error *err)
{
	for (size_t i = 0; i < files->count; i++)
		TRY(add_file(k, CACHE_KEY_DATA, files->paths[i], err));
	return options->labels ? add_file(k, CACHE_KEY_LABELS, options->labels, err) : GF_OK;
}

/* ---- options ---- */

static void add_columns(struct key *k, const struct read_options *o)
{
	add_text(k, "target", o->target);
	add_text(k, "features", o->features);
	add_text(k, "exclude", o->exclude);
	add_text(k, "one_hot", o->one_hot);
	add_text(k, "sample_weight", o->sample_weight);
	add_text(k, o->takes_exposure ? "exposure" : "offset", o->offset);
	add_text(k, "keep", o->keep);
}

static void add_format(struct key *k, const struct read_options *o)
{
	add_number(k, "header", (uint64_t)o->header);
	add_number(k, "delimiter", (unsigned char)o->delimiter);
	add_number(k, "decimal", (unsigned char)o->decimal);
	add_text(k, "comment", o->comment);
	add_number(k, "skip_lines", o->skip_lines);
	add_number(k, "encoding", o->text_encoding);
	add_text(k, "na", o->na);
	add_number(k, "index_base", o->index_base);
	add_number(k, "sparse", (uint64_t)o->sparse);
}

static void add_values(struct key *k, const struct read_options *o)
{
	add_number(k, "loss", o->rule);
	add_number(k, "missing", o->missing);
	add_number(k, "unseen", o->unseen);
	add_number(k, "with_target", (uint64_t)o->with_target);
}

static void add_encoded(struct key *k, const struct encoded *column)
{
	add_number(k, "model", bits_of_float(column->mean));
	add_number(k, "model", bits_of_float(column->most));
	add_number(k, "model", column->frequent);
	add_number(k, "model", column->absent);
	add_names(k, "model", (const char *const *)column->words, column->count);
}

/* What a model, or other data, say about the columns. */
static void add_model(struct key *k, const struct read_options *o)
{
	const struct encoding *e = o->encoding;

	add_names(k, "model", o->wanted_features, o->wanted_feature_count);
	add_names(k, "model", o->wanted_targets, o->wanted_target_count);
	add_names(k, "model", o->known_classes, o->known_class_count);
	add_number(k, "model", (uint64_t)o->by_place);
	for (size_t i = 0; e && i < e->count; i++) {
		add_text(k, "model", e->names[i]);
		add_encoded(k, &e->columns[i]);
	}
}

gf_status cache_key(struct texts *lines, const struct table_files *files,
	const struct read_options *options, gf_error *err)
{
	struct key k = {.lines = lines};

	*lines = (struct texts){0};
	add_text(&k, "version", GF_VERSION);
	TRY(add_files(&k, files, options, err));
	add_columns(&k, options);
	add_format(&k, options);
	add_values(&k, options);
	add_model(&k, options);
	return k.lacks_memory ? gf_fail_memory(err, lines->used, "the key of a cache") : GF_OK;
}

struct slice cache_key_difference(const struct texts *a, const struct texts *b)
{
	const char *line;
	size_t i = 0;

	while (i < a->count && i < b->count && strcmp(texts_at(a, i), texts_at(b, i)) == 0)
		i++;
	line = i < a->count ? texts_at(a, i) : i < b->count ? texts_at(b, i) : "";
	return (struct slice){line, strcspn(line, " ")};
}
