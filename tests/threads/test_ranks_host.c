/*
 * test_ranks_host.c: what ranks share besides the sums of devices: checks, and what fails on one of
 * them.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "basics.h"
#include "comm_threads.h"
#include "dataset.h"
#include "error.h"
#include "gpufitcl_search.h"
#include "rng.h"
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 4000, FEATURES = 70 };

static gf_dataset *random_rows(void)
{
	gf_dataset *data;
	struct rng rng;
	size_t i;

	assert_int_equal(dataset_alloc(&data, ROWS, FEATURES, 1, NULL), GF_OK);
	rng_seed(&rng, 1);
	for (i = 0; i < (size_t)ROWS * FEATURES; i++)
		data->x[i] = rng_uniform(&rng, -0.5, 0.5);
	for (i = 0; i < ROWS; i++)
		data->y[i] = data->x[i * FEATURES] + rng_uniform(&rng, -0.1, 0.1);
	return data;
}

static gf_config config_of(gf_comm *comm)
{
	gf_config config;

	gf_config_default(&config);
	config.device = getenv("GPUFIT_TEST_DEVICE");
	config.engine = GF_ENGINE_streaming;
	config.epochs = 6;
	config.comm = comm;
	return config;
}

struct work {
	gf_dataset *data[RANKS_MOST]; /* of each rank */
	gf_status status[RANKS_MOST];
	gf_error err[RANKS_MOST];
	int tells[RANKS_MOST];
};

/* ---- a rank that fails ---- */

/* Ends as the header says: a rank that fails tells the others. */
static void end(gf_comm *comm, struct work *work, size_t r)
{
	if (!work->status[r])
		work->status[r] = gf_comm_join(comm, NULL, &work->err[r]);
	if (work->status[r])
		work->tells[r] = gf_comm_fail(comm, &work->err[r]);
}

static void spoil(const gf_epoch *epoch, void *user)
{
	gf_dataset *data = user;

	if (epoch->epoch == 4)
		data->x[17] += 1.0f;
}

static void train_and_spoil(gf_comm *comm, void *user)
{
	struct work *work = user;
	const size_t r = comm_rank(comm);
	gf_config config = config_of(comm);
	gf_model *model = NULL;

	config.check = GF_CHECK_every;
	config.on_epoch = r == 1 ? spoil : NULL;
	config.user = work->data[r];
	work->status[r] = gf_fit(&model, work->data[r], &config, NULL, &work->err[r]);
	end(comm, work, r);
	gf_model_free(model);
}

static void data_that_change_on_one_rank_fail_all(void **state)
{
	struct work work = {.tells = {0}};
	int told = 0;
	size_t r;

	(void)state;
	for (r = 0; r < 3; r++)
		work.data[r] = random_rows();
	run_ranks(3, NULL, train_and_spoil, &work);
	for (r = 0; r < 3; r++) {
		assert_int_equal(work.status[r], GF_E_CHECK);
		assert_non_null(strstr(work.err[r].message, "rank 1 (a-host)"));
		told += work.tells[r];
		gf_dataset_free(work.data[r]);
	}
	assert_int_equal(told, 1);
}

/* ---- a rank with other data ---- */

static void train(gf_comm *comm, void *user)
{
	struct work *work = user;
	const size_t r = comm_rank(comm);
	const gf_config config = config_of(comm);
	gf_model *model = NULL;

	work->status[r] = gf_fit(&model, work->data[r], &config, NULL, &work->err[r]);
	end(comm, work, r);
	gf_model_free(model);
}

static void a_rank_with_other_data_is_refused(void **state)
{
	struct work work = {.tells = {0}};
	size_t r;

	(void)state;
	for (r = 0; r < 2; r++)
		work.data[r] = random_rows();
	work.data[1]->x[ROWS * FEATURES / 2] += 1.0f;
	run_ranks(2, NULL, train, &work);
	for (r = 0; r < 2; r++) {
		assert_int_equal(work.status[r], GF_E_RANK);
		assert_string_equal(work.err[r].message,
			"rank 1 on a-host has other numbers than rank 0 on a-host: wanted: the "
			"same data and options on all ranks");
		gf_dataset_free(work.data[r]);
	}
}

/* ---- a rank whose caller wants more ---- */

static unsigned want_some(size_t epoch, void *user)
{
	(void)user;
	return epoch == 1 || epoch == 17 ? GF_WANT_PARAMETERS | GF_WANT_OUTPUTS : 0;
}

static void ignore(const gf_epoch *epoch, void *user)
{
	(void)epoch;
	(void)user;
}

/* A notice that a training ends worse than it began follows a loss that the ranks share. */
static void expect_worse(const char *text, void *user)
{
	struct work *work = user;

	work->tells[0] |= strncmp(text, "the training ends worse", 23) == 0;
}

static void train_and_look(gf_comm *comm, void *user)
{
	struct work *work = user;
	const size_t r = comm_rank(comm);
	gf_config config = config_of(comm);
	gf_model *model = NULL;

	config.epochs = 40;
	config.output_rows = 3;
	config.on_epoch = r == 0 ? ignore : NULL;
	config.wants = r == 0 ? want_some : NULL;
	config.notice = r == 0 ? expect_worse : NULL;
	config.user = work;
	config.lr = 1.05;
	work->status[r] = gf_fit(&model, work->data[0], &config, NULL, &work->err[r]);
	end(comm, work, r);
	gf_model_free(model);
}

