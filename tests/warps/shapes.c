/*
 * shapes.c: the full-batch epochs of the bench (P2) as an H100 would run them.
 *
 *	shapes list	a line for each of them at each size of x: its number, D, K, loss,
 *			bytes of x, rows, blocks of a work-group, work-groups, launches of
 *			`gradient`, nodes that each level of `fold` takes (comma-separated;
 *			none: -), and the options of the build
 *	shapes step N	takes one step of line N's training, with fewer rows but with
 *			work-groups of as many blocks; for tests/gpu-report, under an
 *			interpreter
 */
#include "engine.h"
#include "sum_order.h"
#include "variant.h"
#include "workloads.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An H100, and the work-groups of a step: their nodes take two levels of `fold`. */
enum { UNITS = 132, GROUPS = 4 * FOLD_RUN };
static const double SIZES[] = {0x1p30, 0x1p26}; /* bytes of x */

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* One training, as the device would run it. */
struct shape {
	const struct workload *work; /* borrowed */
	gf_dataset data;             /* its sizes alone */
	struct problem problem;
	struct variant variant;
	struct chunks chunks; /* one is the work of a work-group */
	double bytes;         /* of x */
};

/* What the host asks of a device, of an H100. */
static struct device h100(void)
{
	struct device dev = {.max_group = 1024, .local_bytes = 48 << 10, .loop_limit = SIZE_MAX};

	dev.id.info.compute_units = UNITS;
	dev.id.info.memory_bytes = (uint64_t)80 << 30;
	dev.id.info.max_alloc_bytes = (uint64_t)20 << 30;
	return dev;
}

static struct problem problem_of(const struct workload *work, const gf_dataset *data)
{
	return (struct problem){.data = data,
		.train_rows = data->rows,
		.outputs = work->outputs,
		.loss = work->loss,
		.loss_parameters = loss_parameters_default(),
		.batch_size = data->rows};
}

static gf_status set_shape(
	struct shape *s, const struct workload *work, double bytes, gf_error *err)
{
	const struct device dev = h100();
	const struct tuning tuning = {.kernels = GF_KERNELS_gpu};

	memset(s, 0, sizeof *s);
	s->work = work;
	s->bytes = bytes;
	s->data.features = work->features;
	s->data.rows = (size_t)(bytes / sizeof(float)) / work->features;
	s->problem = problem_of(work, &s->data);
	TRY(variant_of(&s->variant, &s->problem, &dev, GF_ENGINE_streaming, &tuning, err));
	s->chunks = variant_chunks(&s->variant, &s->problem, &dev, &tuning, s->data.rows);
	return GF_OK;
}

/* Finds the shape of line `number`; 0: there are fewer. */
static int find_shape(struct shape *s, size_t number, gf_status *status, gf_error *err)
{
	size_t w, size, line = 0;

	for (w = 0; w < WORKLOADS_COUNT; w++)
		for (size = 0; size < COUNT(SIZES) && strcmp(WORKLOADS[w].group, "P2") == 0; size++)
			if (line++ == number) {
				*status = set_shape(s, &WORKLOADS[w], SIZES[size], err);
				return 1;
			}
	return 0;
}

/* ---- list ---- */

static void print_folds(size_t nodes)
{
	const char *before = "";

	if (nodes == 1)
		printf("-");
	for (; nodes > 1; nodes = parts_of(nodes, FOLD_RUN)) {
		printf("%s%zu", before, nodes);
		before = ",";
	}
}

static gf_status list(gf_error *err)
{
	char words[BUILD_WORDS];
	struct shape s;
	gf_status status;
	size_t i;

	for (i = 0; find_shape(&s, i, &status, err); i++) {
		TRY(status);
		variant_words(&s.variant, &s.problem, words);
		printf("%zu\t%zu\t%zu\t%s\t%.0f\t%zu\t%u\t%zu\t%zu\t", i, s.data.features,
			s.problem.outputs, loss_word(s.problem.loss), s.bytes, s.data.rows,
			s.chunks.blocks, s.chunks.count, parts_of(s.chunks.count, s.chunks.launch));
		print_folds(s.chunks.count);
		printf("\t%s\n", words);
	}
	return GF_OK;
}

/* ---- step ---- */

/* Uniform in [-1, 1).  The numbers only have to differ. */
static float next_float(unsigned *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (float)(*state >> 8) * 0x1p-23f - 1.0f;
}

static float next_target(const struct shape *s, unsigned *state)
{
	const float number = next_float(state);

	if (s->problem.loss == GF_LOSS_cross_entropy)
		return floorf(0.5f * (number + 1.0f) * (float)s->problem.outputs);
	return s->problem.loss == GF_LOSS_bce ? (number > 0.0f ? 1.0f : 0.0f) : number;
}

static gf_status make_data(gf_dataset **data, const struct shape *s, gf_error *err)
{
	const size_t targets = s->problem.loss == GF_LOSS_cross_entropy ? 1 : s->problem.outputs;
	const size_t rows = (size_t)GROUPS * s->chunks.blocks * BLOCK_ROWS;
	unsigned state = 1;
	size_t i;

	TRY(dataset_alloc(data, rows, s->data.features, targets, err));
	for (i = 0; i < rows * s->data.features; i++)
		(*data)->x[i] = next_float(&state);
	for (i = 0; i < rows * targets; i++)
		(*data)->y[i] = next_target(s, &state);
	return GF_OK;
}

/* One step with the engine that an H100 would have, but for the number of work-groups. */
static gf_status take_step(const struct shape *s, const gf_dataset *data, gf_error *err)
{
	const struct problem problem = problem_of(s->work, data);
	const struct engine_options options = {.engine = GF_ENGINE_streaming,
		.tuning = {.kernels = GF_KERNELS_gpu,
			.local = s->variant.items,
			.blocks = s->chunks.blocks,
			.width = s->variant.built_in ? WIDTH_BUILT_IN : WIDTH_RUN_TIME}};
	const double rates[RATES] = {[RATE_SCALE] = 1.0 / (double)data->rows, [RATE_LR] = 1e-6};
	const struct plan plan = {
		.count = 1, .rows = data->rows, .rates = rates, .rates_constant = 1};
	float loss;
	const struct history history = {&loss, NULL};
	struct engine *engine;
	gf_status status;

	TRY(engine_open(&engine, &problem, &options, err));
	status = engine_run(engine, &plan, &history, err);
	engine_close(engine);
	return status;
}

static gf_status step(const struct shape *s, gf_error *err)
{
	gf_dataset *data;
	gf_status status = make_data(&data, s, err);

	if (!status)
		status = take_step(s, data, err);
	gf_dataset_free(data);
	return status;
}

int main(int argc, char **argv)
{
	gf_error err = {0};
	gf_status status = GF_OK;
	struct shape s;

	if (argc == 2 && strcmp(argv[1], "list") == 0)
		status = list(&err);
	else if (argc == 3 && strcmp(argv[1], "step") == 0 &&
		 find_shape(&s, strtoul(argv[2], NULL, 10), &status, &err))
		status = status ? status : step(&s, &err);
	else
		return fprintf(stderr, "usage: shapes list, or shapes step NUMBER\n"), 2;
	if (status)
		fprintf(stderr, "shapes: %s\n", err.message);
	return status != GF_OK;
}
