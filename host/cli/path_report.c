/* path_report.c: the report of --path, as text and as JSON. */
#include "format.h"
#include "json.h"
#include "print.h"
#include "search.h"

#include <math.h>
#include <stdio.h>

enum { JSON_PARAMETERS = 1000 }; /* a model of more has none in the JSON */

static bool has_folds(const struct search *s)
{
	return gf_path_best(s->path) != SIZE_MAX;
}

/* ---- text ---- */

/* Adds "best, 1 se, not converged", as far as they apply. */
static void mark_cell(const struct search *s, struct table *t, size_t index, int converged)
{
	const bool best = has_folds(s) && index == gf_path_best(s->path);
	const bool simplest = has_folds(s) && index == gf_path_simplest(s->path);

	table_cell(t, "%s%s%s%s%s", best ? "best" : "", best && simplest ? ", " : "",
		simplest ? "1 se" : "", (best || simplest) && !converged ? ", " : "",
		converged ? "" : "not converged");
}

static void header(const struct search *s, struct table *t)
{
	table_headers(t, (const char *const[]){word_of(penalty_words, (int)s->options->path),
				 "nonzero", "epochs", "loss", "explained", NULL});
	if (has_folds(s))
		table_headers(t, (const char *const[]){"val loss", "+-", NULL});
	table_cell(t, "%s", "");
}

static void row(const struct search *s, struct table *t, size_t index)
{
	const gf_path_point p = gf_path_at(s->path, index);

	table_cell(t, "%g", p.penalty);
	table_cell(t, "%zu", p.nonzeros);
	table_cell(t, "%zu", p.epochs);
	table_cell(t, "%.6g", p.loss);
	/* The null model's own loss differs from that of the device by rounding. */
	table_cell(t, "%.4f", fabs(p.deviance_ratio) < 5e-5 ? 0.0 : p.deviance_ratio);
	if (has_folds(s)) {
		table_cell(t, "%.6g", p.val_loss);
		table_cell(t, "%.3g", p.val_loss_error);
	}
	mark_cell(s, t, index, p.converged);
}

void path_print_table(const struct search *s)
{
	struct table t;

	table_init(&t, has_folds(s) ? ".rr....l" : ".rr..l");
	header(s, &t);
	for (size_t i = 0; i < gf_path_count(s->path); i++)
		row(s, &t, i);
	table_print(&t, "");
}

/* ---- JSON ---- */

static void set_parameters(json_t *json, const gf_model *model)
{
	const size_t D = gf_model_features(model), K = gf_model_outputs(model);

	if (D >= JSON_PARAMETERS || K * (D + 1) > JSON_PARAMETERS)
		return;
	json_object_set_new(json, "weight", json_rows(gf_model_weight(model), K, D));
	json_object_set_new(json, "bias", json_floats(gf_model_bias(model), K));
}

static json_t *point_json(const struct search *s, size_t index)
{
	const gf_path_point p = gf_path_at(s->path, index);
	json_t *json = json_object();

	json_set_number(json, "penalty", p.penalty);
	json_set_count(json, "nonzeros", p.nonzeros);
	json_set_count(json, "epochs", p.epochs);
	json_object_set_new(json, "converged", json_boolean(p.converged));
	json_set_number(json, "loss", p.loss);
	json_set_number(json, "deviance_ratio", p.deviance_ratio);
	if (has_folds(s)) {
		json_set_number(json, "val_loss", p.val_loss);
		json_set_number(json, "val_loss_error", p.val_loss_error);
	}
	set_parameters(json, p.model);
	return json;
}

void path_set_json(const struct search *s, json_t *json)
{
	json_t *points = json_array();

	json_set_text(json, "path", word_of(penalty_words, (int)s->options->path));
	for (size_t i = 0; i < gf_path_count(s->path); i++)
		points = json_append(points, point_json(s, i));
	json_object_set_new(json, "points", points);
	if (!has_folds(s))
		return;
	json_set_count(json, "best", gf_path_best(s->path));
	json_set_count(json, "simplest", gf_path_simplest(s->path));
}
