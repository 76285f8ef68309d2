/* timed.c: measures a workload: gpufit beside the limit and the peers. */
#include "bench.h"

#include "clock.h"
#include "error.h"
#include "native.h"
#include "ours.h"

#include <stdio.h>
#include <stdlib.h>

/* A peer takes only so many of thousands of steps, and its time is scaled up. */
enum { PEER_STEPS = 300, PEER_EPOCHS = 10, QUICK_ROWS = 4096 };

static size_t rows_of(const struct bench *b, const struct workload *w)
{
	const size_t fill = b->bytes / sizeof(float) / w->features;
	size_t whole = 1;

	if (w->rows)
		return b->quick && w->rows > QUICK_ROWS ? QUICK_ROWS : w->rows;
	/* A multiple of a power of two, for ours_check. */
	while (whole < (1 << 16) && whole * w->features < (1 << 19))
		whole *= 2;
	return fill / whole ? fill / whole * whole : fill;
}

/* ---- others in this process ---- */

struct loop {
	const gf_dataset *data;
	size_t epochs;
	float *losses;
};

static gf_status take_loop(void *self, double *seconds, gf_error *err)
{
	const struct loop *l = self;
	float params[2] = {0.44418656826019287f, 0.5152027606964111f};
	const double start = clock_seconds();

	(void)err;
	native_loop(gf_dataset_x(l->data), gf_dataset_y(l->data), (int)gf_dataset_rows(l->data),
		(int)l->epochs, 0.01f, params, l->losses);
	*seconds = clock_seconds() - start;
	return GF_OK;
}

static gf_status take_read(void *self, double *seconds, gf_error *err)
{
	const gf_dataset *data = self;
	const size_t rows = gf_dataset_rows(data);
	const double start = clock_seconds();
	volatile float sum = native_read(gf_dataset_x(data), rows * gf_dataset_features(data)) +
			     native_read(gf_dataset_y(data), rows * gf_dataset_outputs(data));

	(void)err;
	(void)sum;
	*seconds = clock_seconds() - start;
	return GF_OK;
}

/* ---- the row ---- */

static struct unit unit_of(const struct workload *w, size_t rows)
{
	const double bytes = workload_effort(w, rows).bytes;

	if (w->hidden[0])
		return (struct unit){
			"us a step", 1e6 / (double)(workload_steps(w, rows) * w->epochs), EACH};
	if (w->batch_size)
		return (struct unit){"ns a row", 1e9 / (double)rows, EACH};
	if (w->epochs == 1)
		return (struct unit){"GB/s", bytes / 1e9, RATE};
	return (struct unit){"ms", 1e3, EACH};
}

static void shape_of(const struct workload *w, size_t rows, char *shape, size_t size)
{
	int length = snprintf(shape, size, "%zu x %zu", rows, w->features);
	const struct hidden hidden = workload_hidden(w);
	size_t i;

	for (i = 0; i < hidden.count; i++)
		length += snprintf(shape + length, size - (size_t)length, "-%zu", hidden.widths[i]);
	if (hidden.count)
		length += snprintf(shape + length, size - (size_t)length, "-%zu", w->outputs);
	else if (w->outputs > 1)
		length += snprintf(shape + length, size - (size_t)length, " x %zu", w->outputs);
	if (w->batch_size)
		snprintf(shape + length, size - (size_t)length, ", %s%zu",
			w->shuffled ? "shuffled " : "", w->batch_size);
}

static void words_of(const struct workload *w, char *words, size_t size)
{
	const char *with = w->optimizer != GF_OPTIMIZER_sgd ? optimizer_word(w->optimizer)
			   : w->momentum                    ? "momentum"
			   : w->hidden[0]                   ? activation_word(w->activation)
			   : w->loss != GF_LOSS_mse         ? loss_word(w->loss)
							    : "";

	snprintf(words, size, "%s%s%s", w->words, *with ? ", " : "", with);
}

static void ask_peers(struct bench *b, const struct workload *w, size_t rows, struct contest *c)
{
	const size_t steps = workload_steps(w, rows) * w->epochs;
	const size_t most = w->batch_size ? PEER_STEPS : rows > 7 ? PEER_EPOCHS : steps;
	char ask[512];

	snprintf(ask, sizeof ask,
		"way=train rows=%zu features=%zu outputs=%zu loss=%s optimizer=%s momentum=%d "
		"batch=%zu shuffled=%d hidden=%zu activation=%s steps=%zu most=%zu",
		rows, w->features, w->outputs, loss_word(w->loss), optimizer_word(w->optimizer),
		w->momentum, w->batch_size, w->shuffled, w->hidden[0],
		activation_word(w->activation), steps, b->quick ? most / 30 + 1 : most);
	peers_prepare(&b->peers, c, ask);
	if (!w->engine || !w->rows)
		return;
	snprintf(ask, sizeof ask, "way=gram rows=%zu features=%zu", rows, w->features);
	peers_prepare(&b->peers, c, ask);
}

