/*
 * test_fit.c: what gf_fit, gf_predict and gf_evaluate promise in gpufitcl.h.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataset.h"
#include "model.h"
#include "order.h"
#include "rng.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { MOST_EPOCHS = 20000, MOST_PARAMETERS = 16, MOST_OUTPUTS = 64 };

static const gf_engine ENGINES[] = {
	GF_ENGINE_auto, GF_ENGINE_streaming, GF_ENGINE_resident, GF_ENGINE_reference};

/* ---- data ---- */

static gf_dataset *notebook(void)
{
	gf_dataset *data;

	assert_int_equal(gf_dataset_notebook(&data, NULL), GF_OK);
	return data;
}

static void random_floats(struct rng *rng, float *out, size_t count, float reach)
{
	size_t i;

	for (i = 0; i < count; i++)
		out[i] = rng_uniform(rng, -reach, reach);
}

static gf_dataset *random_data(size_t rows, size_t features, size_t outputs)
{
	gf_dataset *data;
	struct rng rng;

	rng_seed(&rng, rows);
	assert_int_equal(dataset_alloc(&data, rows, features, outputs, NULL), GF_OK);
	random_floats(&rng, data->x, rows * features, 2.0f);
	random_floats(&rng, data->y, rows * outputs, 5.0f);
	return data;
}

/* The same rows with column k of the targets alone. */
static gf_dataset *only_target(const gf_dataset *data, size_t k)
{
	float *y = malloc(data->rows * sizeof *y);
	gf_dataset *one;
	size_t i;

	for (i = 0; i < data->rows; i++)
		y[i] = data->y[i * data->outputs + k];
	assert_int_equal(
		gf_dataset_new(&one, data->x, y, data->rows, data->features, 1, NULL), GF_OK);
	free(y);
	return one;
}

static gf_config config_of(gf_engine engine, size_t epochs)
{
	gf_config config;

	gf_config_default(&config);
	config.device = getenv("GPUFIT_TEST_DEVICE");
	config.engine = engine;
	config.epochs = epochs;
	return config;
}

/* ---- a run, as its caller sees it ---- */

struct seen {
	gf_step step; /* its pointers lead to the arrays below, or are NULL */
	float before[MOST_PARAMETERS], gradient[MOST_PARAMETERS], after[MOST_PARAMETERS];
	float outputs[MOST_OUTPUTS];
};

struct run {
	unsigned (*wanted)(size_t epoch); /* NULL: nothing, ever */
	size_t steps;                     /* told */
	float *losses;                    /* (MOST_EPOCHS) */
	size_t keep;                      /* of the first steps */
	struct seen *seen;                /* (keep) */
	struct seen last;
	size_t asked, stop_after; /* calls of stop; 0: never */
	gf_report report;
	gf_error err;
	gf_model *model;
};

static const float *copy(float *to, const float *from, size_t count)
{
	if (!from)
		return NULL;
	memcpy(to, from, count * sizeof *to);
	return to;
}

static void keep_step(struct seen *seen, const gf_step *step, size_t outputs)
{
	assert_in_range(step->parameters, 1, MOST_PARAMETERS);
	assert_in_range(step->output_rows * outputs, 0, MOST_OUTPUTS);
	seen->step = *step;
	seen->step.before = copy(seen->before, step->before, step->parameters);
	seen->step.gradient = copy(seen->gradient, step->gradient, step->parameters);
	seen->step.after = copy(seen->after, step->after, step->parameters);
	seen->step.outputs = copy(seen->outputs, step->outputs, step->output_rows * outputs);
}

/* Fails where an epoch is left out, told twice, or told out of order. */
static void on_step(const gf_step *step, void *user)
{
	struct run *run = user;

	assert_int_equal(step->epoch, run->steps);
	assert_in_range(step->epoch, 0, MOST_EPOCHS - 1);
	run->losses[step->epoch] = step->loss;
	if (step->epoch < run->keep)
		keep_step(run->seen + step->epoch, step, run->report.outputs);
	if (step->parameters <= MOST_PARAMETERS)
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

static struct run run_new(unsigned (*wanted)(size_t epoch), size_t keep)
{
	struct run run = {.wanted = wanted, .keep = keep};

	run.losses = calloc(MOST_EPOCHS, sizeof *run.losses);
	run.seen = calloc(keep + 1, sizeof *run.seen);
	assert_non_null(run.losses);
	assert_non_null(run.seen);
	return run;
}

static gf_status train(struct run *run, const gf_dataset *data, gf_config config)
{
	config.wants = wants;
	config.on_step = on_step;
	config.stop = stop;
	config.user = run;
	return gf_fit(&run->model, data, &config, &run->report, &run->err);
}

static void train_well(struct run *run, const gf_dataset *data, gf_config config)
{
	if (train(run, data, config))
		fail_msg("%s", run->err.message);
}

static void run_free(struct run *run)
{
	gf_model_free(run->model);
	free(run->losses);
	free(run->seen);
}

static void same_params(const gf_model *model, const float *params)
{
	const size_t P = model_params(model->features, model->outputs);

	assert_memory_equal(model->params, params, P * sizeof *params);
}

/* ---- what is told ---- */

static unsigned wants_all(size_t epoch)
{
	(void)epoch;
	return GF_WANT_PARAMETERS | GF_WANT_OUTPUTS;
}

static unsigned wants_parameters(size_t epoch)
{
	(void)epoch;
	return GF_WANT_PARAMETERS;
}

/* Three stretches recorded, two not, in 20 epochs. */
static unsigned wants_some(size_t epoch)
{
	if (epoch < 3 || epoch == 19)
		return GF_WANT_PARAMETERS;
	return epoch == 7 || epoch == 8 ? GF_WANT_OUTPUTS : 0;
}

/* on_step itself sees to the order. */
static void every_epoch_is_told_once_and_in_order(void **state)
{
	gf_dataset *data = notebook();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ENGINES); i++) {
		struct run run = run_new(NULL, 0);
		gf_config config = config_of(ENGINES[i], MOST_EPOCHS);

		config.check = GF_CHECK_off;
		train_well(&run, data, config);
		assert_int_equal(run.steps, MOST_EPOCHS);
		assert_int_equal(run.report.epochs, MOST_EPOCHS);
		assert_true(run.losses[0] == run.report.first_loss);
		assert_true(run.losses[MOST_EPOCHS - 1] >= run.report.loss);
		run_free(&run);
	}
	gf_dataset_free(data);
}

