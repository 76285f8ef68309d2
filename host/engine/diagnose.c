/* diagnose.c: finds what makes a loss not finite, and says so in one sentence. */
#include "diagnose.h"
#include "text.h"
#include "reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A quarter of float's range: intermediate results can be larger than the final one. */
#define LARGEST_SAFE (0.25 * (double)FLT_MAX)

/* Bytes for a part of a sentence with two quoted names, and for three such parts. */
enum { PART_ROOM = 2 * QUOTE_ROOM + 128, PARTS_ROOM = 3 * PART_ROOM };

/* The search for the first row that is to blame. */
struct row_search {
	const struct diagnosis *t;
	double *params;          /* (P) */
	struct sums sums;        /* of the row evaluated last */
	const struct bounded *z; /* (K) its outputs */
	double sum;              /* of the magnitudes of losses so far */
	double largest_loss;     /* the largest of them */
	size_t largest_row;      /* its row */
};

static int fits(double number)
{
	return fabs(number) <= LARGEST_SAFE;
}

static int is_first_step(const struct diagnosis *t)
{
	return t->epoch == 0 && t->step == 0;
}

static int has_blame(const struct diagnosis *t)
{
	return t->blame && *t->blame;
}

/* ---- names ---- */

/* "17", or "17 of the validation data" */
struct row_name {
	char text[48];
};

static struct row_name name_row(const struct diagnosis *t, size_t row)
{
	const int validates = t->first_validation && row >= t->first_validation;
	const size_t number = validates ? row - t->first_validation
			      : t->rows ? (size_t)t->rows[row]
					: row;
	struct row_name name;

	snprintf(name.text, sizeof name.text, "%zu%s", number + 1,
		validates ? " of the validation data" : "");
	return name;
}

static struct quote column_name(const struct diagnosis *t, size_t j)
{
	return quote_text(t->problem->data->feature_names[j]);
}

/* Writes " of output ..." if there are several. */
static void name_output(const struct diagnosis *t, size_t k, char *name)
{
	const gf_dataset *data = t->problem->data;

	*name = '\0';
	if (t->problem->outputs == 1)
		return;
	if (data->outputs == t->problem->outputs)
		snprintf(name, PART_ROOM, " of output %s", quote_text(data->target_names[k]).text);
	else if (k < data->classes)
		snprintf(name, PART_ROOM, " of class %s", quote_text(data->class_names[k]).text);
	else
		snprintf(name, PART_ROOM, " of class %zu", k);
}

/* Writes " of output ..." if there are several, or " of unit ..." in a hidden layer. */
static void name_unit(const struct diagnosis *t, size_t layer, size_t k, char *name)
{
	if (layer == t->problem->hidden.count)
		name_output(t, k, name);
	else
		snprintf(name, PART_ROOM, " of unit %zu of hidden layer %zu", k + 1, layer + 1);
}

/* ---- the parameters ---- */

static void name_parameter(const struct diagnosis *t, size_t p, char *name)
{
	const struct network network = problem_network(t->problem);
	const struct place at = network_place(&network, p);
	char input[PART_ROOM], output[PART_ROOM];

	name_unit(t, at.layer, at.output, output);
	if (at.layer)
		name_unit(t, at.layer - 1, at.input, input);
	if (at.is_bias)
		snprintf(name, PARTS_ROOM, "the bias%s", output);
	else if (at.layer)
		snprintf(name, PARTS_ROOM, "the weight%s%s", output, input);
	else
		snprintf(name, PARTS_ROOM, "the weight of column %s%s",
			column_name(t, at.input).text, output);
}

/* Returns 1 after reporting a parameter that is not finite, if there is one. */
static int report_parameter(const struct diagnosis *t, char *text, size_t size)
{
	const size_t P = problem_params(t->problem);
	char name[PARTS_ROOM];
	size_t p = 0;

	while (p < P && isfinite(t->params[p]))
		p++;
	if (p == P)
		return 0;
	name_parameter(t, p, name);
	if (is_first_step(t))
		snprintf(text, size, "the start is not finite: %s is %g before the first step",
			name, (double)t->params[p]);
	else if (has_blame(t))
		snprintf(text, size, "%s: the previous update made %s %g", t->blame, name,
			(double)t->params[p]);
	else
		snprintf(text, size,
			"lr, %.6g, is too large for these data: the previous update made %s %g",
			t->lr, name, (double)t->params[p]);
	return 1;
}

/* ---- the rows ---- */

