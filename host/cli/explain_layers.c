/*
 * explain_layers.c: --explain of a network: its layers forward and backward, and the loss.
 *
 * Tables have a line for each of the first rows and a column for each of the first units.  A line
 * below shows the formula with the numbers of row 1, for the unit of the layer's example.
 */
#include "explain.h"
#include "explain_network.h"
#include "layers.h"
#include "option_rows.h"
#include "process.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

/* ---- formulas ---- */

/* The formula of a loss of one output and of its slope; NULL: it has no short one. */
struct formula {
	const char *value, *slope;
};

static struct formula loss_formula(const gf_config *config)
{
	static const struct formula formulas[GF_LOSS_COUNT] = {
		[GF_LOSS_mse] = {"(z - y)^2", "2 (z - y)"},
		[GF_LOSS_l1] = {"|z - y|", "the sign of z - y"},
		[GF_LOSS_bce] = {"log(1 + exp(z)) - y z", "sigmoid(z) - y"},
		[GF_LOSS_cross_entropy] = {"-log softmax(z) of the label's class",
			"softmax(z), minus 1 for the label's class"},
		[GF_LOSS_poisson] = {"exp(z) - y z", "exp(z) - y"},
		[GF_LOSS_gamma] = {"y exp(-z) + z", "1 - y exp(-z)"},
	};
	const bool smoothed = config->loss == GF_LOSS_cross_entropy && config->label_smoothing > 0;

	return smoothed ? (struct formula){NULL, NULL} : formulas[config->loss];
}

/* The slope of an activation; NULL: it has no short formula. */
static const char *slope_formula(gf_activation activation)
{
	static const char *const formulas[GF_ACTIVATION_COUNT] = {
		[GF_ACTIVATION_relu] = "1 if z > 0, else 0",
		[GF_ACTIVATION_tanh] = "1 - a^2",
		[GF_ACTIVATION_sigmoid] = "a (1 - a)",
		[GF_ACTIVATION_leaky_relu] = "1 if z > 0, else the negative slope",
	};

	return formulas[activation];
}

static const char *activation_name(const struct network_explanation *e)
{
	return word_of(activation_words, (int)e->config->activation);
}

/* ---- tables of units ---- */

enum { UNITS_SHOWN = 10, ROW_WIDTH = 6, UNIT_WIDTH = 9 };

static size_t units_that_fit(size_t units)
{
	size_t room = terminal_columns(STDOUT_FILENO);
	size_t fitting = room > ROW_WIDTH + UNIT_WIDTH ? (room - ROW_WIDTH) / UNIT_WIDTH : 1;

	return at_most(units, at_most(fitting, UNITS_SHOWN));
}

static void add_unit_title(
	struct table *table, const struct network_explanation *e, size_t layer, size_t unit)
{
	if (!explained_is_last(e, layer))
		table_cell(table, "[%zu]", unit);
	else if (e->params->outputs == 1)
		table_cell(table, "output");
	else
		table_cell(table, "%s",
			name_format(param_table_output_name(e->params, unit), NARROW_NAME).text);
}

/* Prints values (output_rows, units) of a layer. */
static void print_units(
	const struct network_explanation *e, size_t layer, const char *title, const double *values)
{
	const size_t units = e->theory->layers[layer].units, shown = units_that_fit(units);
	char align[1 + UNITS_SHOWN + 1];
	struct table table;

	snprintf(align, sizeof align, "r%.*s", (int)shown, "..........");
	table_init(&table, align);
	table_cell(&table, "%s", title);
	for (size_t o = 0; o < shown; o++)
		add_unit_title(&table, e, layer, o);
	for (size_t i = 0; i < e->epoch->output_rows; i++) {
		table_cell(&table, "%zu", i + 1);
		for (size_t o = 0; o < shown; o++)
			table_cell(&table, "%s", explained_number(values[i * units + o]).text);
	}
	table_print(&table, "   ");
	print_elided(shown, units, explained_is_last(e, layer) ? "output" : "unit", "   ");
}

/* ---- formulas with the numbers of row 1 ---- */

/* A sum of more products is shown by its first two. */
enum { ALL_PRODUCTS = 3, FEW_PRODUCTS = 2 };

static void print_operand(double value)
{
	printf(value < 0 ? "(%s)" : "%s", explained_number(value).text);
}

