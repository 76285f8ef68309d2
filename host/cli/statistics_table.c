/* statistics_table.c: the statistics of a training as tables, and as JSON. */
#include "format.h"
#include "json.h"
#include "option_rows.h"
#include "print.h"
#include "report.h"

#include <math.h>
#include <stdio.h>

static bool is_contrast(const gf_statistics *s, const gf_model *model)
{
	return s->equations < gf_model_outputs(model);
}

/* The name of a row of coefficients: of the target or the class. */
static const char *equation_name(const gf_statistics *s, const gf_model *model, size_t k)
{
	const struct param_table params = param_table_of_model(model);

	return param_table_output_name(&params, k + (is_contrast(s, model) ? 1 : 0));
}

/* ---- text ---- */

/* Prints "aic      47.3", or nothing if there is no such number. */
static void print_number(const char *title, double value)
{
	if (!isnan(value))
		printf("%-16s %.6g\n", title, value);
}

/* Prints a number of the model beside that of the model without features. */
static void print_pair(const char *title, double value, double null, int has_bias)
{
	if (!isnan(value))
		printf("%-16s %.6g; of %s %.6g\n", title, value,
			has_bias ? "the bias alone" : "outputs of 0", null);
}

static void print_test(const gf_statistics *s, const gf_goodness *g)
{
	/* A model that was not trained to its end may be worse than the bias alone. */
	if (!(g->df_model > 0.0) || !(g->test >= 0.0))
		return;
	printf("%-16s p %.3g that all weights are 0: ", "test", g->test_p_value);
	if (s->uses_t)
		printf("F %.6g of %.0f and %.0f degrees of freedom\n", g->test, g->df_model,
			g->df_residual);
	else
		printf("chi-squared %.6g of %.0f degrees of freedom\n", g->test, g->df_model);
}

/* Counts that vary more than their mean make standard errors too small. */
static void print_dispersion(const gf_statistics *s, const gf_goodness *g)
{
	printf("%-16s %.6g", "dispersion", g->dispersion);
	if (!s->uses_t)
		printf(", taken for 1; else standard errors were %.3g times as large",
			sqrt(g->dispersion));
	putchar('\n');
}

static void print_fit(const gf_statistics *s, const gf_goodness *g)
{
	print_pair("log-likelihood", g->log_likelihood, g->null_log_likelihood, s->has_bias);
	print_pair("deviance", g->deviance, g->null_deviance, s->has_bias);
	print_number("residual df", g->df_residual);
	print_dispersion(s, g);
	print_number("aic", g->aic);
	print_number("bic", g->bic);
	print_number("adjusted r2", g->adjusted_r2);
	print_number("pseudo r2", g->pseudo_r2);
	print_test(s, g);
}

static void add_coefficient(struct table *table, const char *name, const gf_coefficient *c)
{
	table_name(table, name);
	if (c->dropped) {
		table_cell(table, "0");
		table_cell(table, "dropped");
		table_end_row(table);
		return;
	}
	table_cell(table, "%.6g", c->estimate);
	table_cell(table, "%.4g", c->std_error);
	table_cell(table, "%.3f", c->statistic);
	table_cell(table, "%.3g", c->p_value);
	table_cell(table, "%.6g", c->lower);
	table_cell(table, "%.6g", c->upper);
}

static void print_coefficients(const gf_statistics *s, const gf_model *model, size_t k)
{
	const double tail = 50.0 * (1.0 - s->level);
	struct table table;

	table_init(&table, "l......");
	table_cell(&table, "%s", "");
	table_cell(&table, "estimate");
	table_cell(&table, "std error");
	table_cell(&table, "%s", s->uses_t ? "t" : "z");
	table_cell(&table, "p");
	table_cell(&table, "%.4g %%", tail);
	table_cell(&table, "%.4g %%", 100.0 - tail);
	for (size_t j = 0; j < s->features; j++)
		add_coefficient(
			&table, gf_model_feature_name(model, j), &s->weight[k * s->features + j]);
	if (s->has_bias)
		add_coefficient(&table, "bias", &s->bias[k]);
	table_print(&table, "");
}

static size_t dropped_count(const gf_statistics *s)
{
	size_t count = 0;

	for (size_t j = 0; j < s->features; j++)
		count += s->weight[j].dropped != 0;
	return count;
}