static void ranks_keep_step_with_one_whose_caller_looks_at_epochs(void **state)
{
	struct work work = {.data = {random_rows()}};
	size_t r;

	(void)state;
	run_ranks(3, NULL, train_and_look, &work);
	for (r = 0; r < 3; r++)
		if (work.status[r])
			fail_msg("rank %zu: %s", r, work.err[r].message);
	assert_true(work.tells[0]);
	gf_dataset_free(work.data[0]);
}

/* ---- a checkpoint, which only rank 0 has ---- */

struct resumed {
	gf_dataset *data;
	gf_status status[RANKS_MOST];
	gf_error err[RANKS_MOST];
	float loss[RANKS_MOST];
};

static const char CHECKPOINT[] = "run.ck";

static void resume(gf_comm *comm, void *user)
{
	struct resumed *work = user;
	const size_t r = comm_rank(comm);
	gf_config config = config_of(comm);
	gf_model *model = NULL;
	gf_report report = {0};

	config.momentum = 0.9;
	config.epochs = 10;
	config.resume = r ? "no such folder/run.ck" : CHECKPOINT;
	work->status[r] = gf_fit(&model, work->data, &config, &report, &work->err[r]);
	work->loss[r] = report.loss;
	gf_model_free(model);
}

static float loss_alone(const gf_dataset *data, size_t epochs, const char *checkpoint)
{
	gf_config config = config_of(NULL);
	gf_model *model = NULL;
	gf_report report;

	config.momentum = 0.9;
	config.epochs = epochs;
	config.checkpoint = checkpoint;
	assert_int_equal(gf_fit(&model, data, &config, &report, NULL), GF_OK);
	gf_model_free(model);
	return report.loss;
}

static void ranks_resume_from_a_checkpoint_that_rank_0_alone_has(void **state)
{
	struct resumed work = {.data = random_rows()};
	const float wanted = loss_alone(work.data, 10, NULL);
	size_t r;

	(void)state;
	loss_alone(work.data, 4, CHECKPOINT);
	run_ranks(3, NULL, resume, &work);
	for (r = 0; r < 3; r++) {
		if (work.status[r])
			fail_msg("rank %zu: %s", r, work.err[r].message);
		assert_memory_equal(&work.loss[r], &wanted, sizeof wanted);
	}
	gf_dataset_free(work.data);
}

/* ---- many trainings ---- */

enum { POINTS = 6, LOSSES = 2 + POINTS };

struct searched {
	gf_dataset *data;
	gf_status status[RANKS_MOST];
	gf_error err[RANKS_MOST];
	double losses[RANKS_MOST][LOSSES]; /* of both configurations, and of the path's points */
	float weights[RANKS_MOST][FEATURES];
};

static gf_status search(gf_comm *comm, struct searched *work, size_t r)
{
	gf_config configs[2] = {config_of(comm), config_of(comm)};
	const gf_search_options options = {.configs = configs, .count = 2, .folds = 3, .refit = 1};
	gf_search *found;

	configs[1].lr = 1e9; /* it diverges */
	TRY(gf_search_run(&found, work->data, &options, &work->err[r]));
	work->losses[r][0] = gf_search_candidate(found, 0).val_loss.mean;
	work->losses[r][1] = (double)gf_search_candidate(found, 1).status;
	memcpy(work->weights[r], gf_model_layer(gf_search_model(found), 0).weight,
		sizeof work->weights[r]);
	gf_search_free(found);
	return GF_OK;
}

static gf_status follow_path(gf_comm *comm, struct searched *work, size_t r)
{
	const gf_path_options options = {.penalty = GF_PENALTY_l1, .points = POINTS};
	gf_config config = config_of(comm);
	gf_path *path;
	size_t i;

	config.epochs = 50;
	config.lr = GF_DEFAULT;
	config.standardize = 1;
	TRY(gf_path_run(&path, work->data, &config, &options, &work->err[r]));
	for (i = 0; i < gf_path_count(path); i++)
		work->losses[r][2 + i] = gf_path_at(path, i).loss;
	gf_path_free(path);
	return GF_OK;
}

static void train_many(gf_comm *comm, void *user)
{
	struct searched *work = user;
	const size_t r = comm_rank(comm);

	work->status[r] = search(comm, work, r);
	if (!work->status[r])
		work->status[r] = follow_path(comm, work, r);
	if (work->status[r])
		gf_comm_fail(comm, &work->err[r]);
}

static void searches_and_paths_of_ranks_have_the_bits_of_one(void **state)
{
	struct searched alone = {.data = random_rows()}, work = alone;
	size_t r;

	(void)state;
	train_many(NULL, &alone);
	run_ranks(2, NULL, train_many, &work);
	assert_int_equal((int)alone.losses[0][1], GF_E_DIVERGED);
	for (r = 0; r < 2; r++) {
		if (work.status[r])
			fail_msg("rank %zu: %s", r, work.err[r].message);
		assert_memory_equal(work.losses[r], alone.losses[0], sizeof work.losses[r]);
		assert_memory_equal(work.weights[r], alone.weights[0], sizeof work.weights[r]);
	}
	gf_dataset_free(work.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_that_change_on_one_rank_fail_all),
		cmocka_unit_test(a_rank_with_other_data_is_refused),
		cmocka_unit_test(ranks_keep_step_with_one_whose_caller_looks_at_epochs),
		cmocka_unit_test(ranks_resume_from_a_checkpoint_that_rank_0_alone_has),
		cmocka_unit_test(searches_and_paths_of_ranks_have_the_bits_of_one),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
