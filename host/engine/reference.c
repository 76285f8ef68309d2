#include "reference.h"
#include "losses.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reference {
	struct engine base;
	struct problem problem;
	size_t parameters;
	double *params;   /* (P) */
	double *gradient; /* (P) */
};

double reference_output(
	const struct problem *problem, const double *params, size_t row, size_t output)
{
	const size_t D = problem->data->features;
	const double *w = params + output * D, bias = params[problem->outputs * D + output];
	const float *x = problem->data->x + row * D;
	double z = 0.0;
	size_t j;

	for (j = 0; j < D; j++)
		z += w[j] * (double)x[j];
	return z + bias;
}

/* gradient (P) += slope times what the output was made of */
static void add_row(
	const struct problem *problem, size_t row, size_t output, double slope, double *gradient)
{
	const size_t D = problem->data->features;
	const float *x = problem->data->x + row * D;
	size_t j;

	for (j = 0; j < D; j++)
		gradient[output * D + j] += slope * (double)x[j];
	gradient[problem->outputs * D + output] += slope;
}

double reference_gradient(const struct problem *problem, const double *params, double *gradient)
{
	const struct loss_formula *formula = &loss_formulas[problem->loss];
	const size_t N = problem->data->rows, K = problem->outputs,
		     P = K * (problem->data->features + 1);
	const double M = (double)N * (double)K;
	double loss = 0.0;
	size_t i, k, p;

	memset(gradient, 0, P * sizeof *gradient);
	for (i = 0; i < N; i++)
		for (k = 0; k < K; k++) {
			double z = reference_output(problem, params, i, k);
			double y = (double)problem->data->y[i * K + k];

			loss += formula->value(z, y);
			add_row(problem, i, k, formula->slope(z, y), gradient);
		}
	for (p = 0; p < P; p++)
		gradient[p] /= M;
	return loss / M;
}

double *reference_doubles(const float *params, size_t count, double *out)
{
	size_t p;

	for (p = 0; p < count; p++)
		out[p] = (double)params[p];
	return out;
}

void reference_outputs(const struct problem *problem, const float *params, size_t row, double *z)
{
	const size_t D = problem->data->features, K = problem->outputs;
	const float *x = problem->data->x + row * D;
	size_t j, k;

	for (k = 0; k < K; k++) {
		z[k] = 0.0;
		for (j = 0; j < D; j++)
			z[k] += (double)params[k * D + j] * (double)x[j];
		z[k] += (double)params[K * D + k];
	}
}

/* ---- the engine ---- */

static gf_status set(struct engine *engine, const float *params, gf_error *err)
{
	struct reference *r = (struct reference *)engine;

	(void)err;
	reference_doubles(params, r->parameters, r->params);
	return GF_OK;
}

static void floats_of(const double *params, size_t count, float *out)
{
	size_t p;

	for (p = 0; p < count; p++)
		out[p] = (float)params[p];
}

static gf_status get(struct engine *engine, float *params, gf_error *err)
{
	struct reference *r = (struct reference *)engine;

	(void)err;
	floats_of(r->params, r->parameters, params);
	return GF_OK;
}

static gf_status run(struct engine *engine, size_t epochs, double lr, const struct history *history,
	gf_error *err)
{
	struct reference *r = (struct reference *)engine;
	const size_t P = r->parameters;
	size_t e, p;

	(void)err;
	for (e = 0; e < epochs; e++) {
		history->losses[e] = (float)reference_gradient(&r->problem, r->params, r->gradient);
		if (history->steps) {
			floats_of(r->params, P, history->steps + 2 * e * P);
			floats_of(r->gradient, P, history->steps + (2 * e + 1) * P);
		}
		for (p = 0; p < P; p++)
			r->params[p] -= lr * r->gradient[p];
	}
	return GF_OK;
}

static gf_status loss(struct engine *engine, float *value, gf_error *err)
{
	struct reference *r = (struct reference *)engine;

	(void)err;
	*value = (float)reference_gradient(&r->problem, r->params, r->gradient);
	return GF_OK;
}

static gf_status outputs(struct engine *engine, const float *params, size_t first, size_t rows,
	float *z, gf_error *err)
{
	struct reference *r = (struct reference *)engine;
	const size_t K = r->problem.outputs;
	double *row = malloc(K * sizeof *row);
	size_t i, k;

	if (!row)
		return gf_fail_memory(err, K * sizeof *row, "outputs");
	for (i = 0; i < rows; i++) {
		reference_outputs(&r->problem, params, first + i, row);
		for (k = 0; k < K; k++)
			z[i * K + k] = (float)row[k];
	}
	free(row);
	return GF_OK;
}

/* The host's own arithmetic has no kernels to time. */
static gf_status profile(struct engine *engine, gf_profile *out, gf_error *err)
{
	(void)engine;
	(void)err;
	out->rows_count = 0;
	return GF_OK;
}

static void close_reference(struct engine *engine)
{
	struct reference *r = (struct reference *)engine;

	free(r->params);
	free(r->gradient);
	free(r);
}

static const struct engine_class reference_class = {
	set, get, run, loss, outputs, profile, close_reference};

gf_status reference_open(struct engine **engine, const struct problem *problem, gf_error *err)
{
	const size_t P = problem->outputs * (problem->data->features + 1);
	struct reference *r = calloc(1, sizeof *r);

	if (!r)
		return gf_fail_memory(err, sizeof *r, "the reference");
	r->base.class = &reference_class;
	r->base.batch = 1;
	r->base.record_limit = 1024;
	r->problem = *problem;
	r->parameters = P;
	r->params = calloc(P, sizeof *r->params);
	r->gradient = calloc(P, sizeof *r->gradient);
	snprintf(r->base.device, sizeof r->base.device, "host");
	if (!r->params || !r->gradient) {
		close_reference(&r->base);
		return gf_fail_memory(err, P * sizeof *r->params, "the reference's parameters");
	}
	*engine = &r->base;
	return GF_OK;
}
