/* rows_dataset.c: makes a dataset of rows once all have come in. */
#include "dataset.h"
#include "error.h"
#include "encoding.h"
#include "texts.h"
#include "rows.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MANY_WORDS = 100 /* the features of fewer words need little memory */ };

static gf_status no_memory(const struct rows *r)
{
	return report_no_memory(files_place(r->columns->files, 0), r->err);
}

static struct data_place feature_place(const struct rows *r, size_t line, size_t feature)
{
	return columns_place(r->columns, line, r->columns->features.at[feature]);
}

/* ---- words become features ---- */

/* Orders the words of a column as the model does or, without a model, by sorting, and renumbers
 * them in the rows.  Sets ranks (words): each word's place.  -1: no memory. */
static int rank_words(struct rows *r, size_t feature, size_t *ranks)
{
	const struct label_set *set = &r->words[feature];
	float *number = r->numbers.at + feature;

	if (r->options->encoding) {
		for (size_t i = 0; i < set->count; i++)
			ranks[i] = i;
		return 0;
	}
	if (label_set_rank(set, ranks))
		return -1;
	for (size_t i = 0; i < r->count; i++, number += r->width)
		if (!isnan(*number))
			*number = (float)ranks[(size_t)*number];
	return 0;
}

static void notice_respelt(const struct rows *r, size_t feature)
{
	const struct label_set *set = &r->words[feature];
	const struct label *respelt = r->options->encoding ? NULL : label_set_respelt(set);

	if (respelt)
		report_notice(feature_place(r, respelt->place, feature), r->options,
			"%s is the number of %s in another spelling, and the same word",
			quote_text(respelt->text).text,
			files_line(r->columns->files, set->labels[respelt->same].place).text);
}

/* Words that name the rows teach nothing, and each of them is a feature. */
static void notice_names(const struct rows *r, size_t feature)
{
	size_t words = r->words[feature].count;

	if (r->options->encoding || words < MANY_WORDS || 2 * words <= r->count)
		return;
	report_notice(feature_place(r, 0, feature), r->options,
		"%zu words in %zu rows, each a feature of its own, which takes %.3g GB "
		"where rows are not sparse; --exclude leaves such a column out",
		words, r->count, (double)words * (double)r->count * sizeof(float) * 1e-9);
}

/* Returns the index plus 1 of the most common of the words (count), the first of equals; 0: the
 * rows have no word. */
static size_t most_common(const struct rows *r, size_t feature, size_t *counts, size_t count)
{
	const float *number = r->numbers.at + feature;
	size_t most = 0;

	for (size_t i = 0; i < count; i++)
		counts[i] = 0;
	for (size_t i = 0; i < r->count; i++, number += r->width)
		if (*number >= 0.0f) /* which NaN is not */
			counts[(size_t)*number]++;
	for (size_t i = 1; i < count; i++)
		if (counts[i] > counts[most])
			most = i;
	return count && counts[most] ? most + 1 : 0;
}

static struct numbers numbers_of(const struct rows *r)
{
	return (struct numbers){.at = r->numbers.at,
		.rows = r->count,
		.width = r->width,
		.holes = r->holes,
		.columns = r->columns,
		.options = r->options};
}

static gf_status learn_words(struct rows *r, size_t feature, struct encoded *encoded, size_t *ranks)
{
	const size_t label = label_set_find(&r->words[feature], ENCODING_ABSENT);
	const struct numbers numbers = numbers_of(r);

	if (r->options->missing == GF_MISSING_category && label != SIZE_MAX)
		encoded->absent = ranks[label] + 1;
	/* The ranks are not needed any longer: their memory is reused for the counts. */
	encoded->frequent = most_common(r, feature, ranks, encoded->count);
	if (!encoded->frequent)
		return missing_refuse_all(&numbers, feature, "most common word", r->err);
	if (r->holes)
		missing_fill(&numbers, feature, (float)(encoded->frequent - 1));
	return GF_OK;
}

