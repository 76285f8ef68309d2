/*
 * test_ranks.c: a training that several ranks share gives the bits of one that is alone: ranks are
 * threads, each with a device of its own.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "basics.h"
#include "comm_threads.h"
#include "dataset.h"
#include "rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first sums are shared, the next three are taken whole by each rank, and then the ranks choose
 * (exchange.c). */
enum { EPOCHS = 9, LEAST_CALLS = 3 + 7 };

/* ---- a training ---- */

struct job {
	const char *name;
	size_t rows, features, outputs;
	void (*set)(gf_config *config);
	int is_sparse;
};

/* Keeps every seventh number or so as a sparse row; features beyond 40 are rare. */
static void make_sparse(gf_dataset *data)
{
	const size_t N = data->rows, D = data->features;
	struct sparse_rows *sparse;
	size_t i, j, count = 0;

	assert_int_equal(sparse_rows_new(&sparse, N, N * D, NULL), GF_OK);
	for (i = 0; i < N; i++) {
		for (j = 0; j < D; j++)
			if ((i * 31 + j * 17 + i / 50) % (j < 40 ? 7 : 1003) == 0) {
				sparse->index[count] = (uint32_t)j;
				sparse->value[count++] = data->x[i * D + j];
			}
		sparse->start[i + 1] = count;
	}
	page_array_free(&data->pages);
	data->x = NULL;
	data->sparse = sparse;
}

static gf_dataset *random_rows(const struct job *job)
{
	gf_dataset *data;
	struct rng rng;
	size_t i;

	assert_int_equal(dataset_alloc(&data, job->rows, job->features, job->outputs, NULL), GF_OK);
	rng_seed(&rng, 1);
	for (i = 0; i < job->rows * job->features; i++)
		data->x[i] = rng_uniform(&rng, -0.5, 0.5);
	for (i = 0; i < job->rows * job->outputs; i++)
		data->y[i] = rng_uniform(&rng, 0.0, 1.0) < 0.4f ? 0.0f : 1.0f;
	if (job->is_sparse)
		make_sparse(data);
	return data;
}

static gf_config config_of(const struct job *job)
{
	gf_config config;

	gf_config_default(&config);
	config.device = getenv("GPUFIT_TEST_DEVICE");
	config.engine = GF_ENGINE_streaming;
	config.epochs = EPOCHS;
	config.lr = 0.1;
	if (job->set)
		job->set(&config);
	return config;
}

/* What a rank found. */
struct result {
	gf_status status;
	gf_error err;
	gf_report report;
	gf_model *model;
	gf_comm_counters counters;
};

struct work {
	const struct job *job;
	const gf_dataset *data;
	int mixes_kernels; /* 1: ranks with an odd number take those of GPUs */
	struct result results[RANKS_MOST];
};

static void train(gf_comm *comm, void *user)
{
	struct work *work = user;
	struct result *result = &work->results[comm_rank(comm)];
	gf_config config = config_of(work->job);

	config.comm = comm;
	if (work->mixes_kernels)
		config.kernels = comm_rank(comm) % 2 ? GF_KERNELS_gpu : GF_KERNELS_cpu;
	result->status = gf_fit(&result->model, work->data, &config, &result->report, &result->err);
	if (comm)
		result->counters = gf_comm_count(comm);
}

static void assert_statistics(
	const struct work *work, size_t ranks, size_t r, const struct result *one)
{
	const gf_statistics *found = work->results[r].report.statistics;
	const gf_statistics *wanted = one->report.statistics;
	size_t i;

	if (!found != !wanted)
		fail_msg("%s, rank %zu of %zu: statistics", work->job->name, r, ranks);
	for (i = 0; wanted && i < wanted->equations * wanted->features; i++)
		if (memcmp(&found->weight[i].std_error, &wanted->weight[i].std_error,
			    sizeof(double)) != 0)
			fail_msg("%s, rank %zu of %zu: standard error %.17g, wanted %.17g",
				work->job->name, r, ranks, found->weight[i].std_error,
				wanted->weight[i].std_error);
}