static void what_is_wanted_of_an_epoch_is_there(void **state)
{
	gf_dataset *data = notebook();
	size_t i, e;

	(void)state;
	for (i = 0; i < COUNT(ENGINES); i++) {
		struct run run = run_new(wants_some, 20);
		gf_config config = config_of(ENGINES[i], 20);

		config.check = GF_CHECK_off;
		train_well(&run, data, config);
		for (e = 0; e < 20; e++) {
			const gf_step *step = &run.seen[e].step;
			const unsigned wanted = wants_some(e);

			assert_int_equal(step->epoch, e);
			assert_true(step->lr == config.lr);
			assert_int_equal(step->parameters, 2);
			if (wanted & GF_WANT_PARAMETERS)
				assert_true(step->before && step->gradient && step->after);
			assert_int_equal(step->outputs != NULL, (wanted & GF_WANT_OUTPUTS) != 0);
			assert_int_equal(step->output_rows, wanted & GF_WANT_OUTPUTS ? 7 : 0);
		}
		run_free(&run);
	}
	gf_dataset_free(data);
}

/* Nobody checks and nobody wants: nothing is recorded, and the numbers are the same. */
static void looking_on_changes_nothing(void **state)
{
	gf_dataset *data = random_data(100, 3, 2);
	gf_config config = config_of(GF_ENGINE_auto, 200);
	struct run unseen = run_new(NULL, 0), seen = run_new(wants_all, 0),
		   some = run_new(wants_some, 0);

	(void)state;
	train_well(&some, data, config);
	train_well(&seen, data, config);
	config.check = GF_CHECK_off;
	train_well(&unseen, data, config);
	assert_memory_equal(seen.losses, unseen.losses, 200 * sizeof(float));
	assert_memory_equal(some.losses, unseen.losses, 200 * sizeof(float));
	same_params(seen.model, unseen.model->params);
	same_params(some.model, unseen.model->params);
	run_free(&unseen);
	run_free(&seen);
	run_free(&some);
	gf_dataset_free(data);
}

static void each_step_starts_where_the_one_before_ended(void **state)
{
	gf_dataset *data = random_data(100, 3, 3);
	size_t i, e;

	(void)state;
	for (i = 0; i < COUNT(ENGINES); i++) {
		struct run run = run_new(wants_parameters, 50);

		train_well(&run, data, config_of(ENGINES[i], 50));
		for (e = 0; e + 1 < 50; e++)
			assert_memory_equal(
				run.seen[e].after, run.seen[e + 1].before, 12 * sizeof(float));
		same_params(run.model, run.last.after);
		run_free(&run);
	}
	gf_dataset_free(data);
}

/* Of the first 10 rows: all that output_rows asks for by default. */
static void outputs_told_are_those_of_gf_predict(void **state)
{
	gf_dataset *data = random_data(37, 3, 3);
	size_t i, e;

	(void)state;
	for (i = 0; i < COUNT(ENGINES); i++) {
		const gf_config config = config_of(ENGINES[i], 5);
		struct run run = run_new(wants_all, 5);
		float z[37 * 3];

		train_well(&run, data, config);
		for (e = 0; e < 5; e++) {
			assert_int_equal(run.seen[e].step.output_rows, 10);
			memcpy(run.model->params, run.seen[e].before, 12 * sizeof(float));
			assert_int_equal(gf_predict(run.model, data, &config, z, NULL), GF_OK);
			assert_memory_equal(run.seen[e].outputs, z, 10 * 3 * sizeof(float));
		}
		run_free(&run);
	}
	gf_dataset_free(data);
}

static void output_rows_can_be_none_or_more_than_there_are(void **state)
{
	static const size_t asked[] = {0, 1, 6, 7, 8, 1000};
	gf_dataset *data = notebook();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(asked); i++) {
		struct run run = run_new(wants_all, 1);
		gf_config config = config_of(GF_ENGINE_auto, 1);

		config.output_rows = asked[i];
		train_well(&run, data, config);
		assert_int_equal(run.seen[0].step.output_rows, asked[i] < 7 ? asked[i] : 7);
		assert_non_null(run.seen[0].step.outputs);
		run_free(&run);
	}
	gf_dataset_free(data);
}

