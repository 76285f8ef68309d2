/* setup.c: prepares a training: its data, model, problem, learning rate, step rates, checkpoint and
 * engine, in this order. */
#include "config.h"
#include "model.h"
#include "training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PERMUTED_ROWS = 1 << 20 /* row numbers drawn ahead */ };

/* ---- data, model and problem ---- */

/* Validation data may have classes that the training data lacks. */
static gf_status check_classes(
	const gf_dataset *data, const gf_dataset *others, gf_loss loss, gf_error *err)
{
	const size_t K = model_outputs_for(data, loss);
	size_t i;

	for (i = 0; loss == GF_LOSS_cross_entropy && i < others->rows; i++)
		if ((size_t)others->y[i] >= K)
			return gf_fail(err, GF_E_DATA,
				"validation data: row %zu, from 0: class %g; the data that trains "
				"has %zu classes",
				i, (double)others->y[i], K);
	return GF_OK;
}

static gf_status check_data(const gf_dataset *data, const gf_config *config, gf_error *err)
{
	const gf_dataset *others = config->validation_data;
	gf_status status;

	if (data->outputs == 0 || (others && others->outputs == 0))
		return gf_fail(err, GF_E_USAGE, "training needs data with targets");
	status = model_check_targets(data, config->loss, err);
	if (!status && others)
		status = model_check_targets(others, config->loss, err);
	if (!status && others)
		status = check_classes(data, others, config->loss, err);
	return status;
}

static gf_status new_model(struct training *t, gf_error *err)
{
	const gf_config *c = t->config;
	gf_status status;
	size_t K;

	K = model_outputs_for(t->data, c->loss);
	status = model_new(&t->model, t->data->features, K, err);
	if (status)
		return status;
	t->model->loss = c->loss;
	t->model->no_bias = c->no_bias;
	t->model->parameters = loss_parameters_of(c);
	return model_take_names(t->model, t->data, err);
}

/* Starts from the parameters of another model, which must have the same shape. */
static gf_status warm_start(struct training *t, gf_error *err)
{
	const gf_model *from = t->config->init_model;
	gf_model *to = t->model;

	if (from->features != to->features || from->outputs != to->outputs)
		return gf_fail(err, GF_E_DATA,
			"init: the model has %zu features and %zu outputs; this training has %zu "
			"and %zu",
			from->features, from->outputs, to->features, to->outputs);
	train_data_adapt(&t->train_data, from, to->params);
	if (to->no_bias)
		memset(to->params + to->features * to->outputs, 0,
			to->outputs * sizeof *to->params);
	return GF_OK;
}

/* The generator draws the split, then the parameters as nn.Linear does, then the permutations.  Any
 * other start replaces the parameters after they are drawn, so the permutations stay PyTorch's. */
static gf_status new_train_data(struct training *t, gf_error *err)
{
	rng_seed(&t->rng, t->config->seed);
	TRY(train_data_new(&t->train_data, t->data, t->config, t->model->outputs, &t->rng, err));
	TRY(model_init(t->model, t->config->init, &t->rng, err));
	if (t->config->init_model)
		TRY(warm_start(t, err));
	train_data_drop_flat(&t->train_data, t->model->outputs, t->model->params);
	return GF_OK;
}

/* Rows whose weights are all 0 have no mean loss. */
static gf_status check_weights(
	const struct training *t, size_t first, size_t end, const char *what, gf_error *err)
{
	const float *weights = t->train_data.weights;
	size_t i = first;

	while (weights && i < end && !(weights[i] > 0.0f))
		i++;
	if (!weights || i < end || first == end)
		return GF_OK;
	return gf_fail(err, GF_E_DATA,
		"sample_weight: all %zu rows that %s have weight 0; wanted: one above 0",
		end - first, what);
}

static gf_status check_all_weights(const struct training *t, gf_error *err)
{
	const size_t n = t->train_data.train_rows;
	gf_status status = check_weights(t, 0, n, "train", err);

	return status ? status : check_weights(t, n, t->train_data.data->rows, "validate", err);
}

static gf_status new_problem(struct training *t, gf_error *err)
{
	const gf_config *c = t->config;
	const size_t n = t->train_data.train_rows;
	const size_t batch = c->batch_size && c->batch_size < n ? c->batch_size : n;

	t->rows = c->drop_last && c->batch_size ? n / c->batch_size * c->batch_size : n;
	if (t->rows == 0)
		return gf_fail(err, GF_E_USAGE,
			"batch_size %zu with drop_last leaves none of %zu rows", c->batch_size, n);
	t->problem = (struct problem){.data = t->train_data.data,
		.train_rows = n,
		.outputs = t->model->outputs,
		.loss = c->loss,
		.loss_parameters = loss_parameters_of(c),
		.weights = t->train_data.weights,
		.class_weights = t->train_data.class_weights,
		.update.no_bias = c->no_bias,
		.batch_size = batch};
	return GF_OK;
}

static gf_status new_step_rates(struct training *t, gf_error *err)
{
	gf_status status = step_rates_new(&t->step_rates, t->config, &t->problem, t->rows, err);

	t->problem.update = step_rates_update(t->config, &t->step_rates.schedule);
	if (!status)
		t->report->lr = schedule_lr(&t->step_rates.schedule, 0, 0);
	return status;
}

/* ---- memory ---- */

/* Permutations of as many epochs at a time as one chunk of steps can use. */
static gf_status new_permutations(struct training *t, gf_error *err)
{
	const size_t most = t->config->epochs;
	size_t room = PERMUTED_ROWS / t->rows;

	if (!t->config->shuffle)
		return GF_OK;
	if (t->train_data.train_rows > UINT32_MAX)
		return gf_fail(err, GF_E_USAGE, "shuffle: %zu rows are too many to draw from",
			t->train_data.train_rows);
	if (room > CHUNK_STEPS / t->step_rates.batches)
		room = CHUNK_STEPS / t->step_rates.batches;
	return permutations_new(&t->permutations, t->rows, t->train_data.train_rows,
		room < most ? room : most, most, err);
}

