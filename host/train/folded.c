/*
 * folded.c: whether the weight and bias of features as they are predict what was trained on
 * standardized ones.
 *
 * Both are computed on some of the rows that trained: the folded form in plain float, as another
 * program would.  "Noticeably" is an error, as root of its mean square, above 2^-12 of the
 * deviation of the predictions: below that the mean squared error of a model with an r2 up to
 * 0.999999 grows by less than 2^-24 / 1e-6 = 6 %.  What 2^-22 of the predictions' own size is
 * comes from their being floats, and not from folding.
 */
#include "training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTICEABLE 0x1p-12
#define ROUNDING   0x1p-22

enum { ROWS = 1024 };

#define WORK 0x1p24 /* multiply-adds at most */

/* Sums over rows of an output. */
struct agreement {
	double rows, error, z, squares; /* of the squared difference, z, and z^2 */
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

static struct agreement compare(
	const struct training *t, const float *own, const float *folded, size_t k)
{
	const size_t N = t->train_data.train_rows;
	double most = fmin(ROWS, fmax(1.0, WORK / (double)problem_params(&t->problem)));
	const size_t stride = (size_t)fmax(1.0, ceil((double)N / most));
	struct agreement a = {0};

	for (size_t row = 0; row < N; row += stride) {
		const double z = standardized_output(t, own, row, k);
		const double off = (double)folded_output(t, folded, row, k) - (double)(float)z;

		a.rows += 1.0;
		a.error += off * off;
		a.z += z;
		a.squares += z * z;
	}
	return a;
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

/* Whose center takes most of the output's bias. */
static size_t largest_offset(const struct training *t, const float *folded, size_t k)
{
	const size_t D = t->data->features;
	const double *center = t->train_data.center;
	size_t most = 0;

	for (size_t j = 1; j < D; j++)
		if (fabs((double)folded[k * D + j] * center[j]) >
			fabs((double)folded[k * D + most] * center[most]))
			most = j;
	return most;
}

static void notice(
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

void training_compare_folded(const struct training *t, const float *own)
{
	const float *folded = t->model->params;

	for (size_t k = 0; k < t->problem.outputs && t->config->notice; k++) {
		const struct agreement a = compare(t, own, folded, k);

		if (is_noticeable(&a)) {
			notice(t, folded, &a, k);
			return;
		}
	}
}
