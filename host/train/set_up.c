/* set_up.c: everything that the first step of a training needs: data, model, memory, engine. */
#include "catalog.h"
#include "config.h"
#include "model.h"
#include "statistics.h"
#include "training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PERMUTED_ROWS = 1 << 20 /* row numbers drawn at a time */ };

/* ---- data, model and problem ---- */

/* Validation data may have classes that the training data lacks. */
static gf_status check_classes(
	const gf_dataset *data, const gf_dataset *validation, gf_loss loss, gf_error *err)
{
	const size_t K = model_outputs_for(data, loss);
	size_t i;

	for (i = 0; loss == GF_LOSS_cross_entropy && i < validation->rows; i++)
		if ((size_t)validation->y[i] >= K)
			return gf_fail(err, GF_E_DATA,
				"validation data: row %zu, from 0: class %g; the training data has "
				"%zu classes",
				i, (double)validation->y[i], K);
	return GF_OK;
}

const char *gf_config_dense_reason(const gf_config *c)
{
	if (!c)
		return NULL;
	if (c->hidden[0])
		return "the first layer of a network takes all features of a row";
	if (c->standardize)
		return "a feature whose mean is subtracted is nowhere 0, so that "
		       "--standardize would fill them up";
	if (c->statistics > 0.0)
		return "statistics take the products of all pairs of columns";
	if (c->memory_limit)
		return "only parts of dense rows take turns within a memory limit";
	return c->engine == GF_ENGINE_resident || c->engine == GF_ENGINE_moments
		       ? "only engines streaming and reference take them"
		       : NULL;
}

static gf_status check_sparse(const gf_dataset *data, const gf_config *config, gf_error *err)
{
	const char *why = gf_config_dense_reason(config);

	return why ? dataset_check_dense(data, why, err) : GF_OK;
}

static gf_status check_data(const gf_dataset *data, const gf_config *config, gf_error *err)
{
	const gf_dataset *validation = config->validation_data;

	if (data->outputs == 0 || (validation && validation->outputs == 0))
		return gf_fail(err, GF_E_USAGE, "training needs data with targets");
	TRY(model_check_targets(data, config->loss, err));
	TRY(check_sparse(data, config, err));
	if (!validation)
		return GF_OK;
	TRY(model_check_targets(validation, config->loss, err));
	return check_classes(data, validation, config->loss, err);
}

static gf_status new_model(struct training *t, gf_error *err)
{
	const gf_config *c = t->config;
	const size_t K = model_outputs_for(t->data, c->loss);
	const struct hidden hidden = config_hidden(c);

	TRY(model_new_network(&t->model, t->data->features, &hidden, K, err));
	t->model->loss = c->loss;
	t->model->no_bias = c->no_bias;
	t->model->parameters = loss_parameters_of(c);
	return model_copy_names(t->model, t->data, err);
}

/* Describes hidden layers in a message: "64,32 with relu". */
static void describe_hidden(const struct hidden *h, char *text, size_t size)
{
	char widths[HIDDEN_TEXT];

	hidden_text(h, widths);
	if (h->count == 0)
		snprintf(text, size, "%s", widths);
	else if (h->activation == GF_ACTIVATION_leaky_relu)
		snprintf(text, size, "%s with leaky_relu of negative_slope %g", widths,
			h->negative_slope);
	else
		snprintf(text, size, "%s with %s", widths, activation_word(h->activation));
}

/* A start is only of use to a network that computes the same from it.  One whose file does not name
 * its activation fits any. */
static gf_status check_same_hidden(
	const struct hidden *from, const struct hidden *to, gf_error *err)
{
	char found[2 * HIDDEN_TEXT], wanted[2 * HIDDEN_TEXT];
	struct hidden named = *from;

	if (from->count && from->activation == GF_ACTIVATION_COUNT) {
		named.activation = to->activation;
		named.negative_slope = to->negative_slope;
	}
	describe_hidden(&named, found, sizeof found);
	describe_hidden(to, wanted, sizeof wanted);
	if (strcmp(found, wanted) == 0)
		return GF_OK;
	return gf_fail(err, GF_E_DATA, "init: the model has hidden layers %s; this training has %s",
		found, wanted);
}

static void clear_biases(gf_model *model)
{
	const struct network network = model_network(model);
	size_t i;

	for (i = 0; i < network.count; i++)
		memset(model->params + network.layers[i].bias, 0,
			network.layers[i].outputs * sizeof *model->params);
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
	TRY(check_same_hidden(&from->hidden, &to->hidden, err));
	train_data_adapt(&t->train_data, from, to->params);
	if (to->no_bias)
		clear_biases(to);
	return GF_OK;
}

/* Takes the rows of the training before, if they are the same, or makes them. */
static gf_status choose_rows(struct training *t, gf_error *err)
{
	gf_status status = GF_OK;

	if (shared_take(t->shared, &t->train_data, t->config, &t->rng))
		return GF_OK;
	status = train_data_choose(&t->train_data, t->data, t->shared ? &t->shared->chosen : NULL,
		t->config, t->model->outputs, &t->rng, err);
	if (status)
		train_data_free(&t->train_data);
	else
		shared_note(t->shared, t->config, &t->rng);
	return status;
}