/* Finds the places of the user's first output_rows rows in the training data. */
static gf_status find_places(struct training *t, gf_error *err)
{
	const size_t most = t->config->output_rows, N = t->data->rows;
	size_t i;

	if (!t->train_data.rows || most == 0)
		return GF_OK;
	t->places = malloc(most * sizeof *t->places);
	if (!t->places)
		return gf_fail_memory(err, most * sizeof *t->places, "places of rows");
	for (i = 0; i < N; i++)
		if (t->train_data.rows[i] < most)
			t->places[t->train_data.rows[i]] = i;
	return GF_OK;
}

static int allocate_again(struct repeated_steps *again, size_t steps, size_t after)
{
	again->losses = malloc(CHUNK_STEPS * sizeof *again->losses);
	again->steps = malloc(steps * sizeof *again->steps);
	again->after = malloc(after * sizeof *again->after);
	return again->losses && again->steps && again->after;
}

static gf_status allocate(struct training *t, gf_error *err)
{
	const size_t P = problem_params(&t->problem), S = problem_planes(&t->problem);
	const size_t steps = t->engine->record_limit * (2 + S) * P;
	const size_t shown = t->config->output_rows * t->problem.outputs + 1;

	t->rates = malloc((size_t)CHUNK_STEPS * RATES * sizeof *t->rates);
	t->losses = malloc(CHUNK_STEPS * sizeof *t->losses);
	t->steps = malloc(steps * sizeof *t->steps);
	t->after = malloc((1 + S) * P * sizeof *t->after);
	t->chunk_start = malloc((1 + S) * P * sizeof *t->chunk_start);
	t->outputs = malloc(shown * sizeof *t->outputs);
	t->first.before = malloc(3 * P * sizeof *t->first.before);
	if (!t->rates || !t->losses || !t->steps || !t->after || !t->chunk_start || !t->outputs ||
		!t->first.before)
		return gf_fail_memory(err, ((size_t)CHUNK_STEPS * RATES + steps) * sizeof *t->rates,
			"recorded steps");
	if (t->verifier.step && !allocate_again(&t->repeated, steps, (1 + S) * P))
		return gf_fail_memory(
			err, (CHUNK_STEPS + steps) * sizeof(float), "steps taken again");
	t->first.gradient = t->first.before + P;
	t->first.after = t->first.gradient + P;
	return new_permutations(t, err);
}

/* ---- checkpoint and engine ---- */

static gf_status resume(struct training *t, gf_error *err)
{
	const struct train_state *state = &t->state;

	TRY(checkpoint_read(&t->state, t->config->resume, &t->fingerprint, err));
	if (state->epoch > t->config->epochs)
		return gf_fail(err, GF_E_USAGE, "%s: %zu epochs are done; wanted: %zu",
			t->config->resume, state->epoch, t->config->epochs);
	memcpy(t->model->params, state->params, state->parameters * sizeof *state->params);
	t->rng = state->rng;
	t->step_rates.schedule.plateau = state->plateau;
	t->ended = training_is_out_of_patience(t);
	return GF_OK;
}

static gf_status new_state(struct training *t, gf_error *err)
{
	const gf_config *c = t->config;
	const size_t total = t->step_rates.schedule.total_steps;

	TRY(train_state_new(
		&t->state, problem_params(&t->problem), problem_planes(&t->problem), err));
	t->state.lr = c->lr;
	if (c->checkpoint || c->resume)
		TRY(fingerprint_of(&t->fingerprint, c, t->data, total, err));
	return c->resume ? resume(t, err) : GF_OK;
}

static gf_status open_engine(struct training *t, gf_error *err)
{
	const gf_config *c = t->config;
	const struct engine_options options = {.device = c->device,
		.engine = c->engine,
		.tuning.kernels = c->kernels,
		.profile = c->profile,
		.beside = t->product_engine.engine};
	const struct train_state *p = &t->state;
	const struct uses uses = {
		.shuffles = c->shuffle, .validates = t->problem.train_rows < t->problem.data->rows};
	/* Its checksum of the data has to be taken before the device can write to it. */
	gf_status status = verifier_open(&t->verifier, &t->problem, c->check, c->engine,
		t->step_rates.batches, p->steps, c->epochs * t->step_rates.batches, err);

	config_tell(c, GF_PHASE_compiling, 0, 0);
	if (!status)
		status = engine_open(&t->engine, &t->problem, &options, err);
	product_engine_close(&t->product_engine);
	if (!status && p->steps < c->epochs * t->step_rates.batches)
		status = engine_warm_up(t->engine, &uses, err);
	if (status)
		return status;
	t->verifier.engine = t->engine;
	t->chunk_steps = t->engine->chunk_steps;
	status = allocate(t, err);
	if (!status)
		status = find_places(t, err);
	return status ? status : engine_set(t->engine, t->model->params, p->optimizer, err);
}

gf_status training_start(struct training *t, gf_error *err)
{
	gf_status status;

	config_tell(t->config, GF_PHASE_preparing, 0, 0);
	status = check_data(t->data, t->config, err);
	if (!status)
		status = new_model(t, err);
	if (!status)
		status = new_train_data(t, err);
	if (!status)
		status = check_all_weights(t, err);
	if (!status)
		status = new_problem(t, err);
	if (!status)
		status = training_check_lr(t, err);
	if (!status)
		status = new_step_rates(t, err);
	if (!status)
		status = new_state(t, err);
	return status ? status : open_engine(t, err);
}
