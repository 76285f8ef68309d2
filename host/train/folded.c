/*
 * folded.c: folds the parameters of standardized features into those of the user's features, and
 * gives a notice if the folded ones predict noticeably other numbers than what was trained.
 *
 * Both forms are computed on a sample of the training rows.  The folded form of a linear model is
 * computed in plain float, as another program would; that of a network in double from its floats:
 * the digits that folding lost are those of the first layer's biases.
 *
 * The root mean square error is noticeable above 2^-12 of the predictions' standard deviation.
 * Below that, the mean squared error of a model with an r2 up to 0.999999 grows by less than
 * 2^-24 / 1e-6 = 6 %.  An error below 2^-22 of the predictions' own size comes from their being
 * floats, and not from folding.
 */
#include "model.h"
#include "training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTICEABLE 0x1p-12
#define ROUNDING   0x1p-22

enum { SAMPLE_ROWS = 1024 };

#define SAMPLE_WORK 0x1p24 /* multiply-adds at most */

/* Sums over the sampled rows, for one output z. */
struct agreement {
	double rows, error, z, squares; /* number of rows; sums of squared errors, z and z^2 */
};

static double standardized_output(
	const struct training *t, const float *params, size_t row, size_t k)
{
	const size_t D = t->data->features, K = t->problem.outputs;
	const float *x = t->train_data.data->x + row * D;
	double z = (double)params[K * D + k];

	for (size_t j = 0; j < D; j++)
		z += (double)params[k * D + j] * (double)x[j];
	return z;
}

static float folded_output(const struct training *t, const float *params, size_t row, size_t k)
{
	const size_t D = t->data->features, K = t->problem.outputs;
	const float *x = t->data->x + train_data_row(&t->train_data, row) * D;
	float z = 0.0f;

	for (size_t j = 0; j < D; j++)
		z += params[k * D + j] * x[j];
	return z + params[K * D + k];
}

/* What the outputs of a network are computed with; a linear model needs only z. */
struct forms {
	const float *own, *folded;   /* (P) borrowed: the parameters */
	double *z, *folded_z;        /* (K) outputs of a row */
	double *doubles;             /* (2, P) own and folded */
	struct reference_step *step; /* borrowed from the verifier, or owned by made */
	struct reference_step *made;
};

static void network_outputs(const struct training *t, const struct forms *f, size_t row)
{
	const double *folded = f->doubles + t->state.parameters;
	struct problem users = t->problem;

	users.data = t->data;
	reference_outputs(f->step, &t->problem, f->doubles, row, f->z);
	reference_outputs(
		f->step, &users, folded, train_data_row(&t->train_data, row), f->folded_z);
}

static void linear_outputs(const struct training *t, const struct forms *f, size_t row)
{
	for (size_t k = 0; k < t->problem.outputs; k++) {
		f->z[k] = standardized_output(t, f->own, row, k);
		f->folded_z[k] = (double)folded_output(t, f->folded, row, k);
	}
}

/* all: (K) one for each output */
static void compare(const struct training *t, const struct forms *f, struct agreement *all)
{
	const size_t N = t->train_data.train_rows;
	const double cheap = fmax(1.0, SAMPLE_WORK / (double)t->state.parameters);
	const double rows = fmin(SAMPLE_ROWS, cheap);
	const size_t stride = (size_t)fmax(1.0, ceil((double)N / rows));

	for (size_t row = 0; row < N; row += stride) {
		(t->problem.hidden.count ? network_outputs : linear_outputs)(t, f, row);
		for (size_t k = 0; k < t->problem.outputs; k++) {
			const double z = f->z[k], error = f->folded_z[k] - (double)(float)z;

			all[k].rows += 1.0;
			all[k].error += error * error;
			all[k].z += z;
			all[k].squares += z * z;
		}
	}
}

static double deviation(const struct agreement *a)
{
	const double mean = a->z / a->rows;

	return sqrt(fmax(0.0, a->squares / a->rows - mean * mean));
}

static int is_noticeable(const struct agreement *a)
{
	const double error = sqrt(a->error / a->rows);

	return error > NOTICEABLE * deviation(a) && error > ROUNDING * sqrt(a->squares / a->rows);
}