static void nobody_has_to_look_on(void **state)
{
	const gf_config config = config_of(GF_ENGINE_auto, 20);
	gf_dataset *data = notebook();
	gf_model *model;

	(void)state;
	assert_int_equal(gf_fit(&model, data, &config, NULL, NULL), GF_OK);
	assert_non_null(model);
	gf_model_free(model);
	gf_dataset_free(data);
}

/* ---- asked to stop ---- */

static void asked_to_stop_it_takes_a_last_step_that_is_recorded(void **state)
{
	gf_dataset *data = notebook();
	size_t i;
	char wanted[64];

	(void)state;
	for (i = 0; i < COUNT(ENGINES); i++) {
		struct run run = run_new(NULL, 0);
		gf_config config = config_of(ENGINES[i], MOST_EPOCHS);
		const int reference = ENGINES[i] == GF_ENGINE_reference;

		run.stop_after = 1;
		config.check = reference ? GF_CHECK_off : GF_CHECK_ends;
		assert_int_equal(train(&run, data, config), GF_E_INTERRUPTED);
		assert_int_equal(run.report.epochs, run.steps);
		assert_in_range(run.steps, 2, MOST_EPOCHS - 1);
		assert_int_equal(run.report.checked, reference ? 0 : 2);
		assert_non_null(run.last.step.before);
		same_params(run.model, run.last.after);
		snprintf(wanted, sizeof wanted, "interrupted after %zu of %d epochs", run.steps,
			MOST_EPOCHS);
		assert_string_equal(run.err.message, wanted);
		run_free(&run);
	}
	gf_dataset_free(data);
}

static void asked_to_stop_after_the_last_epoch_it_has_nothing_to_stop(void **state)
{
	gf_dataset *data = notebook();
	struct run run = run_new(NULL, 0);

	(void)state;
	run.stop_after = 1;
	train_well(&run, data, config_of(GF_ENGINE_auto, 1));
	assert_int_equal(run.report.epochs, 1);
	assert_int_equal(run.asked, 1);
	run_free(&run);
	gf_dataset_free(data);
}

/* ---- no epoch, one epoch, one row ---- */

static void no_epoch_leaves_the_start(void **state)
{
	const float start[] = {0.44418656826019287f, 0.5152027606964111f};
	gf_dataset *data = notebook();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ENGINES); i++) {
		struct run run = run_new(wants_all, 0);
		gf_config config = config_of(ENGINES[i], 0);

		config.init = GF_INIT_notebook;
		train_well(&run, data, config);
		assert_int_equal(run.steps, 0);
		assert_int_equal(run.report.epochs, 0);
		assert_int_equal(run.report.checked, 0);
		assert_true(run.report.first_loss == run.report.loss);
		/* 3e-7: PyTorch printed it, and adds in another order. */
		assert_true(fabs((double)run.report.loss - 48.06100845336914) <= 3e-7 * 48.1);
		same_params(run.model, start);
		run_free(&run);
	}
	gf_dataset_free(data);
}

/* x = 2, y = 3 from zeros at lr 0.125: slope -6, gradients -12 and -6, all exact. */
static void one_row_is_enough(void **state)
{
	const float x[] = {2}, y[] = {3}, next[] = {1.5f, 0.75f};
	gf_dataset *data;
	size_t i;

	(void)state;
	assert_int_equal(gf_dataset_new(&data, x, y, 1, 1, 1, NULL), GF_OK);
	for (i = 0; i < COUNT(ENGINES); i++) {
		struct run run = run_new(wants_all, 1);
		gf_config config = config_of(ENGINES[i], 1);

		config.init = GF_INIT_zeros;
		config.lr = 0.125;
		train_well(&run, data, config);
		assert_true(run.losses[0] == 9.0f);
		assert_true(run.seen[0].gradient[0] == -12.0f && run.seen[0].gradient[1] == -6.0f);
		same_params(run.model, next);
		assert_true(run.report.loss == 0.5625f); /* (1.5 * 2 + 0.75 - 3)^2 */
		run_free(&run);
	}
	gf_dataset_free(data);
}

/* A loss of 0 at the start has nothing to grow from.  Values, not bits: on Mesa's llvmpipe the
 * parameters become -0. */
static void a_start_that_fits_stays(void **state)
{
	const float x[] = {1, 2, 3}, y[] = {0, 0, 0};
	struct run run = run_new(NULL, 0);
	gf_config config = config_of(GF_ENGINE_auto, 100);
	gf_dataset *data;

	(void)state;
	assert_int_equal(gf_dataset_new(&data, x, y, 3, 1, 1, NULL), GF_OK);
	config.init = GF_INIT_zeros;
	train_well(&run, data, config);
	assert_true(run.report.loss == 0.0f);
	assert_true(gf_model_weight(run.model)[0] == 0.0f);
	assert_true(gf_model_bias(run.model)[0] == 0.0f);
	run_free(&run);
	gf_dataset_free(data);
}

/* Column 0 is 5 in every row: its weight and the bias get the same gradient, but for a factor of
 * 5. A slope times 5 is rounded once more, each of 64 / 8 sums of a lane and 1 + 3 of the tree
 * and the lanes as well: 20 roundings of the mean magnitude of slopes, which is 5 or so. */
