#include "curvature.h"
#include "lanczos.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Multiply-adds: of a product up to which an engine takes longer to open; of all products, some
 * tenths of a second. */
#define HOST_WORK 0x1p20
#define MOST_WORK 0x1p30

enum { LEAST_PRODUCTS = 32, MOST_PRODUCTS = 128 };

/* ---- the bounds of the losses ---- */

/* Bounds on the second derivative of each loss by an output.  INFINITY: there is none, as where the
 * slope jumps.  cross_entropy's is Boehning's (Multinomial logistic regression algorithm, 1992). */
#define mse_bound                 2.0
#define l1_bound                  INFINITY
#define smooth_l1_bound           (1.0 / p->beta)
#define huber_bound               1.0
#define bce_bound                 0.25
#define cross_entropy_bound       0.5
#define poisson_bound             INFINITY
#define hinge_bound               INFINITY
#define squared_hinge_bound       2.0
#define epsilon_insensitive_bound INFINITY
#define quantile_bound            INFINITY

#define BOUND(word, help) word##_bound,

/* The most that the shares of a row's classes add up to: kernels/terms.cl. */
static double class_share(const struct problem *problem)
{
	const double smoothing = problem->loss_parameters.label_smoothing;
	double sum = 0.0, most = 0.0;
	size_t k;

	if (problem->loss != GF_LOSS_cross_entropy || !problem->class_weights)
		return 1.0;
	for (k = 0; k < problem->outputs; k++) {
		sum += (double)problem->class_weights[k];
		most = fmax(most, (double)problem->class_weights[k]);
	}
	return (1.0 - smoothing) * most + smoothing * sum / (double)problem->outputs;
}

static double bound_of(const struct problem *problem)
{
	const struct loss_parameters *p = &problem->loss_parameters;
	const double bounds[GF_LOSS_COUNT] = {GF_LOSS_LIST(BOUND)};

	return bounds[problem->loss] * class_share(problem);
}

int curvature_is_bounded(const struct problem *problem)
{
	return isfinite(bound_of(problem));
}

/* ---- products ---- */

struct hessian {
	const struct objective *objective; /* borrowed */
	double scale;                      /* of X^T W X */
	struct engine *engine;             /* NULL: the host makes the products */
	float *floats; /* (5, D + 1): v, then the step's v and gradient, then both again */
};

/* out (D + 1) = scale X^T W X v */
static void host_product(const struct hessian *h, const double *v, double *out)
{
	const struct problem *problem = h->objective->problem;
	const size_t D = problem->data->features;
	const double ones = problem->update.no_bias ? 0.0 : 1.0;
	size_t i, j;

	memset(out, 0, (D + 1) * sizeof *out);
	for (i = 0; i < problem->train_rows; i++) {
		const float *x = problem->data->x + i * D;
		double dot = v[D] * ones;

		for (j = 0; j < D; j++)
			dot += v[j] * (double)x[j];
		dot *= h->scale * (problem->weights ? (double)problem->weights[i] : 1.0);
		for (j = 0; j < D; j++)
			out[j] += dot * (double)x[j];
		out[D] += dot * ones;
	}
}

/* GF_E_CHECK: the same step once more comes to another gradient (D + 1). */
static gf_status same_again(
	const struct hessian *h, const struct plan *plan, const float *gradient, gf_error *err)
{
	const size_t n = h->objective->problem->data->features + 1;
	float loss, *again = h->floats + 3 * n;
	const struct history history = {&loss, again};
	gf_status status = engine_set(h->engine, h->floats, NULL, err);

	if (!status)
		status = engine_run(h->engine, plan, &history, err);
	if (!status && memcmp(again + n, gradient, n * sizeof *again) != 0)
		status = gf_fail(err, GF_E_CHECK,
			"the largest curvature: a product of the Hessian comes out otherwise the "
			"second time");
	return status;
}

/* The same: the gradient of the squares of the outputs at v is 2 X^T W X v. */
static gf_status engine_product(
	const struct hessian *h, const double *v, double *out, gf_error *err)
{
	const double rates[RATES] = {[RATE_SCALE] = h->scale / 2.0};
	const struct problem *problem = h->objective->problem;
	const struct plan plan = {
		.count = 1, .rows = problem->train_rows, .rates = rates, .rates_constant = 1};
	const size_t n = problem->data->features + 1;
	float loss;
	const struct history history = {&loss, h->floats + n};
	gf_status status;
	size_t j;

	for (j = 0; j < n; j++)
		h->floats[j] = (float)v[j];
	status = engine_set(h->engine, h->floats, NULL, err);
	if (!status)
		status = engine_run(h->engine, &plan, &history, err);
	if (!status && h->objective->twice)
		status = same_again(h, &plan, h->floats + 2 * n, err);
	for (j = 0; j < n && !status; j++)
		out[j] = (double)h->floats[2 * n + j];
	return status;
}

