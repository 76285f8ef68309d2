/*
 * explain.c: --explain of a linear model, and what it shares with that of a network.
 *
 * Four sections: the output, the loss, the gradient, the next parameters.  Each shows its formula,
 * the numbers in double, and those of the device.  The gradient also shows a common mistake: the
 * product of two means for the mean of products.
 *
 * The numbers are those of the first output and, if one feature stands for all, of the first
 * feature.
 */
#include "explain.h"
#include "error.h"
#include "explain_network.h"
#include "format.h"
#include "gpufitcl_notebook.h"
#include "layers.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

enum { EXPLAINED_FEATURES = 10 };

struct explanation {
	struct param_table params;
	const gf_epoch *epoch;   /* borrowed: what the device computed */
	const gf_theory *theory; /* borrowed: the same in double */
	size_t rows;             /* N */
	size_t terms;            /* N K: the mean divides by it */
};

static double x_at(const struct explanation *e, size_t row, size_t feature)
{
	return gf_dataset_x(e->params.data)[row * e->params.features + feature];
}

static double y_at(const struct explanation *e, size_t row)
{
	return gf_dataset_y(e->params.data)[row * e->params.outputs];
}

static double z_at(const struct explanation *e, size_t row)
{
	return e->theory->outputs[row * e->params.outputs];
}

static double residual_at(const struct explanation *e, size_t row)
{
	return z_at(e, row) - y_at(e, row);
}

/* Terms of the sums in sections 2 and 3. */
static double square_term(const struct explanation *e, size_t row)
{
	return residual_at(e, row) * residual_at(e, row);
}

static double product_term(const struct explanation *e, size_t row)
{
	return 2 * residual_at(e, row) * x_at(e, row, 0);
}

static double slope_term(const struct explanation *e, size_t row)
{
	return 2 * residual_at(e, row);
}

static double mean_of_feature(const struct explanation *e, size_t feature)
{
	double sum = 0;

	for (size_t i = 0; i < e->rows; i++)
		sum += x_at(e, i, feature);
	return sum / (double)e->rows;
}

static size_t explained_features(const struct explanation *e)
{
	return at_most(e->params.features, EXPLAINED_FEATURES);
}

static void print_mean(const struct explanation *e,
	double (*term)(const struct explanation *, size_t), double mean, float device)
{
	struct mean m = explain_first_terms(e->terms, e->epoch->output_rows, e->terms);

	for (size_t i = 0; i < m.shown; i++)
		m.terms[i] = term(e, i);
	m.number = (struct compared){mean, device};
	explain_mean(&m);
}

/* Adds "w * x + b =" if there is one feature: more would not fit on the row's line. */
static void add_formula(struct table *table, const struct explanation *e, size_t row)
{
	const float *p = e->epoch->before;

	if (e->params.features > 1)
		table_cell(table, "%s", "");
	else
		table_cell(table, "%s * %s + %s =", format_float(p[0]).text,
			format_shortest((float)x_at(e, row, 0)).text,
			format_operand(p[param_table_bias_at(&e->params, 0)]).text);
}

static void print_outputs(const struct explanation *e)
{
	static const char *const headers[] = {"row", "", "theory", "device", "ulp", NULL};
	struct table table;

	table_init(&table, "rr...");
	table_headers(&table, headers);
	for (size_t i = 0; i < e->epoch->output_rows; i++) {
		table_cell(&table, "%zu", i + 1);
		add_formula(&table, e, i);
		explain_comparison(&table,
			(struct compared){z_at(e, i), e->epoch->outputs[i * e->params.outputs]});
	}
	table_print(&table, "   ");
	print_elided(e->epoch->output_rows, e->rows, "row", "   ");
}

static void add_product(struct table *table, const char *name, double w, double x)
{
	table_name(table, name);
	table_cell(table, "%s", format_float(w).text);
	table_cell(table, "%s", format_shortest((float)x).text);
	table_cell(table, "%s", format_float(w * x).text);
}

static void add_sum(struct table *table, const char *name, double value)
{
	table_cell(table, "%s", name);
	table_cell(table, "%s", "");
	table_cell(table, "%s", "");
	table_cell(table, "%s", format_float(value).text);
}

