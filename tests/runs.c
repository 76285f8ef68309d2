#include "runs.h"
#include "gpufitcl_notebook.h"

#include "catalog.h"
#include "dataset.h"
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

gf_dataset *notebook(void)
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

gf_config config_of(gf_engine engine, size_t epochs)
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

static void keep_step(struct seen *seen, const gf_epoch *step, size_t outputs)
{
	assert_in_range(step->parameters, 1, MOST_SEEN);
	assert_in_range(step->output_rows * outputs, 0, MOST_OUTPUTS);
	seen->step = *step;
	seen->step.before = copy(seen->before, step->before, step->parameters);
	seen->step.gradient = copy(seen->gradient, step->gradient, step->parameters);
	seen->step.after = copy(seen->after, step->after, step->parameters);
	seen->step.outputs = copy(seen->outputs, step->outputs, step->output_rows * outputs);
}

static void on_epoch(const gf_epoch *step, void *user)
{
	struct run *run = user;

	assert_int_equal(step->epoch, run->steps);
	assert_in_range(step->epoch, 0, MOST_EPOCHS - 1);
	run->losses[step->epoch] = step->loss;
	if (step->epoch < run->keep)
		keep_step(run->seen + step->epoch, step, run->report.outputs);
	if (step->parameters <= MOST_SEEN)
		keep_step(&run->last, step, run->report.outputs);
	run->steps++;
}

static unsigned wants(size_t epoch, void *user)
{
	const struct run *run = user;

	return run->wanted ? run->wanted(epoch) : 0;
}

static int stop(void *user)
{
	struct run *run = user;

	run->asked++;
	return run->stop_after && run->asked >= run->stop_after;
}

struct run run_new(unsigned (*wanted)(size_t epoch), size_t keep)
{
	struct run run = {.wanted = wanted, .keep = keep};

	run.losses = calloc(MOST_EPOCHS, sizeof *run.losses);
	run.seen = calloc(keep + 1, sizeof *run.seen);
	assert_non_null(run.losses);
	assert_non_null(run.seen);
	return run;
}

gf_status train(struct run *run, const gf_dataset *data, gf_config config)
{
	config.wants = wants;
	config.on_epoch = on_epoch;
	config.stop = stop;
	config.user = run;
	run->data = data;
	return gf_fit(&run->model, data, &config, &run->report, &run->err);
}

void train_well(struct run *run, const gf_dataset *data, gf_config config)
{
	if (train(run, data, config))
		fail_msg("%s", run->err.message);
}

void run_free(struct run *run)
{
	gf_model_free(run->model);
	free(run->losses);
	free(run->seen);
}

void same_params(const gf_model *model, const float *params)
{
	const size_t P = model_params(model->features, model->outputs);

	assert_memory_equal(model->params, params, P * sizeof *params);
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

void run_close(
	const struct run *run, const char *what, double found, double wanted, double tolerance)
{
	char text[128];

	snprintf(text, sizeof text, "%s: %s", engine_word(run->report.engine), what);
	assert_close(text, found, wanted, tolerance);
}
