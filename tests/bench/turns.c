/*
 * turns.c: measures an epoch whose features take turns on the device, beside the same with all of
 * them there, and beside a copy of them to memory that stays in caches, which is the least that
 * sending them takes.
 */
#include "bench.h"

#include "clock.h"
#include "native.h"
#include "ours.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	SHARE = 10,       /* of the features a tenth may be on the device */
	COPIED = 4 << 20, /* bytes that a thread copies at a time, as device_ring.c */
	FEATURES = 256,
	ALIGNED_ROWS = 1 << 11 /* of which there are a multiple, for ours_check */
};

struct copy {
	const gf_dataset *data; /* borrowed */
	char *to;               /* owned; (threads, COPIED) */
};

static gf_status take_copy(void *self, double *seconds, gf_error *err)
{
	const struct copy *copy = self;
	const gf_dataset *data = copy->data;
	const size_t floats = gf_dataset_rows(data) * gf_dataset_features(data);
	const double start = clock_seconds();

	(void)err;
	native_copy(copy->to, gf_dataset_x(data), floats * sizeof(float), COPIED);
	*seconds = clock_seconds() - start;
	return GF_OK;
}

/* What takes part. */
struct turns {
	struct ours limited, in_place;
	struct copy copy;
};

static gf_status open_all(
	struct turns *t, const struct workload works[2], const struct bench *b, gf_error *err)
{
	const size_t fill = b->bytes / sizeof(float) / FEATURES;
	const size_t rows = fill / ALIGNED_ROWS * ALIGNED_ROWS;
	const size_t copied = native_threads() * (size_t)COPIED;

	t->copy.to = calloc(1, copied);
	if (!t->copy.to)
		return gf_fail_memory(err, copied, "a copy of x");
	TRY(ours_open(&t->limited, &works[0], rows, 0, b->device, err));
	TRY(ours_open(&t->in_place, &works[1], rows, 0, b->device, err));
	t->copy.data = t->limited.data;
	return ours_check(&t->limited, err);
}

static gf_status compete(struct turns *t, struct contest *c, gf_error *err)
{
	contest_add(c, "gpufit", OURS, ours_take, &t->limited);
	contest_add(c, "copy", LIMIT, take_copy, &t->copy);
	contest_add(c, "all on the device", PEER, ours_take, &t->in_place);
	return contest_run(c, err);
}

void bench_turns(struct bench *b)
{
	const struct aim aims[AIMS] = {{AIM_SHARE, 0.8, NULL}};
	const struct workload whole = {
		.features = FEATURES, .outputs = 1, .epochs = 1, .engine = "streaming"};
	struct workload works[] = {whole, whole};
	struct heading h = {.group = "P2b",
		.words = "full-batch epoch, a tenth of x at most on the device",
		.aims = aims};
	struct contest c = {.turns = b->turns};
	struct turns t = {.copy.to = NULL};
	char shape[64];
	gf_error err = {0};
	gf_status status;

	if (!bench_wants(b, h.group))
		return;
	works[0].memory_limit = b->bytes / SHARE;
	status = open_all(&t, works, b, &err);
	if (!status)
		status = compete(&t, &c, &err);
	if (status) {
		b->figures.wrong++;
		figures_say(h.group, h.words, "", err.message);
	} else {
		snprintf(shape, sizeof shape, "%zu x %d", t.limited.rows, FEATURES);
		h.shape = shape;
		h.unit = (struct unit){
			"GB/s", workload_effort(&whole, t.limited.rows).bytes / 1e9, RATE};
		figures_add(&b->figures, &h, &c);
	}
	ours_close(&t.limited);
	ours_close(&t.in_place);
	free(t.copy.to);
}
