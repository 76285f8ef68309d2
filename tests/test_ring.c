/*
 * test_ring.c: parts of x that take turns in a few buffers of the device give the bits of the plain
 * loops in order.c, and take no more memory than they may.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#include "fixture_engine.h"
#include "cl_engine.h"
#include "device_ring.h"

#include <stdlib.h>
#include <string.h>

static const struct update SGD = {.optimizer = GF_OPTIMIZER_sgd};

static const gf_kernels KERNELS[] = {GF_KERNELS_cpu, GF_KERNELS_gpu};

static struct device_data *data_of(struct engine *engine)
{
	return ((struct cl_engine *)engine)->data;
}

/* Returns the bytes of the device that the buffers of x have, as its driver counts them. */
static size_t x_bytes(struct engine *engine)
{
	const struct device_rows *all = &data_of(engine)->all;
	size_t i, bytes, sum = 0;

	for (i = 0; i < all->parts_count; i++) {
		assert_int_equal(clGetMemObjectInfo(all->parts[i].x.mem, CL_MEM_SIZE, sizeof bytes,
					 &bytes, NULL),
			CL_SUCCESS);
		sum += bytes;
	}
	return sum;
}

static size_t all_bytes(const struct training *t)
{
	return t->problem.data->rows * t->problem.data->features * sizeof(float);
}

static gf_status try_open(struct engine **engine, const struct training *t, gf_kernels kernels,
	size_t limit, struct engine *beside, gf_error *err)
{
	const struct engine_options options = {.device = getenv("GPUFIT_TEST_DEVICE"),
		.engine = GF_ENGINE_streaming,
		.memory_limit = limit,
		.tuning.kernels = kernels,
		.beside = beside,
		.shares_data = 1};

	return engine_open(engine, &t->problem, &options, err);
}

static struct engine *open_limited(
	const struct training *t, gf_kernels kernels, size_t limit, struct engine *beside)
{
	struct engine *engine = NULL;
	gf_error err = {0};

	if (try_open(&engine, t, kernels, limit, beside, &err))
		fail_msg("%s", err.message);
	assert_non_null(data_of(engine)->ring);
	assert_true(engine->parts > engine->parts_held);
	assert_true(x_bytes(engine) <= limit);
	return engine;
}

/* The share of x that may be on the device goes down to a 50th. */
static void assert_bits_within(const struct setup *setup, const size_t *shares, size_t count)
{
	struct training *t = new_training(setup);
	size_t i, k;

	expect_training(t);
	for (i = 0; i < count; i++)
		for (k = 0; k < COUNT(KERNELS); k++) {
			const size_t limit = all_bytes(t) / shares[i];
			struct engine *engine = open_limited(t, KERNELS[k], limit, NULL);

			assert_training_matches(engine, t, setup->steps);
			assert_int_equal(engine_audit(engine, NULL), GF_OK);
			assert_true(engine_uploaded(engine) > all_bytes(t) / 2);
			engine_close(engine);
		}
	free_training(t);
}

static void passes_within_a_limit_have_the_bits_of_all_rows(void **state)
{
	static const size_t features[] = {3, 20, 100}, shares[] = {2, 7, 50};
	size_t d;

	(void)state;
	for (d = 0; d < COUNT(features); d++) {
		const struct setup setup = {.shape = {15000, features[d], 1 + d % 2},
			.loss = d == 1 ? GF_LOSS_cross_entropy : GF_LOSS_mse,
			.update = SGD,
			.extra_rows = 470,
			.weighted = d == 1,
			.steps = 2};

		assert_bits_within(&setup, shares, COUNT(shares));
	}
}