/* The generator draws the split, then the parameters as nn.Linear does, then the permutations.  Any
 * other start replaces the parameters after they are drawn, so the permutations stay PyTorch's. */
static gf_status new_train_data(struct training *t, gf_error *err)
{
	rng_seed(&t->rng, t->config->seed);
	TRY(choose_rows(t, err));
	TRY(model_init(t->model, t->config->init, &t->rng, err));
	if (t->config->init_model)
		TRY(warm_start(t, err));
	train_data_drop_flat(
		&t->train_data, model_network(t->model).layers[0].outputs, t->model->params);
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

	TRY(check_weights(t, 0, n, "train", err));
	return check_weights(t, n, t->train_data.data->rows, "validate", err);
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
		.hidden = t->model->hidden,
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
	TRY(step_rates_new(&t->step_rates, t->config, &t->problem, t->rows, err));
	t->problem.update = step_rates_update(t->config, &t->step_rates.schedule);
	t->report->lr = schedule_lr(&t->step_rates.schedule, 0, 0);
	return GF_OK;
}

/* ---- memory ---- */

/* Tells the system in which order a file of rows is read, which changes only speed. */
static void advise_order(const struct training *t)
{
	const gf_dataset *d = t->problem.data;
	const int fits = (double)d->x_bytes <= memory_of_machine();

	page_array_advise(&d->pages, t->config->shuffle == GF_SHUFFLE_no ? PAGE_ORDER_rising
				     : t->config->shuffle == GF_SHUFFLE_rows && !fits
					     ? PAGE_ORDER_anywhere
					     : PAGE_ORDER_near);
}

/* Says what a step costs whose rows lie anywhere in a file that memory cannot hold. */
static void say_gathered(const struct training *t)
{
	const gf_config *c = t->config;
	const gf_dataset *d = t->problem.data;
	const double memory = memory_of_machine(), bytes = (double)d->x_bytes;
	char text[256];

	if (!c->notice || c->shuffle != GF_SHUFFLE_rows || !page_array_in_file(&d->pages) ||
		bytes <= memory)
		return;
	snprintf(text, sizeof text,
		"x is a file of %.3g GB, this machine's memory has %.3g GB, and the rows of a "
		"shuffled step lie anywhere in it: each is read on its own; --shuffle=blocks "
		"reads runs of rows",
		bytes * 1e-9, memory * 1e-9);
	c->notice(text, c->user);
}

/* Makes room for the permutations of all epochs that one chunk of steps can use. */
static gf_status new_permutations(struct training *t, gf_error *err)
{
	const size_t epochs = t->config->epochs;
	size_t room = PERMUTED_ROWS / t->rows;

	if (!t->config->shuffle)
		return GF_OK;
	if (t->train_data.train_rows > UINT32_MAX)
		return gf_fail(err, GF_E_USAGE, "shuffle: %zu rows are too many to draw from",
			t->train_data.train_rows);
	if (room > CHUNK_STEPS / t->step_rates.batches)
		room = CHUNK_STEPS / t->step_rates.batches;
	say_gathered(t);
	return permutations_new(&t->permutations,
		&(struct permuted){.rows = t->rows,
			.train_rows = t->train_data.train_rows,
			.block_rows = t->config->shuffle == GF_SHUFFLE_blocks
					      ? shuffle_block_rows(t->data->features)
					      : 0},
		room < epochs ? room : epochs, epochs, err);
}

/* Finds the places of the user's first output_rows rows in the training data. */
static gf_status find_places(struct training *t, gf_error *err)
{
	const size_t count = t->config->output_rows, N = t->data->rows;
	size_t i;

	if (!t->train_data.rows || count == 0)
		return GF_OK;
	t->places = malloc(count * sizeof *t->places);
	if (!t->places)
		return gf_fail_memory(err, count * sizeof *t->places, "places of rows");
	for (i = 0; i < N; i++)
		if (t->train_data.rows[i] < count)
			t->places[t->train_data.rows[i]] = i;
	return GF_OK;
}

static int allocate_repeated(struct repeated_steps *repeated, size_t steps, size_t after)
{
	repeated->losses = malloc(CHUNK_STEPS * sizeof *repeated->losses);
	repeated->steps = malloc(steps * sizeof *repeated->steps);
	repeated->after = malloc(after * sizeof *repeated->after);
	return repeated->losses && repeated->steps && repeated->after;
}

