/* svmlight_dataset.c: the lines of a svmlight file, made into a dataset. */
#include "dataset.h"
#include "columns.h"
#include "error.h"
#include "missing.h"
#include "svmlight.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TARGET "label" /* its name */

enum { NAME_BYTES = 96 /* about what a column takes in memory beside its numbers */ };

static gf_status no_memory(const struct svmlight *r)
{
	return gf_fail(
		r->err, GF_E_MEMORY, "%s:%zu: no memory for what was read", r->name, r->line);
}

/* ---- what indices mean ---- */

/* As scikit-learn has it: an index 0 says that they count from 0. */
static void settle_base(struct svmlight *r)
{
	if (r->base < 0 && r->zero_line)
		data_notice(r->options,
			"%s:%zu: an index is 0, so indices count from 0 here, and column1 is "
			"index 0 (--index-base 1 refuses it)",
			r->name, r->zero_line);
	if (r->base < 0)
		r->base = r->zero_line ? 0 : 1;
	if (r->features == 0)
		r->features = r->most + 1 - (size_t)r->base;
}

/* A model has no weight for what its data did not have. */
static void tell_beyond(const struct svmlight *r)
{
	size_t beyond = 0, row = 0;

	for (size_t i = r->pair_count; i > 0; i--)
		if (r->pairs[i - 1].index - (size_t)r->base >= r->features) {
			beyond++;
			row = i - 1;
		}
	if (beyond)
		data_notice(r->options,
			"%s: %zu value%s left out, whose ind%s beyond the model's %zu features; "
			"the first is %zu",
			r->name, beyond, beyond == 1 ? " is" : "s are",
			beyond == 1 ? "ex is" : "ices are", r->features,
			(size_t)r->pairs[row].index);
}

static void tell_all(const struct svmlight *r)
{
	tell_beyond(r);
	if (r->qid_line)
		data_notice(r->options,
			"%s:%zu: qid is left out: it is for ranking, which gpufit does not do",
			r->name, r->qid_line);
}

/* ---- the dataset ---- */

/* Systems promise memory that they do not have: whoever uses it is killed. */
static gf_status check_memory(const struct svmlight *r, size_t rows, size_t features)
{
	double number_bytes = ((double)rows + TILE_ROWS) * sizeof(float);
	double wanted = (number_bytes + NAME_BYTES) * (double)features;
	double there = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);

	if (wanted <= there)
		return GF_OK;
	return gf_fail(r->err, GF_E_MEMORY,
		"%s: %zu row%s x %zu features, all of them stored, would take %.1f GB; "
		"this machine has %.1f GB",
		r->name, rows, rows == 1 ? "" : "s", features, wanted * 1e-9, there * 1e-9);
}

/* The features, and then the target. */
static gf_status name_columns(struct svmlight *r, struct columns *columns)
{
	size_t rows =
		r->options->features ? 1 : r->row_count; /* which are chosen is not yet known */
	gf_status status = check_memory(r, rows, r->features);

	if (!status)
		status = assemble_names(columns, r->features, r->err);
	if (!status && r->options->part == PART_ALL &&
		texts_add(&columns->names, TARGET, strlen(TARGET)))
		status = no_memory(r);
	return status;
}

static gf_status check_choice(const struct svmlight *r, const struct columns *columns)
{
	const struct column_list *features = &columns->features, *targets = &columns->targets;

	for (size_t i = 0; i < targets->count; i++)
		if (targets->at[i] != r->features)
			return gf_fail(r->err, GF_E_DATA,
				"%s: column %zu as a target; in svmlight each line's label is the "
				"target",
				r->name, targets->at[i] + 1);
	for (size_t i = 0; i < features->count; i++)
		if (features->at[i] == r->features)
			return gf_fail(r->err, GF_E_DATA,
				"%s: the label as a feature; in svmlight it is the target",
				r->name);
	return check_memory(r, r->row_count, features->count);
}