static gf_status copy_words(
	const struct rows *r, size_t feature, const size_t *ranks, struct encoded *encoded)
{
	const struct label_set *set = &r->words[feature];
	size_t count = r->options->encoding ? set->count : label_set_distinct(set);

	encoded->words = calloc(count + 1, sizeof *encoded->words);
	encoded->count = encoded->words ? count : 0;
	if (!encoded->words)
		return no_memory(r);
	for (size_t i = 0; i < set->count; i++) {
		if (encoded->words[ranks[i]]) /* the word's first spelling stays */
			continue;
		encoded->words[ranks[i]] = strdup(set->labels[i].text);
		if (!encoded->words[ranks[i]])
			return no_memory(r);
	}
	return GF_OK;
}

static gf_status encode_ranked(
	struct rows *r, size_t feature, struct encoded *encoded, size_t *ranks)
{
	const struct encoding *known = r->options->encoding;

	if (rank_words(r, feature, ranks))
		return no_memory(r);
	TRY(copy_words(r, feature, ranks, encoded));
	if (!known)
		return learn_words(r, feature, encoded, ranks);
	encoded->frequent = known->columns[feature].frequent;
	encoded->absent = known->columns[feature].absent;
	return GF_OK;
}

static gf_status encode_words(struct rows *r, size_t feature, struct encoded *encoded)
{
	size_t *ranks = calloc(r->words[feature].count + 1, sizeof *ranks);
	gf_status status;

	notice_respelt(r, feature);
	notice_names(r, feature);
	status = ranks ? encode_ranked(r, feature, encoded, ranks) : no_memory(r);
	free(ranks);
	return status;
}

static gf_status encode(struct rows *r, struct encoding *encoding)
{
	const struct column_list *features = &r->columns->features;
	const struct numbers numbers = numbers_of(r);

	TRY(encoding_alloc(encoding, features->count, r->err));
	encoding->missing = r->options->missing;
	for (size_t i = 0; i < features->count; i++) {
		TRY(name_set(&encoding->names[i], texts_at(&r->columns->names, features->at[i]),
			r->err));
		if (r->columns->roles[features->at[i]] == COLUMN_ONE_HOT)
			TRY(encode_words(r, i, &encoding->columns[i]));
	}
	if (!r->options->encoding)
		return missing_learn(&numbers, encoding, r->err);
	missing_use_known(&numbers, encoding);
	return GF_OK;
}

/* ---- rows become a dataset ---- */

static void expand_row(const struct encoding *encoding, const float *row, float *x)
{
	for (size_t i = 0; i < encoding->count; i++)
		if (encoding->columns[i].words) {
			if (row[i] >= 0.0f) /* -1 is a word that training has not seen */
				x[(size_t)row[i]] = 1.0f;
			x += encoding->columns[i].count;
		} else {
			*x++ = row[i];
		}
}

static gf_status copy_weights(struct rows *r, gf_dataset *data)
{
	float most = 0.0f;

	if (r->columns->weights.count == 0)
		return GF_OK;
	data->weights = calloc(r->count, sizeof *data->weights);
	if (!data->weights)
		return no_memory(r);
	for (size_t i = 0; i < r->count; i++) {
		data->weights[i] = r->numbers.at[i * r->width + r->columns->features.count];
		most = data->weights[i] > most ? data->weights[i] : most;
	}
	if (most > 0.0f)
		return GF_OK;
	return report_error(columns_place(r->columns, 0, r->columns->weights.at[0]), r->err,
		"every weight is 0");
}

/* The offset is the last number of a row. */
static gf_status copy_offsets(struct rows *r, gf_dataset *data)
{
	const struct column_list *list = &r->columns->offsets;

	if (list->count == 0)
		return GF_OK;
	TRY(dataset_need_offset(data, texts_at(&r->columns->names, list->at[0]),
		r->options->takes_exposure, r->err));
	for (size_t i = 0; i < r->count; i++)
		data->offset[i] = offset_of(
			r->numbers.at[(i + 1) * r->width - 1], r->options->takes_exposure);
	return GF_OK;
}

