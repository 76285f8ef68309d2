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

/* Returns the bytes that so many rows take: of sparse ones those of their numbers. */
static double bytes_of(const struct svmlight *r, size_t rows, size_t features)
{
	double dense = ((double)rows + TILE_ROWS) * (double)features * sizeof(float);
	double sparse = (double)r->pair_count * (sizeof(uint32_t) + sizeof(float));

	return (r->sparse ? sparse : dense) + (double)NAME_BYTES * (double)features;
}

static double machine_bytes(void)
{
	return (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
}

/* A system may promise more memory than it has and kill the process that uses it, so the size is
 * checked before anything is allocated. */
static gf_status check_memory(const struct svmlight *r, size_t rows, size_t features)
{
	double needed = bytes_of(r, rows, features), available = machine_bytes();

	if (needed <= available)
		return GF_OK;
	return gf_fail(r->err, GF_E_MEMORY,
		"%s: %zu row%s x %zu features, all of them stored, would take %.1f GB; "
		"this machine has %.1f GB",
		r->files->name, rows, plural_s(rows), features, needed * 1e-9, available * 1e-9);
}

enum { SPARSE_FEATURES = 9 /* sums of fewer features have another order (kernels/README.md) */ };

/* What keeps these options from sparse rows, or NULL. */
static const char *sparse_obstacle(const struct svmlight *r)
{
	if (r->options->missing != GF_MISSING_error)
		return "missing values that are filled in or left out (--missing)";
	return r->options->encoding ? "a model of data with missing values" : NULL;
}

/* On a CPU steps took as long with 7 % of the numbers as with all of them, and small data suit
 * other engines. */
#define SPARSE_SHARE 0.05
#define SPARSE_BYTES 0x1p24

static int is_faster_sparse(double share, double dense_bytes)
{
	return share <= SPARSE_SHARE && dense_bytes >= SPARSE_BYTES;
}

/* Sets r->sparse where the options leave it open: rows are dense where little depends on it, since
 * more trainings take them. */
static void choose_sparse_freely(struct svmlight *r)
{
	const double dense = bytes_of(r, r->row_count, r->features);
	const double share = (double)r->pair_count / (double)r->row_count / (double)r->features;

	if (r->options->features || r->features < SPARSE_FEATURES)
		return;
	r->sparse = r->options->sparse == 2 && is_faster_sparse(share, dense);
	if (dense <= machine_bytes() / 2)
		return;
	r->sparse = 1;
	report_notice(whole_file(r), r->options,
		"%zu row%s x %zu features, of which %.2g %% are given, are kept sparse: all of "
		"them would take %.1f GB",
		r->row_count, plural_s(r->row_count), r->features, 100.0 * share, dense * 1e-9);
}

static gf_status choose_sparse(struct svmlight *r)
{
	const int asked = r->options->sparse == 1, open = !asked && r->options->sparse != 0;
	const char *obstacle = sparse_obstacle(r);

	if (asked && obstacle)
		return report_error(whole_file(r), r->err,
			"rows cannot be kept sparse with %s; wanted: --sparse no", obstacle);
	r->sparse = asked;
	if (open && !obstacle && r->options->part == PART_ALL)
		choose_sparse_freely(r);
	return GF_OK;
}

/* Too few features are known only once columns are selected. */
static gf_status check_sparse(const struct svmlight *r, size_t features)
{
	if (!r->sparse || features >= SPARSE_FEATURES)
		return GF_OK;
	return report_error(whole_file(r), r->err,
		"rows of %zu feature%s cannot be kept sparse, which wants %d or more; "
		"wanted: --sparse no",
		features, plural_s(features), SPARSE_FEATURES);
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
	TRY(check_sparse(r, features->count));
	return check_memory(r, r->row_count, features->count);
}

/* ---- sparse rows ---- */

static gf_status check_value(const struct svmlight *r, const struct svmlight_pair *pair, size_t row)
{
	if (!isnan(pair->value))
		return GF_OK;
	return report_error(files_place(r->files, r->rows[row].line), r->err,
		"index %zu: a missing value; %s", (size_t)pair->index,
		missing_advice(r->options, COLUMN_FEATURE));
}

/* Moves the pairs of a row that are features to `to`, with their places for indices; returns their
 * number.  --features may order them anew. */
static gf_status take_row(struct svmlight *r, const size_t *places, size_t row, size_t first,
	struct svmlight_pair *to, size_t *count)
{
	int unsorted = 0;

	*count = 0;
	for (size_t pair = first; pair < r->rows[row].pairs_end; pair++) {
		const struct svmlight_pair from = r->pairs[pair];
		const size_t column = from.index - (size_t)r->base;
		const size_t j = column < r->features ? places[column] : SIZE_MAX;

		if (j == SIZE_MAX || from.value == 0.0f)
			continue;
		TRY(check_value(r, &from, row));
		unsorted |= *count > 0 && to[*count - 1].index > j;
		to[(*count)++] = (struct svmlight_pair){(uint32_t)j, from.value};
	}
	if (unsorted)
		qsort(to, *count, sizeof *to, svmlight_compare_pairs);
	return GF_OK;
}

/* Leaves in r->pairs those that are features, and in r->rows where those of a row end. */
static gf_status take_rows(struct svmlight *r, const size_t *places)
{
	size_t first = 0, end = 0, count;

	for (size_t i = 0; i < r->row_count; i++) {
		TRY(take_row(r, places, i, first, r->pairs + end, &count));
		first = r->rows[i].pairs_end;
		end += count;
		r->rows[i].pairs_end = end;
	}
	r->pair_count = end;
	return GF_OK;
}

static gf_status make_sparse(struct svmlight *r, struct sparse_rows **made, const size_t *places)
{
	struct sparse_rows *s;

	TRY(take_rows(r, places));
	TRY(sparse_rows_new(made, r->row_count, r->pair_count, r->err));
	s = *made;
	for (size_t i = 0; i < r->row_count; i++)
		s->start[i + 1] = r->rows[i].pairs_end;
	for (size_t i = 0; i < r->pair_count; i++) {
		s->index[i] = r->pairs[i].index;
		s->value[i] = r->pairs[i].value;
	}
	return GF_OK;
}

/* ---- dense rows ---- */

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

/* Returns each column's place among the features, which the caller frees; NULL: no memory. */
static size_t *places_of(const struct svmlight *r, const struct columns *columns)
{
	size_t *places = malloc(r->features * sizeof *places);

	for (size_t i = 0; places && i < r->features; i++)
		places[i] = SIZE_MAX;
	for (size_t j = 0; places && j < columns->features.count; j++)
		places[columns->features.at[j]] = j;
	return places;
}

/* Makes the dataset with its features. */
static gf_status new_dataset(struct svmlight *r, gf_dataset **data, struct gaps *gaps)
{
	const struct columns *columns = gaps->columns;
	size_t *places = places_of(r, columns);
	struct sparse_rows *sparse;
	gf_status status;

	if (!places)
		return no_memory(r);
	status = r->sparse ? make_sparse(r, &sparse, places)
			   : assemble_dataset(data, r->row_count, columns, r->err);
	if (!status)
		status = r->sparse ? assemble_sparse(data, sparse, columns, r->err)
				   : fill_rows(r, *data, gaps, places);
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
	TRY(choose_sparse(r));
	TRY(name_columns(r, columns));
	TRY(columns_select(columns, r->options, r->err));
	return check_selection(r, columns);
}

/* The dataset does not remember the columns' means unless an option asks for them: those of a
 * million features would take more room than the model's parameters. */
static gf_status make_dataset(struct svmlight *r, gf_dataset **data, struct gaps *gaps)
{
	const struct columns *columns = gaps->columns;

	TRY(new_dataset(r, data, gaps));
	(*data)->index_base = r->base ? INDEX_BASE_1 : INDEX_BASE_0;
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
