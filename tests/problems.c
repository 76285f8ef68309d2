#include "problems.h"

#include "dataset.h"

#include <string.h>

struct problem problem_of(struct shape s)
{
	struct problem problem = {.train_rows = s.rows,
		.outputs = s.outputs,
		.loss = GF_LOSS_mse,
		.batch_size = s.rows};
	gf_dataset *data;

	assert_int_equal(dataset_alloc(&data, s.rows, s.features, s.outputs, NULL), GF_OK);
	problem.data = data;
	return problem;
}

struct problem random_problem(struct shape s, struct rng *rng)
{
	const struct problem problem = problem_of(s);

	random_floats(rng, problem.data->x, s.rows * s.features, 3.0f);
	random_floats(rng, problem.data->y, s.rows * s.outputs, 10.0f);
	return problem;
}

struct problem problem_with(struct shape s, const float *x, const float *y)
{
	const struct problem problem = problem_of(s);

	memcpy(problem.data->x, x, s.rows * s.features * sizeof *x);
	memcpy(problem.data->y, y, s.rows * s.outputs * sizeof *y);
	return problem;
}

void problem_free(const struct problem *problem)
{
	gf_dataset_free((gf_dataset *)problem->data);
}

double scale_of(const struct problem *problem)
{
	return 1.0 / ((double)problem->data->rows * (double)problem->outputs);
}

struct problem seven_points(const float *x)
{
	float y[7];
	size_t i;

	for (i = 0; i < 7; i++)
		y[i] = x[i] * x[i];
	return problem_with((struct shape){7, 1, 1}, x, y);
}

const float NOTEBOOK_X[] = {1, 2, 3, 4, 1.1f, 2.2f, 3.3f};
const float SYMMETRIC_X[] = {-3, -2, -1, 0, 1, 2, 3};

void take_floats(struct floats *f, const struct problem *problem)
{
	const struct batch all = {.count = problem->data->rows};

	assert_in_range(problem_params(problem), 1, MOST_PARAMETERS);
	f->loss =
		order_gradient(problem, &all, f->before, (float)f->rates[RATE_SCALE], f->gradient);
	memcpy(f->after, f->before, sizeof f->after);
	memcpy(f->state_after, f->state, sizeof f->state_after);
	order_update(problem, f->rates, f->gradient, f->after, f->state_after);
}

void take_sgd_floats(struct floats *f, const struct problem *problem, double lr)
{
	memset(f->rates, 0, sizeof f->rates);
	f->rates[RATE_SCALE] = scale_of(problem);
	f->rates[RATE_LR] = lr;
	f->rates[RATE_KEEP] = 0.5;
	f->rates[RATE_FRESH] = 1.0;
	take_floats(f, problem);
}