/* Moves the texts that are kept, and the list of dropped rows. */
static gf_status move_kept(struct rows *r, gf_dataset *data)
{
	data->dropped = r->dropped;
	data->dropped_rows = r->dropped_rows;
	r->dropped_rows = NULL;
	data->kept = r->kept;
	r->kept = (struct texts){0};
	for (size_t i = 0; i < r->columns->names.count; i++) {
		const char *name = texts_at(&r->columns->names, i);

		if (r->is_kept[i] && texts_add(&data->kept_names, name, strlen(name)))
			return no_memory(r);
	}
	return GF_OK;
}

static gf_status finish_targets(struct rows *r, gf_dataset *data)
{
	const struct column_list *list = &r->columns->targets;

	for (size_t k = 0; k < list->count; k++) {
		TRY(name_set(
			&data->target_names[k], texts_at(&r->columns->names, list->at[k]), r->err));
		TRY(assemble_finish(data, r->targets[k], k, r->err));
	}
	return GF_OK;
}

/* Where all columns hold numbers, x is the rows as they are, which are not copied. */
static gf_status make_dense(struct rows *r, const struct encoding *encoding, gf_dataset **data)
{
	size_t features = encoding_features(encoding), outputs = r->columns->targets.count;
	int only_numbers = features > 0 && features == r->width;
	struct page_array x = {.beside = r->options->cache};

	for (size_t i = 0; i < encoding->count; i++)
		only_numbers &= !encoding->columns[i].words;
	if (only_numbers)
		return dataset_adopt(data, &r->numbers, r->count, features, outputs, r->err);
	TRY(dataset_adopt(data, &x, r->count, features, outputs, r->err));
	for (size_t i = 0; features && i < r->count; i++)
		expand_row(encoding, r->numbers.at + i * r->width, (*data)->x + i * features);
	return GF_OK;
}

/* Makes the dataset with its features. */
static gf_status make_features(struct rows *r, const struct encoding *encoding, gf_dataset **data)
{
	struct sparse_rows *sparse;
	const char *why;

	TRY(rows_sparse(r, encoding, &sparse, &why));
	TRY(sparse ? dataset_sparse(data, sparse, encoding_features(encoding),
			     r->columns->targets.count, r->err)
		   : make_dense(r, encoding, data));
	(*data)->rows_why = why;
	return GF_OK;
}

/* The encoding moves to the dataset. */
static gf_status make_dataset(struct rows *r, struct encoding *encoding, gf_dataset **data)
{
	TRY(encode(r, encoding));
	TRY(make_features(r, encoding, data));
	(*data)->encoding = *encoding;
	*encoding = (struct encoding){0};
	TRY(encoding_name_features(&(*data)->encoding, (*data)->feature_names, r->err));
	TRY(move_kept(r, *data));
	TRY(copy_weights(r, *data));
	TRY(copy_offsets(r, *data));
	return finish_targets(r, *data);
}

static void notice_unseen(const struct rows *r)
{
	if (r->unseen)
		report_notice(files_place(r->columns->files, 0), r->options,
			"%zu word%s that the training has not seen %s 0 in all features of the "
			"column; the first is in %s, %s",
			r->unseen, plural_s(r->unseen), r->unseen == 1 ? "is" : "are",
			files_line(r->columns->files, r->unseen_line).text,
			columns_label(r->columns, r->columns->features.at[r->unseen_feature]).text);
}

gf_status rows_dataset(struct rows *r, gf_dataset **data)
{
	struct encoding encoding = {0};
	gf_status status;

	*data = NULL;
	if (r->count == 0)
		return report_error(files_place(r->columns->files, 0), r->err,
			"each of the %zu rows has a missing value: none is left; "
			"--missing mean or category fills them in",
			r->dropped);
	status = make_dataset(r, &encoding, data);
	encoding_free(&encoding);
	if (status) {
		gf_dataset_free(*data);
		*data = NULL;
		return status;
	}
	notice_unseen(r);
	precision_notice(r->precision, &r->columns->features, r->columns, r->options);
	precision_notice(r->precision + r->width, &r->columns->targets, r->columns, r->options);
	return GF_OK;
}