/* A term of a row's unit k of a layer, or of its loss; in the last layer the units are outputs. */
struct term {
	enum { TERM_COLUMN, TERM_UNIT, TERM_BIAS, TERM_TARGET, TERM_ROW_WEIGHT } kind;
	size_t layer, k, j; /* j: the column, or the unit of the layer before */
	double size;        /* its magnitude */
	double parameter;   /* its factor from the model */
	double datum;       /* its factor from the data or the layer before */
};

/* NaN counts as larger than any number. */
static void keep_larger(struct term *largest, struct term other)
{
	if (!(other.size <= largest->size))
		*largest = other;
}

/* Returns the largest term of unit k of a layer, whose row was evaluated last.  *total is the sum
 * of the magnitudes of its terms. */
static struct term largest_of_unit(
	const struct row_search *s, size_t row, size_t layer, size_t k, double *total)
{
	const struct problem *problem = s->t->problem;
	const struct layer *l = &s->sums.network.layers[layer];
	const struct bounded *in = layer ? s->sums.units[layer - 1].a : s->sums.x;
	const double bias = s->params[l->bias + k];
	struct term largest = {TERM_BIAS, layer, k, 0, fabs(bias), bias, 0.0};
	size_t j;

	*total = fabs(bias);
	for (j = 0; j < l->inputs; j++) {
		const double w = s->params[l->weight + k * l->inputs + j], a = in[j].value;

		*total += fabs(w * a);
		keep_larger(&largest, (struct term){layer ? TERM_UNIT : TERM_COLUMN, layer, k, j,
					      fabs(w * a), w, a});
	}
	if (layer == problem->hidden.count && loss_targets(problem->loss) != TARGETS_CLASSES) {
		const double y = (double)problem->data->y[row * problem->data->outputs + k];

		keep_larger(&largest, (struct term){TERM_TARGET, layer, k, 0, fabs(y), 0.0, y});
	}
	return largest;
}

/* Returns the largest term of all units of a layer; *total is the largest of their totals. */
static struct term largest_of_layer(
	const struct row_search *s, size_t row, size_t layer, double *total)
{
	struct term largest = largest_of_unit(s, row, layer, 0, total);
	double other;
	size_t k;

	for (k = 1; k < s->sums.network.layers[layer].outputs; k++) {
		keep_larger(&largest, largest_of_unit(s, row, layer, k, &other));
		*total = fmax(*total, other);
	}
	return largest;
}

/* Computes the row's outputs and losses; returns the sum of the magnitudes of the losses. */
static double evaluate_row(struct row_search *s, size_t row)
{
	const struct problem *problem = s->t->problem;
	double sum = 0.0;
	size_t k;

	s->z = sums_row(&s->sums, problem, s->params, row);
	for (k = 0; k < problem->outputs; k++)
		sum += fabs(s->sums.value[k].value);
	return sum;
}

/* Returns the largest term of the first layer that is beyond float's range, or of the last; *total
 * is the largest total of that layer's units. */
static struct term largest_of_row(const struct row_search *s, size_t row, double *total)
{
	struct term largest = largest_of_layer(s, row, 0, total);
	size_t layer;

	for (layer = 1; layer < s->sums.network.count && fits(*total); layer++)
		largest = largest_of_layer(s, row, layer, total);
	return largest;
}

/* Returns 1 if the units and the loss of the row evaluated last are within float's range. */
static int row_fits(const struct row_search *s, size_t row, double loss)
{
	double total;

	largest_of_row(s, row, &total);
	return fits(total) && fits(loss);
}

/* Returns the largest term, or the row's weight if the loss would fit without it. */
static struct term largest_term(const struct row_search *s, size_t row, double loss)
{
	const struct problem *problem = s->t->problem;
	const double weight = problem->weights ? (double)problem->weights[row] : 1.0;
	double total;
	struct term largest = largest_of_row(s, row, &total);

	if (weight > 1.0 && !fits(loss) && fits(loss / weight) && fits(total))
		return (struct term){
			TERM_ROW_WEIGHT, largest.layer, largest.k, 0, weight, 0.0, weight};
	return largest;
}

/* Updates do not change targets and weights of rows, and none came before the first step.  In the
 * first epoch, in which every row is new, the data are to blame also if the feature is larger than
 * its parameter. */
static int data_are_to_blame(const struct diagnosis *t, const struct term *term)
{
	if (is_first_step(t) || term->kind == TERM_TARGET || term->kind == TERM_ROW_WEIGHT)
		return 1;
	return t->epoch == 0 && term->kind == TERM_COLUMN &&
	       !(fabs(term->datum) <= fabs(term->parameter));
}

