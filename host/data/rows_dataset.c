/* rows_dataset.c: rows that have all come in, made into a dataset. */
#include "dataset.h"
#include "error.h"
#include "missing.h"
#include "texts.h"
#include "rows.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NAMING_WORDS = 100 /* fewer take no room to speak of */ };

static gf_status no_memory(const struct rows *r)
{
	return gf_fail(
		r->err, GF_E_MEMORY, "%s: no memory for %zu rows", r->columns->path, r->count);
}

/* ---- how columns become features ---- */

/* Numbers the words of that column anew, in their order: the model's, or else sorted. */
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

static void tell_respelt(const struct rows *r, size_t feature)
{
	const struct label_set *set = &r->words[feature];
	const struct label *respelt = r->options->encoding ? NULL : label_set_respelt(set);

	if (respelt)
		data_notice(r->options,
			"%s:%zu: %s: %s is the number of line %zu in another spelling, and the "
			"same word",
			r->columns->path, respelt->place,
			columns_label(r->columns, r->columns->features.at[feature]).text,
			quote_of(respelt->text, strlen(respelt->text)).text,
			set->labels[respelt->same].place);
}

/* Words that name the rows teach nothing, and take a feature each. */
static void tell_names(const struct rows *r, size_t feature)
{
	size_t words = r->words[feature].count;

	if (r->options->encoding || words < NAMING_WORDS || 2 * words <= r->count)
		return;
	data_notice(r->options,
		"%s: %s: %zu words in %zu rows, each a feature of its own, which takes %.3g GB; "
		"--exclude leaves such a column out",
		r->columns->path, columns_label(r->columns, r->columns->features.at[feature]).text,
		words, r->count, (double)words * (double)r->count * sizeof(float) * 1e-9);
}

/* The index and 1 of the most common of the words (count), the first of equals; 0: the rows have
 * none. */
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
	/* The counts overwrite the ranks, which are not needed any more. */
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
		if (encoded->words[ranks[i]]) /* has its first spelling */
			continue;
		encoded->words[ranks[i]] = strdup(set->labels[i].text);
		if (!encoded->words[ranks[i]])
			return no_memory(r);
	}
	return GF_OK;
}

static gf_status encode_words(struct rows *r, size_t feature, struct encoded *encoded)
{
	const struct encoding *known = r->options->encoding;
	size_t *ranks = calloc(r->words[feature].count + 1, sizeof *ranks);
	gf_status status;

	tell_respelt(r, feature);
	tell_names(r, feature);
	if (!ranks || rank_words(r, feature, ranks))
		status = no_memory(r);
	else
		status = copy_words(r, feature, ranks, encoded);
	if (!status && known) {
		encoded->frequent = known->columns[feature].frequent;
		encoded->absent = known->columns[feature].absent;
	} else if (!status) {
		status = learn_words(r, feature, encoded, ranks);
	}
	free(ranks);
	return status;
}

/* ---- all columns ---- */

static gf_status encode(struct rows *r, struct encoding *encoding)
{
	const struct column_list *features = &r->columns->features;
	const struct numbers numbers = numbers_of(r);
	gf_status status = encoding_alloc(encoding, features->count, r->err);

	encoding->missing = r->options->missing;
	for (size_t i = 0; !status && i < features->count; i++) {
		encoding->names[i] = strdup(texts_at(&r->columns->names, features->at[i]));
		if (!encoding->names[i])
			status = no_memory(r);
		else if (r->columns->roles[features->at[i]] == COLUMN_ONE_HOT)
			status = encode_words(r, i, &encoding->columns[i]);
	}
	if (!status && r->options->encoding)
		missing_use_known(&numbers, encoding);
	else if (!status)
		status = missing_learn(&numbers, encoding, r->err);
	return status;
}

/* ---- numbers ---- */

static void expand_row(const struct encoding *encoding, const float *row, float *x)
{
	for (size_t i = 0; i < encoding->count; i++)
		if (encoding->columns[i].words) {
			if (row[i] >= 0.0f) /* below: a word that training has not seen */
				x[(size_t)row[i]] = 1.0f;
			x += encoding->columns[i].count;
		} else {
			*x++ = row[i];
		}
}

