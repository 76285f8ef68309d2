#include "works.h"

#include <string.h>

#define AHEAD(times, of)             \
	{                            \
		AIM_AHEAD, times, of \
	}
#define SHARE(least)                   \
	{                              \
		AIM_SHARE, least, NULL \
	}

#define PASS(d, k, l, ...)                                                               \
	{                                                                                \
		.group = "P2", .words = "full-batch epoch", .features = d, .outputs = k, \
		.loss = GF_LOSS_##l, .epochs = 1, .engine = "streaming", .aims = {       \
			__VA_ARGS__                                                      \
		}                                                                        \
	}

#define BATCHES(n, d, b, s, ...)                                                                \
	{                                                                                       \
		.group = "P3", .words = "mini-batches", .rows = n, .features = d, .outputs = 1, \
		.batch_size = b, .shuffled = s, .epochs = 1, .aims = {                          \
			__VA_ARGS__                                                             \
		}                                                                               \
	}

#define BATCHES_BY(n, d, b, o, m)                                                                \
	{                                                                                        \
		.group = "P3b", .words = "mini-batches", .rows = n, .features = d, .outputs = 1, \
		.optimizer = GF_OPTIMIZER_##o, .momentum = m, .batch_size = b, .epochs = 1,      \
		.aims = {                                                                        \
			{AIM_SCALED, 2.0, NULL}                                                  \
		}                                                                                \
	}

const struct work WORKS[] = {
	{.group = "P1",
		.words = "default run",
		.rows = 7,
		.features = 1,
		.outputs = 1,
		.epochs = 5000,
		.aims = {SHARE(0.5), AHEAD(8000, "torch")}},

	PASS(1, 1, mse, SHARE(0.90), AHEAD(4, "torch")),
	PASS(2, 1, mse, SHARE(0.90), AHEAD(4, "torch")),
	PASS(3, 1, mse, SHARE(0.85), AHEAD(4, "torch")),
	PASS(7, 1, mse, SHARE(0.90), AHEAD(4, "torch")),
	PASS(16, 1, mse, SHARE(0.90), AHEAD(4, "torch")),
	PASS(33, 1, mse, SHARE(0.90), AHEAD(4, "torch")),
	PASS(64, 1, mse, SHARE(0.90), AHEAD(4, "torch")),
	PASS(256, 1, mse, SHARE(0.85), AHEAD(4, "torch")),
	PASS(1000, 1, mse, SHARE(0.90), AHEAD(4, "torch")),
	PASS(1, 1, bce, AHEAD(4, "torch")),
	PASS(7, 1, bce, AHEAD(4, "torch")),
	PASS(16, 1, bce, SHARE(0.90), AHEAD(4, "torch")),
	PASS(64, 1, bce, SHARE(0.90), AHEAD(4, "torch")),
	PASS(256, 1, bce, SHARE(0.90), AHEAD(4, "torch")),
	PASS(16, 10, cross_entropy, AHEAD(3, "torch")),
	PASS(64, 10, cross_entropy, AHEAD(3, "torch")),

	BATCHES(1 << 20, 32, 32, 0, {AIM_AT_MOST, 10, NULL}, AHEAD(300, "torch"),
		AHEAD(10, "scikit-learn")),
	BATCHES(1 << 20, 32, 32, 1, {AIM_AT_MOST, 25, NULL}, AHEAD(300, "torch"),
		AHEAD(10, "scikit-learn")),
	BATCHES_BY(1 << 18, 8, 1, sgd, 1),
	BATCHES_BY(1 << 20, 8, 256, sgd, 1),
	BATCHES_BY(1 << 15, 784, 1, sgd, 1),
	BATCHES_BY(1 << 16, 784, 256, sgd, 1),
	BATCHES_BY(1 << 18, 8, 1, adam, 0),
	BATCHES_BY(1 << 20, 8, 256, adam, 0),
	BATCHES_BY(1 << 15, 784, 1, adam, 0),
	BATCHES_BY(1 << 16, 784, 256, adam, 0),

	{.group = "P4",
		.words = "1000 full-batch epochs",
		.rows = 1000000,
		.features = 64,
		.outputs = 1,
		.epochs = 1000,
		.engine = "moments",
		.aims = {AHEAD(1, "10 fused epochs"), AHEAD(300, "torch")}},
};
const size_t WORKS_COUNT = sizeof WORKS / sizeof *WORKS;

