/* test_builds.c: no number that a user may choose is built into the kernels, so that another
 * value needs no new build. */
#include "fixture.h"

#include "cl_engine.h"
#include "schedule.h"

#include <string.h>

enum { VALUES = 100 };

/* Opens an engine whose program has the kernels of streaming and resident; returns the program. */
static cl_program program_for(
	struct engine **engine, const struct problem *problem, struct engine *beside)
{
	const struct engine_options options = {
		.engine = GF_ENGINE_streaming, .tuning.with_resident = 1, .beside = beside};
	gf_error err = {0};

	if (engine_open(engine, problem, &options, &err))
		fail_msg("%s", err.message);
	return ((struct cl_engine *)*engine)->program;
}

static void set_number(struct problem *problem, double value)
{
	double *number;

	if (loss_parameter(problem->loss, &problem->loss_parameters, &number))
		*number = value;
}

static void losses_are_built_once_for_all_values_of_their_numbers(void **state)
{
	size_t loss, i;

	(void)state;
	for (loss = 0; loss < GF_LOSS_COUNT; loss++) {
		struct problem problem = new_problem((gf_loss)loss, (struct shape){7, 2, 2});
		struct engine *first, *other;
		cl_program program;

		program = program_for(&first, &problem, NULL);
		for (i = 0; i < VALUES; i++) {
			set_number(&problem, (double)(i + 1) / (VALUES + 1));
			assert_ptr_equal(program_for(&other, &problem, first), program);
			engine_close(other);
		}
		engine_close(first);
		free_problem(&problem);
	}
}

/* Different losses do not share a program. */
static void another_loss_is_another_program(void **state)
{
	struct problem problem = new_problem(GF_LOSS_mse, (struct shape){7, 2, 2});
	struct engine *first, *other;
	const cl_program program = program_for(&first, &problem, NULL);

	(void)state;
	problem.loss = GF_LOSS_huber;
	assert_ptr_not_equal(program_for(&other, &problem, first), program);
	engine_close(other);
	engine_close(first);
	free_problem(&problem);
}

/* A configuration whose numbers of the update all have that value, between 0 and 1. */
static gf_config config_at(gf_optimizer optimizer, double value)
{
	gf_config c;

	gf_config_default(&c);
	c.optimizer = optimizer;
	c.lr = c.momentum = c.dampening = c.weight_decay = c.eps = c.alpha = value;
	c.betas[0] = c.betas[1] = c.lr_decay = c.l1 = c.l2 = value;
	c.clip_norm = c.clip_value = c.min_delta = c.tolerance = value;
	return c;
}

static void updates_are_built_once_for_all_values_of_their_numbers(void **state)
{
	const struct schedule none = {0};
	size_t o, i;

	(void)state;
	for (o = 0; o < GF_OPTIMIZER_COUNT; o++) {
		const gf_config first = config_at((gf_optimizer)o, 0.5);
		const struct update update = step_rates_update(&first, &none);

		for (i = 0; i < VALUES; i++) {
			const gf_config c =
				config_at((gf_optimizer)o, (double)(i + 1) / (VALUES + 1));
			const struct update other = step_rates_update(&c, &none);

			assert_memory_equal(&other, &update, sizeof update);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses_are_built_once_for_all_values_of_their_numbers),
		cmocka_unit_test(another_loss_is_another_program),
		cmocka_unit_test(updates_are_built_once_for_all_values_of_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
