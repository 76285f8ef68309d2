#include "diagnose.h"
#include "text.h"
#include "reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A quarter of what floats hold: differences and roundings on the way are larger than what comes
 * out in the end. */
#define FITS (0.25 * (double)FLT_MAX)

/* Room for a part of a sentence with two quoted names, and for two such parts. */
enum { PART_ROOM = 2 * QUOTE_ROOM + 128, PARTS_ROOM = 2 * PART_ROOM };

/* What the search computes for a row. */
struct scan {
	const struct diagnosis *t;
	double *params;                      /* (P) */
	double *z;                           /* (K) */
	struct bounded *out, *value, *slope; /* (K) */
	double sum;                          /* of the magnitudes of losses so far */
	double heaviest_loss;                /* the largest of them */
	size_t heaviest;                     /* its row */
};

static int fits(double number)
{
	return fabs(number) <= FITS;
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
	const int other = t->others && row >= t->others;
	const size_t place = other ? row - t->others : t->rows ? (size_t)t->rows[row] : row;
	struct row_name name;

	snprintf(name.text, sizeof name.text, "%zu%s", place + 1,
		other ? " of the validation data" : "");
	return name;
}

static struct quote quoted(const char *name)
{
	return quote_of(name, strlen(name));
}

static struct quote column_name(const struct diagnosis *t, size_t j)
{
	return quoted(t->problem->data->feature_names[j]);
}

/* " of output ...", where there are several. */
static void name_output(const struct diagnosis *t, size_t k, char *name)
{
	const gf_dataset *data = t->problem->data;

	*name = '\0';
	if (t->problem->outputs == 1)
		return;
	if (data->outputs == t->problem->outputs)
		snprintf(name, PART_ROOM, " of output %s", quoted(data->target_names[k]).text);
	else if (k < data->classes)
		snprintf(name, PART_ROOM, " of class %s", quoted(data->class_names[k]).text);
	else
		snprintf(name, PART_ROOM, " of class %zu", k);
}

/* ---- the parameters ---- */

static void name_parameter(const struct diagnosis *t, size_t p, char *name)
{
	const struct network network = problem_network(t->problem);
	const struct place at = network_place(&network, p);
	char output[PART_ROOM];

	name_output(t, at.output, output);
	if (at.is_bias)
		snprintf(name, PARTS_ROOM, "the bias%s", output);
	else
		snprintf(name, PARTS_ROOM, "the weight of column %s%s",
			column_name(t, at.input).text, output);
}

static int tell_bad_parameter(const struct diagnosis *t, char *text, size_t size)
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
		snprintf(text, size, "%s: the update before made %s %g", t->blame, name,
			(double)t->params[p]);
	else
		snprintf(text, size,
			"lr, %.6g, is too large for these data: the update before made %s %g",
			t->lr, name, (double)t->params[p]);
	return 1;
}

/* ---- the rows ---- */

/* What a row's output k, or its loss, owes most to. */
struct term {
	enum { TERM_COLUMN, TERM_BIAS, TERM_TARGET, TERM_ROW_WEIGHT } kind;
	size_t k, j;
	double size;   /* what it brings */
	double factor; /* the parameter in it */
	double given;  /* the number of the data in it */
};

/* NaN is the largest there is. */
static void keep_larger(struct term *most, struct term other)
{
	if (!(other.size <= most->size))
		*most = other;
}

/* *total: of the magnitudes of what the output is a sum of. */
static struct term largest_term(const struct scan *s, size_t row, size_t k, double *total)
{
	const struct problem *problem = s->t->problem;
	const size_t D = problem->data->features;
	const float *x = problem->data->x + row * D;
	const double bias = s->params[problem->outputs * D + k];
	struct term most = {TERM_BIAS, k, 0, fabs(bias), bias, 0.0};
	size_t j;

	*total = fabs(bias);
	for (j = 0; j < D; j++) {
		const double w = s->params[k * D + j], xj = (double)x[j];

		*total += fabs(w * xj);
		keep_larger(&most, (struct term){TERM_COLUMN, k, j, fabs(w * xj), w, xj});
	}
	if (loss_targets(problem->loss) != TARGETS_CLASSES) {
		const double y = (double)problem->data->y[row * problem->data->outputs + k];

		keep_larger(&most, (struct term){TERM_TARGET, k, 0, fabs(y), 0.0, y});
	}
	return most;
}

/* The row's losses: the sum of their magnitudes. */
static double look_at(struct scan *s, size_t row)
{
	const struct problem *problem = s->t->problem;
	const double weight = problem->weights ? (double)problem->weights[row] : 1.0;
	double sum = 0.0;
	size_t k;

	reference_outputs(problem, s->params, row, s->z);
	for (k = 0; k < problem->outputs; k++)
		s->out[k] = bounded_exact(s->z[k]);
	losses_of_row(problem, problem->data->y + row * problem->data->outputs, weight, s->out,
		s->value, s->slope);
	for (k = 0; k < problem->outputs; k++)
		sum += fabs(s->value[k].value);
	return sum;
}

