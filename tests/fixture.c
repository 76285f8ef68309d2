#include "fixture.h"
#include "gpufitcl_notebook.h"

#include "catalog.h"
#include "dataset.h"
#include "model.h"
#include "order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- data sets ---- */

const float NOTEBOOK_X[] = {1, 2, 3, 4, 1.1f, 2.2f, 3.3f};
const float SYMMETRIC_X[] = {-3, -2, -1, 0, 1, 2, 3};

gf_dataset *new_data(size_t rows, size_t features, size_t outputs, const float *x, const float *y)
{
	const gf_arrays arrays = {
		.rows = rows, .features = features, .outputs = outputs, .x = x, .y = y};
	gf_dataset *data;

	assert_int_equal(gf_dataset_new(&data, &arrays, NULL), GF_OK);
	return data;
}

gf_dataset *notebook_data(void)
{
	gf_dataset *data;

	assert_int_equal(gf_dataset_notebook(&data, NULL), GF_OK);
	return data;
}

gf_dataset *random_data(size_t rows, size_t features, size_t outputs)
{
	gf_dataset *data;
	struct rng rng;

	rng_seed(&rng, rows);
	assert_int_equal(dataset_alloc(&data, rows, features, outputs, NULL), GF_OK);
	random_floats(&rng, data->x, rows * features, 2.0f);
	random_floats(&rng, data->y, rows * outputs, 5.0f);
	return data;
}

/* ---- problems ---- */

/* The targets of cross_entropy are classes: a row has one of them for all of its outputs. */
struct problem new_problem(gf_loss loss, struct shape shape)
{
	const size_t targets = loss == GF_LOSS_cross_entropy ? 1 : shape.outputs;
	gf_dataset *data;

	assert_int_equal(dataset_alloc(&data, shape.rows, shape.features, targets, NULL), GF_OK);
	return (struct problem){.data = data,
		.train_rows = shape.rows,
		.outputs = shape.outputs,
		.loss = loss,
		.loss_parameters = loss_parameters_default(),
		.batch_size = shape.rows};
}

struct problem mse_problem(struct shape shape, const float *x, const float *y)
{
	const struct problem problem = new_problem(GF_LOSS_mse, shape);

	memcpy(problem.data->x, x, shape.rows * shape.features * sizeof *x);
	if (y)
		memcpy(problem.data->y, y, shape.rows * shape.outputs * sizeof *y);
	return problem;
}

struct problem random_mse_problem(struct shape shape, struct rng *rng)
{
	const struct problem problem = new_problem(GF_LOSS_mse, shape);

	random_floats(rng, problem.data->x, shape.rows * shape.features, 3.0f);
	random_floats(rng, problem.data->y, shape.rows * shape.outputs, 10.0f);
	return problem;
}

struct problem parabola_problem(const float *x)
{
	float y[7];
	size_t i;

	for (i = 0; i < 7; i++)
		y[i] = x[i] * x[i];
	return mse_problem((struct shape){7, 1, 1}, x, y);
}

void free_problem(const struct problem *problem)
{
	gf_dataset_free((gf_dataset *)problem->data);
}

double mean_scale(const struct problem *problem)
{
	return 1.0 / ((double)problem->data->rows * (double)problem->outputs);
}

/* ---- one step, by plain loops in float ---- */

void take_float_step(struct float_step *step, const struct problem *problem, double lr)
{
	const struct batch all = {.count = problem->data->rows};

	assert_in_range(problem_params(problem), 1, MOST_PARAMETERS);
	memset(step->rates, 0, sizeof step->rates);
	step->rates[RATE_SCALE] = mean_scale(problem);
	step->rates[RATE_LR] = lr;
	step->rates[RATE_KEEP] = 0.5;
	step->rates[RATE_FRESH] = 1.0;
	step->loss = order_gradient(
		problem, &all, step->before, (float)step->rates[RATE_SCALE], step->gradient);
	memcpy(step->after, step->before, sizeof step->after);
	memcpy(step->state_after, step->state, sizeof step->state_after);
	order_update(problem, step->rates, step->gradient, step->after, step->state_after);
}

/* ---- curvature ---- */

struct objective mean_loss_objective(const struct problem *problem)
{
	const double terms = (double)problem->train_rows * (double)problem->outputs;

	return (struct objective){.problem = problem, .scale = 1.0 / terms};
}

struct curvature measure_curvature(const struct objective *objective, gf_engine engine)
{
	const struct engine_options options = {
		.device = getenv("GPUFIT_TEST_DEVICE"), .engine = engine};
	struct curvature c;
	gf_error err = {0};

	if (curvature_measure(&c, objective, &options, &err))
		fail_msg("%s", err.message);
	return c;
}

struct curvature curvature_of(const struct problem *problem)
{
	const struct objective objective = mean_loss_objective(problem);

	return measure_curvature(&objective, GF_ENGINE_reference);
}