static void assert_result(const struct work *work, size_t ranks, size_t r, const struct result *one)
{
	const struct result *result = &work->results[r];
	size_t i, layers = gf_model_layers(one->model);

	if (result->status)
		fail_msg("%s, rank %zu of %zu: %s", work->job->name, r, ranks, result->err.message);
	/* Besides the sums, the fingerprint, the engine and news of chunks are exchanged. */
	if (result->counters.calls < LEAST_CALLS)
		fail_msg("%s, rank %zu of %zu: %zu exchanges", work->job->name, r, ranks,
			(size_t)result->counters.calls);
	if (memcmp(&result->report.loss, &one->report.loss, sizeof(float)) != 0)
		fail_msg("%s, rank %zu of %zu: loss %.9g, wanted %.9g", work->job->name, r, ranks,
			(double)result->report.loss, (double)one->report.loss);
	if (memcmp(&result->report.r2, &one->report.r2, sizeof(double)) != 0 ||
		memcmp(&result->report.val_r2, &one->report.val_r2, sizeof(double)) != 0 ||
		memcmp(&result->report.accuracy, &one->report.accuracy, sizeof(double)) != 0)
		fail_msg("%s, rank %zu of %zu: r2 %.17g, accuracy %.17g; wanted %.17g, %.17g",
			work->job->name, r, ranks, result->report.r2, result->report.accuracy,
			one->report.r2, one->report.accuracy);
	assert_statistics(work, ranks, r, one);
	for (i = 0; i < layers; i++) {
		const gf_layer found = gf_model_layer(result->model, i);
		const gf_layer wanted = gf_model_layer(one->model, i);
		const size_t bytes = wanted.inputs * wanted.outputs * sizeof(float);

		if (memcmp(found.weight, wanted.weight, bytes) != 0 ||
			memcmp(found.bias, wanted.bias, wanted.outputs * sizeof(float)) != 0)
			fail_msg("%s, rank %zu of %zu: other parameters of layer %zu",
				work->job->name, r, ranks, i);
	}
}

/* Trains with as many ranks, and compares each with the training alone. */
static void assert_ranks(const struct work *alone, size_t ranks, int mixes_kernels)
{
	struct work work = {.job = alone->job, .data = alone->data, .mixes_kernels = mixes_kernels};
	size_t r;

	run_ranks(ranks, &(struct ranks){0}, train, &work);
	for (r = 0; r < ranks; r++) {
		assert_result(&work, ranks, r, &alone->results[0]);
		gf_model_free(work.results[r].model);
	}
}

static void assert_same_bits(
	const struct job *job, const size_t *ranks, size_t count, int mixes_kernels)
{
	struct work alone = {.job = job, .data = random_rows(job)};
	size_t i;

	train(NULL, &alone);
	if (alone.results[0].status)
		fail_msg("%s: %s", job->name, alone.results[0].err.message);
	for (i = 0; i < count; i++)
		assert_ranks(&alone, ranks[i], mixes_kernels);
	gf_model_free(alone.results[0].model);
	gf_dataset_free((gf_dataset *)alone.data);
}

/* ---- jobs ---- */

static void bce(gf_config *c)
{
	c->loss = GF_LOSS_bce;
	c->optimizer = GF_OPTIMIZER_adam;
}

static void clipped(gf_config *c)
{
	c->clip_norm = 0.01;
	c->momentum = 0.9;
	c->validation = 0.3;
	c->patience = 5;
}

static void shuffled(gf_config *c)
{
	c->batch_size = 300;
	c->shuffle = 1;
	c->epochs = 4;
}

static void batches(gf_config *c)
{
	c->batch_size = 1000;
	c->drop_last = 1;
	c->epochs = 4;
}

static void measured(gf_config *c)
{
	c->lr_auto = 1;
	c->standardize = 1;
}

static void checked(gf_config *c)
{
	c->check = GF_CHECK_every;
	c->validation = 0.2;
}

static void ends_checked(gf_config *c)
{
	c->check = GF_CHECK_ends;
	c->loss = GF_LOSS_bce;
	c->batch_size = 3900;
}

static void standardized(gf_config *c)
{
	c->standardize = 1;
	c->validation = 0.1;
}

static void statistics(gf_config *c)
{
	c->statistics = 0.95;
	c->loss = GF_LOSS_bce;
}

static void network(gf_config *c)
{
	c->hidden[0] = 20;
	c->hidden[1] = 7;
	c->lr = 0.05;
}

static void network_batches(gf_config *c)
{
	network(c);
	shuffled(c);
	c->validation = 0.2;
}

static void moments(gf_config *c)
{
	c->engine = GF_ENGINE_moments;
}

static void gpu(gf_config *c)
{
	c->kernels = GF_KERNELS_gpu;
	c->clip_norm = 0.1;
}

static void gpu_network(gf_config *c)
{
	network_batches(c);
	c->kernels = GF_KERNELS_gpu;
}

static void sparse_classes(gf_config *c)
{
	c->validation = 0.3;
	c->momentum = 0.9;
	c->l2 = 0.01;
}