/* Whether floats hold all that the row, just looked at, takes. */
static int row_fits(const struct scan *s, size_t row, double loss)
{
	double total;
	size_t k;

	for (k = 0; k < s->t->problem->outputs; k++) {
		largest_term(s, row, k, &total);
		if (!fits(total))
			return 0;
	}
	return fits(loss);
}

/* The largest term of all outputs; or the row's weight, where the loss would fit but for it. */
static struct term culprit(const struct scan *s, size_t row, double loss)
{
	const struct problem *problem = s->t->problem;
	const double weight = problem->weights ? (double)problem->weights[row] : 1.0;
	double total, largest_total;
	struct term most = largest_term(s, row, 0, &largest_total);
	size_t k;

	for (k = 1; k < problem->outputs; k++) {
		keep_larger(&most, largest_term(s, row, k, &total));
		largest_total = fmax(largest_total, total);
	}
	if (weight > 1.0 && !fits(loss) && fits(loss / weight) && fits(largest_total))
		return (struct term){TERM_ROW_WEIGHT, most.k, 0, weight, 0.0, weight};
	return most;
}

/* The data are to blame where no update came before; targets and weights of rows always, as no
 * update makes them larger; in the first epoch, where every row is new, also a number that is
 * larger than the parameter that updates made. */
static int data_are_to_blame(const struct diagnosis *t, const struct term *term)
{
	if (is_first_step(t) || term->kind == TERM_TARGET || term->kind == TERM_ROW_WEIGHT)
		return 1;
	return t->epoch == 0 && term->kind == TERM_COLUMN &&
	       !(fabs(term->given) <= fabs(term->factor));
}

static void tell_blame(const struct diagnosis *t, const struct term *term, char *text)
{
	if (data_are_to_blame(t, term))
		snprintf(text, PART_ROOM, "the data are too large for floats, and want to be %s",
			term->kind == TERM_COLUMN ? "standardized" : "scaled down");
	else if (has_blame(t))
		snprintf(text, PART_ROOM, "%s", t->blame);
	else
		snprintf(text, PART_ROOM, "lr, %.6g, is too large", t->lr);
}

static void tell_term(const struct diagnosis *t, const struct term *term, char *text)
{
	const gf_dataset *data = t->problem->data;
	const size_t j = term->j;
	char output[PART_ROOM];

	name_output(t, term->k, output);
	if (term->kind == TERM_COLUMN)
		snprintf(text, PARTS_ROOM, "column %s, %g, times its weight%s, %g",
			column_name(t, j).text,
			t->scale ? term->given * t->scale[j] + t->center[j] : term->given, output,
			term->factor);
	else if (term->kind == TERM_BIAS)
		snprintf(text, PARTS_ROOM, "the bias%s, %g", output, term->factor);
	else if (term->kind == TERM_TARGET)
		snprintf(text, PARTS_ROOM, "its target %s, %g",
			quoted(data->target_names[term->k]).text, term->given);
	else
		snprintf(text, PARTS_ROOM, "the weight of the row, %g", term->given);
}

static void tell_row(
	const struct scan *s, size_t row, double loss, const char *what, char *text, size_t size)
{
	const struct term term = culprit(s, row, loss);
	char why[PARTS_ROOM], blame[PART_ROOM];

	tell_term(s->t, &term, why);
	tell_blame(s->t, &term, blame);
	snprintf(text, size, "%s: row %s has the output %.4g and the loss %.4g, %s, mostly from %s",
		blame, name_row(s->t, row).text, s->z[term.k], loss, what, why);
}

/* The first row that floats do not hold; or the one that brings most to a sum that they do not. */
static int tell_bad_row(struct scan *s, char *text, size_t size)
{
	const struct batch *batch = s->t->batch;
	size_t i;

	for (i = 0; i < batch->count; i++) {
		const size_t row = batch_row(batch, i);
		const double loss = look_at(s, row);

		if (!row_fits(s, row, loss)) {
			tell_row(s, row, loss, "more than floats hold", text, size);
			return 1;
		}
		s->sum += loss;
		if (loss > s->heaviest_loss) {
			s->heaviest_loss = loss;
			s->heaviest = row;
		}
	}
	if (fits(s->sum))
		return 0;
	look_at(s, s->heaviest);
	tell_row(s, s->heaviest, s->heaviest_loss, "the most of a sum that floats do not hold",
		text, size);
	return 1;
}

/* ---- the device ---- */

/* Rows [*low, *high) have all of the batch among them. */
static void range_of(const struct batch *batch, size_t *low, size_t *high)
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

