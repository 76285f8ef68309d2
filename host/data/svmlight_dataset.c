/* svmlight_dataset.c: makes a dataset of the rows of an svmlight file. */
#include "svmlight.h"
#include "columns.h"
#include "dataset.h"
#include "error.h"
#include "encoding.h"

#include <string.h>

#define TARGET "label" /* the target's name */

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
	r->table.base = (size_t)r->base;
	if (r->table.features == 0)
		r->table.features = r->most + 1 - r->table.base;
}

/* A model has no weight for an index that its training data did not have. */
static void notice_beyond(const struct svmlight *r)
{
	const struct sparse_table *t = &r->table;
	size_t beyond = 0, first = 0;

	for (size_t i = t->pair_count; i > 0; i--)
		if (t->pairs[i - 1].index - t->base >= t->features) {
			beyond++;
			first = t->pairs[i - 1].index;
		}
	if (beyond)
		report_notice(whole_file(r), r->options,
			"%zu value%s left out, because the model has only %zu features; the first "
			"has index %zu",
			beyond, beyond == 1 ? " is" : "s are", t->features, first);
}

static void notice_qid(const struct svmlight *r)
{
	if (r->qid_line)
		report_notice(files_place(r->files, r->qid_line), r->options,
			"qid is left out: it is for ranking, which gpufit does not do");
}

/* ---- the dataset ---- */

/* Names the features and then the target. */
static gf_status name_columns(struct svmlight *r, struct columns *columns)
{
	TRY(sparse_table_names(&r->table, columns));
	if (r->options->part == PART_ALL && texts_add(&columns->names, TARGET, strlen(TARGET)))
		return no_memory(r);
	return GF_OK;
}

static gf_status check_selection(const struct svmlight *r, const struct columns *columns)
{
	const struct column_list *features = &columns->features, *targets = &columns->targets;

	for (size_t i = 0; i < targets->count; i++)
		if (targets->at[i] != r->table.features)
			return report_error(whole_file(r), r->err,
				"column %zu as a target; in svmlight each line's label is the "
				"target",
				targets->at[i] + 1);
	for (size_t i = 0; i < features->count; i++)
		if (features->at[i] == r->table.features)
			return report_error(whole_file(r), r->err,
				"the label as a feature; in svmlight it is the target");
	return GF_OK;
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
			TRY(svmlight_add_label(r, texts_at(&r->labels, i), r->table.rows[i].line));
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

	TRY(sparse_table_dataset(&r->table, data, gaps));
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
		status = gaps_open(&gaps, &columns, r->options, r->table.row_count, r->err);
	if (!status)
		status = make_dataset(r, data, &gaps);
	gaps_free(&gaps);
	columns_free(&columns);
	return status;
}
