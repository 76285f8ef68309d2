#include "explain.h"
#include "error.h"
#include "format.h"
#include "gpufitcl_notebook.h"
#include "process.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* ---- --trace ---- */

/* A feature takes one column of the table, an output another one for its label. */
enum {
	TRACED_FEATURES = 8,
	TRACED_OUTPUTS = 2,
	COLUMN_WIDTH = NARROW_NAME + 2,
	ROW_NUMBER_WIDTH = 5,
};

/* The columns of the outputs and of their labels: outputs of classes share one label. */
static size_t label_columns(const struct param_table *params, size_t outputs)
{
	return params->classes ? outputs + 1 : 2 * outputs;
}

/* The features that a terminal of that width has room for, at least one. */
static size_t features_that_fit(size_t features, size_t columns)
{
	size_t room = terminal_columns(STDOUT_FILENO);
	size_t used = ROW_NUMBER_WIDTH + columns * COLUMN_WIDTH;
	size_t fitting = room > used + COLUMN_WIDTH ? (room - used) / COLUMN_WIDTH : 1;

	return at_most(features, at_most(fitting, TRACED_FEATURES));
}

static void add_name(struct table *table, const char *name)
{
	table_cell(table, "%s", name_format(name, NARROW_NAME).text);
}

/* The columns of a single output have the notebook's titles. */
static void add_output_header(struct table *table, const struct param_table *params, size_t output)
{
	if (params->classes) {
		add_name(table, param_table_output_name(params, output));
	} else if (params->outputs == 1) {
		table_cell(table, "output");
		table_cell(table, "label");
	} else {
		table_cell(table, "output %zu", output + 1);
		table_cell(table, "label %zu", output + 1);
	}
}

static void add_header(
	struct table *table, const struct param_table *params, size_t features, size_t outputs)
{
	table_cell(table, "row");
	for (size_t j = 0; j < features; j++)
		add_name(table, param_table_feature_name(params, j));
	for (size_t k = 0; k < outputs; k++)
		add_output_header(table, params, k);
	if (params->classes)
		table_cell(table, "label");
}

static void add_row(struct table *table, const struct param_table *params, const gf_epoch *epoch,
	size_t row, size_t features, size_t outputs)
{
	const float *x = gf_dataset_x(params->data) + row * params->features;
	const float *y = gf_dataset_y(params->data) + row * gf_dataset_outputs(params->data);
	const float *z = epoch->outputs + row * params->outputs;

	table_cell(table, "%zu", row + 1);
	for (size_t j = 0; j < features; j++)
		table_cell(table, "%s", format_rounded(x[j]).text);
	for (size_t k = 0; k < outputs; k++) {
		table_cell(table, "%s", format_rounded(z[k]).text);
		if (!params->classes)
			table_cell(table, "%s", format_rounded(y[k]).text);
	}
	if (params->classes)
		add_name(table, param_table_output_name(params, (size_t)y[0]));
}

static void print_rows(const struct param_table *params, const gf_epoch *epoch)
{
	size_t outputs = at_most(params->outputs, TRACED_OUTPUTS);
	size_t columns = label_columns(params, outputs);
	size_t features = features_that_fit(params->features, columns);
	char align[1 + TRACED_FEATURES + 2 * TRACED_OUTPUTS + 1];
	struct table table;

	snprintf(align, sizeof align, "r%.*s", (int)(features + columns), "............");
	if (params->classes)
		align[features + columns] = 'l';
	table_init(&table, align);
	add_header(&table, params, features, outputs);
	for (size_t i = 0; i < epoch->output_rows; i++)
		add_row(&table, params, epoch, i, features, outputs);
	table_print(&table, "  ");
	print_elided(epoch->output_rows, gf_dataset_rows(params->data), "row", "  ");
	print_elided(features, params->features, "feature", "  ");
	print_elided(outputs, params->outputs, "output", "  ");
}