static gf_status new_arrays(struct training *t, gf_error *err)
{
	const size_t P = problem_params(&t->problem), S = problem_planes(&t->problem);
	const size_t steps = t->engine->record_limit * (2 + S) * P;
	const size_t outputs = t->config->output_rows * t->problem.outputs + 1;

	t->rates = malloc((size_t)CHUNK_STEPS * RATES * sizeof *t->rates);
	t->losses = malloc(CHUNK_STEPS * sizeof *t->losses);
	t->steps = malloc(steps * sizeof *t->steps);
	t->after = malloc((1 + S) * P * sizeof *t->after);
	t->chunk_start = malloc((1 + S) * P * sizeof *t->chunk_start);
	t->outputs = malloc(outputs * sizeof *t->outputs);
	t->first.before = malloc(3 * P * sizeof *t->first.before);
	if (!t->rates || !t->losses || !t->steps || !t->after || !t->chunk_start || !t->outputs ||
		!t->first.before)
		return gf_fail_memory(err, ((size_t)CHUNK_STEPS * RATES + steps) * sizeof *t->rates,
			"recorded steps");
	if (t->verifier.step && !allocate_repeated(&t->repeated, steps, (1 + S) * P))
		return gf_fail_memory(err, (CHUNK_STEPS + steps) * sizeof(float), "repeated steps");
	t->first.gradient = t->first.before + P;
	t->first.after = t->first.gradient + P;
	return GF_OK;
}

/* ---- checkpoint and engine ---- */

static gf_status resume(struct training *t, gf_error *err)
{
	const struct train_state *state = &t->state;

	TRY(ranks_read_checkpoint(t, t->config->resume, err));
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
	if (c->checkpoint || c->resume || comm_size(c->comm) > 1)
		TRY(fingerprint_of(&t->fingerprint, c, t->data, total, err));
	if (comm_size(c->comm) > 1)
		TRY(ranks_compare(c->comm, &t->fingerprint, err));
	return c->resume ? resume(t, err) : GF_OK;
}

static gf_status open_engine(struct training *t, gf_error *err)
{
	const gf_config *c = t->config;
	const struct engine_options options = {.device = c->device,
		.engine = c->engine,
		.tuning.kernels = c->kernels,
		.memory_limit = c->memory_limit,
		.profile = c->profile,
		.on_span = c->on_span,
		.user = c->user,
		.comm = c->comm,
		.beside = training_beside(t),
		.shares_data = 1};
	const struct uses uses = {
		.shuffles = c->shuffle, .validates = training_validation_rows(t) > 0};
	const size_t steps = c->epochs * t->step_rates.batches;
	const struct verifier_options checks = {.check = c->check,
		.engine = c->engine,
		.batches = t->step_rates.batches,
		.first = t->state.steps,
		.end = steps,
		.comm = c->comm};

	/* First: it takes a checksum of the data before the device can write to it. */
	TRY(verifier_open(&t->verifier, &t->problem, &checks, err));
	config_tell(c, GF_PHASE_compiling, 0, 0);
	TRY(engine_open(&t->engine, &t->problem, &options, err));
	product_engine_close(&t->product_engine);
	if (*t->engine->passed_over && !training_shared_engine(t) && c->notice)
		c->notice(t->engine->passed_over, c->user);
	if (t->state.steps < steps) {
		training_compare_cpu(t, steps - t->state.steps);
		training_tell_idle(t);
		TRY(engine_warm_up(t->engine, &uses, err));
	}
	t->verifier.engine = t->engine;
	/* Devices of ranks differ, and chunks must not. */
	t->chunk_steps = comm_size(c->comm) > 1 ? 1 : t->engine->chunk_steps;
	return GF_OK;
}

gf_status training_set_up(struct training *t, gf_error *err)
{
	config_tell(t->config, GF_PHASE_preparing, 0, 0);
	TRY(check_data(t->data, t->config, err));
	TRY(new_model(t, err));
	if (t->config->statistics > 0.0)
		TRY(statistics_check_size(t->model, err));
	TRY(new_train_data(t, err));
	TRY(check_all_weights(t, err));
	TRY(new_problem(t, err));
	TRY(training_advise_lr(t, err));
	TRY(new_step_rates(t, err));
	TRY(new_state(t, err));
	TRY(open_engine(t, err));
	TRY(new_arrays(t, err));
	advise_order(t);
	TRY(new_permutations(t, err));
	TRY(find_places(t, err));
	return engine_set(t->engine, t->model->params, t->state.optimizer, err);
}

void training_free(struct training *t)
{
	verifier_close(&t->verifier);
	product_engine_close(&t->product_engine);
	if (t->shared) {
		shared_keep(t->shared, t->engine, &t->train_data);
	} else {
		engine_close(t->engine);
		train_data_free(&t->train_data);
	}
	train_state_free(&t->state);
	gf_model_free(t->model);
	free(t->fingerprint.text);
	permutations_free(&t->permutations);
	free(t->rates);
	free(t->losses);
	free(t->steps);
	free(t->after);
	free(t->chunk_start);
	free(t->repeated.losses);
	free(t->repeated.steps);
	free(t->repeated.after);
	free(t->outputs);
	free(t->places);
	free(t->first.before);
}