static void sparse_batches(gf_config *c)
{
	c->batch_size = 100;
	c->shuffle = 1;
	c->epochs = 2;
	c->validation = 0.2;
}

static void limited(gf_config *c)
{
	c->memory_limit = 300000;
}

static const struct job JOBS[] = {{"narrow", 3000, 3, 1, NULL, 0}, {"few rows", 100, 3, 2, NULL, 0},
	{"one block", 10, 5, 1, NULL, 0}, {"medium", 2500, 20, 1, bce, 0},
	{"wide", 1500, 100, 2, NULL, 0}, {"clipped", 2000, 33, 2, clipped, 0},
	{"shuffled", 2000, 5, 1, shuffled, 0}, {"batches", 4100, 12, 1, batches, 0},
	{"measured", 3000, 6, 1, measured, 0}, {"network", 1100, 9, 2, network, 0},
	{"network, batches", 1500, 9, 1, network_batches, 0}, {"gpu", 2500, 20, 2, gpu, 0},
	{"gpu, network", 1500, 9, 1, gpu_network, 0}, {"memory limit", 6000, 70, 1, limited, 0},
	{"sparse", 3000, 60, 1, bce, 1}, {"sparse, validation", 2000, 50, 3, sparse_classes, 1},
	{"sparse, batches", 1000, 60, 1, sparse_batches, 1}, {"sparse, gpu", 1500, 60, 1, gpu, 1},
	{"checked", 5000, 70, 1, checked, 0}, {"ends checked", 8000, 70, 1, ends_checked, 0},
	{"standardized", 20000, 9, 1, standardized, 0}, {"statistics", 5000, 12, 1, statistics, 0},
	{"moments", 9000, 7, 2, moments, 0}};

/* ---- devices that differ ---- */

/* A CPU and a GPU may share a linear model. */
static void test_mixed_kernels(void **state)
{
	static const struct job jobs[] = {{"medium", 2500, 20, 2, NULL, 0},
		{"narrow", 3000, 3, 1, bce, 0}, {"sparse", 1500, 60, 1, bce, 1}};
	static const size_t ranks[] = {3};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof jobs / sizeof *jobs; i++)
		assert_same_bits(&jobs[i], ranks, 1, 1);
}

static void test_mixed_kernels_of_a_network(void **state)
{
	const struct job job = {"network", 1100, 9, 2, network, 0};
	struct work work = {.job = &job, .data = random_rows(&job), .mixes_kernels = 1};
	size_t r;

	(void)state;
	run_ranks(3, &(struct ranks){0}, train, &work);
	for (r = 0; r < 3; r++) {
		assert_int_equal(work.results[r].status, GF_E_USAGE);
		assert_non_null(strstr(work.results[r].err.message,
			"rank 1 (a-host) has other kernels than rank 0 (a-host)"));
	}
	gf_dataset_free((gf_dataset *)work.data);
}

/* ---- faults ---- */

enum { TALLY = 64, VECTOR = 16 * sizeof(float) };

static void unchecked(gf_config *c)
{
	bce(c);
	c->check = GF_CHECK_off;
}

/* A bit of a sum that goes to one rank alone makes its parameters others than those of the rest. */
static void test_flipped_bit(void **state)
{
	const struct job job = {"wide", 1500, 400, 1, unchecked, 0};
	const struct ranks ranks = {
		.flipped = {.rank = 2, .place = TALLY + 2 * VECTOR + 2, .least = 25 * VECTOR}};
	struct work work = {.job = &job, .data = random_rows(&job)};
	size_t r;

	(void)state;
	run_ranks(4, &ranks, train, &work);
	for (r = 0; r < 4; r++) {
		if (work.results[r].status != GF_E_CHECK)
			fail_msg("rank %zu: %s", r, work.results[r].err.message);
		assert_null(work.results[r].model);
		assert_non_null(strstr(work.results[r].err.message,
			"rank 2 on a-host has other parameters than the other ranks"));
	}
	gf_dataset_free((gf_dataset *)work.data);
}

/* Each number of ranks has some of the jobs; without GPUFIT_TEST_FEW, all of them. */
static void test_jobs(void **state)
{
	static const size_t RANKS[] = {2, 5, 3, 8};
	const int few = getenv("GPUFIT_TEST_FEW") != NULL;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof JOBS / sizeof *JOBS; i++)
		assert_same_bits(&JOBS[i], few ? RANKS + i % 4 : RANKS, few ? 1 : 4, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flipped_bit),
		cmocka_unit_test(test_mixed_kernels),
		cmocka_unit_test(test_mixed_kernels_of_a_network),
		cmocka_unit_test(test_jobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