static gf_status product(void *matrix, const double *v, double *out, gf_error *err)
{
	const struct hessian *h = matrix;
	const struct objective *o = h->objective;
	const size_t D = o->problem->data->features;
	gf_status status = GF_OK;
	size_t j;

	if (h->engine)
		status = engine_product(h, v, out, err);
	else
		host_product(h, v, out);
	for (j = 0; j < D && !status; j++)
		out[j] += (o->l2 + o->weight_decay) * v[j];
	if (!status && !o->problem->update.no_bias)
		out[D] += o->weight_decay * v[D];
	return status;
}

/* ---- the whole ---- */

static double work_of(const struct problem *problem)
{
	return (double)problem->train_rows * (double)(problem->data->features + 1);
}

static gf_status find(struct curvature *c, struct hessian *h, gf_error *err)
{
	const struct problem *problem = h->objective->problem;
	const double products = MOST_WORK / (work_of(problem) + 1.0);
	const struct lanczos lanczos = {.product = product,
		.matrix = h,
		.n = problem->data->features + 1,
		.products = (size_t)fmin(fmax(products, LEAST_PRODUCTS), MOST_PRODUCTS),
		.noise = h->engine ? 1e-6 : 1e-10,
		.both = c->constant};
	struct spectrum spectrum;
	gf_status status = lanczos_find(&spectrum, &lanczos, err);

	c->largest = spectrum.largest;
	c->smallest = spectrum.smallest;
	return status;
}

/* Makes the products by an engine over the same rows with targets of 0.  Its batches are all rows,
 * so it may be beyond an engine that was asked for by name. */
static gf_status find_by_engine(
	struct curvature *c, struct hessian *h, const struct engine_options *options, gf_error *err)
{
	const struct problem *whole = h->objective->problem;
	gf_dataset data = *whole->data;
	const struct problem problem = {.data = &data,
		.train_rows = whole->train_rows,
		.outputs = 1,
		.loss = GF_LOSS_mse,
		.loss_parameters = loss_parameters_default(),
		.weights = whole->weights,
		.update = {.optimizer = GF_OPTIMIZER_sgd, .no_bias = whole->update.no_bias},
		.batch_size = whole->train_rows};
	const gf_engine word =
		options->engine == GF_ENGINE_reference ? options->engine : GF_ENGINE_auto;
	const struct engine_options here = {
		.device = options->device, .engine = word, .tuning = options->tuning};
	gf_status status = GF_OK;

	data.outputs = 1;
	data.y = calloc(data.rows, sizeof *data.y);
	h->floats = malloc(5 * (data.features + 1) * sizeof *h->floats);
	if (!data.y || !h->floats)
		status = gf_fail_memory(err, data.rows * sizeof *data.y, "the largest curvature");
	if (!status)
		status = engine_open(&h->engine, &problem, &here, err);
	if (!status)
		status = find(c, h, err);
	if (!status && h->objective->twice)
		status = engine_audit(h->engine, err);
	engine_close(h->engine);
	free(h->floats);
	free(data.y);
	return status;
}

gf_status curvature_measure(struct curvature *c, const struct objective *objective,
	const struct engine_options *options, gf_error *err)
{
	const struct problem *problem = objective->problem;
	const double bound = bound_of(problem);
	struct hessian h = {.objective = objective, .scale = bound * objective->scale};

	*c = (struct curvature){NAN, NAN, problem->loss == GF_LOSS_mse};
	if (!isfinite(bound))
		return GF_OK;
	if (objective->products == PRODUCTS_HOST ||
		(objective->products == PRODUCTS_AUTO && work_of(problem) < HOST_WORK))
		return find(c, &h, err);
	return find_by_engine(c, &h, options, err);
}

double curvature_lr_limit(const struct curvature *c)
{
	return 2.0 / c->largest;
}

double curvature_epochs(const struct curvature *c, double lr)
{
	const double shrinks = fmax(fabs(1.0 - lr * c->smallest), fabs(1.0 - lr * c->largest));

	if (lr * c->largest >= 2.0)
		return INFINITY;
	if (isnan(c->smallest))
		return NAN;
	return shrinks > 0.0 ? ceil(log(1e-3) / log(shrinks)) : 1.0;
}