/* The output of row 1 as a sum over its features. */
static void print_first_output(const struct explanation *e)
{
	static const char *const headers[] = {"row 1", "w", "x", "w x", NULL};
	const float *p = e->epoch->before;
	double bias = p[param_table_bias_at(&e->params, 0)];
	double rest = z_at(e, 0) - bias;
	size_t shown = explained_features(e);
	struct table table;

	table_init(&table, "l...");
	table_headers(&table, headers);
	for (size_t j = 0; j < shown; j++) {
		add_product(&table, param_table_feature_name(&e->params, j), p[j], x_at(e, 0, j));
		rest -= (double)p[j] * x_at(e, 0, j);
	}
	if (shown < e->params.features)
		add_sum(&table, "the other features", rest);
	add_sum(&table, "b", bias);
	add_sum(&table, "z, their sum", z_at(e, 0));
	table_print(&table, "   ");
	putchar('\n');
}

static void explain_output(const struct explanation *e)
{
	bool one = e->params.features == 1;

	printf("1. The output: z = %s\n", one ? "w x + b" : "w1 x1 + w2 x2 + ... + b");
	if (!one)
		print_first_output(e);
	print_outputs(e);
}

static void print_residuals(const struct explanation *e)
{
	static const char *const headers[] = {
		"row", "x", "y", "z", "z - y", "(z - y)^2", "2 (z - y)", "2 (z - y) x", NULL};
	struct table table;

	table_init(&table, "r.......");
	table_headers(&table, headers);
	for (size_t i = 0; i < e->epoch->output_rows; i++) {
		const double cells[] = {x_at(e, i, 0), y_at(e, i), z_at(e, i), residual_at(e, i),
			square_term(e, i), slope_term(e, i), product_term(e, i)};

		table_cell(&table, "%zu", i + 1);
		for (size_t c = 0; c < sizeof cells / sizeof cells[0]; c++)
			table_cell(&table, "%s", format_rounded(cells[c]).text);
	}
	table_print(&table, "   ");
	print_elided(e->epoch->output_rows, e->rows, "row", "   ");
}

static void explain_loss(const struct explanation *e)
{
	puts("\n2. The loss: the mean of (z - y)^2");
	print_residuals(e);
	print_mean(e, square_term, e->theory->loss, e->epoch->loss);
}

static void print_mistake(const struct explanation *e)
{
	double slope = e->theory->gradient[param_table_bias_at(&e->params, 0)];
	double right = e->theory->gradient[0], wrong = e->theory->mistaken[0];

	puts("   Not the mean of 2 (z - y) times the mean of x:");
	printf("     %s * %s = %s, which is wrong.\n", format_float(slope).text,
		format_operand(mean_of_feature(e, 0)).text, format_float(wrong).text);
	printf("   Rows with another x have another residual z - y; a product of means forgets\n"
	       "   which residual belongs to which x, and so loses their covariance, %s.\n",
		format_float(right - wrong).text);
}

static void name_parameter(struct table *table, const struct explanation *e, size_t feature)
{
	if (feature < e->params.features)
		table_name(table, param_table_feature_name(&e->params, feature));
	else
		table_cell(table, "b");
}

/* The index of the first output's w[feature] in the block of parameters; of its b for feature D. */
static size_t parameter_at(const struct explanation *e, size_t feature)
{
	return feature < e->params.features ? param_table_weight_at(&e->params, 0, feature)
					    : param_table_bias_at(&e->params, 0);
}

static void add_gradient(struct table *table, const struct explanation *e, size_t feature)
{
	size_t at = parameter_at(e, feature);

	name_parameter(table, e, feature);
	explain_comparison(
		table, (struct compared){e->theory->gradient[at], e->epoch->gradient[at]});
	table_cell(table, "%s", format_float(e->theory->mistaken[at]).text);
}

static void add_next(struct table *table, const struct explanation *e, size_t feature)
{
	size_t at = parameter_at(e, feature);
	double before = e->epoch->before[at];

	name_parameter(table, e, feature);
	table_cell(table, "%s", format_float(before).text);
	explain_comparison(table, (struct compared){e->theory->next[at], e->epoch->after[at]});
	table_cell(table, "%s", format_float(before - e->epoch->lr * e->theory->mistaken[at]).text);
}

static void print_parameters(const struct explanation *e, const char *align,
	const char *const *headers, void (*add)(struct table *, const struct explanation *, size_t))
{
	size_t shown = explained_features(e);
	struct table table;

	table_init(&table, align);
	table_headers(&table, headers);
	for (size_t j = 0; j < shown; j++)
		add(&table, e, j);
	add(&table, e, e->params.features);
	table_print(&table, "   ");
	print_elided(shown, e->params.features, "feature", "   ");
}