static void a_constant_feature_learns_like_a_second_bias(void **state)
{
	gf_dataset *data = random_data(100, 2, 1);
	struct run run = run_new(wants_parameters, 30);
	size_t i;

	(void)state;
	for (i = 0; i < 100; i++)
		data->x[2 * i] = 5.0f;
	train_well(&run, data, config_of(GF_ENGINE_auto, 30));
	for (i = 0; i < 30; i++) {
		const float *g = run.seen[i].gradient;

		assert_true(fabs((double)g[0] - 5.0 * (double)g[2]) <= 20 * 0x1p-24 * 5.0 * 5.0);
	}
	run_free(&run);
	gf_dataset_free(data);
}

/* ---- checks ---- */

static size_t checked_with(
	const gf_dataset *data, gf_check check, size_t epochs, gf_engine engine, double *worst)
{
	struct run run = run_new(NULL, 0);
	gf_config config = config_of(engine, epochs);
	size_t checked;

	config.check = check;
	train_well(&run, data, config);
	checked = run.report.checked;
	*worst = run.report.worst_check;
	run_free(&run);
	return checked;
}

static void each_check_mode_checks_the_epochs_that_it_says(void **state)
{
	gf_dataset *small = notebook(), *large = random_data(20000, 3, 1);
	double worst;

	(void)state;
	assert_int_equal(checked_with(small, GF_CHECK_every, 300, GF_ENGINE_auto, &worst), 300);
	assert_true(worst > 0.0 && worst <= 1.0);
	assert_int_equal(
		checked_with(small, GF_CHECK_every, 300, GF_ENGINE_streaming, &worst), 300);
	assert_int_equal(checked_with(small, GF_CHECK_ends, 300, GF_ENGINE_auto, &worst), 2);
	assert_true(worst > 0.0 && worst <= 1.0);
	assert_int_equal(checked_with(small, GF_CHECK_ends, 1, GF_ENGINE_auto, &worst), 1);
	assert_int_equal(checked_with(small, GF_CHECK_off, 300, GF_ENGINE_auto, &worst), 0);
	assert_true(worst == 0.0);
	/* 7 x 2 x 5000 multiply-adds are cheap, 20000 x 4 x 100 are not. */
	assert_int_equal(checked_with(small, GF_CHECK_auto, 5000, GF_ENGINE_auto, &worst), 5000);
	assert_int_equal(checked_with(large, GF_CHECK_auto, 100, GF_ENGINE_auto, &worst), 2);
	assert_int_equal(checked_with(small, GF_CHECK_auto, 300, GF_ENGINE_reference, &worst), 0);
	gf_dataset_free(small);
	gf_dataset_free(large);
}

/* ---- what is refused ---- */

static void refused(const gf_dataset *data, gf_config config, const char *message)
{
	gf_model *model = (gf_model *)&config;
	gf_error err = {0};
	gf_report report;

	assert_int_equal(gf_fit(&model, data, &config, &report, &err), GF_E_USAGE);
	assert_int_equal(err.status, GF_E_USAGE);
	assert_string_equal(err.message, message);
	assert_null(model);
	assert_int_equal(report.epochs, 0);
}

static void the_reference_is_not_checked_with_itself(void **state)
{
	gf_dataset *data = notebook();
	gf_config config = config_of(GF_ENGINE_reference, 10);

	(void)state;
	config.check = GF_CHECK_every;
	refused(data, config,
		"check every: engine reference is what a check compares with; "
		"its check can only be off");
	config.check = GF_CHECK_ends;
	refused(data, config,
		"check ends: engine reference is what a check compares with; "
		"its check can only be off");
	gf_dataset_free(data);
}

static void a_rate_that_is_not_above_0_and_finite_in_float_is_refused(void **state)
{
	static const double rates[] = {0.0, -0.01, NAN, INFINITY, -INFINITY, 1e39};
	gf_dataset *data = notebook();
	gf_config config = config_of(GF_ENGINE_auto, 10);
	char wanted[96];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rates); i++) {
		config.lr = rates[i];
		snprintf(wanted, sizeof wanted, "lr is %g; wanted: a finite number above 0",
			rates[i]);
		refused(data, config, wanted);
	}
	gf_dataset_free(data);
}

static void a_word_beyond_its_list_is_refused(void **state)
{
	static const char message[] = "a word of the configuration is not in its list";
	gf_dataset *data = notebook();
	gf_config configs[5];
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++)
		configs[i] = config_of(GF_ENGINE_auto, 1);
	configs[0].loss = GF_LOSSES;
	configs[1].optimizer = GF_OPTIMIZERS;
	configs[2].engine = GF_ENGINES;
	configs[3].check = GF_CHECKS;
	configs[4].init = GF_INITS;
	for (i = 0; i < 5; i++)
		refused(data, configs[i], message);
	gf_dataset_free(data);
}

static void data_without_targets_is_refused(void **state)
{
	gf_dataset *data;

	(void)state;
	assert_int_equal(dataset_alloc(&data, 3, 2, 0, NULL), GF_OK);
	refused(data, config_of(GF_ENGINE_auto, 1), "training needs data with targets");
	refused(NULL, config_of(GF_ENGINE_auto, 1), "training needs data with targets");
	gf_dataset_free(data);
}

static void the_notebook_start_is_refused_for_another_shape(void **state)
{
	gf_dataset *data = random_data(10, 2, 1);
	gf_config config = config_of(GF_ENGINE_auto, 1);

	(void)state;
	config.init = GF_INIT_notebook;
	refused(data, config,
		"the notebook's start is for 1 feature and 1 output, not for 2 and 1");
	gf_dataset_free(data);
}

