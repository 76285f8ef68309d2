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
	for (word = 0; word < GF_ENGINES; word++)
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

double work_bytes(const struct work *work, size_t rows)
{
	const size_t targets = work->loss == GF_LOSS_cross_entropy ? 1 : work->outputs;

	return (double)rows * (double)(work->features + targets) * sizeof(float);
}

/* As kernels/loss.cl, terms.cl and math.cl have them: exp 19, log1p_exp 23 beside its exp; a
 * division takes the processor as long as some 12.  Of cross_entropy each output with its exp, and
 * a tenth of the row's log and division. */
static double loss_flops(gf_loss loss)
{
	return loss == GF_LOSS_bce ? 60.0 : loss == GF_LOSS_cross_entropy ? 30.0 : 3.0;
}

/* A parameter of a step: adam's two means, root and division, or momentum. */
static double update_flops(const struct work *work)
{
	return work->optimizer == GF_OPTIMIZER_adam ? 50.0 : work->momentum ? 4.0 : 2.0;
}

double work_flops(const struct work *work, size_t rows)
{
	const double D = (double)work->features, K = (double)work->outputs;
	const double a_row = 4.0 * D + 3.0 + loss_flops(work->loss);

	/* The upper half of X^T X, once; then a product with it each epoch. */
	if (work_is_moments(work))
		return (double)rows * D * (D + 1.0) + (double)work->epochs * 2.0 * D * D * K;
	return K * (double)work->epochs *
	       ((double)rows * a_row +
		       (double)work_steps(work, rows) * (D + 1.0) * update_flops(work));
}