static void explain_gradient(const struct explanation *e)
{
	static const char *const headers[] = {
		"gradient of", "mean of products", "device", "ulp", "product of means", NULL};
	size_t bias = param_table_bias_at(&e->params, 0);

	puts("\n3. The gradient of w: the mean of the products 2 (z - y) x");
	print_mean(e, product_term, e->theory->gradient[0], e->epoch->gradient[0]);
	print_mistake(e);
	puts("   The gradient of b: the mean of 2 (z - y)");
	print_mean(e, slope_term, e->theory->gradient[bias], e->epoch->gradient[bias]);
	if (e->params.features == 1)
		return;
	putchar('\n');
	print_parameters(e, "l....", headers, add_gradient);
}

static void explain_next(const struct explanation *e)
{
	static const char *const headers[] = {
		"", "before", "right", "device", "ulp", "wrong", NULL};

	puts("\n4. The next parameters: each minus lr times its gradient");
	explain_step("right  w", e->epoch, 0, e->theory->gradient[0]);
	explain_step("wrong  w", e->epoch, 0, e->theory->mistaken[0]);
	print_parameters(e, "l.....", headers, add_next);
}

static void print_legend(const struct explanation *e)
{
	const struct param_table *params = &e->params;

	printf("epoch %zu: theory, in double, beside what the device computed, in float\n",
		e->epoch->epoch);
	printf("   x is the feature %s, y the target %s",
		name_format(param_table_feature_name(params, 0), NAME_WIDTH).text,
		name_format(param_table_output_name(params, 0), NAME_WIDTH).text);
	if (params->features > 1)
		printf(", the first of %zu features", params->features);
	if (params->outputs > 1)
		printf("%s of %zu targets", params->features > 1 ? " and" : ", the first",
			params->outputs);
	puts("\n   ulp: how far off the device is, in steps from one float to the next\n");
}

/* ---- what linear models and networks share ---- */

enum { FEW_TERMS = 3 };

struct mean explain_first_terms(size_t terms, size_t known, size_t divisor)
{
	size_t shown = at_most(terms <= ALL_TERMS ? terms : FEW_TERMS, known);

	return (struct mean){.shown = shown, .more = shown < terms, .divisor = divisor};
}

void explain_mean(const struct mean *mean)
{
	const struct compared number = mean->number;

	printf("   = (%s", format_rounded(mean->terms[0]).text);
	for (size_t i = 1; i < mean->shown; i++)
		printf(" %c %s", mean->terms[i] < 0 ? '-' : '+',
			format_rounded(fabs(mean->terms[i])).text);
	printf("%s) / %zu\n", mean->more ? " + ..." : "", mean->divisor);
	printf("   = %-14s device %s, off by %s ulp\n", format_float(number.theory).text,
		format_float(number.device).text, format_ulps(number.device, number.theory).text);
}

void explain_comparison(struct table *table, struct compared number)
{
	table_cell(table, "%s", format_float(number.theory).text);
	table_cell(table, "%s", format_float(number.device).text);
	table_cell(table, "%s", format_ulps(number.device, number.theory).text);
}

void explain_step(const char *title, const gf_epoch *epoch, size_t at, double gradient)
{
	double before = epoch->before[at];

	printf("   %s = %s - %s * %s = %s\n", title, format_float(before).text,
		format_float(epoch->lr).text, format_operand(gradient).text,
		format_float(before - epoch->lr * gradient).text);
}

static void explain_linear(const struct explanation *e)
{
	print_legend(e);
	explain_output(e);
	explain_loss(e);
	explain_gradient(e);
	explain_next(e);
}

gf_status explain_print(const struct param_table *params, const gf_config *config,
	const gf_epoch *epoch, gf_error *err)
{
	size_t rows = gf_dataset_rows(params->data);
	gf_theory *theory = NULL;

	TRY(gf_theory_new(&theory, params->data, config, epoch, err));

	struct explanation e = {
		.params = *params,
		.epoch = epoch,
		.theory = theory,
		.rows = rows,
		.terms = rows * gf_dataset_outputs(params->data),
	};

	if (layers_count(params) > 1)
		explain_network(params, config, epoch, theory);
	else
		explain_linear(&e);
	putchar('\n');
	gf_theory_free(theory);
	return GF_OK;
}