static gf_status take_weights(struct rows *r, gf_dataset *data)
{
	float most = 0.0f;

	if (r->columns->weights.count == 0)
		return GF_OK;
	data->weights = calloc(r->count, sizeof *data->weights);
	if (!data->weights)
		return no_memory(r);
	for (size_t i = 0; i < r->count; i++) {
		data->weights[i] = r->numbers.at[(i + 1) * r->width - 1];
		most = data->weights[i] > most ? data->weights[i] : most;
	}
	if (most > 0.0f)
		return GF_OK;
	return gf_fail(r->err, GF_E_DATA, "%s: %s: every weight is 0", r->columns->path,
		columns_label(r->columns, r->columns->weights.at[0]).text);
}

static gf_status take_kept(struct rows *r, gf_dataset *data)
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

static gf_status take_targets(struct rows *r, gf_dataset *data)
{
	const struct column_list *list = &r->columns->targets;
	gf_status status = GF_OK;

	for (size_t k = 0; !status && k < list->count; k++) {
		const char *name = texts_at(&r->columns->names, list->at[k]);

		free(data->target_names[k]);
		data->target_names[k] = strdup(name);
		status = data->target_names[k] ? assemble_finish(data, r->targets[k], k, r->err)
					       : no_memory(r);
	}
	return status;
}

/* Where all columns are numbers, what has come in is x, and is not copied. */
static gf_status make_x(struct rows *r, const struct encoding *encoding, gf_dataset **data)
{
	size_t features = encoding_features(encoding), outputs = r->columns->targets.count;
	int as_it_is = features > 0 && features == r->width;
	gf_status status;

	for (size_t i = 0; i < encoding->count; i++)
		as_it_is &= !encoding->columns[i].words;
	if (as_it_is)
		return dataset_adopt(data, &r->numbers, r->count, features, outputs, r->err);
	status = dataset_alloc(data, r->count, features, outputs, r->err);
	for (size_t i = 0; !status && features && i < r->count; i++)
		expand_row(encoding, r->numbers.at + i * r->width, (*data)->x + i * features);
	return status;
}

static gf_status make(struct rows *r, struct encoding *encoding, gf_dataset **data)
{
	gf_status status = make_x(r, encoding, data);

	if (status)
		return status;
	(*data)->encoding = *encoding;
	*encoding = (struct encoding){0};
	status = encoding_name_features(&(*data)->encoding, (*data)->feature_names, r->err);
	if (!status)
		status = take_kept(r, *data);
	if (!status)
		status = take_weights(r, *data);
	return status ? status : take_targets(r, *data);
}

static void tell_unseen(const struct rows *r)
{
	if (r->unseen)
		data_notice(r->options,
			"%s: %zu word%s that the training has not seen %s 0 in all features of the "
			"column; the first is in line %zu, %s",
			r->columns->path, r->unseen, r->unseen == 1 ? "" : "s",
			r->unseen == 1 ? "is" : "are", r->unseen_line,
			columns_label(r->columns, r->columns->features.at[r->unseen_feature]).text);
}

gf_status rows_dataset(struct rows *r, gf_dataset **data)
{
	struct encoding encoding = {0};
	gf_status status;

	*data = NULL;
	if (r->count == 0)
		return gf_fail(r->err, GF_E_DATA,
			"%s: each of the %zu rows has a missing value: none is left; "
			"--missing mean or category fills them in",
			r->columns->path, r->dropped);
	status = encode(r, &encoding);
	if (!status)
		status = make(r, &encoding, data);
	encoding_free(&encoding);
	if (!status) {
		tell_unseen(r);
		precision_notice(r->precision, &r->columns->features, r->columns, r->options);
		precision_notice(
			r->precision + r->width, &r->columns->targets, r->columns, r->options);
	}
	if (status) {
		gf_dataset_free(*data);
		*data = NULL;
	}
	return status;
}