static void networks_within_a_limit_have_the_bits_of_all_rows(void **state)
{
	static const size_t shares[] = {2, 7};
	const struct setup setup = {.shape = {2500, 5, 2},
		.hidden = {.count = 1, .widths = {7}, .activation = GF_ACTIVATION_tanh},
		.loss = GF_LOSS_mse,
		.update = {.optimizer = GF_OPTIMIZER_sgd, .clip_norm = 1},
		.extra_rows = 70,
		.steps = 3};

	(void)state;
	assert_bits_within(&setup, shares, COUNT(shares));
}

/* Batches begin within parts and go on in the next; the last ones of an epoch are short. */
static void batches_within_a_limit_have_the_bits_of_all_rows(void **state)
{
	static const size_t shares[] = {2, 7};
	int shuffled;

	(void)state;
	for (shuffled = 0; shuffled < 2; shuffled++) {
		struct setup setup = {.shape = {2530, 7, 3},
			.loss = GF_LOSS_cross_entropy,
			.update = SGD,
			.batch_size = 150,
			.shuffled = shuffled,
			.weighted = 1,
			.steps = 40};

		assert_bits_within(&setup, shares, COUNT(shares));
		setup.hidden = (struct hidden){
			.count = 1, .widths = {4}, .activation = GF_ACTIVATION_relu};
		assert_bits_within(&setup, shares, 1);
	}
}

static const struct setup ROWS_OF_7 = {.shape = {2000, 7, 3},
	.loss = GF_LOSS_mse,
	.update = {.optimizer = GF_OPTIMIZER_sgd},
	.weighted = 1,
	.steps = 3};

static void an_engine_beside_another_shares_its_ring_and_outlives_it(void **state)
{
	struct training *t = new_training(&ROWS_OF_7);
	struct engine *first = open_limited(t, GF_KERNELS_auto, 20000, NULL);
	struct engine *other = open_limited(t, GF_KERNELS_auto, 20000, first);
	float loss, again;

	(void)state;
	expect_training(t);
	assert_ptr_equal(data_of(first)->ring, data_of(other)->ring);
	/* Both read parts in turns. */
	assert_int_equal(engine_loss(first, t->start, 0, 2000, 1.0, &loss, NULL), GF_OK);
	assert_int_equal(engine_loss(other, t->start, 0, 2000, 1.0, &again, NULL), GF_OK);
	assert_memory_equal(&loss, &again, sizeof loss);
	assert_int_equal(engine_loss(first, t->start, 0, 2000, 1.0, &again, NULL), GF_OK);
	assert_memory_equal(&loss, &again, sizeof loss);
	engine_retire(first);
	engine_close(first);
	assert_training_matches(other, t, 3);
	engine_close(other);
	free_training(t);
}

static void a_pass_begins_with_the_parts_that_the_one_before_has_left(void **state)
{
	struct training *t = new_training(&ROWS_OF_7);
	struct engine *engine = open_limited(t, GF_KERNELS_auto, all_bytes(t) / 2, NULL);
	uint64_t first;
	float loss;

	(void)state;
	assert_int_equal(engine_loss(engine, t->start, 0, 2000, 1.0, &loss, NULL), GF_OK);
	first = engine_uploaded(engine);
	assert_true(first >= all_bytes(t));
	assert_int_equal(engine_loss(engine, t->start, 0, 2000, 1.0, &loss, NULL), GF_OK);
	assert_true(engine_uploaded(engine) - first <=
		    first * (engine->parts - engine->parts_held + 1) / engine->parts);
	engine_close(engine);
	free_training(t);
}

static void the_audit_finds_a_number_of_a_part_that_has_changed(void **state)
{
	struct training *t = new_training(&ROWS_OF_7);
	struct engine *engine = open_limited(t, GF_KERNELS_auto, 20000, NULL);
	struct device_data *d = data_of(engine);
	const float wrong = 1e6f;
	float loss;
	gf_error err = {0};

	(void)state;
	assert_int_equal(engine_loss(engine, t->start, 0, 2000, 1.0, &loss, NULL), GF_OK);
	assert_int_equal(engine_audit(engine, &err), GF_OK);
	assert_int_equal(run_write(&d->all.parts[1].x, 40, &wrong, sizeof wrong, NULL), GF_OK);
	assert_int_equal(engine_audit(engine, &err), GF_E_CHECK);
	assert_non_null(strstr(err.message, "holds 1000000"));
	assert_non_null(strstr(err.message, "in \"x\" at 10,"));
	engine_close(engine);
	free_training(t);
}

