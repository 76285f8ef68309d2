/* rows_dataset.c: rows that have all come in, made into a dataset. */
#include "assemble.h"
#include "dataset.h"
#include "error.h"
#include "names.h"
#include "rows.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
			excerpt_of(respelt->text, strlen(respelt->text)).text,
			set->labels[respelt->same].place);
}

static gf_status encode_words(struct rows *r, size_t feature, struct encoded *encoded)
{
	const struct label_set *set = &r->words[feature];
	size_t count = r->options->encoding ? set->count : label_set_distinct(set);
	size_t *ranks = calloc(set->count, sizeof *ranks);

	tell_respelt(r, feature);
	encoded->words = calloc(set->count, sizeof *encoded->words);
	encoded->count = encoded->words ? count : 0;
	if (!ranks || !encoded->words || rank_words(r, feature, ranks)) {
		free(ranks);
		return no_memory(r);
	}
	for (size_t i = 0; i < set->count; i++) {
		if (encoded->words[ranks[i]]) /* has its first spelling */
			continue;
		encoded->words[ranks[i]] = strdup(set->labels[i].text);
		if (!encoded->words[ranks[i]]) {
			free(ranks);
			return no_memory(r);
		}
	}
	free(ranks);
	return GF_OK;
}

static gf_status mean_of(const struct rows *r, size_t feature, float *mean)
{
	const float *number = r->numbers.at + feature;
	double sum = 0.0;
	size_t count = 0;

	for (size_t i = 0; i < r->count; i++, number += r->width)
		if (!isnan(*number)) {
			sum += (double)*number;
			count++;
		}
	if (count == 0)
		return gf_fail(r->err, GF_E_DATA, "%s: %s: every value is missing, so no mean",
			r->columns->path,
			columns_label(r->columns, r->columns->features.at[feature]).text);
	*mean = (float)(sum / (double)count);
	return GF_OK;
}

static gf_status encode_number(struct rows *r, size_t feature, struct encoded *encoded)
{
	float *number = r->numbers.at + feature;
	gf_status status = GF_OK;

	if (r->missing != GF_MISSING_mean)
		return GF_OK;
	if (r->options->encoding)
		encoded->fill = r->options->encoding->columns[feature].fill;
	else
		status = mean_of(r, feature, &encoded->fill);
	for (size_t i = 0; !status && i < r->count; i++, number += r->width)
		if (isnan(*number))
			*number = encoded->fill;
	return status;
}

static gf_status encode(struct rows *r, struct encoding *encoding)
{
	const struct column_list *features = &r->columns->features;
	gf_status status = encoding_alloc(encoding, features->count, r->err);

	encoding->missing = r->missing;
	for (size_t i = 0; !status && i < features->count; i++) {
		encoding->names[i] = strdup(texts_at(&r->columns->names, features->at[i]));
		if (!encoding->names[i])
			status = no_memory(r);
		else if (r->columns->roles[features->at[i]] == COLUMN_ONE_HOT)
			status = encode_words(r, i, &encoding->columns[i]);
		else
			status = encode_number(r, i, &encoding->columns[i]);
	}
	return status;
}

/* ---- numbers ---- */

static void expand_row(const struct encoding *encoding, const float *row, float *x)
{
	for (size_t i = 0; i < encoding->count; i++)
		if (encoding->columns[i].words) {
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
	(*data)->dropped = r->dropped;
	(*data)->encoding = *encoding;
	*encoding = (struct encoding){0};
	status = encoding_name_features(&(*data)->encoding, (*data)->feature_names, r->err);
	if (!status)
		status = take_weights(r, *data);
	return status ? status : take_targets(r, *data);
}

gf_status rows_dataset(struct rows *r, gf_dataset **data)
{
	struct encoding encoding = {0};
	gf_status status;

	*data = NULL;
	if (r->count == 0)
		return gf_fail(r->err, GF_E_DATA,
			"%s: each of the %zu rows has a missing value: none is left",
			r->columns->path, r->dropped);
	status = encode(r, &encoding);
	if (!status)
		status = make(r, &encoding, data);
	encoding_free(&encoding);
	if (status) {
		gf_dataset_free(*data);
		*data = NULL;
	}
	return status;
}