static void describe_blame(const struct diagnosis *t, const struct term *term, char *text)
{
	if (data_are_to_blame(t, term))
		snprintf(text, PART_ROOM, "the data are too large for floats, and should be %s",
			term->kind == TERM_COLUMN || term->kind == TERM_UNIT ? "standardized"
									     : "scaled down");
	else if (has_blame(t))
		snprintf(text, PART_ROOM, "%s", t->blame);
	else
		snprintf(text, PART_ROOM, "lr, %.6g, is too large", t->lr);
}

static void describe_term(const struct diagnosis *t, const struct term *term, char *text)
{
	const gf_dataset *data = t->problem->data;
	const size_t j = term->j;
	char input[PART_ROOM] = "", output[PART_ROOM];

	name_unit(t, term->layer, term->k, output);
	if (term->layer)
		name_unit(t, term->layer - 1, j, input);
	if (term->kind == TERM_UNIT)
		snprintf(text, PARTS_ROOM, "the value%s, %g, times its weight%s, %g", input,
			term->datum, output, term->parameter);
	else if (term->kind == TERM_COLUMN)
		snprintf(text, PARTS_ROOM, "column %s, %g, times its weight%s, %g",
			column_name(t, j).text,
			t->scale ? term->datum * t->scale[j] + t->center[j] : term->datum, output,
			term->parameter);
	else if (term->kind == TERM_BIAS)
		snprintf(text, PARTS_ROOM, "the bias%s, %g", output, term->parameter);
	else if (term->kind == TERM_TARGET)
		snprintf(text, PARTS_ROOM, "its target %s, %g",
			quote_text(data->target_names[term->k]).text, term->datum);
	else
		snprintf(text, PARTS_ROOM, "the weight of the row, %g", term->datum);
}

/* overflow: "more than floats can hold". */
static void describe_row(const struct row_search *s, size_t row, double loss, const char *overflow,
	char *text, size_t size)
{
	const struct term term = largest_term(s, row, loss);
	const size_t k = term.layer == s->t->problem->hidden.count ? term.k : 0;
	char cause[PARTS_ROOM], blame[PART_ROOM];

	describe_term(s->t, &term, cause);
	describe_blame(s->t, &term, blame);
	snprintf(text, size, "%s: row %s has the output %.4g and the loss %.4g, %s, mostly from %s",
		blame, name_row(s->t, row).text, s->z[k].value, loss, overflow, cause);
}

/* Returns 1 after reporting the first row that is beyond float's range, or the row that contributes
 * most to a sum that is, if there is one. */
static int report_row(struct row_search *s, char *text, size_t size)
{
	const struct batch *batch = s->t->batch;
	size_t i;

	for (i = 0; i < batch->count; i++) {
		const size_t row = batch_row(batch, i);
		const double loss = evaluate_row(s, row);

		if (!row_fits(s, row, loss)) {
			describe_row(s, row, loss, "more than floats can hold", text, size);
			return 1;
		}
		s->sum += loss;
		if (loss > s->largest_loss) {
			s->largest_loss = loss;
			s->largest_row = row;
		}
	}
	if (fits(s->sum))
		return 0;
	evaluate_row(s, s->largest_row);
	describe_row(s, s->largest_row, s->largest_loss,
		"the largest part of a sum that floats cannot hold", text, size);
	return 1;
}

/* ---- the device ---- */

/* Finds the smallest range [*low, *high) that contains all rows of the batch. */
static void row_range_of(const struct batch *batch, size_t *low, size_t *high)
{
	size_t i;

	*low = SIZE_MAX;
	*high = 0;
	for (i = 0; i < batch->count; i++) {
		const size_t row = batch_row(batch, i);

		*low = row < *low ? row : *low;
		*high = row >= *high ? row + 1 : *high;
	}
}

/* Returns 1 after reporting an output of the row that is wrong, if there is one.  z (K) are the
 * device's outputs. */
static int report_output(struct row_search *s, size_t row, const float *z, char *text, size_t size)
{
	const struct problem *problem = s->t->problem;
	char output[PART_ROOM];
	const struct bounded *wanted = sums_outputs(&s->sums, problem, s->params, row);
	size_t k;

	for (k = 0; k < problem->outputs; k++) {
		const double found = (double)z[k];

		if (fabs(found - wanted[k].value) <= wanted[k].error)
			continue;
		name_output(s->t, k, output);
		snprintf(text, size,
			"the device computes wrong numbers: its kernel %s returns %.9g for "
			"row %s%s, and the reference %.9g",
			problem->hidden.count ? "network_outputs" : "outputs", found,
			name_row(s->t, row).text, output, wanted[k].value);
		return 1;
	}
	return 0;
}

