/* curvature.c: the curvature of a training loss, by products of its Hessian with vectors. */
#include "curvature.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Multiply-adds.  Below HOST_WORK for a product, the host is done before an engine would be open.
 * MOST_WORK for all products takes some tenths of a second. */
#define HOST_WORK 0x1p20
#define MOST_WORK 0x1p30

enum { LEAST_PRODUCTS = 32, MOST_PRODUCTS = 128 };

/* ---- the bounds of the losses ---- */

/* Bounds on the second derivative of each loss with respect to an output.  INFINITY: there is none,
 * for instance because the slope jumps.  The bound of cross_entropy is Boehning's (Multinomial
 * logistic regression algorithm, 1992). */
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
#define gamma_bound               INFINITY
#define tweedie_bound             INFINITY

#define BOUND(word, help) word##_bound,

/* The factor by which class weights can raise the curvature of a row: the largest sum of the class
 * shares (kernels/terms.cl). */
static double largest_class_share(const struct problem *problem)
{
	const double smoothing = problem->loss_parameters.label_smoothing;
	double sum = 0.0, largest = 0.0;
	size_t k;

	if (problem->loss != GF_LOSS_cross_entropy || !problem->class_weights)
		return 1.0;
	for (k = 0; k < problem->outputs; k++) {
		sum += (double)problem->class_weights[k];
		largest = fmax(largest, (double)problem->class_weights[k]);
	}
	return (1.0 - smoothing) * largest + smoothing * sum / (double)problem->outputs;
}

static double curvature_bound(const struct problem *problem)
{
	const struct loss_parameters *p = &problem->loss_parameters;
	const double bounds[GF_LOSS_COUNT] = {GF_LOSS_LIST(BOUND)};

	return bounds[problem->loss] * largest_class_share(problem);
}

int curvature_is_bounded(const struct problem *problem)
{
	return isfinite(curvature_bound(problem));
}

/* ---- products ---- */

struct hessian {
	const struct objective *objective; /* borrowed */
	double scale;                      /* the factor before X^T W X: bound / M */
	struct engine *engine;             /* NULL: the host computes the products */
	float *floats; /* (5, D + 1): v, then the step's v and gradient, then both of its repeat */
};

/* Adds to out (D) the row times its weight, which is the row's output at v (D) and the bias, times
 * factor; returns that weight. */
static double add_sparse_product(const struct sparse_rows *rows, size_t row, const double *v,
	double bias, double factor, double *out)
{
	double weight = bias;
	uint64_t i;

	for (i = rows->start[row]; i < rows->start[row + 1]; i++)
		weight += v[rows->index[i]] * (double)rows->value[i];
	weight *= factor;
	for (i = rows->start[row]; i < rows->start[row + 1]; i++)
		out[rows->index[i]] += weight * (double)rows->value[i];
	return weight;
}

/* The same of a dense row x (D). */
static double add_product(
	const float *x, size_t D, const double *v, double bias, double factor, double *out)
{
	double weight = bias;
	size_t j;

	for (j = 0; j < D; j++)
		weight += v[j] * (double)x[j];
	weight *= factor;
	for (j = 0; j < D; j++)
		out[j] += weight * (double)x[j];
	return weight;
}

/* out (D + 1) = scale X^T W X v */
static void host_product(const struct hessian *h, const double *v, double *out)
{
	const struct problem *problem = h->objective->problem;
	const size_t D = problem->data->features;
	const double ones = problem->update.no_bias ? 0.0 : 1.0;
	const gf_dataset *data = problem->data;
	size_t i;

	memset(out, 0, (D + 1) * sizeof *out);
	for (i = 0; i < problem->train_rows; i++) {
		const double weight = problem->weights ? (double)problem->weights[i] : 1.0;
		const double factor = h->scale * weight, bias = v[D] * ones;

		out[D] += ones *
			  (data->sparse ? add_sparse_product(data->sparse, i, v, bias, factor, out)
					: add_product(data->x + i * D, D, v, bias, factor, out));
	}
}

/* Repeats the step.  GF_E_CHECK: its gradient (D + 1) is not the same bit for bit. */
static gf_status check_repeat(
	const struct hessian *h, const struct plan *plan, const float *gradient, gf_error *err)
{
	const size_t n = h->objective->problem->data->features + 1;
	float loss, *repeated = h->floats + 3 * n;
	const struct history history = {&loss, repeated};

	TRY(engine_set(h->engine, h->floats, NULL, err));
	TRY(engine_run(h->engine, plan, &history, err));
	if (memcmp(repeated + n, gradient, n * sizeof *repeated) != 0)
		return gf_fail(err, GF_E_CHECK,
			"the largest curvature: a product of the Hessian differs the second time");
	return GF_OK;
}

