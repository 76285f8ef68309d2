/* growth.c: measures how the time of an epoch grows with rows and features, and how much memory
 * it takes beside x. */
#include "bench.h"

#include "device_memory.h"
#include "ours.h"

#include <stdio.h>

/* Enough epochs to last this long are timed together. */
#define EPOCHS_SECONDS 0.02

enum { EPOCHS_MOST = 4096, FEATURES_OF_ROWS = 16, ROWS_OF_FEATURES = 1 << 16 };

static const struct workload EPOCH = {
	.group = "growth", .words = "full-batch epoch", .outputs = 1, .epochs = 1};

/* Increases the epochs of a run until it lasts EPOCHS_SECONDS, so that its overhead does not
 * count. */
static gf_status settle(struct ours *o, gf_error *err)
{
	double seconds = 0.0;
	gf_status status = GF_OK;

	while (!status && seconds * (double)o->steps < EPOCHS_SECONDS && o->steps < EPOCHS_MOST) {
		o->steps *= 2;
		status = ours_take(o, &seconds, err);
	}
	return status;
}

static void ask_peers(struct bench *b, size_t rows, size_t features, struct contest *c)
{
	char ask[256];

	snprintf(ask, sizeof ask,
		"way=train rows=%zu features=%zu outputs=1 loss=mse optimizer=sgd momentum=0 "
		"batch=0 shuffled=0 steps=1 most=1",
		rows, features);
	peers_prepare(&b->peers, c, ask);
}

static gf_status compete(
	struct bench *b, struct ours *o, struct bound *bound, struct contest *c, gf_error *err)
{
	gf_status status = ours_check(o, err);

	if (!status)
		status = settle(o, err);
	bound->engine = o->engine;
	contest_add(c, "gpufit", OURS, ours_take, o);
	contest_add(c, "", BOUND, limits_take, bound);
	ask_peers(b, o->rows, o->work->features, c);
	if (!status)
		status = contest_run(c, err);
	limits_name(bound, c);
	return status;
}

static void time_epoch(struct bench *b, const char *group, size_t rows, size_t features)
{
	struct workload work = EPOCH;
	struct bound bound = {.limits = &b->limits};
	struct contest c = {.turns = b->turns};
	struct heading h = {.group = group, .words = EPOCH.words, .unit = {"us", 1e6, EACH}};
	char shape[64];
	struct ours o;
	gf_error err = {0};
	gf_status status;

	work.features = features;
	bound.effort = workload_effort(&work, rows);
	snprintf(shape, sizeof shape, "%zu x %zu", rows, features);
	h.shape = shape;
	status = ours_open(&o, &work, rows, 0, b->device, &err);
	if (!status)
		status = compete(b, &o, &bound, &c, &err);
	if (!status)
		figures_add(&b->figures, &h, &c);
	else
		figures_say(group, EPOCH.words, shape, err.message);
	b->figures.wrong += status != GF_OK;
	peers_drop(&b->peers);
	ours_close(&o);
}

/* ---- memory ---- */

static gf_status no_time(void *kibibytes, double *seconds, gf_error *err)
{
	(void)err;
	*seconds = *(const double *)kibibytes;
	return GF_OK;
}

/* Measures the memory beside x and y, of which the device has at most one copy. */
static void weigh(struct bench *b, size_t rows, size_t features)
{
	const struct heading h = {
		.group = "memory", .words = "beside x and y", .unit = {"KiB", 1.0, EACH}};
	struct workload work = EPOCH;
	struct contest c = {.turns = 1};
	double beside, data;
	char shape[64];
	struct heading heading = h;
	struct ours o;
	gf_error err = {0};
	double seconds;

	work.features = features;
	snprintf(shape, sizeof shape, "%zu x %zu", rows, features);
	heading.shape = shape;
	memory_forget();
	beside = -(double)memory_in_use();
	if (ours_open(&o, &work, rows, 0, b->device, &err) || ours_take(&o, &seconds, &err)) {
		figures_say(h.group, h.words, shape, err.message);
	} else {
		data = workload_effort(&work, rows).bytes / 1024.0;
		beside = (beside + (double)memory_peak()) / 1024.0 - data;
		contest_add(&c, "gpufit", OURS, no_time, &beside);
		contest_add(&c, "x and y", PEER, no_time, &data);
		if (!contest_run(&c, &err))
			figures_add(&b->figures, &heading, &c);
	}
	ours_close(&o);
}

/* ---- the tables ---- */

static void over_rows(struct bench *b)
{
	const size_t most = b->quick ? 10000 : 10000000;
	size_t rows;

	for (rows = 100; rows <= most; rows *= 10)
		time_epoch(b, "growth N", rows, FEATURES_OF_ROWS);
}

static void over_features(struct bench *b)
{
	const size_t most = b->quick ? 16 : 2048;
	size_t features;

	for (features = 8; features <= most; features *= 2)
		time_epoch(b, "growth D", ROWS_OF_FEATURES, features);
}

static void over_both(struct bench *b)
{
	const size_t most = b->quick ? 10000 : 1000000;
	size_t rows, features;

	for (features = 1; features <= 256; features *= 16)
		for (rows = 100; rows <= most; rows *= 100)
			weigh(b, rows, features);
}

void bench_growth(struct bench *b)
{
	if (bench_wants(b, "growth N"))
		over_rows(b);
	if (bench_wants(b, "growth D"))
		over_features(b);
	if (bench_wants(b, "memory"))
		over_both(b);
}
