/* theory.c: the step of a training computed by the textbook, in double, for --explain: its outputs,
 * gradient and next parameters, and the mistaken gradient beside them. */
#include "reference_step.h"
#include "error.h"
#include "model.h"
#include "gpufitcl_notebook.h"

#include <stdlib.h>

/* Allocates one block: the struct, its arrays, and the parameters before the step after t->next. */
static gf_status allocate(gf_theory **theory, size_t parameters, size_t outputs, gf_error *err)
{
	const size_t bytes = sizeof **theory + (4 * parameters + outputs) * sizeof(double);
	gf_theory *t = calloc(1, bytes);

	*theory = t;
	if (!t)
		return gf_fail_memory(err, bytes, "an explanation");
	t->parameters = parameters;
	t->gradient = (double *)(t + 1);
	t->mistaken = t->gradient + parameters;
	t->next = t->mistaken + parameters;
	t->outputs = t->next + 2 * parameters;
	return GF_OK;
}

static double mean_feature(const gf_dataset *data, size_t feature)
{
	double sum = 0.0;
	size_t i;

	for (i = 0; i < data->rows; i++)
		sum += (double)data->x[i * data->features + feature];
	return sum / (double)data->rows;
}

/* The mistaken gradient of a weight is the mean slope, which is the bias's gradient, times the mean
 * of x. */
static void compute_mistaken(gf_theory *t, const gf_dataset *data)
{
	const size_t D = data->features, K = data->outputs;
	size_t j, k;

	for (j = 0; j < D; j++) {
		const double mean = mean_feature(data, j);

		for (k = 0; k < K; k++)
			t->mistaken[k * D + j] = t->gradient[K * D + k] * mean;
	}
	for (k = 0; k < K; k++)
		t->mistaken[K * D + k] = t->gradient[K * D + k];
}

static void copy_step(
	gf_theory *t, const struct problem *problem, const gf_epoch *step, struct reference_step *r)
{
	double *before = t->next + t->parameters;
	size_t i, p;

	t->loss = r->loss;
	for (p = 0; p < t->parameters; p++) {
		before[p] = (double)step->before[p];
		t->gradient[p] = r->gradient[p];
		t->next[p] = r->next[p];
	}
	compute_mistaken(t, problem->data);
	for (i = 0; i < t->output_rows; i++)
		reference_outputs(r, problem, before, i, t->outputs + i * problem->outputs);
}

static gf_status check(
	const struct problem *problem, const gf_dataset *data, const gf_epoch *step, gf_error *err)
{
	if (problem->loss >= GF_LOSS_COUNT)
		return gf_fail(err, GF_E_USAGE, "loss is %d, which is none of its %d words",
			(int)problem->loss, GF_LOSS_COUNT);
	if (data->outputs == 0)
		return gf_fail(err, GF_E_USAGE, "an explanation needs data with targets");
	if (!step->before)
		return gf_fail(err, GF_E_USAGE, "an explanation needs the step's parameters");
	if (step->parameters != problem_params(problem))
		return gf_fail(err, GF_E_USAGE,
			"an explanation needs a step with %zu parameters, one output for each "
			"target; this one has %zu",
			problem_params(problem), step->parameters);
	if (step->output_rows > data->rows)
		return gf_fail(err, GF_E_USAGE,
			"an explanation needs a row of data for each row of outputs: there are "
			"%zu rows of outputs, and the data has %zu",
			step->output_rows, data->rows);
	/* cross_entropy has several outputs for a target, the class. */
	if (problem->loss == GF_LOSS_cross_entropy)
		return gf_fail(err, GF_E_USAGE,
			"an explanation needs one output for each target; cross_entropy has "
			"several");
	return model_check_targets(data, problem->loss, err);
}

static gf_status explain(
	gf_theory **theory, const struct problem *problem, const gf_epoch *step, gf_error *err)
{
	const gf_dataset *data = problem->data;
	const struct batch batch = {.count = data->rows};
	const double M = (double)data->rows * (double)data->outputs;
	const double rates[RATES] = {[RATE_SCALE] = 1.0 / M, [RATE_LR] = step->lr};
	struct reference_step *reference;
	gf_status status;

	TRY(reference_step_new(&reference, problem, err));
	status = allocate(theory, step->parameters, step->output_rows * data->outputs, err);
	if (!status) {
		(*theory)->output_rows = step->output_rows;
		reference_step_take(reference, problem, &batch, step->before, NULL, rates);
		copy_step(*theory, problem, step, reference);
	}
	reference_step_free(reference);
	return status;
}

gf_status gf_theory_new(gf_theory **theory, const gf_dataset *data, gf_loss loss,
	const gf_epoch *step, gf_error *err)
{
	struct problem problem;

	error_clear(err);
	if (ERROR_NULL(theory, err))
		return GF_E_USAGE;
	*theory = NULL;
	if (ERROR_NULL(data, err) || ERROR_NULL(step, err))
		return GF_E_USAGE;
	problem = (struct problem){.data = data,
		.train_rows = data->rows,
		.outputs = data->outputs,
		.loss = loss,
		.loss_parameters = loss_parameters_default(),
		.batch_size = data->rows};
	TRY(check(&problem, data, step, err));
	return explain(theory, &problem, step, err);
}

void gf_theory_free(gf_theory *theory)
{
	free(theory);
}