static gf_status fill_value(
	struct svmlight *r, float *x, struct gaps *gaps, size_t row, size_t place, float value)
{
	*x = value;
	if (!isnan(value) || gaps_take(gaps, row, COLUMN_FEATURE, place))
		return GF_OK;
	r->line = r->rows[row].line;
	return svmlight_refuse(r, "index %zu: a missing value; %s",
		gaps->columns->features.at[place] + (size_t)r->base,
		missing_advice(r->options, COLUMN_FEATURE));
}

/* places: of each column among the features; SIZE_MAX: it is none. */
static gf_status fill_rows(
	struct svmlight *r, gf_dataset *data, struct gaps *gaps, const size_t *places)
{
	size_t d = data->features, pair = 0;
	gf_status status = GF_OK;

	for (size_t i = 0; !status && i < r->row_count; i++)
		for (; !status && pair < r->rows[i].end; pair++) {
			size_t column = r->pairs[pair].index - (size_t)r->base;
			size_t j = column < r->features ? places[column] : SIZE_MAX;

			if (j != SIZE_MAX)
				status = fill_value(
					r, &data->x[i * d + j], gaps, i, j, r->pairs[pair].value);
		}
	return status;
}

static gf_status fill(struct svmlight *r, gf_dataset *data, struct gaps *gaps)
{
	size_t *places = malloc(r->features * sizeof *places);
	gf_status status;

	if (!places)
		return no_memory(r);
	for (size_t i = 0; i < r->features; i++)
		places[i] = SIZE_MAX;
	for (size_t j = 0; j < data->features; j++)
		places[gaps->columns->features.at[j]] = j;
	status = fill_rows(r, data, gaps, places);
	free(places);
	return status;
}

/* The labels of the rows that stay. */
static gf_status release_labels(struct svmlight *r, struct gaps *gaps)
{
	gf_status status;

	for (size_t i = 0; i < r->labels.count; i++)
		if (!*texts_at(&r->labels, i))
			gaps_take(gaps, i, COLUMN_TARGET, 0);
	status = gaps_check(gaps, r->err);
	for (size_t i = 0; !status && i < r->labels.count; i++)
		if (!gaps->lost[i])
			status = svmlight_add_label(r, texts_at(&r->labels, i), r->rows[i].line);
	return status;
}

static gf_status tell_precision(const struct svmlight *r, const struct columns *columns)
{
	if (sparse_precision_notice(&r->precision, (size_t)r->base, columns, r->options))
		return no_memory(r);
	precision_tell(&r->label_precision, "the label", r->name, 1, r->options);
	return GF_OK;
}

static gf_status choose(struct svmlight *r, struct columns *columns)
{
	gf_status status;

	settle_base(r);
	tell_all(r);
	status = name_columns(r, columns);
	if (!status)
		status = columns_select(columns, r->options, r->err);
	return status ? status : check_choice(r, columns);
}

/* A model remembers no means that nobody asked for: of a million features they would be more than
 * its parameters. */
static gf_status make_dataset(struct svmlight *r, gf_dataset **data, struct gaps *gaps)
{
	const struct columns *columns = gaps->columns;
	gf_status status = assemble_dataset(data, r->row_count, columns, r->err);

	if (!status)
		(*data)->index_base = r->base ? INDEX_BASE_1 : INDEX_BASE_0;
	if (!status)
		status = fill(r, *data, gaps);
	if (!status)
		status = release_labels(r, gaps);
	if (!status && columns->targets.count > 0)
		status = assemble_finish(*data, r->targets, 0, r->err);
	if (!status)
		status = gaps_close(gaps, *data, 0, r->err);
	return status ? status : tell_precision(r, columns);
}

gf_status svmlight_dataset(struct svmlight *r, gf_dataset **data)
{
	struct columns columns = {.path = r->name};
	struct gaps gaps = {0};
	gf_status status = choose(r, &columns);

	if (!status)
		status = gaps_open(&gaps, &columns, r->options, r->row_count, r->err);
	if (!status)
		status = make_dataset(r, data, &gaps);
	gaps_free(&gaps);
	columns_free(&columns);
	return status;
}