static double add_row(
	struct bench *b, const struct workload *w, const struct ours *o, struct contest *c)
{
	char shape[64], words[64];
	const struct heading h = {.group = w->group,
		.words = words,
		.shape = shape,
		.unit = unit_of(w, o->rows),
		.features = (double)w->features,
		.aims = w->aims};

	shape_of(w, o->rows, shape, sizeof shape);
	words_of(w, words, sizeof words);
	return figures_add(&b->figures, &h, c);
}

struct extra {
	struct loop loop;
	struct bound bound;
	struct workload fused_work;
	struct ours fused;
};

static gf_status take_ten_fused(void *self, double *seconds, gf_error *err)
{
	gf_status status = ours_take(self, seconds, err);

	*seconds *= 10.0;
	return status;
}

/* Adds the engine that reads x in each epoch, timed for one epoch. */
static gf_status add_fused(struct contest *c, const struct ours *o, struct extra *x, gf_error *err)
{
	gf_status status;

	x->fused_work = *o->work;
	x->fused_work.engine = "streaming";
	status = ours_open(&x->fused, &x->fused_work, o->rows, 0, o->device, err);
	contest_add(c, "10 fused epochs", PEER, take_ten_fused, &x->fused);
	return status ? status : ours_check(&x->fused, err);
}

/* Adds the speed to reach: for the default run the same loop in C, else the limit of the
 * machine. */
static gf_status add_limit(
	struct bench *b, struct contest *c, const struct ours *o, struct extra *x, gf_error *err)
{
	const struct workload *w = o->work;

	x->loop = (struct loop){o->data, w->epochs, malloc(w->epochs * sizeof(float))};
	x->bound = (struct bound){.limits = &b->limits,
		.effort = workload_effort(w, o->rows),
		.x_bytes = o->rows * w->features * sizeof(float),
		.engine = o->engine};
	if (!x->loop.losses)
		return gf_fail_memory(err, w->epochs * sizeof(float), "losses");
	if (o->rows == 7 && !w->hidden[0])
		contest_add(c, "native loop", LIMIT, take_loop, &x->loop);
	else if (o->rows > 7)
		contest_add(c, "", BOUND, limits_take, &x->bound);
	if (!w->rows)
		contest_add(c, "native read", PEER, take_read, o->data);
	return w->rows && w->engine ? add_fused(c, o, x, err) : GF_OK;
}

static gf_status compete(
	struct bench *b, struct ours *o, struct contest *c, struct extra *x, gf_error *err)
{
	gf_status status = ours_check(o, err);

	if (status)
		return status;
	contest_add(c, "gpufit", OURS, ours_take, o);
	status = add_limit(b, c, o, x, err);
	if (status)
		return status;
	ask_peers(b, o->work, o->rows, c);
	status = contest_run(c, err);
	limits_name(&x->bound, c);
	return status;
}

static void finish(struct bench *b, const struct workload *w, const struct ours *o,
	struct contest *c, gf_status status, const gf_error *err)
{
	double ours;

	if (status) {
		b->figures.wrong++;
		figures_say(w->group, w->words, "", err->message);
		return;
	}
	ours = add_row(b, w, o, c);
	if (w->batch_size == 32 && w->features == 32 && !w->shuffled)
		b->figures.batch_ns = ours;
}

void bench_work(struct bench *b, const struct workload *work)
{
	struct contest c = {.turns = b->turns};
	struct extra x = {0};
	struct ours o;
	gf_error err = {0};
	gf_engine engine;
	gf_status status;

	if (!workload_engine(work, &engine)) {
		figures_say(work->group, work->words, "", "not timed: there is no such engine yet");
		return;
	}
	status = ours_open(&o, work, rows_of(b, work), work->rows != 0, b->device, &err);
	if (!status)
		status = compete(b, &o, &c, &x, &err);
	finish(b, work, &o, &c, status, &err);
	peers_drop(&b->peers);
	ours_close(&x.fused);
	ours_close(&o);
	free(x.loop.losses);
}
