#include "cache_tail.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- numbers and arrays ---- */

static int is_reading(const struct cache_walk *w)
{
	return !w->out;
}

static int has_failed(const struct cache_walk *w)
{
	return w->is_damaged || w->lacks_memory;
}

/* A failed write stays in the stream's error flag, for outfile_commit to find. */
static void walk_bytes(struct cache_walk *w, void *bytes, size_t count)
{
	if (!is_reading(w)) {
		fwrite(bytes, 1, count, w->out);
		w->written += count;
		w->sum = (uint32_t)crc32_z(w->sum, bytes, count);
		return;
	}
	w->is_damaged |= count > w->left;
	if (has_failed(w)) {
		memset(bytes, 0, count);
		return;
	}
	memcpy(bytes, w->at, count);
	w->at += count;
	w->left -= count;
}

static void walk_size(struct cache_walk *w, size_t *size)
{
	uint64_t value = *size;

	walk_bytes(w, &value, sizeof value);
	*size = (size_t)value;
}

static void walk_int(struct cache_walk *w, int *number)
{
	walk_bytes(w, number, sizeof *number);
}

/* A switch is 0 or 1. */
static int walk_switch(struct cache_walk *w, int is_on)
{
	walk_int(w, &is_on);
	w->is_damaged |= is_on != 0 && is_on != 1;
	return is_on && !has_failed(w);
}

/* Makes an array that is to be read, of items of at least `stored` bytes in the file.  NULL: the
 * file has not so many, or there is no memory. */
static void *make_array(struct cache_walk *w, size_t count, size_t stored, size_t size)
{
	void *array;

	w->is_damaged |= count > w->left / stored;
	if (has_failed(w))
		return NULL;
	array = calloc(count + 1, size);
	w->lacks_memory |= !array;
	return array;
}

/* An array may be NULL; count: of an array that is there. */
static void *walk_array(struct cache_walk *w, void *array, size_t count, size_t size)
{
	if (!walk_switch(w, array != NULL))
		return NULL;
	if (is_reading(w))
		array = make_array(w, count, size, size);
	if (array)
		walk_bytes(w, array, count * size);
	return array;
}

/* ---- texts ---- */

/* A string may be NULL. */
static char *walk_text(struct cache_walk *w, char *text)
{
	size_t bytes = text ? strlen(text) + 1 : 0;

	walk_size(w, &bytes);
	if (bytes == 0)
		return NULL;
	if (is_reading(w))
		text = make_array(w, bytes, 1, 1);
	if (text)
		walk_bytes(w, text, bytes);
	if (is_reading(w) && text)
		w->is_damaged |= text[bytes - 1] != '\0' || strlen(text) != bytes - 1;
	return text;
}

/* A list of names, each of which is there. */
static char **walk_names(struct cache_walk *w, char **names, size_t count)
{
	if (is_reading(w))
		names = make_array(w, count, sizeof(uint64_t), sizeof *names);
	for (size_t i = 0; names && i < count && !has_failed(w); i++) {
		names[i] = walk_text(w, names[i]);
		w->is_damaged |= !names[i];
	}
	return names;
}

/* Every string of a list ends within its bytes. */
static int are_texts(const struct texts *texts)
{
	if (texts->count && (texts->used == 0 || texts->bytes[texts->used - 1] != '\0'))
		return 0;
	for (size_t i = 0; i < texts->count; i++)
		if (texts->starts[i] >= texts->used)
			return 0;
	return 1;
}

static void walk_texts(struct cache_walk *w, struct texts *texts)
{
	walk_size(w, &texts->used);
	walk_size(w, &texts->count);
	texts->bytes = walk_array(w, texts->bytes, texts->used, 1);
	texts->starts = walk_array(w, texts->starts, texts->count, sizeof *texts->starts);
	if (!is_reading(w))
		return;
	texts->room = texts->used;
	texts->starts_room = texts->count;
	w->is_damaged |= (texts->used && !texts->bytes) || (texts->count && !texts->starts);
	if (!has_failed(w))
		w->is_damaged |= !are_texts(texts);
	if (has_failed(w))
		texts->count = texts->used = 0;
}

