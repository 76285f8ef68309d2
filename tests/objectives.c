#include "objectives.h"

#include "dataset.h"

#include <stdlib.h>
#include <string.h>

struct problem problem_new(gf_loss loss, size_t rows, size_t features, size_t outputs)
{
	gf_dataset *data;

	assert_int_equal(dataset_alloc(&data, rows, features, 1, NULL), GF_OK);
	return (struct problem){.data = data,
		.train_rows = rows,
		.outputs = outputs,
		.loss = loss,
		.loss_parameters = loss_parameters_default(),
		.batch_size = rows};
}

struct problem problem_at(size_t rows, size_t features, const float *x)
{
	const struct problem problem = problem_new(GF_LOSS_mse, rows, features, 1);

	memcpy(problem.data->x, x, rows * features * sizeof *x);
	return problem;
}

struct problem problem_drawn(size_t rows, size_t features)
{
	const struct problem problem = problem_new(GF_LOSS_mse, rows, features, 1);
	struct rng rng;

	rng_seed(&rng, 4);
	random_floats(&rng, problem.data->x, rows * features, 3.0f);
	return problem;
}

void problem_drop(const struct problem *problem)
{
	gf_dataset_free((gf_dataset *)problem->data);
}

struct curvature measure(const struct objective *objective, gf_engine engine)
{
	const struct engine_options options = {
		.device = getenv("GPUFIT_TEST_DEVICE"), .engine = engine};
	struct curvature c;
	gf_error err = {0};

	if (curvature_measure(&c, objective, &options, &err))
		fail_msg("%s", err.message);
	return c;
}

struct objective objective_of(const struct problem *problem)
{
	const double M = (double)problem->train_rows * (double)problem->outputs;

	return (struct objective){.problem = problem, .scale = 1.0 / M};
}

struct curvature curvature_of(const struct problem *problem)
{
	const struct objective objective = objective_of(problem);

	return measure(&objective, GF_ENGINE_reference);
}

/* Products in double round by 1e-16; what is left of other eigenvalues is the square of a
 * residual of 1e-6, over their distance. */
void assert_largest(const struct curvature *c, double wanted)
{
	assert_close("the largest curvature", c->largest, wanted, 1e-9 * wanted);
}
