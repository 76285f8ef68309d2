/* test_sums_shared.c: ranks that share the sums of the reference come to the same numbers, which
 * are those of one rank but for roundings of doubles; a number that is wrong on one rank is seen on
 * all. */
#include "basics.h"
#include "comm_threads.h"
#include "fixture.h"

#include "reference_step.h"
#include "rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ROWS x (FEATURES + 1) multiply-adds are worth messages; the last block is not whole. */
enum { ROWS = 9932, FEATURES = 40, PARAMS = FEATURES + 1 };

struct work {
	struct problem problem[RANKS_MOST]; /* of each rank */
	float params[PARAMS];
	struct batch batch;
	size_t repeats;
	gf_status status[RANKS_MOST];
	double loss[RANKS_MOST], bound[RANKS_MOST];
	double gradient[RANKS_MOST][PARAMS], gradient_bound[RANKS_MOST][PARAMS];
	double loss_alone[RANKS_MOST];
};

static const double RATES_OF_STEP[RATES] = {[RATE_SCALE] = 1.0 / ROWS, [RATE_LR] = 0.1};

static gf_status take_once(struct work *work, struct reference_step *step, size_t r)
{
	const struct problem *problem = &work->problem[r];
	struct expected loss;

	TRY(reference_step_take(
		step, problem, &work->batch, work->params, NULL, RATES_OF_STEP, NULL));
	work->loss[r] = step->loss;
	work->bound[r] = step->loss_bound;
	memcpy(work->gradient[r], step->gradient, sizeof work->gradient[r]);
	memcpy(work->gradient_bound[r], step->gradient_bound, sizeof work->gradient_bound[r]);
	TRY(reference_step_loss(
		step, problem, &work->batch, work->params, 1.0 / ROWS, &loss, NULL));
	work->loss_alone[r] = loss.value;
	return GF_OK;
}

/* An exchange first shares sums, then has each rank take all, and then chooses. */
static void take(gf_comm *comm, void *user)
{
	struct work *work = user;
	const size_t r = comm_rank(comm);
	struct reference_step *step;
	size_t i;

	work->status[r] = reference_step_new(&step, &work->problem[r], NULL);
	if (work->status[r])
		return;
	work->status[r] = reference_step_share(step, comm, NULL);
	for (i = 0; i < work->repeats && !work->status[r]; i++)
		work->status[r] = take_once(work, step, r);
	reference_step_free(step);
}

/* Bounds are of floats: those of the doubles are 2^29 times as small. */
static const double OF_DOUBLES = 0x1p-28;

static void assert_same(const struct work *work, size_t ranks, const struct work *alone)
{
	size_t r, p;

	for (r = 0; r < ranks; r++) {
		assert_int_equal(work->status[r], GF_OK);
		assert_memory_equal(&work->loss[r], &work->loss[0], sizeof work->loss[r]);
		assert_memory_equal(work->gradient[r], work->gradient[0], sizeof work->gradient[r]);
		assert_memory_equal(
			&work->loss_alone[r], &work->loss_alone[0], sizeof work->loss_alone[r]);
	}
	assert_close("loss", work->loss[0], alone->loss[0], OF_DOUBLES * alone->bound[0]);
	assert_close(
		"loss alone", work->loss_alone[0], alone->loss[0], OF_DOUBLES * alone->bound[0]);
	for (p = 0; p < PARAMS; p++)
		assert_close("gradient", work->gradient[0][p], alone->gradient[0][p],
			OF_DOUBLES * alone->gradient_bound[0][p]);
}

static struct work work_of(const struct problem *problem, struct batch batch, size_t repeats)
{
	struct work work = {.batch = batch, .repeats = repeats};
	struct rng rng;
	size_t r;

	rng_seed(&rng, 2);
	random_floats(&rng, work.params, PARAMS, 1.0f);
	for (r = 0; r < RANKS_MOST; r++)
		work.problem[r] = *problem;
	return work;
}

static struct problem problem_of(void)
{
	struct rng rng;

	rng_seed(&rng, 1);
	return random_mse_problem((struct shape){ROWS, FEATURES, 1}, &rng);
}

static void sums_of_ranks_are_those_of_one(void **state)
{
	static const size_t RANKS[] = {2, 3, 5, 8};
	const struct problem problem = problem_of();
	uint32_t *order = malloc(ROWS * sizeof *order);
	struct rng rng;
	size_t i;

	(void)state;
	rng_seed(&rng, 3);
	rng_permutation(&rng, order, ROWS);
	for (i = 0; i < sizeof RANKS / sizeof *RANKS; i++) {
		const struct batch batches[] = {{NULL, 0, ROWS}, {order, 5, ROWS - 40}};
		struct work alone = work_of(&problem, batches[i % 2], 9), work = alone;

		take(NULL, &alone);
		run_ranks(RANKS[i], NULL, take, &work);
		assert_same(&work, RANKS[i], &alone);
	}
	free(order);
	free_problem(&problem);
}

/* Row 8000 is in the part of the second of two ranks. */
static void a_number_that_is_wrong_on_one_rank_is_seen_on_all(void **state)
{
	const struct problem problem = problem_of(), other = problem_of();
	struct work alone = work_of(&problem, (struct batch){NULL, 0, ROWS}, 1), work = alone;

	(void)state;
	other.data->x[8000 * FEATURES + 3] += 1.0f;
	work.problem[1] = other;
	take(NULL, &alone);
	run_ranks(2, NULL, take, &work);
	assert_int_equal(work.status[0], GF_OK);
	assert_true(fabs(work.loss[0] - alone.loss[0]) > OF_DOUBLES * alone.bound[0]);
	assert_memory_equal(&work.loss[1], &work.loss[0], sizeof work.loss[1]);
	free_problem(&problem);
	free_problem(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_of_ranks_are_those_of_one),
		cmocka_unit_test(a_number_that_is_wrong_on_one_rank_is_seen_on_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