void trace_print(const struct param_table *params, const gf_config *config, const gf_epoch *epoch)
{
	size_t biases = param_table_bias_at(params, 0);

	printf("epoch %zu%s, lr %s%s\n", epoch->epoch,
		config->batch_size > 0 ? ", its first step" : "", format_float(epoch->lr).text,
		config->standardize ? ", weights of standardized features" : "");
	param_table_print(params, "", epoch->before, epoch->before + biases, "  ");
	putchar('\n');
	print_rows(params, epoch);
	printf("\n  loss %s\n", format_float(epoch->loss).text);
	param_table_print(params, ".grad", epoch->gradient, epoch->gradient + biases, "  ");
	putchar('\n');
}

/* ---- --explain ----
 *
 * Four sections: the output, the loss, the gradient, the next parameters.  Each shows its formula,
 * the numbers in double, and those of the device.  The gradient also shows a common mistake: the
 * product of two means for the mean of products.
 *
 * The numbers are those of the first output and, if one feature stands for all, of the first
 * feature. */

/* A sum of at most ALL_TERMS terms is shown whole, a longer one by its first FEW_TERMS. */
enum { EXPLAINED_FEATURES = 10, ALL_TERMS = 7, FEW_TERMS = 3 };

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

/* Prints "   = (a + b + ...) / 7", then the mean beside the device's. */
static void print_mean(const struct explanation *e,
	double (*term)(const struct explanation *, size_t), double mean, float device)
{
	size_t shown = at_most(e->terms <= ALL_TERMS ? e->terms : FEW_TERMS, e->epoch->output_rows);

	printf("   = (%s", format_rounded(term(e, 0)).text);
	for (size_t i = 1; i < shown; i++)
		printf(" %c %s", term(e, i) < 0 ? '-' : '+', format_rounded(fabs(term(e, i))).text);
	printf("%s) / %zu\n", shown < e->terms ? " + ..." : "", e->terms);
	printf("   = %-14s device %s, off by %s ulp\n", format_float(mean).text,
		format_float(device).text, format_ulps(device, mean).text);
}

/* Adds theory, device, and their difference in ulps. */
static void add_comparison(struct table *table, double theory, float device)
{
	table_cell(table, "%s", format_float(theory).text);
	table_cell(table, "%s", format_float(device).text);
	table_cell(table, "%s", format_ulps(device, theory).text);
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
		add_comparison(&table, z_at(e, i), e->epoch->outputs[i * e->params.outputs]);
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
	add_comparison(table, e->theory->gradient[at], e->epoch->gradient[at]);
	table_cell(table, "%s", format_float(e->theory->mistaken[at]).text);
}

static void add_next(struct table *table, const struct explanation *e, size_t feature)
{
	size_t at = parameter_at(e, feature);
	double before = e->epoch->before[at];

	name_parameter(table, e, feature);
	table_cell(table, "%s", format_float(before).text);
	add_comparison(table, e->theory->next[at], e->epoch->after[at]);
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

static void print_step(const char *verdict, double before, double lr, double gradient)
{
	printf("   %s  w = %s - %s * %s = %s\n", verdict, format_float(before).text,
		format_float(lr).text, format_operand(gradient).text,
		format_float(before - lr * gradient).text);
}

static void explain_next(const struct explanation *e)
{
	static const char *const headers[] = {
		"", "before", "right", "device", "ulp", "wrong", NULL};

	puts("\n4. The next parameters: each minus lr times its gradient");
	print_step("right", e->epoch->before[0], e->epoch->lr, e->theory->gradient[0]);
	print_step("wrong", e->epoch->before[0], e->epoch->lr, e->theory->mistaken[0]);
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

gf_status explain_print(const gf_dataset *data, gf_loss loss, const gf_epoch *epoch, gf_error *err)
{
	gf_theory *theory = NULL;

	TRY(gf_theory_new(&theory, data, loss, epoch, err));

	struct explanation e = {
		.params = param_table_of_data(data, loss),
		.epoch = epoch,
		.theory = theory,
		.rows = gf_dataset_rows(data),
		.terms = gf_dataset_rows(data) * gf_dataset_outputs(data),
	};

	print_legend(&e);
	explain_output(&e);
	explain_loss(&e);
	explain_gradient(&e);
	explain_next(&e);
	putchar('\n');
	gf_theory_free(theory);
	return GF_OK;
}
