#include "workloads.h"

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

/* Eight epochs of the rows, which are batches of b. */
#define NETWORK(d, h, k, a, l, b, times)                                                           \
	{                                                                                          \
		.group = "P8", .words = "network", .rows = 16 * (b), .features = d, .hidden = {h}, \
		.outputs = k, .activation = GF_ACTIVATION_##a, .loss = GF_LOSS_##l,                \
		.batch_size = b, .epochs = 8, .aims = {                                            \
			AHEAD(times, "torch")                                                      \
		}                                                                                  \
	}

const struct workload WORKLOADS[] = {
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

	{.group = "P8",
		.words = "network",
		.rows = 7,
		.features = 1,
		.hidden = {16},
		.outputs = 1,
		.activation = GF_ACTIVATION_tanh,
		.epochs = 5000,
		.aims = {AHEAD(200, "torch")}},
	NETWORK(8, 16, 3, relu, cross_entropy, 32, 20),
	NETWORK(30, 64, 1, relu, mse, 32, 20),
	NETWORK(784, 128, 10, relu, cross_entropy, 32, 1.5),
	NETWORK(784, 128, 10, relu, cross_entropy, 128, 1.5),
	NETWORK(784, 128, 10, relu, cross_entropy, 512, 1.5),
};
const size_t WORKLOADS_COUNT = sizeof WORKLOADS / sizeof *WORKLOADS;

int workload_engine(const struct workload *workload, gf_engine *engine)
{
	int word;

	*engine = GF_ENGINE_auto;
	if (!workload->engine)
		return 1;
	for (word = 0; word < GF_ENGINE_COUNT; word++)
		if (strcmp(engine_word((gf_engine)word), workload->engine) == 0) {
			*engine = (gf_engine)word;
			return 1;
		}
	return 0;
}

struct hidden workload_hidden(const struct workload *workload)
{
	struct hidden hidden = {.activation = workload->activation};
	const size_t most = sizeof workload->hidden / sizeof *workload->hidden;

	for (; hidden.count < most && workload->hidden[hidden.count]; hidden.count++)
		hidden.widths[hidden.count] = workload->hidden[hidden.count];
	return hidden;
}

size_t workload_steps(const struct workload *workload, size_t rows)
{
	return workload->batch_size ? (rows + workload->batch_size - 1) / workload->batch_size : 1;
}

int workload_is_moments(const struct workload *workload)
{
	return workload->engine && strcmp(workload->engine, "moments") == 0;
}

static double bytes_of(const struct workload *workload, double rows)
{
	const size_t targets = workload->loss == GF_LOSS_cross_entropy ? 1 : workload->outputs;

	return rows * (double)(workload->features + targets) * sizeof(float);
}

/* The operations of one call of each function in kernels/math.cl. */
enum { EXP_FLOPS = 19, LOG_FLOPS = 22, LOG1P_FLOPS = 23 /* beside its exp */ };

/* Value and slope of an output, as kernels/loss.cl and terms.cl compute them.  Comparisons, signs
 * and whole numbers are not counted, and what both need is counted once.  The outputs of a row of
 * cross_entropy share its log and division. */
static struct effort loss_effort(const struct workload *workload)
{
	const double K = (double)workload->outputs;

	if (workload->loss == GF_LOSS_bce)
		return (struct effort){0, EXP_FLOPS + LOG1P_FLOPS + 3 + 2, 1};
	if (workload->loss == GF_LOSS_cross_entropy)
		return (struct effort){0, EXP_FLOPS + 7 + LOG_FLOPS / K, 1 / K};
	return (struct effort){0, 3, 0};
}

/* The update of one parameter, from the sum of its gradient. */
static struct effort update_effort(const struct workload *workload)
{
	if (workload->optimizer == GF_OPTIMIZER_adam)
		return (struct effort){0, 12, 2};
	return (struct effort){0, workload->momentum ? 6 : 3, 0};
}

/* A network takes products of each layer with the rows forward, for the gradient and, but in the
 * first layer, back; and the update.  What activations and losses take is not counted. */
static struct effort network_effort(const struct workload *workload, double rows)
{
	const struct hidden hidden = workload_hidden(workload);
	const double epochs = (double)workload->epochs;
	const double steps = epochs * (double)workload_steps(workload, (size_t)rows);
	struct network network;
	double flops = 0.0;
	size_t l;

	network_of(&network, workload->features, &hidden, workload->outputs);
	for (l = 0; l < network.count; l++)
		flops += (l ? 6.0 : 4.0) * (double)network.layers[l].inputs *
			 (double)network.layers[l].outputs;
	flops = epochs * rows * flops +
		steps * (double)network.parameters * update_effort(workload).flops;
	return (struct effort){epochs * bytes_of(workload, rows), flops, 0};
}

/* An output of a row takes products with the weights, sums over feature lanes and the bias;
 * products with the slope; sums of loss and slope. */
static double row_flops(const struct workload *workload)
{
	const double D = (double)workload->features;

	return 2.0 * D + (D < 16.0 ? D : 16.0) + 2.0 * D + 2.0;
}

static struct effort steps_effort(const struct workload *workload, double rows)
{
	const struct effort loss = loss_effort(workload), update = update_effort(workload);
	const double K = (double)workload->outputs, epochs = (double)workload->epochs;
	const double outputs = epochs * rows * K;
	const double updates = epochs * (double)workload_steps(workload, (size_t)rows) * K *
			       ((double)workload->features + 1.0);

	return (struct effort){epochs * bytes_of(workload, rows),
		outputs * (row_flops(workload) + loss.flops) + updates * update.flops,
		outputs * loss.divisions + updates * update.divisions};
}

/* The upper half of X^T X, once, then a product with it each epoch.  Both are in double, which
 * counts twice: a vector holds half as many. */
static struct effort moments_effort(const struct workload *workload, double rows)
{
	const double D = (double)workload->features, K = (double)workload->outputs;

	return (struct effort){bytes_of(workload, rows),
		2.0 * (rows * D * (D + 1.0) + (double)workload->epochs * 2.0 * D * D * K), 0};
}

struct effort workload_effort(const struct workload *workload, size_t rows)
{
	if (workload->hidden[0])
		return network_effort(workload, (double)rows);
	return workload_is_moments(workload) ? moments_effort(workload, (double)rows)
					     : steps_effort(workload, (double)rows);
}