/* ---- the encoding ---- */

static void walk_column(struct cache_walk *w, struct encoded *column)
{
	walk_bytes(w, &column->mean, sizeof column->mean);
	walk_bytes(w, &column->most, sizeof column->most);
	walk_size(w, &column->frequent);
	walk_size(w, &column->absent);
	walk_size(w, &column->count);
	if (walk_switch(w, column->words != NULL))
		column->words = walk_names(w, column->words, column->count);
	w->is_damaged |= column->count && !column->words;
	if (!column->words)
		column->count = 0;
	w->is_damaged |= column->frequent > column->count || column->absent > column->count;
}

static void walk_encoding(struct cache_walk *w, struct encoding *e)
{
	int missing = (int)e->missing;
	size_t count = e->count;

	walk_size(w, &count);
	walk_int(w, &missing);
	if (is_reading(w)) {
		e->names = make_array(w, count, sizeof(uint64_t), sizeof *e->names);
		e->columns = make_array(w, count, sizeof(uint64_t), sizeof *e->columns);
		e->count = e->names && e->columns ? count : 0;
		w->is_damaged |= missing < 0 || missing >= GF_MISSING_COUNT;
		e->missing = has_failed(w) ? GF_MISSING_error : (gf_missing)missing;
	}
	for (size_t i = 0; i < e->count && !has_failed(w); i++) {
		e->names[i] = walk_text(w, e->names[i]);
		w->is_damaged |= !e->names[i];
		walk_column(w, &e->columns[i]);
	}
}

/* ---- the dataset ---- */

static void walk_targets(struct cache_walk *w, gf_dataset *d)
{
	size_t numbers = d->rows * d->outputs;

	w->is_damaged |= is_reading(w) && d->outputs && numbers / d->outputs != d->rows;
	d->y = walk_array(w, d->y, numbers, sizeof *d->y);
	d->target_names = walk_names(w, d->target_names, d->outputs);
	walk_size(w, &d->classes);
	if (walk_switch(w, d->class_names != NULL))
		d->class_names = walk_names(w, d->class_names, d->classes);
	w->is_damaged |= d->classes && !d->class_names;
	if (!d->class_names)
		d->classes = 0;
	w->is_damaged |= is_reading(w) && !d->y != !d->outputs;
}

static void walk_rows(struct cache_walk *w, gf_dataset *d)
{
	int index_base = (int)d->index_base;

	d->weights = walk_array(w, d->weights, d->rows, sizeof *d->weights);
	d->offset = walk_array(w, d->offset, d->rows, sizeof *d->offset);
	d->offset_name = walk_text(w, d->offset_name);
	d->has_exposure = walk_switch(w, d->has_exposure);
	walk_size(w, &d->dropped);
	d->dropped_rows = walk_array(w, d->dropped_rows, d->dropped, sizeof *d->dropped_rows);
	walk_int(w, &index_base);
	if (!is_reading(w))
		return;
	w->is_damaged |= !d->offset != !d->offset_name || index_base < INDEX_BASE_UNKNOWN ||
			 index_base > INDEX_BASE_1;
	d->index_base = has_failed(w) ? INDEX_BASE_UNKNOWN : (enum index_base)index_base;
}

/* The parts fit each other. */
static int is_consistent(const gf_dataset *d)
{
	const size_t kept = (d->rows + d->dropped) * d->kept_names.count;

	return (d->encoding.count == 0 || encoding_features(&d->encoding) == d->features) &&
	       d->kept.count == kept;
}

void cache_tail_walk(struct cache_walk *w, gf_dataset *d, struct cache_notes *notes)
{
	walk_texts(w, &notes->key);
	walk_texts(w, &notes->notices);
	walk_targets(w, d);
	d->feature_names = walk_names(w, d->feature_names, d->features);
	walk_rows(w, d);
	walk_texts(w, &d->kept_names);
	walk_texts(w, &d->kept);
	walk_encoding(w, &d->encoding);
	if (is_reading(w) && !has_failed(w))
		w->is_damaged |= w->left > 0 || !is_consistent(d);
}