/* ---- where training starts ---- */

static void each_init_word_starts_where_it_says(void **state)
{
	const float zeros[12] = {0};
	gf_dataset *data = random_data(10, 3, 3);
	gf_config config = config_of(GF_ENGINE_auto, 0);
	struct run run = run_new(NULL, 0), again = run_new(NULL, 0), other = run_new(NULL, 0);
	size_t p;

	(void)state;
	config.init = GF_INIT_zeros;
	train_well(&run, data, config);
	same_params(run.model, zeros);
	gf_model_free(run.model);
	config.init = GF_INIT_pytorch;
	config.seed = 7;
	train_well(&run, data, config);
	train_well(&again, data, config);
	same_params(again.model, run.model->params);
	config.seed = 8;
	train_well(&other, data, config);
	for (p = 0; p < 12; p++) {
		/* 1 / sqrt(3) */
		assert_true(fabsf(run.model->params[p]) <= 0.57735032f);
		assert_true(run.model->params[p] != other.model->params[p]);
	}
	run_free(&run);
	run_free(&again);
	run_free(&other);
	gf_dataset_free(data);
}

/* ---- the same bits ---- */

static void two_runs_and_all_engines_give_the_same_bits(void **state)
{
	static const gf_engine engines[] = {
		GF_ENGINE_auto, GF_ENGINE_auto, GF_ENGINE_streaming, GF_ENGINE_resident};
	gf_dataset *data = random_data(150, 3, 3);
	struct run first = run_new(NULL, 0);
	size_t i;

	(void)state;
	train_well(&first, data, config_of(GF_ENGINE_auto, 500));
	for (i = 0; i < COUNT(engines); i++) {
		struct run run = run_new(NULL, 0);

		train_well(&run, data, config_of(engines[i], 500));
		assert_memory_equal(run.losses, first.losses, 500 * sizeof(float));
		assert_memory_equal(&run.report.loss, &first.report.loss, sizeof(float));
		same_params(run.model, first.model->params);
		run_free(&run);
	}
	run_free(&first);
	gf_dataset_free(data);
}

/* M is N K: with K = 2 every gradient is half of what the output alone would have, so at half the
 * rate that takes the same steps, to the bit: halving and doubling round nothing. */
static void two_outputs_are_two_trainings_at_half_the_rate(void **state)
{
	gf_dataset *both = random_data(70, 3, 2);
	struct run run = run_new(NULL, 0);
	gf_config config = config_of(GF_ENGINE_auto, 300);
	size_t k;

	(void)state;
	config.init = GF_INIT_zeros;
	train_well(&run, both, config);
	config.lr /= 2.0;
	for (k = 0; k < 2; k++) {
		gf_dataset *one = only_target(both, k);
		struct run alone = run_new(NULL, 0);

		train_well(&alone, one, config);
		assert_memory_equal(
			alone.model->params, run.model->params + 3 * k, 3 * sizeof(float));
		assert_memory_equal(
			alone.model->params + 3, run.model->params + 6 + k, sizeof(float));
		run_free(&alone);
		gf_dataset_free(one);
	}
	run_free(&run);
	gf_dataset_free(both);
}

/* From step to step float hands on half an ulp of a parameter (6e-8 here) and what its gradient
 * is off, lr times 1e-6; both shrink with every step that converges.  1000 of them leave well
 * below 1e-4. */
static void three_outputs_come_out_as_from_the_reference(void **state)
{
	gf_dataset *data = random_data(150, 3, 3);
	struct run device = run_new(NULL, 0), reference = run_new(NULL, 0);
	size_t p;

	(void)state;
	train_well(&device, data, config_of(GF_ENGINE_auto, 1000));
	train_well(&reference, data, config_of(GF_ENGINE_reference, 1000));
	assert_int_equal(gf_model_outputs(device.model), 3);
	for (p = 0; p < 12; p++)
		assert_true(fabs((double)device.model->params[p] -
				    (double)reference.model->params[p]) <= 1e-4);
	assert_true(fabs((double)device.report.loss - (double)reference.report.loss) <= 1e-5);
	run_free(&device);
	run_free(&reference);
	gf_dataset_free(data);
}

/* ---- many rows, in stretches ---- */

/* Stretches of all lengths between those that are recorded. */
static unsigned wants_a_few(size_t epoch)
{
	return epoch % 50 == 17 || epoch == 18 ? GF_WANT_PARAMETERS | GF_WANT_OUTPUTS : 0;
}

static void follow_the_order_of_sums(const struct run *run, const gf_dataset *data, size_t epochs)
{
	const struct order_problem order = {
		data->x, data->y, data->rows, data->features, data->outputs};
	float params[MOST_PARAMETERS], gradient[MOST_PARAMETERS];
	size_t e;

	memcpy(params, run->seen[0].before, sizeof params);
	for (e = 0; e < epochs; e++) {
		const float loss = order_gradient(&order, params, gradient);

		assert_memory_equal(&loss, run->losses + e, sizeof loss);
		order_update(params, gradient, 0.01f, 4);
	}
}

