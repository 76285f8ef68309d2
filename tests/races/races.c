/*
 * races.c: short trainings by all kernels, to be run under oclgrind, which reports memory that two
 * work-items use with no barrier between them, and accesses outside a buffer.
 *
 *	races [FILE[:N]]	as if kernels/FILE had no barriers, or not its N-th, from 1
 *
 * With all barriers the trainings must have the bits of plain loops (order.h).  RACES_WHOLE=1
 * trains each shape with each size of work-groups and in each way; otherwise a shape has one of
 * each.  RACES_FEATURES="3 33": takes only the shapes with so many features.
 */
#include "fixture_engine.h"

#include <CL/cl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- missing barriers ---- */

static const char *without;       /* a file of the kernels, or NULL: no barrier is missing */
static unsigned long without_one; /* which of its barriers; 0: all of them */

__typeof__(clCreateProgramWithSource) __real_clCreateProgramWithSource,
	__wrap_clCreateProgramWithSource;

/* Returns 1 if the line begins the file whose barriers are missing, 0 if another one, else -1. */
static int begins_file(const char *line)
{
	char file[64];

	if (sscanf(line, "#line 1 \"kernels/%63[^\"]\"", file) != 1)
		return -1;
	return strcmp(file, without) == 0;
}

static cl_program create_without(
	cl_context context, cl_uint count, const char **lines, cl_int *code)
{
	const char **kept = malloc(count * sizeof *kept);
	unsigned long found = 0;
	int inside = 0;
	cl_program program;
	cl_uint i;

	assert_non_null(kept);
	for (i = 0; i < count; i++) {
		const int begins = begins_file(lines[i]);

		inside = begins >= 0 ? begins : inside;
		kept[i] = lines[i];
		if (inside && strstr(lines[i], "\tbarrier(CLK_"))
			kept[i] = !without_one || ++found == without_one ? "\t;\n" : lines[i];
	}
	program = __real_clCreateProgramWithSource(context, count, kept, NULL, code);
	free(kept);
	return program;
}

/* The lines end with zeros: kernels.c has no lengths. */
cl_program __wrap_clCreateProgramWithSource(
	cl_context context, cl_uint count, const char **lines, const size_t *lengths, cl_int *code)
{
	if (without)
		return create_without(context, count, lines, code);
	return __real_clCreateProgramWithSource(context, count, lines, lengths, code);
}

/* ---- trainings ---- */

/* Rows fill several strips of a work-group, and the chunks of several. */
static const struct {
	struct shape shape;
	size_t blocks; /* of a chunk */
} SHAPES[] = {
	{{600, 1, 1}, 4}, {{600, 3, 2}, 4}, {{330, 8, 1}, 4}, {{150, 9, 3}, 1}, {{130, 33, 1}, 1},
	{{70, 64, 2}, 1}, {{70, 100, 1}, 1}, {{11, 1030, 1}, 1},
	{{66, 12, 18}, 1}, /* more outputs than a work-group takes at once */
};

static const struct hidden NETS[] = {
	{{9}, 1, GF_ACTIVATION_relu, 0.0},
	{{17, 5}, 2, GF_ACTIVATION_tanh, 0.0},
};

enum { NET_FEATURES = 6 };

static const size_t LOCAL[] = {32, 64, 128, 256};

/* What a training has beyond its shape. */
static const struct setup WAYS[] = {
	{.loss = GF_LOSS_mse, .steps = 2},
	{.loss = GF_LOSS_cross_entropy,
		.update = {.momentum = 1, .clip_norm = 1},
		.weighted = 1,
		.class_weights = 1,
		.steps = 2},
	{.loss = GF_LOSS_huber,
		.update = {.optimizer = GF_OPTIMIZER_adam, .average = 1},
		.batch_size = 60,
		.shuffled = 1,
		.steps = 3},
};

static void train(struct training *t, gf_engine word, struct tuning tuning)
{
	struct engine *engine = open_engine(t, word, tuning);
	struct outcome found;

	if (without) {
		found = run_training(engine, t, 2);
		free_outcome(&found);
	} else {
		assert_training_matches(engine, t, 2);
	}
	engine_close(engine);
}

