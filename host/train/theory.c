/* theory.c: the step of a training computed by the textbook, in double, for --explain: what each
 * layer computes, the gradient and next parameters, and the mistaken gradient beside them. */
#include "reference_step.h"
#include "config.h"
#include "error.h"
#include "model.h"
#include "train_data.h"
#include "gpufitcl_notebook.h"

#include <stdlib.h>

/* Takes count numbers from *rest. */
static double *take(double **rest, size_t count)
{
	double *taken = *rest;

	*rest += count;
	return taken;
}

/* Returns the numbers in the arrays of a theory's layers. */
static size_t layers_numbers(const struct network *network, size_t rows)
{
	size_t numbers = 0, i;

	for (i = 0; i < network->count; i++)
		numbers += network->layers[i].outputs * (5 * rows + 1);
	return numbers;
}

static void lay_out(gf_theory *t, const struct network *network, double *rest)
{
	const size_t P = t->parameters, rows = t->output_rows;
	size_t i;

	t->gradient = take(&rest, P);
	t->mistaken = take(&rest, P);
	t->next = take(&rest, P);
	t->losses = take(&rest, rows);
	for (i = 0; i < network->count; i++) {
		const size_t units = network->layers[i].outputs, all = rows * units;

		t->layers[i] = (gf_theory_layer){.units = units,
			.z = take(&rest, all),
			.a = take(&rest, all),
			.slope = take(&rest, all),
			.da = take(&rest, all),
			.dz = take(&rest, all),
			.mean_a = take(&rest, units)};
	}
	t->outputs = t->layers[network->count - 1].z;
}

/* Allocates one block: the struct, its layers and its arrays. */
static gf_status allocate(
	gf_theory **theory, const struct network *network, size_t rows, gf_error *err)
{
	const size_t numbers = 3 * network->parameters + rows + layers_numbers(network, rows);
	const size_t structs = sizeof **theory + network->count * sizeof *(*theory)->layers;
	const size_t bytes = structs + numbers * sizeof(double);
	gf_theory *t = calloc(1, bytes);

	*theory = t;
	if (!t)
		return gf_fail_memory(err, bytes, "an explanation");
	t->parameters = network->parameters;
	t->output_rows = rows;
	t->layers_count = network->count;
	t->layers = (gf_theory_layer *)(t + 1);
	lay_out(t, network, (double *)(t->layers + network->count));
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
 * of what the weight multiplies. */
static void compute_mistaken(gf_theory *t, const gf_dataset *data, const struct network *network)
{
	size_t l, i, o;

	for (l = 0; l < network->count; l++) {
		const struct layer *layer = &network->layers[l];
		const double *slopes = t->gradient + layer->bias;

		for (i = 0; i < layer->inputs; i++) {
			const double mean = l ? t->layers[l - 1].mean_a[i] : mean_feature(data, i);

			for (o = 0; o < layer->outputs; o++)
				t->mistaken[layer->weight + o * layer->inputs + i] =
					slopes[o] * mean;
		}
		for (o = 0; o < layer->outputs; o++)
			t->mistaken[layer->bias + o] = slopes[o];
	}
}

static void copy_step(gf_theory *t, const struct reference_step *r)
{
	size_t p;

	t->loss = r->loss;
	for (p = 0; p < t->parameters; p++) {
		t->gradient[p] = r->gradient[p];
		t->next[p] = r->next[p];
	}
}

static gf_status check(
	const struct problem *problem, const gf_dataset *data, const gf_epoch *step, gf_error *err)
{
	struct network network;

	if (data->outputs == 0)
		return gf_fail(err, GF_E_USAGE, "an explanation needs data with targets");
	TRY(model_check_targets(data, problem->loss, err));
	if (!step->before)
		return gf_fail(err, GF_E_USAGE, "an explanation needs the step's parameters");
	if (!network_of(&network, data->features, &problem->hidden, problem->outputs))
		return gf_fail(err, GF_E_USAGE,
			"the parameters of the network are more than "
			"memory can hold");
	if (step->parameters != network.parameters)
		return gf_fail(err, GF_E_USAGE,
			"an explanation needs a step with %zu parameters; this one has %zu",
			network.parameters, step->parameters);
	if (step->output_rows > data->rows)
		return gf_fail(err, GF_E_USAGE,
			"an explanation needs a row of data for each row of outputs: there are "
			"%zu rows of outputs, and the data has %zu",
			step->output_rows, data->rows);
	return GF_OK;
}

static gf_status compute(gf_theory *t, const struct problem *problem, const struct network *network,
	const gf_epoch *step, gf_error *err)
{
	const struct batch batch = {.count = problem->train_rows};
	const double rates[RATES] = {
		[RATE_SCALE] = train_data_scale(problem, &batch), [RATE_LR] = step->lr};
	struct reference_step *reference;
	gf_status status;

	TRY(reference_step_new(&reference, problem, err));
	status = reference_step_take(reference, problem, &batch, step->before, NULL, rates, err);
	if (!status)
		copy_step(t, reference);
	reference_step_free(reference);
	TRY(status);
	TRY(reference_layers(problem, step->before, t, err));
	compute_mistaken(t, problem->data, network);
	return GF_OK;
}

static gf_status explain(
	gf_theory **theory, const struct problem *problem, const gf_epoch *step, gf_error *err)
{
	const struct network network = problem_network(problem);
	gf_status status = allocate(theory, &network, step->output_rows, err);

	if (!status)
		status = compute(*theory, problem, &network, step, err);
	if (status) {
		gf_theory_free(*theory);
		*theory = NULL;
	}
	return status;
}

gf_status gf_theory_new(gf_theory **theory, const gf_dataset *data, const gf_config *config,
	const gf_epoch *step, gf_error *err)
{
	struct problem problem;
	gf_config defaults;

	error_clear(err);
	if (ERROR_NULL(theory, err))
		return GF_E_USAGE;
	*theory = NULL;
	if (ERROR_NULL(data, err) || ERROR_NULL(step, err))
		return GF_E_USAGE;
	TRY(gf_config_check(config, err));
	TRY(dataset_check_dense(data, "an explanation takes all features of a row", err));
	gf_config_default(&defaults);
	config = config ? config : &defaults;
	problem = (struct problem){.data = data,
		.train_rows = data->rows,
		.outputs = model_outputs_for(data, config->loss),
		.hidden = config_hidden(config),
		.loss = config->loss,
		.loss_parameters = loss_parameters_of(config),
		.batch_size = data->rows};
	TRY(check(&problem, data, step, err));
	return explain(theory, &problem, step, err);
}

void gf_theory_free(gf_theory *theory)
{
	free(theory);
}
