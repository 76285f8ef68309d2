/* svmlight_dataset.c: makes a dataset of the rows of an svmlight file. */
#include "svmlight.h"
#include "columns.h"
#include "dataset.h"
#include "error.h"
#include "encoding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TARGET "label" /* the target's name */

enum { NAME_BYTES = 96 /* roughly what a column takes in memory beside its numbers */ };

static struct data_place whole_file(const struct svmlight *r)
{
	return files_place(r->files, 0);
}

static gf_status no_memory(const struct svmlight *r)
{
	return report_no_memory(whole_file(r), r->err);
}

/* ---- the meaning of indices ---- */

/* An index 0 says that indices count from 0, as in scikit-learn. */
static void settle_base(struct svmlight *r)
{
	if (r->base < 0 && r->zero_line)
		report_notice(files_place(r->files, r->zero_line), r->options,
			"an index is 0, so indices count from 0 here, and column1 is index 0 "
			"(--index-base 1 refuses it)");
	if (r->base < 0)
		r->base = r->zero_line ? 0 : 1;
	if (r->features == 0)
		r->features = r->most + 1 - (size_t)r->base;
}

/* A model has no weight for an index that its training data did not have. */
static void notice_beyond(const struct svmlight *r)
{
	size_t beyond = 0, first = 0;

	for (size_t i = r->pair_count; i > 0; i--)
		if (r->pairs[i - 1].index - (size_t)r->base >= r->features) {
			beyond++;
			first = r->pairs[i - 1].index;
		}
	if (beyond)
		report_notice(whole_file(r), r->options,
			"%zu value%s left out, because the model has only %zu features; the first "
			"has index %zu",
			beyond, beyond == 1 ? " is" : "s are", r->features, first);
}

static void notice_qid(const struct svmlight *r)
{
	if (r->qid_line)
		report_notice(files_place(r->files, r->qid_line), r->options,
			"qid is left out: it is for ranking, which gpufit does not do");
}

/* ---- the dataset ---- */

/* A system may promise more memory than it has and kill the process that uses it, so the size is
 * checked before anything is allocated. */
static gf_status check_memory(const struct svmlight *r, size_t rows, size_t features)
{
	double number_bytes = ((double)rows + TILE_ROWS) * sizeof(float);
	double needed = (number_bytes + NAME_BYTES) * (double)features;
	double available = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);

	if (needed <= available)
		return GF_OK;
	return gf_fail(r->err, GF_E_MEMORY,
		"%s: %zu row%s x %zu features, all of them stored, would take %.1f GB; "
		"this machine has %.1f GB",
		r->files->name, rows, plural_s(rows), features, needed * 1e-9, available * 1e-9);
}

/* Names the features and then the target. */
static gf_status name_columns(struct svmlight *r, struct columns *columns)
{
	/* Which features --features selects is not known yet: one row is a lower bound. */
	size_t rows = r->options->features ? 1 : r->row_count;

	TRY(check_memory(r, rows, r->features));
	TRY(assemble_names(columns, r->features, r->err));
	if (r->options->part == PART_ALL && texts_add(&columns->names, TARGET, strlen(TARGET)))
		return no_memory(r);
	return GF_OK;
}

static gf_status check_selection(const struct svmlight *r, const struct columns *columns)
{
	const struct column_list *features = &columns->features, *targets = &columns->targets;

	for (size_t i = 0; i < targets->count; i++)
		if (targets->at[i] != r->features)
			return report_error(whole_file(r), r->err,
				"column %zu as a target; in svmlight each line's label is the "
				"target",
				targets->at[i] + 1);
	for (size_t i = 0; i < features->count; i++)
		if (features->at[i] == r->features)
			return report_error(whole_file(r), r->err,
				"the label as a feature; in svmlight it is the target");
	return check_memory(r, r->row_count, features->count);
}

static gf_status fill_value(
	struct svmlight *r, float *x, struct gaps *gaps, size_t row, size_t place, float value)
{
	*x = value;
	if (!isnan(value) || gaps_add(gaps, row, COLUMN_FEATURE, place))
		return GF_OK;
	return report_error(files_place(r->files, r->rows[row].line), r->err,
		"index %zu: a missing value; %s",
		gaps->columns->features.at[place] + (size_t)r->base,
		missing_advice(r->options, COLUMN_FEATURE));
}

/* places (r->features): each column's place among the features; SIZE_MAX: it is none of them. */
static gf_status fill_rows(
	struct svmlight *r, gf_dataset *data, struct gaps *gaps, const size_t *places)
{
	size_t D = data->features, pair = 0;

	for (size_t i = 0; i < r->row_count; i++)
		for (; pair < r->rows[i].pairs_end; pair++) {
			size_t column = r->pairs[pair].index - (size_t)r->base;
			size_t j = column < r->features ? places[column] : SIZE_MAX;

			if (j != SIZE_MAX)
				TRY(fill_value(
					r, &data->x[i * D + j], gaps, i, j, r->pairs[pair].value));
		}
	return GF_OK;
}

static gf_status fill_features(struct svmlight *r, gf_dataset *data, struct gaps *gaps)
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

/* Finds the rows to drop, and adds the labels of the others if they were kept until now. */
static gf_status add_kept_labels(struct svmlight *r, struct gaps *gaps)
{
	for (size_t i = 0; i < r->labels.count; i++)
		if (!*texts_at(&r->labels, i))
			gaps_add(gaps, i, COLUMN_TARGET, 0);
	TRY(gaps_check(gaps, r->err));
	for (size_t i = 0; i < r->labels.count; i++)
		if (!gaps->drops[i])
			TRY(svmlight_add_label(r, texts_at(&r->labels, i), r->rows[i].line));
	return GF_OK;
}

static gf_status notice_precision(const struct svmlight *r, const struct columns *columns)
{
	if (sparse_precision_notice(&r->precision, (size_t)r->base, columns, r->options))
		return no_memory(r);
	precision_notice_column(&r->label_precision,
		(struct data_place){.path = r->files->name, .part = "the label"}, 1, r->options);
	return GF_OK;
}

static gf_status select_columns(struct svmlight *r, struct columns *columns)
{
	settle_base(r);
	notice_beyond(r);
	notice_qid(r);
	TRY(name_columns(r, columns));
	TRY(columns_select(columns, r->options, r->err));
	return check_selection(r, columns);
}

/* The dataset does not remember the columns' means unless an option asks for them: those of a
 * million features would take more room than the model's parameters. */
static gf_status make_dataset(struct svmlight *r, gf_dataset **data, struct gaps *gaps)
{
	const struct columns *columns = gaps->columns;

	TRY(assemble_dataset(data, r->row_count, columns, r->err));
	(*data)->index_base = r->base ? INDEX_BASE_1 : INDEX_BASE_0;
	TRY(fill_features(r, *data, gaps));
	TRY(add_kept_labels(r, gaps));
	if (columns->targets.count > 0)
		TRY(assemble_finish(*data, r->targets, 0, r->err));
	TRY(gaps_close(gaps, *data, 0, r->err));
	return notice_precision(r, columns);
}

gf_status svmlight_dataset(struct svmlight *r, gf_dataset **data)
{
	struct columns columns = {.files = r->files};
	struct gaps gaps = {0};
	gf_status status = select_columns(r, &columns);

	if (!status)
		status = gaps_open(&gaps, &columns, r->options, r->row_count, r->err);
	if (!status)
		status = make_dataset(r, data, &gaps);
	gaps_free(&gaps);
	columns_free(&columns);
	return status;
}
