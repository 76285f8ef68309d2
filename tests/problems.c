#include "problems.h"

#include "dataset.h"

#include <string.h>

struct problem problem_of(struct shape s)
{
	struct problem problem = {NULL, s.outputs, GF_LOSS_mse, GF_OPTIMIZER_sgd};
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

size_t parameters_of(const struct problem *problem)
{
	return problem->outputs * (problem->data->features + 1);
}

struct order_problem order_of(const struct problem *problem)
{
	const gf_dataset *d = problem->data;

	return (struct order_problem){d->x, d->y, d->rows, d->features, d->outputs};
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

void take_floats(struct floats *f, const struct problem *problem, float lr)
{
	const struct order_problem order = order_of(problem);

	f->loss = order_gradient(&order, f->before, f->gradient);
	memcpy(f->after, f->before, sizeof f->after);
	order_update(f->after, f->gradient, lr, parameters_of(problem));
}
