/* search_report.c: the report of --folds and --sweep, as text and as JSON. */
#include "format.h"
#include "json.h"
#include "message.h"
#include "print.h"
#include "report.h"
#include "search.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what was measured ---- */

static bool validates(const struct search *s)
{
	return s->options->folds || s->options->given[OPT_VALIDATION];
}

/* True if accuracy, and not r2, tells how good a model is. */
static bool has_classes(const struct search *s)
{
	return loss_takes_classes(s->options->config.loss);
}

static const char *quality_word(const struct search *s)
{
	return has_classes(s) ? "accuracy" : "r2";
}

static gf_spread quality_of(const struct search *s, const gf_candidate *c)
{
	if (validates(s))
		return has_classes(s) ? c->val_accuracy : c->val_r2;
	return has_classes(s) ? c->accuracy : c->r2;
}

const gf_report *search_first_report(const struct search *s)
{
	if (s->path)
		return gf_path_report(s->path);
	for (size_t i = 0; i < gf_search_count(s->result); i++) {
		const gf_candidate c = gf_search_candidate(s->result, i);

		if (c.reports)
			return &c.report[0];
	}
	return NULL;
}

/* ---- cells ---- */

static void number_cell(struct table *t, double value)
{
	if (isnan(value))
		table_cell(t, "%s", "");
	else
		table_cell(t, "%.6g", value);
}

/* What decides which combination is the best. */
static const char *measure_words(const struct search *s)
{
	if (s->options->folds)
		return "val loss, the mean of the folds";
	if (validates(s))
		return "val loss";
	return "loss of the rows that train: --folds or --validation measure with others";
}

static void print_head(const struct search *s)
{
	const gf_report *r = search_first_report(s);
	const size_t targets = gf_dataset_outputs(s->data);

	if (r)
		printf("device   %s\nengine   %s\n", r->device,
			word_of(engine_words, (int)r->engine));
	printf("data     %s, ", format_count(gf_dataset_rows(s->data), "row").text);
	printf("%s\n", format_count(gf_dataset_features(s->data), "feature").text);
	if (s->options->operand)
		print_data_names(targets == 1 ? "target" : "targets", s->data,
			gf_dataset_target_name, targets);
	print_data_names("classes", s->data, gf_dataset_class_name, gf_dataset_classes(s->data));
	if (s->options->folds)
		printf("folds    %zu%s\n", s->options->folds,
			has_classes(s) ? ", each with its share of each class" : "");
	if (s->sweep.axes_count)
		printf("best by  the %s %s\n", s->options->config.maximize ? "largest" : "least",
			measure_words(s));
}

/* ---- a table of folds ---- */

static void fold_row(const struct search *s, struct table *t, size_t fold, const gf_report *r)
{
	const size_t rows = gf_dataset_rows(s->data);

	table_cell(t, "%zu", fold + 1);
	table_cell(t, "%zu", r->train_rows);
	table_cell(t, "%zu", rows - r->train_rows);
	table_cell(t, "%zu", r->epochs);
	number_cell(t, (double)r->loss);
	number_cell(t, (double)r->val_loss);
	number_cell(t, has_classes(s) ? r->accuracy : r->r2);
	number_cell(t, has_classes(s) ? r->val_accuracy : r->val_r2);
}

/* A row of means or of deviations, below the folds. */
static void fold_summary(const struct search *s, struct table *t, const char *title,
	const gf_candidate *c, double (*member)(gf_spread))
{
	table_cell(t, "%s", title);
	for (size_t i = 0; i < 3; i++)
		table_cell(t, "%s", "");
	number_cell(t, member(c->loss));
	number_cell(t, member(c->val_loss));
	number_cell(t, member(has_classes(s) ? c->accuracy : c->r2));
	number_cell(t, member(has_classes(s) ? c->val_accuracy : c->val_r2));
}

static double mean_of(gf_spread spread)
{
	return spread.mean;
}

static double deviation_of(gf_spread spread)
{
	return spread.deviation;
}

static void print_folds(const struct search *s)
{
	const gf_candidate c = gf_search_candidate(s->result, 0);
	struct table t;

	table_init(&t, "lrrr....");
	table_headers(&t, (const char *const[]){"fold", "train", "held out", "epochs", "loss",
				  "val loss", quality_word(s), NULL});
	table_cell(&t, "val %s", quality_word(s));
	for (size_t i = 0; i < c.reports; i++)
		fold_row(s, &t, i, &c.report[i]);
	fold_summary(s, &t, "mean", &c, mean_of);
	fold_summary(s, &t, "deviation", &c, deviation_of);
	table_print(&t, "");
}