static void a_hundred_thousand_rows_train_in_stretches(void **state)
{
	gf_dataset *data = random_data(100003, 3, 1);
	struct run run = run_new(wants_a_few, 200);
	gf_config config = config_of(GF_ENGINE_auto, 200);
	size_t e;

	(void)state;
	config.init = GF_INIT_zeros;
	train_well(&run, data, config);
	assert_int_equal(run.report.engine, GF_ENGINE_streaming);
	assert_int_equal(run.steps, 200);
	assert_int_equal(run.report.checked, 2);
	assert_true(run.asked > 5);
	for (e = 0; e < 200; e++)
		if (wants_a_few(e))
			assert_true(run.seen[e].step.before && run.seen[e].step.outputs);
	follow_the_order_of_sums(&run, data, 30);
	run_free(&run);
	gf_dataset_free(data);
}

/* ---- divergence ---- */

static void diverges(gf_dataset *data, gf_config config, size_t epoch, const char *what)
{
	struct run run = run_new(NULL, 0);
	char wanted[160];

	assert_int_equal(train(&run, data, config), GF_E_DIVERGED);
	snprintf(wanted, sizeof wanted, "training diverged: the loss of epoch %zu is %s", epoch,
		what);
	if (strncmp(run.err.message, wanted, strlen(wanted)) != 0)
		fail_msg("%s\nbegins otherwise than\n%s", run.err.message, wanted);
	assert_null(run.model);
	assert_true(run.report.lr_limit > 0.0);
	/* The epoch that failed is told; the loss after the last one has no step of its own. */
	assert_int_equal(run.report.epochs, run.steps);
	assert_true(run.steps == epoch + 1 || epoch == config.epochs);
	run_free(&run);
}

static void a_loss_that_overflows_at_once_is_a_divergence_of_epoch_0(void **state)
{
	const float x[] = {1, 2}, y[] = {3e38f, -3e38f};
	gf_dataset *data;
	size_t i;

	(void)state;
	assert_int_equal(gf_dataset_new(&data, x, y, 2, 1, 1, NULL), GF_OK);
	for (i = 0; i < COUNT(ENGINES); i++)
		diverges(data, config_of(ENGINES[i], 10), 0, "not finite");
	gf_dataset_free(data);
}

/* The loss, 1e18^2, is finite, and the gradient, 2e18 * 1e25, is not: the next step starts from
 * infinity, where nothing can be compared, and that is a divergence and no failed check. */
static void a_gradient_that_overflows_is_a_divergence_of_the_next_epoch(void **state)
{
	static const gf_engine engines[] = {GF_ENGINE_streaming, GF_ENGINE_resident};
	const float x[] = {1e25f, 1e25f}, y[] = {1e18f, 1e18f};
	gf_config config;
	gf_dataset *data;
	size_t i;

	(void)state;
	assert_int_equal(gf_dataset_new(&data, x, y, 2, 1, 1, NULL), GF_OK);
	for (i = 0; i < COUNT(engines); i++) {
		config = config_of(engines[i], 10);
		config.init = GF_INIT_zeros;
		config.check = GF_CHECK_every;
		diverges(data, config, 1, "not finite");
	}
	gf_dataset_free(data);
}

/* One step at 1000 makes the loss 1e8 times what it was: seen after the last epoch, not in it. */
static void a_divergence_in_the_last_step_is_seen_as_well(void **state)
{
	gf_dataset *data = notebook();
	gf_config config = config_of(GF_ENGINE_auto, 1);

	(void)state;
	config.init = GF_INIT_notebook;
	config.lr = 1000.0;
	diverges(data, config, 1, "");
	gf_dataset_free(data);
}

/* ---- the report ---- */

static void the_report_says_what_was_trained_and_how(void **state)
{
	gf_dataset *data = random_data(150, 3, 2);
	struct run run = run_new(NULL, 0);
	gf_config config = config_of(GF_ENGINE_auto, 20);

	(void)state;
	train_well(&run, data, config);
	assert_int_equal(run.report.engine, GF_ENGINE_resident);
	assert_string_equal(run.report.why,
		"150 rows x 3 features x 2 outputs: small enough for one work-item, "
		"so one launch does many epochs");
	assert_true(run.report.device[0] != 0);
	assert_int_equal(run.report.rows, 150);
	assert_int_equal(run.report.features, 3);
	assert_int_equal(run.report.outputs, 2);
	assert_true(run.report.train_seconds > 0.0);
	assert_true(run.report.profile.wall_seconds == 0.0);
	assert_string_equal(gf_model_feature_name(run.model, 2), "x3");
	assert_string_equal(gf_model_target_name(run.model, 1), "y2");
	run_free(&run);
	gf_dataset_free(data);
}

static void the_reference_runs_on_the_host(void **state)
{
	gf_dataset *data = notebook();
	struct run run = run_new(NULL, 0);
	gf_config config = config_of(GF_ENGINE_reference, 20);

	(void)state;
	config.device = "no such device";
	train_well(&run, data, config);
	assert_string_equal(run.report.device, "host");
	assert_string_equal(run.report.why, "asked for");
	run_free(&run);
	gf_dataset_free(data);
}