static void print_equation(const gf_statistics *s, const gf_model *model, size_t k)
{
	const char *name = equation_name(s, model, k);

	putchar('\n');
	if (is_contrast(s, model))
		printf("class %s", name_format(name, NAME_WIDTH).text);
	if (is_contrast(s, model))
		printf(" minus class %s\n",
			name_format(gf_model_class_name(model, 0), NAME_WIDTH).text);
	else if (s->equations > 1)
		printf("target %s\n", name_format(name, NAME_WIDTH).text);
	print_coefficients(s, model, k);
	if (s->fits == s->equations) {
		putchar('\n');
		print_fit(s, &s->fit[k]);
	}
}

void statistics_print(const gf_statistics *s, const gf_model *model)
{
	if (s->why[0]) {
		printf("\nstatistics: none, because %s\n", s->why);
		return;
	}
	for (size_t k = 0; k < s->equations; k++)
		print_equation(s, model, k);
	if (s->fits < s->equations) {
		putchar('\n');
		print_fit(s, s->fit);
	}
	if (s->fits > 1)
		putchar('\n');
	printf("%-16s Newton's next step is %.2g standard errors long\n", "optimum", s->newton);
	if (dropped_count(s))
		printf("%-16s %s that depend%s on others: as in the model without them\n",
			"dropped", format_count(dropped_count(s), "feature").text,
			dropped_count(s) == 1 ? "s" : "");
}

/* ---- JSON ---- */

static json_t *fit_json(const gf_goodness *g, const char *target)
{
	json_t *json = json_object();

	if (target)
		json_set_text(json, "target", target);
	json_set_number(json, "df_model", g->df_model);
	json_set_number(json, "df_residual", g->df_residual);
	json_set_number(json, "log_likelihood", g->log_likelihood);
	json_set_number(json, "null_log_likelihood", g->null_log_likelihood);
	json_set_number(json, "deviance", g->deviance);
	json_set_number(json, "null_deviance", g->null_deviance);
	json_set_number(json, "pearson_chi2", g->pearson_chi2);
	json_set_number(json, "dispersion", g->dispersion);
	json_set_number(json, "aic", g->aic);
	json_set_number(json, "bic", g->bic);
	json_set_number(json, "r2", g->r2);
	json_set_number(json, "adjusted_r2", g->adjusted_r2);
	json_set_number(json, "pseudo_r2", g->pseudo_r2);
	json_set_number(json, "test", g->test);
	json_set_number(json, "test_p_value", g->test_p_value);
	return json;
}

static json_t *coefficient_json(const char *equation, const char *name, const gf_coefficient *c)
{
	json_t *json = json_object();

	json_set_text(json, "output", equation);
	json_set_text(json, "name", name);
	json_set_number(json, "estimate", c->estimate);
	json_set_number(json, "std_error", c->std_error);
	json_set_number(json, "statistic", c->statistic);
	json_set_number(json, "p_value", c->p_value);
	json_set_number(json, "lower", c->lower);
	json_set_number(json, "upper", c->upper);
	json_set_number(json, "newton", c->newton);
	json_object_set_new(json, "dropped", json_boolean(c->dropped));
	return json;
}

static json_t *coefficients_json(const gf_statistics *s, const gf_model *model)
{
	json_t *list = json_array();

	for (size_t k = 0; k < s->equations; k++) {
		const char *equation = equation_name(s, model, k);

		for (size_t j = 0; j < s->features; j++)
			list = json_append(
				list, coefficient_json(equation, gf_model_feature_name(model, j),
					      &s->weight[k * s->features + j]));
		if (s->has_bias)
			list = json_append(list, coefficient_json(equation, "bias", &s->bias[k]));
	}
	return list;
}

static json_t *fits_json(const gf_statistics *s, const gf_model *model)
{
	json_t *list = json_array();

	for (size_t k = 0; k < s->fits; k++)
		list = json_append(list, fit_json(&s->fit[k], gf_model_target_name(model, k)));
	return list;
}

json_t *statistics_json(const gf_statistics *s, const gf_model *model)
{
	json_t *json = json_object();

	json_set_number(json, "level", s->level);
	json_set_count(json, "rows", s->rows);
	json_set_text(json, "distribution", s->uses_t ? "t" : "normal");
	if (s->why[0]) {
		json_set_text(json, "why", s->why);
		return json;
	}
	if (is_contrast(s, model))
		json_set_text(json, "minus_class", gf_model_class_name(model, 0));
	json_set_number(json, "newton", s->newton);
	json_object_set_new(json, "coefficients", coefficients_json(s, model));
	json_object_set_new(json, "fits", fits_json(s, model));
	return json;
}