/* Prints " + a", or " - a" of a number below 0. */
static void print_signed(double value)
{
	printf(" %c %s", value < 0 ? '-' : '+', explained_number(fabs(value)).text);
}

/* Prints "w * a + w * a": product i of a sum of so many. */
static void print_product(size_t i, size_t products, double weight, double number)
{
	size_t shown = products > ALL_PRODUCTS ? FEW_PRODUCTS : products;

	if (i == shown)
		printf(" + ...");
	if (i >= shown)
		return;
	if (i == 0)
		printf("%s", explained_number(weight).text);
	else
		print_signed(weight);
	printf(" * ");
	print_operand(number);
}

/* Prints "   row 1, unit 3: ". */
static void print_place(const struct network_explanation *e, size_t layer)
{
	const size_t unit = e->weights[layer].unit;

	printf("   row 1");
	if (!explained_is_last(e, layer))
		printf(", unit %zu", unit);
	else if (e->params->outputs > 1)
		printf(", output %s",
			name_format(param_table_output_name(e->params, unit), NAME_WIDTH).text);
	printf(": ");
}

/* z as the products of weights and inputs, plus the bias. */
static void print_z(const struct network_explanation *e, size_t layer)
{
	const gf_layer l = explained_layer(e, layer);
	const size_t unit = e->weights[layer].unit;

	print_place(e, layer);
	printf("z = ");
	for (size_t i = 0; i < l.inputs; i++)
		print_product(i, l.inputs, l.weight[unit * l.inputs + i],
			explained_input(e, layer, 0, i));
	print_signed(l.bias[unit]);
	printf(" = %s\n", explained_number(e->theory->layers[layer].z[unit]).text);
}

static void print_a(const struct network_explanation *e, size_t layer)
{
	const gf_theory_layer *l = e->theory->layers + layer;
	const size_t unit = e->weights[layer].unit;

	print_place(e, layer);
	printf("a = %s(%s) = %s\n", activation_name(e), explained_number(l->z[unit]).text,
		explained_number(l->a[unit]).text);
}

/* dl/da as the products of the next layer's weights and slopes. */
static void print_da(const struct network_explanation *e, size_t layer)
{
	const gf_layer next = explained_layer(e, layer + 1);
	const size_t unit = e->weights[layer].unit;

	print_place(e, layer);
	printf("dl/da = ");
	for (size_t o = 0; o < next.outputs; o++)
		print_product(o, next.outputs, next.weight[o * next.inputs + unit],
			explained_dz(e, layer + 1, 0, o));
	printf(" = %s\n", explained_number(e->theory->layers[layer].da[unit]).text);
}

static void print_dz(const struct network_explanation *e, size_t layer)
{
	const gf_theory_layer *l = e->theory->layers + layer;
	const size_t unit = e->weights[layer].unit;

	print_place(e, layer);
	printf("dl/dz = %s * ", explained_number(l->da[unit]).text);
	print_operand(l->slope[unit]);
	printf(" = %s\n", explained_number(l->dz[unit]).text);
}

/* ---- forward ---- */

/* A unit of relu is never below 0: its mean is 0 only if it is 0 in each row. */
static bool is_dead(const struct network_explanation *e, size_t layer, size_t unit)
{
	return e->config->activation == GF_ACTIVATION_relu &&
	       e->theory->layers[layer].mean_a[unit] == 0;
}

static void print_dead(const struct network_explanation *e, size_t layer)
{
	const size_t units = e->theory->layers[layer].units;
	size_t dead = 0, said = 0;

	for (size_t o = 0; o < units; o++)
		dead += is_dead(e, layer, o);
	if (dead == 0)
		return;
	printf("   Unit%s", dead == 1 ? "" : "s");
	for (size_t o = 0; o < units && said < UNITS_SHOWN; o++)
		if (is_dead(e, layer, o))
			printf("%s %zu", said++ ? "," : "", o);
	if (said < dead)
		printf(" and %zu more", dead - said);
	printf(" %s 0 in all rows: %s no gradient.\n", dead == 1 ? "is" : "are",
		dead == 1 ? "it gets" : "they get");
}