/* other is what is left over: it cannot be less than nothing. */
static void the_parts_of_a_profile_add_up_to_the_whole(void **state)
{
	gf_dataset *data = random_data(1000, 5, 1);
	struct run run = run_new(NULL, 0);
	gf_config config = config_of(GF_ENGINE_streaming, 50);
	const gf_profile *p = &run.report.profile;
	size_t i, gradients = 0;

	(void)state;
	config.profile = 1;
	train_well(&run, data, config);
	assert_true(p->other_seconds >= 0.0);
	assert_true(fabs(p->open_seconds + p->build_seconds + p->upload_seconds + p->train_seconds +
			    p->check_seconds + p->ceiling_seconds + p->other_seconds -
			    p->wall_seconds) < 1e-9);
	assert_true(p->ceiling_bytes_per_second > 0.0);
	assert_in_range(p->rows_count, 1, COUNT(p->rows));
	for (i = 0; i < p->rows_count; i++)
		if (strcmp(p->rows[i].name, "gradient") == 0)
			gradients = p->rows[i].calls;
	assert_int_equal(gradients, 51); /* each epoch's, and the final loss's */
	run_free(&run);
	gf_dataset_free(data);
}

/* ---- predict and evaluate ---- */

static gf_model *model_with(size_t features, size_t outputs, const float *params)
{
	gf_model *model;

	assert_int_equal(model_new(&model, features, outputs, NULL), GF_OK);
	memcpy(model->params, params, model_params(features, outputs) * sizeof *params);
	return model;
}

/* K = 2, D = 2, in numbers that float holds. */
static void outputs_are_weights_times_features_plus_bias(void **state)
{
	const float x[] = {1, 2, 3, 4, 0, -1}, y[] = {0, 0, 0, 0, 0, 0},
		    params[] = {1, 2, -1, 0.5f, 10, 20};
	const float wanted[] = {15, 20, 21, 19, 8, 19.5f};
	const gf_config reference = config_of(GF_ENGINE_reference, 0),
			device = config_of(GF_ENGINE_auto, 0);
	gf_model *model = model_with(2, 2, params);
	gf_dataset *data;
	float z[6];

	(void)state;
	assert_int_equal(gf_dataset_new(&data, x, y, 3, 2, 2, NULL), GF_OK);
	assert_int_equal(gf_predict(model, data, &device, z, NULL), GF_OK);
	assert_memory_equal(z, wanted, sizeof z);
	assert_int_equal(gf_predict(model, data, &reference, z, NULL), GF_OK);
	assert_memory_equal(z, wanted, sizeof z);
	gf_dataset_free(data);
	gf_model_free(model);
}

static void data_without_targets_can_be_predicted(void **state)
{
	const float params[] = {2, 1};
	const gf_config config = config_of(GF_ENGINE_auto, 0);
	gf_model *model = model_with(1, 1, params);
	gf_dataset *data;
	float z[3];

	(void)state;
	assert_int_equal(dataset_alloc(&data, 3, 1, 0, NULL), GF_OK);
	data->x[2] = 5.0f;
	assert_int_equal(gf_predict(model, data, &config, z, NULL), GF_OK);
	assert_true(z[0] == 1.0f && z[1] == 1.0f && z[2] == 11.0f);
	gf_dataset_free(data);
	gf_model_free(model);
}

static void data_of_another_width_is_refused(void **state)
{
	const float params[] = {1, 2, 3};
	const gf_config config = config_of(GF_ENGINE_auto, 0);
	gf_model *model = model_with(2, 1, params);
	gf_dataset *wide = random_data(4, 3, 1), *many = random_data(4, 2, 2);
	gf_metrics metrics;
	gf_error err = {0};
	float z[8];

	(void)state;
	assert_int_equal(gf_predict(model, wide, &config, z, &err), GF_E_DATA);
	assert_string_equal(err.message, "the data has 3 features; the model takes 2");
	err = (gf_error){0};
	assert_int_equal(gf_evaluate(model, wide, &config, &metrics, &err), GF_E_DATA);
	assert_string_equal(err.message, "the data has 3 features; the model takes 2");
	err = (gf_error){0};
	assert_int_equal(gf_evaluate(model, many, &config, &metrics, &err), GF_E_DATA);
	assert_string_equal(err.message, "the data has 2 targets; the model gives 1 outputs");
	gf_dataset_free(wide);
	gf_dataset_free(many);
	gf_model_free(model);
}

/* Direct formulas of one output from its outputs z, all else in double. */
static double r2_of(const gf_dataset *data, const float *z, size_t k)
{
	const size_t N = data->rows, K = data->outputs;
	double sum = 0.0, squares = 0.0, residuals = 0.0;
	size_t i;

	for (i = 0; i < N; i++) {
		const double y = (double)data->y[i * K + k], d = (double)z[i * K + k] - y;

		sum += y;
		squares += y * y;
		residuals += d * d;
	}
	return 1.0 - residuals / (squares - sum * sum / (double)N);
}

static void close_to(double found, double wanted)
{
	/* Both in double from the same floats: 3 N roundings of 1.1e-16, N 1000. */
	if (!(fabs(found - wanted) <= 4e-13 * (1.0 + fabs(wanted))))
		fail_msg("%.17g, wanted %.17g", found, wanted);
}

