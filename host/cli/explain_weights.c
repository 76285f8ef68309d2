/* explain_weights.c: --explain of a network: the gradient of a weight as the mean of products, and
 * the next parameters. */
#include "explain.h"
#include "explain_network.h"

#include <stdio.h>

struct weight_title {
	char text[80];
};

static struct weight_title weight_title(const struct network_explanation *e, size_t layer)
{
	const struct explained_weight *w = e->weights + layer;
	struct weight_title title;

	snprintf(title.text, sizeof title.text, "%zu.weight[%zu][%zu]", 2 * layer, w->unit,
		w->input);
	return title;
}

static struct weight_title bias_title(const struct network_explanation *e, size_t layer)
{
	struct weight_title title;

	snprintf(title.text, sizeof title.text, "%zu.bias[%zu]", 2 * layer, e->weights[layer].unit);
	return title;
}

static double product_at(const struct network_explanation *e, size_t row)
{
	const struct explained_weight *w = e->weights;

	return explained_dz(e, 0, row, w->unit) * explained_input(e, 0, row, w->input);
}

static void print_products(const struct network_explanation *e)
{
	static const char *const headers[] = {"row", "dl/dz", "x", "dl/dz x", NULL};
	const struct explained_weight *w = e->weights;
	struct table table;

	table_init(&table, "r...");
	table_headers(&table, headers);
	for (size_t i = 0; i < e->epoch->output_rows; i++) {
		table_cell(&table, "%zu", i + 1);
		table_cell(&table, "%s", explained_number(explained_dz(e, 0, i, w->unit)).text);
		table_cell(&table, "%s", explained_number(explained_input(e, 0, i, w->input)).text);
		table_cell(&table, "%s", explained_number(product_at(e, i)).text);
	}
	table_print(&table, "   ");
}

/* Prints the mean of the products, or of the slopes, over all rows. */
static void print_mean(const struct network_explanation *e, bool products, size_t at)
{
	struct mean mean = explain_first_terms(e->rows, e->epoch->output_rows, e->divisor);

	for (size_t i = 0; i < mean.shown; i++)
		mean.terms[i] =
			products ? product_at(e, i) : explained_dz(e, 0, i, e->weights->unit);
	mean.number = (struct compared){e->theory->gradient[at], e->epoch->gradient[at]};
	explain_mean(&mean);
}

static double mean_of_feature(const struct network_explanation *e, size_t feature)
{
	double sum = 0;

	for (size_t i = 0; i < e->rows; i++)
		sum += explained_input(e, 0, i, feature);
	return sum / (double)e->rows;
}

static void print_mistake(const struct network_explanation *e)
{
	const struct explained_weight *w = e->weights;
	double right = e->theory->gradient[w->at], wrong = e->theory->mistaken[w->at];

	puts("   Not the mean of dl/dz times the mean of x:");
	printf("     %s * %s = %s, which is wrong.\n",
		format_float(e->theory->gradient[w->bias_at]).text,
		format_operand(mean_of_feature(e, w->input)).text, format_float(wrong).text);
	printf("   Rows with another x have another dl/dz; a product of means forgets which\n"
	       "   dl/dz belongs to which x, and so loses their covariance, %s.\n",
		format_float(right - wrong).text);
}

static void add_gradient(struct table *table, const struct network_explanation *e, size_t at)
{
	explain_comparison(
		table, (struct compared){e->theory->gradient[at], e->epoch->gradient[at]});
	table_cell(table, "%s", format_float(e->theory->mistaken[at]).text);
}

static void add_next(struct table *table, const struct network_explanation *e, size_t at)
{
	double before = e->epoch->before[at];

	table_cell(table, "%s", format_float(before).text);
	explain_comparison(table, (struct compared){e->theory->next[at], e->epoch->after[at]});
	table_cell(table, "%s", format_float(before - e->epoch->lr * e->theory->mistaken[at]).text);
}

/* Prints a line for the explained weight of each layer, and one for its unit's bias. */
static void print_parameters(const struct network_explanation *e, const char *align,
	const char *const *headers,
	void (*add)(struct table *, const struct network_explanation *, size_t))
{
	struct table table;

	table_init(&table, align);
	table_headers(&table, headers);
	for (size_t l = 0; l < e->layers; l++) {
		table_cell(&table, "%s", weight_title(e, l).text);
		add(&table, e, e->weights[l].at);
		table_cell(&table, "%s", bias_title(e, l).text);
		add(&table, e, e->weights[l].bias_at);
	}
	table_print(&table, "   ");
}

void explain_weight(const struct network_explanation *e)
{
	static const char *const headers[] = {
		"gradient of", "mean of products", "device", "ulp", "product of means", NULL};
	const struct explained_weight *w = e->weights;

	printf("The gradient of %s: the mean of the products dl/dz x\n", weight_title(e, 0).text);
	printf("   x is the feature %s, dl/dz that of unit %zu of layer 0\n",
		name_format(param_table_feature_name(e->params, w->input), NAME_WIDTH).text,
		w->unit);
	print_products(e);
	print_mean(e, true, w->at);
	print_mistake(e);
	printf("   The gradient of %s: the mean of dl/dz\n", bias_title(e, 0).text);
	print_mean(e, false, w->bias_at);
	puts("\n   One weight and one bias of each layer; the product is dl/dz times what\n"
	     "   the weight multiplies, x or a:");
	print_parameters(e, "l....", headers, add_gradient);
}

void explain_next_weights(const struct network_explanation *e)
{
	static const char *const headers[] = {
		"", "before", "right", "device", "ulp", "wrong", NULL};
	const size_t at = e->weights->at;

	puts("The next parameters: each minus lr times its gradient");
	explain_step("right  w", e->epoch, at, e->theory->gradient[at]);
	explain_step("wrong  w", e->epoch, at, e->theory->mistaken[at]);
	print_parameters(e, "l.....", headers, add_next);
}