/* The first output, beside that of the device. */
static void print_first_output(const struct network_explanation *e)
{
	static const char *const headers[] = {"row", "theory", "device", "ulp", NULL};
	const size_t K = e->params->outputs;
	struct table table;

	table_init(&table, "r...");
	table_headers(&table, headers);
	for (size_t i = 0; i < e->epoch->output_rows; i++) {
		table_cell(&table, "%zu", i + 1);
		explain_comparison(&table,
			(struct compared){e->theory->outputs[i * K], e->epoch->outputs[i * K]});
	}
	if (K > 1)
		printf("   z of the first output, %s:\n",
			name_format(param_table_output_name(e->params, 0), NAME_WIDTH).text);
	table_print(&table, "   ");
}

void explain_forward(const struct network_explanation *e, size_t layer)
{
	const gf_theory_layer *l = e->theory->layers + layer;

	printf("Layer %zu forward: z = W %s + b", 2 * layer, layer ? "a" : "x");
	if (!explained_is_last(e, layer))
		printf(", a = %s(z)", activation_name(e));
	putchar('\n');
	if (l->units > 1)
		print_units(e, layer, "z", l->z);
	print_z(e, layer);
	if (explained_is_last(e, layer)) {
		print_first_output(e);
		return;
	}
	print_units(e, layer, "a", l->a);
	print_a(e, layer);
	print_dead(e, layer);
}

/* ---- the loss ---- */

static void add_label(struct table *table, const struct network_explanation *e, size_t row)
{
	const float y = gf_dataset_y(e->params->data)[row];

	if (e->params->classes)
		table_name(table, param_table_output_name(e->params, (size_t)y));
	else
		table_cell(table, "%s", explained_number(y).text);
}

static void print_losses(const struct network_explanation *e)
{
	const bool one = e->params->outputs == 1, labels = one || e->params->classes;
	const char *align = labels ? (one ? "r..." : "rl.") : "r.";
	struct table table;

	table_init(&table, align);
	table_cell(&table, "row");
	if (labels)
		table_cell(&table, one ? "y" : "label");
	if (one)
		table_cell(&table, "z");
	table_cell(&table, "l");
	for (size_t i = 0; i < e->epoch->output_rows; i++) {
		table_cell(&table, "%zu", i + 1);
		if (labels)
			add_label(&table, e, i);
		if (one)
			table_cell(&table, "%s", explained_number(e->theory->outputs[i]).text);
		table_cell(&table, "%s", explained_number(e->theory->losses[i]).text);
	}
	table_print(&table, "   ");
}

void explain_network_loss(const struct network_explanation *e)
{
	const char *formula = loss_formula(e->config).value;
	struct mean mean = explain_first_terms(e->rows, e->epoch->output_rows, e->divisor);
	const bool sums = !e->params->classes && e->params->outputs > 1;

	printf("The loss: the mean of l = %s%s\n",
		formula ? formula : word_of(loss_words, (int)e->config->loss),
		sums ? ", which is summed over the outputs" : "");
	print_losses(e);
	for (size_t i = 0; i < mean.shown; i++)
		mean.terms[i] = e->theory->losses[i];
	mean.number = (struct compared){e->theory->loss, e->epoch->loss};
	explain_mean(&mean);
}

/* ---- backward ---- */

void explain_output_backward(const struct network_explanation *e)
{
	const char *formula = loss_formula(e->config).slope;
	const size_t layer = e->layers - 1;

	printf("Layer %zu backward: dl/dz = %s%s\n", 2 * layer, formula ? formula : "the slope of ",
		formula ? "" : word_of(loss_words, (int)e->config->loss));
	print_units(e, layer, "dl/dz", e->theory->layers[layer].dz);
}

void explain_backward(const struct network_explanation *e, size_t layer)
{
	const gf_theory_layer *l = e->theory->layers + layer;
	const char *formula = slope_formula(e->config->activation), *word = activation_name(e);

	printf("Layer %zu backward: dl/da = W^T dl/dz of layer %zu, dl/dz = dl/da * %s'(z)\n",
		2 * layer, 2 * layer + 2, word);
	if (formula)
		printf("   %s'(z) is %s\n", word, formula);
	print_units(e, layer, "dl/da", l->da);
	print_da(e, layer);
	print_units(e, layer, "dl/dz", l->dz);
	print_dz(e, layer);
}