static void rows_that_the_host_has_changed_are_sent_again(void **state)
{
	struct training *t = new_training(&ROWS_OF_7);
	struct engine *engine = open_limited(t, GF_KERNELS_auto, 20000, NULL);
	float *x = t->problem.data->x, found[600], wanted[600];

	(void)state;
	assert_int_equal(engine_outputs(engine, t->start, 0, 200, found, NULL), GF_OK);
	memmove(x, x + 7 * 300, 7 * 200 * sizeof *x);
	assert_int_equal(engine_outputs(engine, t->start, 300, 200, wanted, NULL), GF_OK);
	assert_memory_not_equal(found, wanted, sizeof found);
	assert_int_equal(engine_refill(engine, 200, NULL), GF_OK);
	assert_int_equal(engine_outputs(engine, t->start, 0, 200, found, NULL), GF_OK);
	assert_memory_equal(found, wanted, sizeof found);
	engine_close(engine);
	free_training(t);
}

/* The limit that the message names will do, and one byte less will not. */
static void a_limit_that_is_too_small_names_the_least(void **state)
{
	struct training *t = new_training(&ROWS_OF_7);
	struct engine *engine;
	gf_error err = {0};
	size_t least;

	(void)state;
	assert_int_equal(try_open(&engine, t, GF_KERNELS_auto, 1000, NULL, &err), GF_E_USAGE);
	assert_non_null(strstr(err.message, "memory_limit: 1000 bytes"));
	least = strtoul(strstr(err.message, "at least ") + 9, NULL, 10);
	engine = open_limited(t, GF_KERNELS_auto, least, NULL);
	assert_training_matches(engine, (expect_training(t), t), 3);
	engine_close(engine);
	free_training(t);
}

static void a_shuffled_batch_that_has_no_room_is_refused(void **state)
{
	struct setup setup = ROWS_OF_7;
	struct uses uses = {.shuffles = 1};
	struct training *t;
	struct engine *engine;
	gf_error err = {0};
	size_t least;

	(void)state;
	setup.batch_size = 500;
	setup.shuffled = 1;
	t = new_training(&setup);
	engine = open_limited(t, GF_KERNELS_auto, 20000, NULL);
	assert_int_equal(engine_warm_up(engine, &uses, &err), GF_E_USAGE);
	assert_non_null(strstr(err.message, "shuffled batches of 500 rows of 7 features"));
	least = strtoul(strstr(err.message, "at least ") + 9, NULL, 10);
	engine_close(engine);
	engine = open_limited(t, GF_KERNELS_auto, least, NULL);
	assert_int_equal(engine_warm_up(engine, &uses, &err), GF_OK);
	engine_close(engine);
	free_training(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_within_a_limit_have_the_bits_of_all_rows),
		cmocka_unit_test(networks_within_a_limit_have_the_bits_of_all_rows),
		cmocka_unit_test(batches_within_a_limit_have_the_bits_of_all_rows),
		cmocka_unit_test(an_engine_beside_another_shares_its_ring_and_outlives_it),
		cmocka_unit_test(a_pass_begins_with_the_parts_that_the_one_before_has_left),
		cmocka_unit_test(the_audit_finds_a_number_of_a_part_that_has_changed),
		cmocka_unit_test(rows_that_the_host_has_changed_are_sent_again),
		cmocka_unit_test(a_limit_that_is_too_small_names_the_least),
		cmocka_unit_test(a_shuffled_batch_that_has_no_room_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
