/* ending.c: what the user should know of how a training ended. */
#include "config.h"
#include "training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A loss this small beside that of parameters of 0 is good wherever it began; one that grew by less
 * than this share of the first may have grown by rounding. */
#define SMALL   1e-4
#define CLEARLY 1e-3

/* A gradient that is still this share of its first, and above what scikit-learn's lbfgs calls
 * small, is not at an end. */
#define STEEP 0.1
#define FLAT  1e-4

enum { FEW_STEPS = 100 };

/* ---- the end ---- */

static int is_worse(const struct training *t)
{
	const double first = t->state.first_loss, last = (double)t->report->loss;
	const double grown = t->config->maximize ? first - last : last - first;

	return grown > CLEARLY * fabs(first);
}

/* Whether --lr auto would choose another rate: it is for sgd, and for losses whose curvature has a
 * bound. */
static int can_be_auto(const struct training *t)
{
	const gf_config *c = t->config;

	return !c->lr_auto && c->optimizer == GF_OPTIMIZER_sgd && curvature_is_bounded(&t->problem);
}

/* "; a smaller --lr, or --standardize, may help": what is given (two, or one and NULL), then the
 * options that are not in use. */
static void add_remedies(
	const struct training *t, const char *first, const char *second, char *text, size_t size)
{
	const char *remedies[4] = {first, second};
	size_t count = second ? 2 : 1, i, used = strlen(text);

	if (can_be_auto(t))
		remedies[count++] = "--lr auto";
	if (!t->config->standardize)
		remedies[count++] = "--standardize";
	for (i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
			i == 0          ? "; "
			: i + 1 < count ? ", "
					: ", or ",
			remedies[i]);
	snprintf(text + used, size - used, "%s may help", count > 1 ? "," : "");
}

static int has_penalty(const gf_config *c)
{
	return c->l1 > 0.0 || c->l2 > 0.0 || c->weight_decay > 0.0;
}

/* Where it is known how many epochs it takes, stability.c has said so; a start from a model may be
 * near the end already. */
static int is_steep(const struct training *t)
{
	const gf_config *c = t->config;
	const gf_report *r = t->report;

	return !(r->epochs_needed > 0.0) && !c->maximize && !c->init_model && !t->converged &&
	       r->gradient_last > STEEP * r->gradient_first && r->gradient_last > FLAT;
}

/* Plain sgd takes larger steps where the gradient is larger; the others do not, nor does a loss
 * whose slope is 1 everywhere: then lr is the size of a step. */
static const char *larger_lr(const struct training *t)
{
	return t->config->optimizer == GF_OPTIMIZER_sgd && config_is_smooth(t->config)
		       ? NULL
		       : "a larger --lr";
}

static void tell_steep(const struct training *t)
{
	const gf_report *r = t->report;
	char text[256];

	snprintf(text, sizeof text,
		"the training did not converge: the gradient was %.3g at first and is %.3g",
		r->gradient_first, r->gradient_last);
	add_remedies(t, "more --epochs", larger_lr(t), text, sizeof text);
	t->config->notice(text, t->config->user);
}

/* Worse than the median, too, which is at most one standard deviation from the mean.  Not of a
 * quantile far out, nor of a model that has no constant to offer, nor of a training that was but a
 * look. */
static int is_useless(const struct training *t)
{
	const gf_config *c = t->config;

	return t->report->r2 < -1.0 && c->loss != GF_LOSS_quantile && !c->no_bias && !c->maximize &&
	       t->state.steps >= FEW_STEPS;
}

static void tell_useless(const struct training *t)
{
	char text[256];

	snprintf(text, sizeof text,
		"the model predicts worse than the mean of the target would: r2 is %.3g",
		t->report->r2);
	add_remedies(t, "more --epochs", larger_lr(t), text, sizeof text);
	t->config->notice(text, t->config->user);
}

static void tell_worse(const struct training *t)
{
	const gf_config *c = t->config;
	char text[256];

	snprintf(text, sizeof text,
		"the training ends worse than it began: the loss%s went from %.6g to %.6g",
		has_penalty(c) ? ", penalties aside," : "", t->state.first_loss,
		(double)t->report->loss);
	add_remedies(t, "a smaller --lr", NULL, text, sizeof text);
	c->notice(text, c->user);
}

gf_status training_tell_end(struct training *t, gf_error *err)
{
	const gf_config *c = t->config;
	double zeros = 0.0;
	gf_status status;

	/* The last gradient seen is that of an earlier step: the last step's is not known. */
	if (!t->converged && t->gradient_step + 1 < t->state.steps)
		t->report->gradient_last = NAN;
	if (!c->notice || t->state.steps == 0)
		return GF_OK;
	if (!is_worse(t) && is_steep(t))
		tell_steep(t);
	else if (!is_worse(t) && is_useless(t))
		tell_useless(t);
	if (!is_worse(t))
		return GF_OK;
	status = training_zeros_loss(t, &zeros, err);
	if (!status && (c->maximize || (double)t->report->loss > SMALL * zeros))
		tell_worse(t);
	return status;
}

/*
 * ---- do the folded weight and bias predict what was trained on standardized features? ----
 *
 * Both are computed on some of the rows that trained: the folded form in plain float, as another
 * program would.  "Noticeably" is an error, as root of its mean square, above 2^-12 of the
 * deviation of the predictions: below that the mean squared error of a model with an r2 up to
 * 0.999999 grows by less than 2^-24 / 1e-6 = 6 %.  What 2^-22 of the predictions' own size is
 * comes from their being floats, and not from folding.
 */

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