static struct training *new_way(struct shape shape, const struct hidden *hidden, size_t way)
{
	struct setup setup = WAYS[way % COUNT(WAYS)];
	struct training *t;

	setup.shape = shape;
	setup.hidden = *hidden;
	if (setup.loss == GF_LOSS_cross_entropy && shape.outputs == 1)
		setup.shape.outputs = 2;
	t = new_training(&setup);
	expect_training(t);
	return t;
}

/* Both engines have the same build, where kernels gpu have both. */
static void train_shape(size_t s, gf_kernels kernels, size_t local, size_t way)
{
	const struct tuning tuning = {
		.kernels = kernels, .local = local, .blocks = SHAPES[s].blocks, .with_resident = 1};
	const struct hidden none = {.count = 0};
	struct training *t = new_way(SHAPES[s].shape, &none, way);

	train(t, GF_ENGINE_streaming, tuning);
	train(t, GF_ENGINE_resident, tuning);
	free_training(t);
}

static void train_net(size_t n, gf_kernels kernels, size_t local, size_t way)
{
	const struct tuning tuning = {.kernels = kernels, .local = local, .blocks = 1};
	struct training *t = new_way((struct shape){70, NET_FEATURES, 3}, &NETS[n], way);

	train(t, GF_ENGINE_streaming, tuning);
	free_training(t);
}

/* ---- which of them ---- */

static int whole(void)
{
	return getenv("RACES_WHOLE") != NULL;
}

static int is_selected(size_t features)
{
	const char *at = getenv("RACES_FEATURES");
	char *end;

	if (!at)
		return 1;
	for (;; at = end) {
		const size_t wanted = strtoul(at, &end, 10);

		if (end == at)
			return 0;
		if (wanted == features)
			return 1;
	}
}

static void kernels_for_gpus_have_no_races(void **state)
{
	size_t s, l, way;

	(void)state;
	for (s = 0; s < COUNT(SHAPES); s++)
		for (l = 0; l < COUNT(LOCAL) && is_selected(SHAPES[s].shape.features); l++)
			for (way = 0; way < COUNT(WAYS); way++)
				if (whole() || (s % COUNT(LOCAL) == l && (s + l) % 3 == way))
					train_shape(s, GF_KERNELS_gpu, LOCAL[l], way);
}

static void kernels_for_cpus_have_no_races(void **state)
{
	size_t s;

	(void)state;
	for (s = 1; s < (whole() ? COUNT(SHAPES) : 5); s += whole() ? 1 : 3)
		if (is_selected(SHAPES[s].shape.features))
			train_shape(s, GF_KERNELS_cpu, 0, s + 1);
}

static void kernels_of_networks_have_no_races(void **state)
{
	size_t n, l;

	(void)state;
	if (!is_selected(NET_FEATURES))
		return;
	for (n = 0; n < (whole() ? COUNT(NETS) : 1); n++) {
		for (l = 0; l < COUNT(LOCAL); l++)
			if (whole() || l == 1)
				train_net(n, GF_KERNELS_gpu, LOCAL[l], n + l);
		train_net(n, GF_KERNELS_cpu, 0, n + 1);
	}
}

static void kernels_of_moments_have_no_races(void **state)
{
	struct setup setup = {.shape = {100, 9, 2}, .weighted = 1, .steps = 2};
	struct training *t;
	struct engine *engine;
	struct outcome found;

	(void)state;
	if (!is_selected(setup.shape.features))
		return;
	t = new_moments_training(&setup);
	engine = open_engine(t, GF_ENGINE_moments, (struct tuning){0});
	found = run_training(engine, t, 2);
	free_outcome(&found);
	engine_close(engine);
	free_training(t);
}

int main(int count, char **words)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels_for_gpus_have_no_races),
		cmocka_unit_test(kernels_of_networks_have_no_races),
		cmocka_unit_test(kernels_for_cpus_have_no_races),
		cmocka_unit_test(kernels_of_moments_have_no_races),
	};

	if (count > 1) {
		char *colon = strchr(words[1], ':');

		without = words[1];
		without_one = colon ? strtoul(colon + 1, NULL, 10) : 0;
		if (colon)
			*colon = '\0';
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
