/*
 * bench.c: how near a full-batch epoch comes to the device's read ceiling.
 *
 *	bench [DEVICE [MEBIBYTES]]
 *
 * Each row: one shape, checked against the reference before it is timed; ceiling and epochs in
 * turn, so that a machine whose speed drifts moves both.  Ratios are what counts; medians of
 * ROUNDS.
 */
#include "board.h"
#include "ceiling.h"
#include "clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 3, EPOCHS = 5 };

static const size_t FEATURES[] = {1, 2, 3, 7, 16, 33, 64, 256, 1000};

static void die(const gf_error *err)
{
	fprintf(stderr, "bench: %s\n", err->message);
	exit(70);
}

/* Uniform in [-1, 1): what the numbers are does not matter, that they differ does. */
static float next_float(unsigned *state)
{
	*state = *state * 1664525u + 1013904223u;
	return (float)(*state >> 8) * 0x1p-23f - 1.0f;
}

static gf_dataset *random_data(size_t rows, size_t features)
{
	gf_error err = {0};
	gf_dataset *data;
	unsigned state = 1;
	size_t i;

	if (dataset_alloc(&data, rows, features, 1, &err))
		die(&err);
	for (i = 0; i < rows * features; i++)
		data->x[i] = next_float(&state);
	for (i = 0; i < rows; i++)
		data->y[i] = next_float(&state);
	return data;
}

/* One step of all rows. */
static void step(struct engine *engine, const struct problem *problem, const double *rates,
	const struct history *history)
{
	const struct plan plan = {
		.count = 1, .rows = problem->train_rows, .rates = rates, .rates_stay = 1};
	gf_error err = {0};

	if (engine_run(engine, &plan, history, &err))
		die(&err);
}

/* One step from zeros, within the bounds of the reference. */
static int step_is_right(struct engine *engine, const struct problem *problem, gf_error *err)
{
	const size_t P = problem->data->features + 1;
	float *zeros = calloc(P, sizeof *zeros), *steps = calloc(2 * P, sizeof *steps), loss;
	const struct history history = {&loss, steps};
	const double rates[RATES] = {
		[RATE_SCALE] = 1.0 / (double)problem->train_rows, [RATE_LR] = 1e-3};
	const struct batch all = {.count = problem->train_rows};
	struct reference_step *r = NULL;
	int right;
	size_t p;

	if (reference_step_new(&r, problem, err) || engine_set(engine, zeros, NULL, err))
		die(err);
	step(engine, problem, rates, &history);
	reference_step_take(r, problem, &all, zeros, NULL, rates);
	right = fabs((double)loss - r->loss) <= r->loss_bound;
	for (p = 0; p < P; p++)
		right &= fabs((double)steps[P + p] - r->gradient[p]) <= r->gradient_bound[p];
	reference_step_free(r);
	free(zeros);
	free(steps);
	return right;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The best of a few epochs, as the ceiling is the best of a few reads: a neighbour's noise
 * only slows down. */
static double epoch_rate(struct engine *engine, const struct problem *problem, double bytes)
{
	const double rates[RATES] = {
		[RATE_SCALE] = 1.0 / (double)problem->train_rows, [RATE_LR] = 1e-6};
	double best = 0.0;
	int i;

	for (i = 0; i < EPOCHS; i++) {
		float loss;
		const struct history history = {&loss, NULL};
		const double start = clock_seconds();

		step(engine, problem, rates, &history);
		best = fmax(best, bytes / (clock_seconds() - start));
	}
	return best;
}

static void bench(const char *device, size_t features, size_t bytes)
{
	const size_t rows = bytes / sizeof(float) / features;
	gf_dataset *data = random_data(rows, features);
	const struct problem problem = {
		.data = data, .train_rows = rows, .outputs = 1, .batch_size = rows};
	const struct engine_options options = {.device = device, .engine = GF_ENGINE_streaming};
	double share[ROUNDS], rate[ROUNDS], ceiling;
	struct engine *engine;
	gf_error err = {0};
	int i, right;

	if (engine_open(&engine, &problem, &options, &err))
		die(&err);
	right = step_is_right(engine, &problem, &err);
	for (i = 0; i < ROUNDS && right; i++) {
		struct board *b = (struct board *)engine;

		if (ceiling_measure(&b->dev, b->program, &ceiling, &err))
			die(&err);
		rate[i] = epoch_rate(engine, &problem, (double)(bytes + rows * sizeof(float)));
		share[i] = rate[i] / ceiling;
	}
	qsort(share, ROUNDS, sizeof *share, by_value);
	qsort(rate, ROUNDS, sizeof *rate, by_value);
	if (right)
		printf("%10zu x %-5zu %8.1f GB/s  %5.2f of the read ceiling  (%.2f to %.2f)\n",
			rows, features, rate[ROUNDS / 2] / 1e9, share[ROUNDS / 2], share[0],
			share[ROUNDS - 1]);
	else
		printf("%10zu x %-5zu is wrong: not timed\n", rows, features);
	engine_close(engine);
	gf_dataset_free(data);
}

int main(int argc, char **argv)
{
	const size_t mebibytes = argc > 2 ? strtoul(argv[2], NULL, 10) : 1024;
	size_t i;

	printf("Full-batch epochs of mse, %zu MiB of x: bytes of one read of x and y per second\n",
		mebibytes);
	for (i = 0; i < sizeof FEATURES / sizeof *FEATURES; i++)
		bench(argc > 1 ? argv[1] : NULL, FEATURES[i], mebibytes << 20);
	return 0;
}