static void metrics_are_those_of_their_formulas(void **state)
{
	const float params[] = {0.5f, -1, 0.25f, 1, 0, 2, 0.5f, -0.5f};
	const gf_config config = config_of(GF_ENGINE_auto, 0);
	gf_model *model = model_with(3, 2, params);
	gf_dataset *data = random_data(1000, 3, 2);
	double squares = 0.0, absolutes = 0.0;
	float z[2000];
	gf_metrics m;
	size_t i;

	(void)state;
	assert_int_equal(gf_predict(model, data, &config, z, NULL), GF_OK);
	assert_int_equal(gf_evaluate(model, data, &config, &m, NULL), GF_OK);
	for (i = 0; i < 2000; i++) {
		const double d = (double)data->y[i] - (double)z[i];

		squares += d * d;
		absolutes += fabs(d);
	}
	assert_int_equal(m.rows, 1000);
	close_to(m.mse, squares / 2000.0);
	close_to(m.rmse, sqrt(squares / 2000.0));
	close_to(m.mae, absolutes / 2000.0);
	close_to(m.r2, (r2_of(data, z, 0) + r2_of(data, z, 1)) / 2.0);
	gf_dataset_free(data);
	gf_model_free(model);
}

static void r2_of_a_constant_target_is_not_a_number(void **state)
{
	const float x[] = {1, 2, 3}, y[] = {4, 4, 4}, params[] = {1, 2};
	const gf_config config = config_of(GF_ENGINE_auto, 0);
	gf_model *model = model_with(1, 1, params);
	gf_dataset *data;
	gf_metrics m;

	(void)state;
	assert_int_equal(gf_dataset_new(&data, x, y, 3, 1, 1, NULL), GF_OK);
	assert_int_equal(gf_evaluate(model, data, &config, &m, NULL), GF_OK);
	assert_true(isnan(m.r2));
	close_to(m.mse, 2.0 / 3.0);
	close_to(m.mae, 2.0 / 3.0);
	gf_dataset_free(data);
	gf_model_free(model);
}

/* More outputs than are read back at a time, and an odd rest. */
static void three_hundred_thousand_rows_are_predicted_as_one_by_one(void **state)
{
	const float params[] = {0.5f, -1, 0.25f, 1, 0, 2, 0.5f, -0.5f, 3, -3, 2, -2, 0, 1, 2, 3};
	const gf_config config = config_of(GF_ENGINE_auto, 0);
	gf_model *model = model_with(3, 4, params);
	gf_dataset *data = random_data(300001, 3, 4);
	const struct order_problem order = {data->x, data->y, 300001, 3, 4};
	float *z = malloc(300001 * 4 * sizeof *z);
	size_t i, k;

	(void)state;
	assert_int_equal(gf_predict(model, data, &config, z, NULL), GF_OK);
	for (i = 0; i < 300001; i++)
		for (k = 0; k < 4; k++)
			if (!(z[i * 4 + k] == order_output(&order, params, i, k)))
				fail_msg("row %zu, output %zu", i, k);
	free(z);
	gf_dataset_free(data);
	gf_model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_epoch_is_told_once_and_in_order),
		cmocka_unit_test(what_is_wanted_of_an_epoch_is_there),
		cmocka_unit_test(looking_on_changes_nothing),
		cmocka_unit_test(each_step_starts_where_the_one_before_ended),
		cmocka_unit_test(outputs_told_are_those_of_gf_predict),
		cmocka_unit_test(output_rows_can_be_none_or_more_than_there_are),
		cmocka_unit_test(nobody_has_to_look_on),
		cmocka_unit_test(asked_to_stop_it_takes_a_last_step_that_is_recorded),
		cmocka_unit_test(asked_to_stop_after_the_last_epoch_it_has_nothing_to_stop),
		cmocka_unit_test(no_epoch_leaves_the_start),
		cmocka_unit_test(one_row_is_enough),
		cmocka_unit_test(a_start_that_fits_stays),
		cmocka_unit_test(a_constant_feature_learns_like_a_second_bias),
		cmocka_unit_test(each_check_mode_checks_the_epochs_that_it_says),
		cmocka_unit_test(the_reference_is_not_checked_with_itself),
		cmocka_unit_test(a_rate_that_is_not_above_0_and_finite_in_float_is_refused),
		cmocka_unit_test(a_word_beyond_its_list_is_refused),
		cmocka_unit_test(data_without_targets_is_refused),
		cmocka_unit_test(the_notebook_start_is_refused_for_another_shape),
		cmocka_unit_test(each_init_word_starts_where_it_says),
		cmocka_unit_test(two_runs_and_all_engines_give_the_same_bits),
		cmocka_unit_test(two_outputs_are_two_trainings_at_half_the_rate),
		cmocka_unit_test(three_outputs_come_out_as_from_the_reference),
		cmocka_unit_test(a_hundred_thousand_rows_train_in_stretches),
		cmocka_unit_test(a_loss_that_overflows_at_once_is_a_divergence_of_epoch_0),
		cmocka_unit_test(a_gradient_that_overflows_is_a_divergence_of_the_next_epoch),
		cmocka_unit_test(a_divergence_in_the_last_step_is_seen_as_well),
		cmocka_unit_test(the_report_says_what_was_trained_and_how),
		cmocka_unit_test(the_reference_runs_on_the_host),
		cmocka_unit_test(the_parts_of_a_profile_add_up_to_the_whole),
		cmocka_unit_test(outputs_are_weights_times_features_plus_bias),
		cmocka_unit_test(data_without_targets_can_be_predicted),
		cmocka_unit_test(data_of_another_width_is_refused),
		cmocka_unit_test(metrics_are_those_of_their_formulas),
		cmocka_unit_test(r2_of_a_constant_target_is_not_a_number),
		cmocka_unit_test(three_hundred_thousand_rows_are_predicted_as_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