/* z (K) is what the device makes of the row. */
static int tell_bad_output(
	const struct scan *s, size_t row, const float *z, char *text, size_t size)
{
	const struct problem *problem = s->t->problem;
	char output[PART_ROOM];
	size_t k;

	reference_outputs(problem, s->params, row, s->z);
	for (k = 0; k < problem->outputs; k++) {
		const double found = (double)z[k];

		if (fabs(found - s->z[k]) <= bounds_output(problem, s->params, row, k))
			continue;
		name_output(s->t, k, output);
		snprintf(text, size,
			"the device computes wrong: its kernel outputs makes %.9g of row %s%s, "
			"where the reference has %.9g",
			found, name_row(s->t, row).text, output, s->z[k]);
		return 1;
	}
	return 0;
}

static gf_status check_outputs(
	const struct scan *s, int *told, char *text, size_t size, gf_error *err)
{
	const struct diagnosis *t = s->t;
	const size_t K = t->problem->outputs;
	size_t low, high, i;
	gf_status status;
	float *z;

	range_of(t->batch, &low, &high);
	z = malloc((high - low) * K * sizeof *z);
	if (!z)
		return gf_fail_memory(err, (high - low) * K * sizeof *z, "outputs");
	status = engine_outputs(t->engine, t->params, low, high - low, z, err);
	for (i = 0; i < t->batch->count && !status && !*told; i++) {
		const size_t row = batch_row(t->batch, i);

		*told = tell_bad_output(s, row, z + (row - low) * K, text, size);
	}
	free(z);
	return status;
}

/* The first row with which the device's sum of losses stops being finite, by halving; count: none.
 * Of a batch whose rows lie as they are. */
static gf_status first_bad_loss(const struct diagnosis *t, size_t *bad, gf_error *err)
{
	size_t good = 0, rows = t->batch->count;
	gf_status status = GF_OK;

	for (*bad = rows + 1; good + 1 < *bad && !status; rows = good + (*bad - good) / 2) {
		float loss = 0.0f;

		status = engine_loss(
			t->engine, t->params, t->batch->first, rows, 1.0 / t->divisor, &loss, err);
		if (isfinite(loss))
			good = rows;
		else
			*bad = rows;
	}
	(*bad)--;
	return status;
}

/* The kernels that make a loss of right outputs, when `gradient` does so in their place. */
static const char *other_kernels(const struct diagnosis *t)
{
	if (t->engine->word == GF_ENGINE_resident)
		return "resident";
	return t->batch->order ? "gather, gradient or update" : "update";
}

static gf_status tell_kernel(struct scan *s, char *text, size_t size, gf_error *err)
{
	const struct diagnosis *t = s->t;
	size_t bad = t->batch->count;
	gf_status status = t->batch->order ? GF_OK : first_bad_loss(t, &bad, err);

	if (status)
		return status;
	if (bad < t->batch->count)
		snprintf(text, size,
			"the device computes wrong: all its outputs are right, but its kernel "
			"gradient makes no finite loss of row %s, where the reference has %.9g",
			name_row(t, t->batch->first + bad).text, look_at(s, t->batch->first + bad));
	else
		snprintf(text, size,
			"the device computes wrong: all its outputs are right, but its kernel %s "
			"makes no finite loss, where the reference has %.9g",
			other_kernels(t), s->sum / t->divisor);
	return GF_OK;
}

/* ---- the whole ---- */

/* One block, to be freed; NULL: no memory. */
static void *scan_new(struct scan *s, const struct diagnosis *t, size_t bytes)
{
	const size_t P = problem_params(t->problem), K = t->problem->outputs;
	struct bounded *block = calloc(1, bytes);

	if (!block)
		return NULL;
	*s = (struct scan){.t = t, .out = block, .value = block + K, .slope = block + 2 * K};
	s->params = reference_doubles(t->params, P, (double *)(block + 3 * K));
	s->z = s->params + P;
	return block;
}

gf_status diagnose(const struct diagnosis *t, char *text, size_t size, gf_error *err)
{
	const size_t P = problem_params(t->problem), K = t->problem->outputs;
	const size_t bytes = 3 * K * sizeof(struct bounded) + (P + K) * sizeof(double);
	int told = tell_bad_parameter(t, text, size);
	gf_status status = GF_OK;
	struct scan s;
	void *block;

	if (told)
		return GF_OK;
	*text = '\0';
	block = scan_new(&s, t, bytes);
	if (!block)
		return gf_fail_memory(err, bytes, "a look at a loss");
	told = tell_bad_row(&s, text, size);
	if (!told)
		status = check_outputs(&s, &told, text, size, err);
	if (!status && !told)
		status = tell_kernel(&s, text, size, err);
	free(block);
	return status;
}