/* ---- a table of values ---- */

static void values_header(const struct search *s, struct table *t)
{
	const bool many = s->options->folds > 0;

	for (size_t i = 0; i < s->sweep.axes_count; i++)
		table_cell(t, "%s", s->sweep.axes[i].row->name);
	table_cell(t, "loss");
	if (validates(s))
		table_cell(t, "val loss");
	if (many)
		table_cell(t, "+-");
	table_cell(t, "%s%s", validates(s) ? "val " : "", quality_word(s));
	if (many)
		table_cell(t, "+-");
	table_cell(t, "%s", "");
}

static const char *mark_of(const struct search *s, size_t index, const gf_candidate *c)
{
	if (c->status == GF_E_DIVERGED)
		return "diverged";
	if (c->status)
		return "not trained";
	return index == gf_search_best(s->result) ? "best" : "";
}

static void values_row(const struct search *s, struct table *t, size_t index)
{
	const gf_candidate c = gf_search_candidate(s->result, index);
	const double none = (double)NAN;
	const bool many = s->options->folds > 0, ok = c.status == GF_OK;

	for (size_t i = 0; i < s->sweep.axes_count; i++)
		table_cell(t, "%s", sweep_value(&s->sweep, index, i));
	number_cell(t, ok ? c.loss.mean : none);
	if (validates(s))
		number_cell(t, ok ? c.val_loss.mean : none);
	if (many)
		number_cell(t, ok ? c.val_loss.deviation : none);
	number_cell(t, ok ? quality_of(s, &c).mean : none);
	if (many)
		number_cell(t, ok ? quality_of(s, &c).deviation : none);
	table_cell(t, "%s", mark_of(s, index, &c));
}

static void print_values(const struct search *s)
{
	char align[TABLE_COLUMNS + 1] = "";
	const size_t columns =
		s->sweep.axes_count + 3 + validates(s) + 2 * (size_t)(s->options->folds > 0);
	struct table t;

	memset(align, '.', columns - 1);
	align[columns - 1] = 'l';
	align[columns] = '\0';
	table_init(&t, align);
	values_header(s, &t);
	for (size_t i = 0; i < gf_search_count(s->result); i++)
		values_row(s, &t, i);
	table_print(&t, "");
}

/* ---- below the table ---- */

static void say_diverged(const struct search *s)
{
	for (size_t i = 0; i < gf_search_count(s->result); i++) {
		const gf_candidate c = gf_search_candidate(s->result, i);
		char point[256] = "";
		size_t used = 0;

		if (c.status != GF_E_DIVERGED || s->status == GF_E_DIVERGED)
			continue;
		for (size_t a = 0; a < s->sweep.axes_count && used < sizeof point; a++)
			used += (size_t)snprintf(point + used, sizeof point - used, "%s%s %s",
				a ? ", " : "", s->sweep.axes[a].row->name,
				sweep_value(&s->sweep, i, a));
		say("%s: %s", point, c.message);
	}
}

static void print_files(const struct search *s)
{
	if (!s->options->output && !s->options->export)
		return;
	if (s->options->folds)
		printf("\nmodel    the best, trained on all %zu rows\n", gf_dataset_rows(s->data));
	else
		puts("\nmodel    the best");
	report_print_saved("saved", s->options->output, s->saved);
	report_print_saved("exported", s->options->export, s->exported);
}

/* Says that the last penalties of a path had too few epochs. */
static void say_unconverged(const struct search *s)
{
	const bool helps = !s->options->config.standardize && gf_dataset_x(s->data);
	size_t count = 0;

	for (size_t i = 0; i < gf_path_count(s->path); i++)
		count += !gf_path_at(s->path, i).converged;
	if (count)
		say("the trainings of %zu of %zu penalties did not converge in %zu epochs each: "
		    "more --epochs%s may help",
			count, gf_path_count(s->path), s->options->config.epochs,
			helps ? ", or --standardize," : "");
}

void search_print(const struct search *s)
{
	print_head(s);
	printf("time     %s\n\n", format_seconds(s->seconds).text);
	if (s->path)
		path_print_table(s);
	else if (s->sweep.axes_count)
		print_values(s);
	else
		print_folds(s);
	print_files(s);
	if (s->options->given[OPT_QUIET])
		return;
	say_diverged(s);
	say_unconverged(s);
}