int work_engine(const struct work *work, gf_engine *engine)
{
	int word;

	*engine = GF_ENGINE_auto;
	if (!work->engine)
		return 1;
	for (word = 0; word < GF_ENGINE_COUNT; word++)
		if (strcmp(engine_word((gf_engine)word), work->engine) == 0) {
			*engine = (gf_engine)word;
			return 1;
		}
	return 0;
}

size_t work_steps(const struct work *work, size_t rows)
{
	return work->batch_size ? (rows + work->batch_size - 1) / work->batch_size : 1;
}

int work_is_moments(const struct work *work)
{
	return work->engine && strcmp(work->engine, "moments") == 0;
}

static double bytes_of(const struct work *work, double rows)
{
	const size_t targets = work->loss == GF_LOSS_cross_entropy ? 1 : work->outputs;

	return rows * (double)(work->features + targets) * sizeof(float);
}

/* The operations of one call of each function in kernels/math.cl. */
enum { EXP_FLOPS = 19, LOG_FLOPS = 22, LOG1P_FLOPS = 23 /* beside its exp */ };

/* Value and slope of an output, as kernels/loss.cl and terms.cl have them: comparisons, signs and
 * whole numbers are not counted, and what both need is counted once.  Of cross_entropy the row's
 * log and division are shared by its outputs. */
static struct effort loss_effort(const struct work *work)
{
	const double K = (double)work->outputs;

	if (work->loss == GF_LOSS_bce)
		return (struct effort){0, EXP_FLOPS + LOG1P_FLOPS + 3 + 2, 1};
	if (work->loss == GF_LOSS_cross_entropy)
		return (struct effort){0, EXP_FLOPS + 7 + LOG_FLOPS / K, 1 / K};
	return (struct effort){0, 3, 0};
}

/* A parameter of a step, from the sum of its gradient. */
static struct effort update_effort(const struct work *work)
{
	if (work->optimizer == GF_OPTIMIZER_adam)
		return (struct effort){0, 12, 2};
	return (struct effort){0, work->momentum ? 6 : 3, 0};
}

/* Products with the weights, sums over feature lanes, bias; products with the slope; sums of
 * loss and slope. */
static double row_flops(const struct work *work)
{
	const double D = (double)work->features;

	return 2.0 * D + (D < 16.0 ? D : 16.0) + 2.0 * D + 2.0;
}

static struct effort steps_effort(const struct work *work, double rows)
{
	const struct effort loss = loss_effort(work), update = update_effort(work);
	const double K = (double)work->outputs, epochs = (double)work->epochs;
	const double outputs = epochs * rows * K;
	const double updates = epochs * (double)work_steps(work, (size_t)rows) * K *
			       ((double)work->features + 1.0);

	return (struct effort){epochs * bytes_of(work, rows),
		outputs * (row_flops(work) + loss.flops) + updates * update.flops,
		outputs * loss.divisions + updates * update.divisions};
}

/* The upper half of X^T X, once, in double, of which a vector has half as many; then a product
 * with it each epoch. */
static struct effort moments_effort(const struct work *work, double rows)
{
	const double D = (double)work->features, K = (double)work->outputs;

	return (struct effort){bytes_of(work, rows),
		2.0 * (rows * D * (D + 1.0) + (double)work->epochs * 2.0 * D * D * K), 0};
}

struct effort work_effort(const struct work *work, size_t rows)
{
	return work_is_moments(work) ? moments_effort(work, (double)rows)
				     : steps_effort(work, (double)rows);
}