static gf_status check_outputs(
	struct row_search *s, int *reported, char *text, size_t size, gf_error *err)
{
	const struct diagnosis *t = s->t;
	const size_t K = t->problem->outputs;
	size_t low, high, i;
	gf_status status;
	float *z;

	row_range_of(t->batch, &low, &high);
	z = malloc((high - low) * K * sizeof *z);
	if (!z)
		return gf_fail_memory(err, (high - low) * K * sizeof *z, "outputs");
	status = engine_outputs(t->engine, t->params, low, high - low, z, err);
	for (i = 0; i < t->batch->count && !status && !*reported; i++) {
		const size_t row = batch_row(t->batch, i);

		*reported = report_output(s, row, z + (row - low) * K, text, size);
	}
	free(z);
	return status;
}

/* Finds, by bisection, the first row of a batch in order from which on the device's sum of losses
 * is not finite.  *bad is its place in the batch; the batch's count: there is none. */
static gf_status first_bad_loss(const struct diagnosis *t, size_t *bad, gf_error *err)
{
	size_t good = 0, rows = t->batch->count;

	for (*bad = rows + 1; good + 1 < *bad; rows = good + (*bad - good) / 2) {
		float loss = 0.0f;

		TRY(engine_loss(
			t->engine, t->params, t->batch->first, rows, 1.0 / t->divisor, &loss, err));
		if (isfinite(loss))
			good = rows;
		else
			*bad = rows;
	}
	(*bad)--;
	return GF_OK;
}

/* The kernel that computes losses of rows from the data. */
static const char *loss_kernel(const struct diagnosis *t)
{
	return t->problem->hidden.count ? "network_rows" : "gradient";
}

/* Returns the kernels other than loss_kernel that compute a loss from outputs. */
static const char *other_kernels(const struct diagnosis *t)
{
	const int is_network = t->problem->hidden.count > 0;

	if (t->engine->word == GF_ENGINE_resident)
		return is_network ? "network_resident" : "resident";
	if (is_network)
		return "network_rows, network_fold, network_loss or network_update";
	return t->batch->order ? "gather, gradient or update" : "update";
}

/* All outputs are right: finds the kernel that computes a wrong loss from them. */
static gf_status report_kernel(struct row_search *s, char *text, size_t size, gf_error *err)
{
	const struct diagnosis *t = s->t;
	size_t bad = t->batch->count;

	if (!t->batch->order)
		TRY(first_bad_loss(t, &bad, err));
	if (bad < t->batch->count)
		snprintf(text, size,
			"the device computes wrong numbers: all its outputs are right, but its "
			"kernel %s returns no finite loss for row %s, and the reference %.9g",
			loss_kernel(t), name_row(t, t->batch->first + bad).text,
			evaluate_row(s, t->batch->first + bad));
	else
		snprintf(text, size,
			"the device computes wrong numbers: all its outputs are right, but its "
			"kernel %s returns no finite loss, and the reference %.9g",
			other_kernels(t), s->sum / t->divisor);
	return GF_OK;
}

/* ---- the diagnosis ---- */

static gf_status search_rows(struct row_search *s, char *text, size_t size, gf_error *err)
{
	int reported = report_row(s, text, size);

	if (!reported)
		TRY(check_outputs(s, &reported, text, size, err));
	return reported ? GF_OK : report_kernel(s, text, size, err);
}

gf_status diagnose(const struct diagnosis *t, char *text, size_t size, gf_error *err)
{
	const size_t P = problem_params(t->problem), bytes = P * sizeof(double);
	int reported = report_parameter(t, text, size);
	gf_status status = GF_OK;
	struct row_search s = {.t = t};
	void *block;

	if (reported)
		return GF_OK;
	*text = '\0';
	s.params = malloc(bytes);
	block = sums_new(&s.sums, t->problem, 1);
	if (s.params && block) {
		reference_doubles(t->params, P, s.params);
		status = search_rows(&s, text, size, err);
	} else {
		status = gf_fail_memory(err, bytes, "the diagnosis of a loss");
	}
	free(s.params);
	free(block);
	return status;
}