/* ---- JSON ---- */

static void set_spread(json_t *json, const struct search *s, const char *key, gf_spread spread)
{
	char name[32];

	json_set_number(json, key, spread.mean);
	if (!s->options->folds)
		return;
	snprintf(name, sizeof name, "%s_deviation", key);
	json_set_number(json, name, spread.deviation);
}

static void set_spreads(json_t *json, const struct search *s, const gf_candidate *c)
{
	set_spread(json, s, "loss", c->loss);
	if (validates(s))
		set_spread(json, s, "val_loss", c->val_loss);
	set_spread(json, s, quality_word(s), has_classes(s) ? c->accuracy : c->r2);
	if (validates(s))
		set_spread(json, s, has_classes(s) ? "val_accuracy" : "val_r2", quality_of(s, c));
}

static json_t *report_of_fold(const struct search *s, const gf_report *r)
{
	json_t *json = json_object();

	json_set_count(json, "train_rows", r->train_rows);
	json_set_count(json, "val_rows", gf_dataset_rows(s->data) - r->train_rows);
	json_set_count(json, "epochs", r->epochs);
	json_set_number(json, "lr", r->lr);
	json_set_number(json, "loss", (double)r->loss);
	json_set_number(json, "val_loss", (double)r->val_loss);
	json_set_number(json, quality_word(s), has_classes(s) ? r->accuracy : r->r2);
	json_set_number(json, has_classes(s) ? "val_accuracy" : "val_r2",
		has_classes(s) ? r->val_accuracy : r->val_r2);
	json_set_number(json, "train_seconds", r->train_seconds);
	return json;
}

static json_t *values_of_point(const struct search *s, size_t index)
{
	json_t *values = json_object();
	double value;

	for (size_t i = 0; i < s->sweep.axes_count; i++) {
		const char *name = s->sweep.axes[i].row->name;
		const char *text = sweep_value(&s->sweep, index, i);

		if (!text[strspn(text, "0123456789")] && number_text_parse(text, &value))
			json_set_count(values, name, strtoull(text, NULL, 10));
		else if (number_text_parse(text, &value))
			json_set_number(values, name, value);
		else
			json_set_text(values, name, text);
	}
	return values;
}

static json_t *run_json(const struct search *s, size_t index)
{
	const gf_candidate c = gf_search_candidate(s->result, index);
	json_t *json = json_object(), *folds = json_array();

	json_object_set_new(json, "options", values_of_point(s, index));
	json_set_text(json, "status", report_status(c.status));
	if (c.status == GF_E_DIVERGED)
		json_set_text(json, "message", c.message);
	if (c.status == GF_OK) {
		set_spreads(json, s, &c);
		if (!s->options->folds)
			json_set_count(json, "epochs", c.report->epochs);
	}
	for (size_t i = 0; s->options->folds && i < c.reports; i++)
		folds = json_append(folds, report_of_fold(s, &c.report[i]));
	if (s->options->folds)
		json_object_set_new(json, "folds", folds);
	else
		json_decref(folds);
	return json;
}

static void set_runs(json_t *json, const struct search *s)
{
	const size_t best = gf_search_best(s->result), count = gf_search_count(s->result);
	json_t *runs = json_array();

	for (size_t i = 0; i < count; i++)
		runs = json_append(runs, run_json(s, i));
	json_object_set_new(json, "runs", runs);
	json_object_set_new(
		json, "best", best < count ? json_integer((json_int_t)best) : json_null());
}

json_t *search_json(const struct search *s)
{
	const gf_report *r = search_first_report(s);
	json_t *json = json_object();

	if (r) {
		json_set_text(json, "device", r->device);
		json_set_text(json, "engine", word_of(engine_words, (int)r->engine));
	}
	json_set_count(json, "rows", gf_dataset_rows(s->data));
	json_set_count(json, "features", gf_dataset_features(s->data));
	if (s->options->folds)
		json_set_count(json, "folds", s->options->folds);
	if (s->path)
		path_set_json(s, json);
	else
		set_runs(json, s);
	json_set_number(json, "train_seconds", s->seconds);
	json_set_number(json, "load_seconds", s->load_seconds);
	report_set_saved(json, "saved", s->options->output, s->saved);
	report_set_saved(json, "exported", s->options->export, s->exported);
	json_set_text(json, "status", report_status(s->status));
	return json;
}
