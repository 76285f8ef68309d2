/* sums.c: the reference's pass over the rows of a batch. */
#include "losses.h"
#include "reference.h"

#include <stdlib.h>
#include <string.h>

void *sums_new(struct sums *sums, const struct problem *problem, int with_bounds)
{
	const size_t P = problem_params(problem), K = problem->outputs;
	const size_t doubles = with_bounds ? 3 * P : P;
	struct bounded *block = calloc(1, 3 * K * sizeof *block + doubles * sizeof(double));

	if (!block)
		return NULL;
	*sums = (struct sums){.network = problem_network(problem),
		.z = block,
		.value = block + K,
		.slope = block + 2 * K};
	sums->gradient = (double *)(block + 3 * K);
	if (with_bounds) {
		sums->gradient_terms = sums->gradient + P;
		sums->gradient_errors = sums->gradient_terms + P;
	}
	return block;
}

double reference_output(const struct problem *problem, const double *params, size_t row, size_t k)
{
	const size_t D = problem->data->features;
	const float *x = problem->data->x + row * D;
	double z = 0.0;
	size_t j;

	for (j = 0; j < D; j++)
		z += params[k * D + j] * (double)x[j];
	return z + params[problem->outputs * D + k];
}

static struct bounded output_of(const struct sums *sums, const struct problem *problem,
	const double *params, size_t row, size_t k)
{
	return (struct bounded){reference_output(problem, params, row, k),
		sums->gradient_terms ? bounds_output(problem, params, row, k) : 0.0};
}

static void add_loss(struct sums *sums, struct bounded value)
{
	sums->loss += value.value;
	sums->loss_terms += fabs(value.value) + value.error;
	sums->loss_errors += value.error;
}

/* gradient += slope times what output k was made of */
static void add_slope(struct sums *sums, const struct problem *problem, size_t row, size_t k,
	struct bounded slope)
{
	const size_t D = problem->data->features, bias = problem->outputs * D + k;
	const float *x = problem->data->x + row * D;
	const double size = fabs(slope.value) + slope.error;
	size_t j;

	for (j = 0; j < D; j++)
		sums->gradient[k * D + j] += slope.value * (double)x[j];
	sums->gradient[bias] += slope.value;
	if (!sums->gradient_terms)
		return;
	for (j = 0; j < D; j++) {
		const double xj = fabs((double)x[j]);

		sums->gradient_terms[k * D + j] += size * xj;
		sums->gradient_errors[k * D + j] += slope.error * xj + (double)FLT_MIN;
	}
	sums->gradient_terms[bias] += size;
	sums->gradient_errors[bias] += slope.error;
}

/* The row's losses; its slopes are left in sums->slope. */
static void add_losses(
	struct sums *sums, const struct problem *problem, const double *params, size_t row)
{
	const float *y = problem->data->y + row * problem->data->outputs;
	const double weight = problem->weights ? (double)problem->weights[row] : 1.0;
	size_t k;

	for (k = 0; k < problem->outputs; k++)
		sums->z[k] = output_of(sums, problem, params, row, k);
	losses_of_row(problem, y, weight, sums->z, sums->value, sums->slope);
	for (k = 0; k < problem->outputs; k++)
		add_loss(sums, sums->value[k]);
}

static void add_row(
	struct sums *sums, const struct problem *problem, const double *params, size_t row)
{
	size_t k;

	add_losses(sums, problem, params, row);
	for (k = 0; k < problem->outputs; k++)
		add_slope(sums, problem, row, k, sums->slope[k]);
}

/* Without a bias its gradient is 0. */
static void drop_biases(struct sums *sums, const struct problem *problem)
{
	const size_t weights = problem->outputs * problem->data->features;
	const size_t bytes = problem->outputs * sizeof(double);

	memset(sums->gradient + weights, 0, bytes);
	if (!sums->gradient_terms)
		return;
	memset(sums->gradient_terms + weights, 0, bytes);
	memset(sums->gradient_errors + weights, 0, bytes);
}

void reference_sums(struct sums *sums, const struct problem *problem, const struct batch *batch,
	const double *params)
{
	const size_t P = problem_params(problem);
	size_t i;

	sums->loss = sums->loss_terms = sums->loss_errors = 0.0;
	memset(sums->gradient, 0, (sums->gradient_terms ? 3 : 1) * P * sizeof(double));
	for (i = 0; i < batch->count; i++)
		add_row(sums, problem, params, batch_row(batch, i));
	if (problem->update.no_bias)
		drop_biases(sums, problem);
}

void reference_losses(struct sums *sums, const struct problem *problem, const struct batch *batch,
	const double *params)
{
	size_t i;

	sums->loss = sums->loss_terms = sums->loss_errors = 0.0;
	for (i = 0; i < batch->count; i++)
		add_losses(sums, problem, params, batch_row(batch, i));
}

double *reference_doubles(const float *params, size_t count, double *out)
{
	size_t p;

	for (p = 0; p < count; p++)
		out[p] = (double)params[p];
	return out;
}

void reference_outputs(const struct problem *problem, const double *params, size_t row, double *z)
{
	size_t k;

	for (k = 0; k < problem->outputs; k++)
		z[k] = reference_output(problem, params, row, k);
}