/* out (D + 1) = scale X^T W X v, by a step of mse with targets of 0: its gradient at v is
 * 2 X^T W X v. */
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
	size_t j;

	for (j = 0; j < n; j++)
		h->floats[j] = (float)v[j];
	TRY(engine_set(h->engine, h->floats, NULL, err));
	TRY(engine_run(h->engine, &plan, &history, err));
	if (h->objective->repeat)
		TRY(check_repeat(h, &plan, h->floats + 2 * n, err));
	for (j = 0; j < n; j++)
		out[j] = (double)h->floats[2 * n + j];
	return GF_OK;
}

static gf_status product(void *matrix, const double *v, double *out, gf_error *err)
{
	const struct hessian *h = matrix;
	const struct objective *o = h->objective;
	const size_t D = o->problem->data->features;
	size_t j;

	if (h->engine)
		TRY(engine_product(h, v, out, err));
	else
		host_product(h, v, out);
	for (j = 0; j < D; j++)
		out[j] += (o->l2 + o->weight_decay) * v[j];
	if (!o->problem->update.no_bias)
		out[D] += o->weight_decay * v[D];
	return GF_OK;
}

/* ---- the curvature ---- */

/* That of dense rows for sparse ones too, which so have the same products, and lr the same bits. */
static double work_of(const struct problem *problem)
{
	return (double)problem->train_rows * ((double)problem->data->features + 1.0);
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

void product_engine_close(struct product_engine *e)
{
	engine_close(e->engine);
	free(e->data.y);
	*e = (struct product_engine){.engine = NULL};
}

/* Opens an engine for the products: mse over the same rows with targets of 0.  A batch is all rows,
 * which the engine that the user named may not support: only the reference is kept. */
static gf_status open_product_engine(struct product_engine *e, const struct problem *given,
	const struct engine_options *options, gf_error *err)
{
	const struct problem squares = {.data = &e->data,
		.train_rows = given->train_rows,
		.outputs = 1,
		.loss = GF_LOSS_mse,
		.loss_parameters = loss_parameters_default(),
		.weights = given->weights,
		.update = {.optimizer = GF_OPTIMIZER_sgd, .no_bias = given->update.no_bias},
		.batch_size = given->train_rows};
	struct engine_options product_options = {.device = options->device,
		.tuning = options->tuning,
		.comm = options->comm,
		.memory_limit = options->memory_limit,
		.beside = options->beside,
		.shares_data = options->shares_data};

	product_options.engine =
		options->engine == GF_ENGINE_reference ? options->engine : GF_ENGINE_auto;
	e->data = *given->data;
	e->data.outputs = 1;
	e->data.offset = NULL;
	e->data.y = calloc(e->data.rows, sizeof *e->data.y);
	if (!e->data.y)
		return gf_fail_memory(
			err, e->data.rows * sizeof *e->data.y, "the largest curvature");
	return engine_open(&e->engine, &squares, &product_options, err);
}

static gf_status find_with(struct curvature *c, struct hessian *h, gf_error *err)
{
	const size_t floats = 5 * (h->objective->problem->data->features + 1);
	gf_status status;

	h->floats = malloc(floats * sizeof *h->floats);
	if (!h->floats)
		return gf_fail_memory(err, floats * sizeof *h->floats, "the largest curvature");
	status = find(c, h, err);
	free(h->floats);
	if (!status && h->objective->repeat)
		status = engine_audit(h->engine, err);
	return status;
}

static gf_status find_by_engine(
	struct curvature *c, struct hessian *h, const struct engine_options *options, gf_error *err)
{
	struct product_engine own = {.engine = NULL};
	struct product_engine *kept = h->objective->kept, *e = kept ? kept : &own;
	gf_status status = open_product_engine(e, h->objective->problem, options, err);

	h->engine = e->engine;
	if (!status)
		status = find_with(c, h, err);
	if (kept && !status)
		engine_retire(e->engine);
	else
		product_engine_close(e);
	return status;
}

gf_status curvature_measure(struct curvature *c, const struct objective *objective,
	const struct engine_options *options, gf_error *err)
{
	const struct problem *problem = objective->problem;
	const double bound = curvature_bound(problem);
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
	/* A step multiplies the distance from the minimum by this or less. */
	const double factor = fmax(fabs(1.0 - lr * c->smallest), fabs(1.0 - lr * c->largest));

	if (lr * c->largest >= 2.0)
		return INFINITY;
	if (isnan(c->smallest))
		return NAN;
	return factor > 0.0 ? ceil(log(1e-3) / log(factor)) : 1.0;
}