/* Rounding to double costs 1e-16.  Where other eigenvalues remain, the error is the square of a
 * residual of 1e-6 over their distance. */
void assert_largest_curvature(const struct curvature *c, double wanted)
{
	assert_close("the largest curvature", c->largest, wanted, 1e-9 * wanted);
}

/* ---- trainings by gf_fit ---- */

gf_config config_for(gf_engine engine, size_t epochs)
{
	gf_config config;

	gf_config_default(&config);
	config.device = getenv("GPUFIT_TEST_DEVICE");
	config.engine = engine;
	config.epochs = epochs;
	return config;
}

static const float *copy(float *to, const float *from, size_t count)
{
	if (!from)
		return NULL;
	memcpy(to, from, count * sizeof *to);
	return to;
}

static void record(struct recorded_epoch *r, const gf_epoch *epoch, size_t outputs)
{
	assert_in_range(epoch->parameters, 1, MOST_RECORDED);
	assert_in_range(epoch->output_rows * outputs, 0, MOST_RECORDED_OUTPUTS);
	r->epoch = *epoch;
	r->epoch.before = copy(r->before, epoch->before, epoch->parameters);
	r->epoch.gradient = copy(r->gradient, epoch->gradient, epoch->parameters);
	r->epoch.after = copy(r->after, epoch->after, epoch->parameters);
	r->epoch.outputs = copy(r->outputs, epoch->outputs, epoch->output_rows * outputs);
}

static void on_epoch(const gf_epoch *epoch, void *user)
{
	struct fit *fit = user;

	assert_int_equal(epoch->epoch, fit->epochs);
	assert_in_range(epoch->epoch, 0, MOST_EPOCHS - 1);
	fit->losses[epoch->epoch] = epoch->loss;
	if (epoch->epoch < fit->keep)
		record(fit->recorded + epoch->epoch, epoch, fit->report.outputs);
	if (epoch->parameters <= MOST_RECORDED)
		record(&fit->last, epoch, fit->report.outputs);
	fit->epochs++;
}

static unsigned wants(size_t epoch, void *user)
{
	const struct fit *fit = user;

	return fit->wants ? fit->wants(epoch) : 0;
}

static int stop(void *user)
{
	struct fit *fit = user;

	fit->stop_calls++;
	return fit->stop_after && fit->stop_calls >= fit->stop_after;
}

struct fit new_fit(unsigned (*what)(size_t epoch), size_t keep)
{
	struct fit fit = {.wants = what, .keep = keep};

	fit.losses = calloc(MOST_EPOCHS, sizeof *fit.losses);
	fit.recorded = calloc(keep + 1, sizeof *fit.recorded);
	assert_non_null(fit.losses);
	assert_non_null(fit.recorded);
	return fit;
}

void free_fit(struct fit *fit)
{
	gf_model_free(fit->model);
	free(fit->losses);
	free(fit->recorded);
}

gf_status try_fit(struct fit *fit, const gf_dataset *data, gf_config config)
{
	config.wants = wants;
	config.on_epoch = on_epoch;
	config.stop = stop;
	config.user = fit;
	fit->data = data;
	return gf_fit(&fit->model, data, &config, &fit->report, &fit->err);
}

void run_fit(struct fit *fit, const gf_dataset *data, gf_config config)
{
	if (try_fit(fit, data, config))
		fail_msg("%s", fit->err.message);
}

gf_model *fit_model(const gf_dataset *data, const gf_config *config, gf_report *report)
{
	gf_model *model;
	gf_error err = {0};

	if (gf_fit(&model, data, config, report, &err))
		fail_msg("%s", err.message);
	return model;
}

gf_metrics metrics_of(const gf_model *model, const gf_dataset *data)
{
	const gf_config config = config_for(GF_ENGINE_reference, 0);
	gf_metrics metrics;
	gf_error err = {0};

	if (gf_evaluate(model, data, &config, &metrics, &err))
		fail_msg("%s", err.message);
	return metrics;
}

void predict_outputs(const gf_model *model, const gf_dataset *data, float *outputs)
{
	const gf_config config = config_for(GF_ENGINE_reference, 0);
	gf_error err = {0};

	if (gf_predict(model, data, &config, outputs, &err))
		fail_msg("%s", err.message);
}

unsigned wants_all(size_t epoch)
{
	(void)epoch;
	return GF_WANT_PARAMETERS | GF_WANT_OUTPUTS;
}

unsigned wants_parameters(size_t epoch)
{
	(void)epoch;
	return GF_WANT_PARAMETERS;
}

void assert_same_params(const gf_model *model, const float *params)
{
	const size_t P = model_params(model);

	assert_memory_equal(model->params, params, P * sizeof *params);
}

void assert_fit_close(
	const struct fit *fit, const char *what, double found, double wanted, double tolerance)
{
	char text[128];

	snprintf(text, sizeof text, "%s: %s", engine_word(fit->report.engine), what);
	assert_close(text, found, wanted, tolerance);
}
