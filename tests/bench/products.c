/* products.c: measures the products of one layer of a network, by the kernels that train it: the
 * loss of a network whose second layer, of one output, takes next to nothing. */
#include "bench.h"

#include "clock.h"
#include "ours.h"

#include <stdio.h>

enum { WIDTH = 1024, QUICK_WIDTH = 256 };

static gf_status take_loss(void *ours, double *seconds, gf_error *err)
{
	struct ours *o = ours;
	const double start = clock_seconds();
	float loss;
	gf_status status = engine_loss(o->engine, NULL, 0, o->rows, 1.0, &loss, err);

	*seconds = clock_seconds() - start;
	return status;
}

static gf_status compete(struct bench *b, struct ours *o, struct bound *bound, struct contest *c,
	size_t width, gf_error *err)
{
	char ask[64];

	TRY(ours_check(o, err));
	bound->effort = (struct effort){.flops = 2.0 * (double)(width * width * width)};
	bound->engine = o->engine;
	contest_add(c, "gpufit", OURS, take_loss, o);
	contest_add(c, "", BOUND, limits_take, bound);
	snprintf(ask, sizeof ask, "way=product rows=%zu features=%zu", width, width);
	peers_prepare(&b->peers, c, ask);
	TRY(contest_run(c, err));
	limits_name(bound, c);
	return GF_OK;
}

void bench_products(struct bench *b)
{
	const size_t width = b->quick ? QUICK_WIDTH : WIDTH;
	const struct aim aims[AIMS] = {{AIM_AHEAD, 0.9, "numpy product"}};
	const struct workload work = {.group = "P9",
		.words = "products of a layer",
		.rows = width,
		.features = width,
		.hidden = {width},
		.outputs = 1,
		.epochs = 1,
		.engine = "streaming"};
	const double flops = 2.0 * (double)(width * width * width);
	struct bound bound = {.limits = &b->limits};
	struct contest c = {.turns = b->turns};
	struct heading h = {.group = work.group,
		.words = work.words,
		.unit = {"GFLOP/s", flops * 1e-9, RATE},
		.aims = aims};
	char shape[64];
	struct ours o;
	gf_error err = {0};
	gf_status status;

	if (!bench_wants(b, work.group))
		return;
	snprintf(shape, sizeof shape, "%zu x %zu x %zu", width, width, width);
	h.shape = shape;
	status = ours_open(&o, &work, width, 0, b->device, &err);
	if (!status)
		status = compete(b, &o, &bound, &c, width, &err);
	if (!status)
		figures_add(&b->figures, &h, &c);
	else {
		b->figures.wrong++;
		figures_say(work.group, work.words, shape, err.message);
	}
	peers_drop(&b->peers);
	ours_close(&o);
}