/* Returns the feature whose center takes up most of a bias: of an output or, in a network, of a
 * unit of the first layer, whichever is the largest. */
static size_t largest_offset(const struct training *t, const float *folded, size_t k)
{
	const size_t D = t->data->features, units = problem_network(&t->problem).layers[0].outputs;
	const size_t first = t->problem.hidden.count ? 0 : k;
	const size_t end = t->problem.hidden.count ? units : k + 1;
	double largest = -1.0;
	size_t found = 0, i, j;

	for (i = first; i < end; i++)
		for (j = 0; j < D; j++) {
			const double offset =
				fabs((double)folded[i * D + j] * t->train_data.center[j]);

			found = offset > largest ? j : found;
			largest = fmax(largest, offset);
		}
	return found;
}

static void tell_folded(
	const struct training *t, const float *folded, const struct agreement *a, size_t k)
{
	const size_t j = largest_offset(t, folded, k);
	char text[1024];

	snprintf(text, sizeof text,
		"programs that read the model's weight and bias alone will predict with an error "
		"of about %.2g (predictions vary by %.2g), since the mean of feature \"%.200s\", "
		"%.9g, takes up the digits of a float; %s; to avoid the error, subtract that mean "
		"from the column before training",
		sqrt(a->error / a->rows), deviation(a), t->model->feature_names[j],
		t->train_data.center[j],
		t->model->standardization.center
			? "gpufit does not have it, since its model file has the mean and "
			  "deviation too"
			: "so does gpufit: the model is too large to hold mean and deviation too");
	t->config->notice(text, t->config->user);
}

/* A network needs the reference: the verifier's, or one of its own. */
static gf_status open_network(const struct training *t, struct forms *f, gf_error *err)
{
	const size_t P = t->state.parameters;
	size_t p;

	f->doubles = malloc(2 * P * sizeof *f->doubles);
	if (!f->doubles)
		return gf_fail_memory(err, 2 * P * sizeof *f->doubles, "folded parameters");
	for (p = 0; p < P; p++) {
		f->doubles[p] = (double)f->own[p];
		f->doubles[P + p] = (double)f->folded[p];
	}
	if (!t->verifier.step)
		TRY(reference_step_new(&f->made, &t->problem, err));
	f->step = f->made ? f->made : t->verifier.step;
	return GF_OK;
}

static void tell_first(const struct training *t, const struct forms *f, const struct agreement *all)
{
	size_t k = 0;

	while (k < t->problem.outputs && !is_noticeable(&all[k]))
		k++;
	if (k < t->problem.outputs)
		tell_folded(t, f->folded, &all[k], k);
}

/* own: the model's parameters (P) of standardized features. */
static gf_status check_folded(const struct training *t, const float *own, gf_error *err)
{
	const size_t K = t->problem.outputs;
	struct agreement *all = calloc(K, sizeof *all);
	struct forms f = {.own = own, .folded = t->model->params};
	gf_status status = GF_OK;

	f.z = malloc(2 * K * sizeof *f.z);
	if (!all || !f.z)
		status = gf_fail_memory(err, 2 * K * sizeof *f.z, "outputs");
	f.folded_z = f.z ? f.z + K : NULL;
	if (!status && t->problem.hidden.count)
		status = open_network(t, &f, err);
	if (!status) {
		compare(t, &f, all);
		tell_first(t, &f, all);
	}
	reference_step_free(f.made);
	free(f.doubles);
	free(f.z);
	free(all);
	return status;
}

gf_status training_fold(struct training *t, gf_error *err)
{
	const size_t bytes = t->state.parameters * sizeof(float);
	float *own = malloc(bytes);
	gf_status status;

	if (!own)
		return gf_fail_memory(err, bytes, "standardized parameters");
	memcpy(own, t->model->params, bytes);
	status = model_standardize(t->model, t->train_data.center, t->train_data.scale, err);
	if (!status && t->config->notice)
		status = check_folded(t, own, err);
	free(own);
	return status;
}
