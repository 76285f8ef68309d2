/* epochs.c: how fast the trainings of tests/bench/workloads.c are, as shares of the bandwidth. */
#include "bandwidth.h"

#include "../bench/ours.h"
#include "../bench/peers.h"
#include "error.h"

#include <math.h>
#include <string.h>

enum { TAKES = 21, TORCH_TAKES = 3 };

#define HOST_BYTES        1e9    /* a second, at which data is made and brought to the device */
#define LEAST_BYTES       0x1p20 /* of x */
#define PASSES_OF_MOMENTS 20.0   /* in whose time engine moments sums up products, at a guess */
#define FIRST_GUESS       0.02   /* of the bandwidth, before anything was measured */

/* What the rows of a step share. */
struct table {
	struct probe *p;
	struct bandwidth bandwidth;
	struct peers peers;
	double rate;    /* bytes a second of the slowest row so far: what the next may take */
	size_t to_come; /* rows */
};

/* ---- sizes ---- */

static double x_bytes(const struct workload *w, size_t rows)
{
	return (double)rows * (double)w->features * sizeof(float);
}

/* What a row of the table may take: data, check, one epoch for warmth and the timed ones. */
static double guess(const struct table *t, const struct workload *w, size_t rows)
{
	const double bytes = x_bytes(w, rows);
	const double passes = workload_is_moments(w) ? PASSES_OF_MOMENTS : (double)w->epochs;
	const double work = bytes * (double)w->outputs * passes;

	return 2.0 * bytes / HOST_BYTES + 6.0 * work / t->rate;
}

/* A multiple of a power of two, which ours_check needs. */
static size_t rows_in(const struct workload *w, double bytes)
{
	const size_t fill = (size_t)(bytes / sizeof(float)) / w->features;
	size_t whole = 1;

	while (whole < (1 << 16) && whole * w->features < (1 << 19) && whole < fill)
		whole *= 2;
	return fill / whole ? fill / whole * whole : fill;
}

/* Halves the size until the row has time. */
static size_t rows_that_fit(const struct table *t, const struct workload *w, double bytes)
{
	const double slice = probe_left(t->p) / (double)t->to_come;
	size_t rows = w->rows ? w->rows : rows_in(w, bytes);

	while (guess(t, w, rows) > slice && x_bytes(w, rows) > LEAST_BYTES && rows > 4096)
		rows /= 2;
	return rows;
}

/* ---- a row ---- */

static gf_status take_ours(const struct table *t, struct ours *o, double *median, gf_error *err)
{
	const double until = probe_left(t->p) - probe_left(t->p) / (double)t->to_come * 0.6;
	double seconds[TAKES];
	size_t i;

	TRY(ours_take(o, seconds, err));
	for (i = 0; i < TAKES && (i == 0 || probe_left(t->p) > until); i++)
		TRY(ours_take(o, seconds + i, err));
	*median = probe_median(seconds, i);
	return GF_OK;
}

/* Returns the seconds that torch takes on its GPU; 0: it cannot. */
static double take_torch(struct table *t, const struct workload *w, size_t rows)
{
	const size_t steps = workload_steps(w, rows) * w->epochs;
	struct contest c = {.turns = 1};
	double seconds[TORCH_TAKES] = {0};
	char ask[512];
	size_t i;

	snprintf(ask, sizeof ask,
		"way=train device=cuda rows=%zu features=%zu outputs=%zu loss=%s optimizer=%s "
		"momentum=%d batch=%zu shuffled=%d hidden=0 steps=%zu most=%zu",
		rows, w->features, w->outputs, loss_word(w->loss), optimizer_word(w->optimizer),
		w->momentum, w->batch_size, w->shuffled, steps, steps < 1000 ? steps : 1000);
	peers_prepare(&t->peers, &c, ask);
	for (i = 0; c.count && i < TORCH_TAKES; i++)
		if (c.list[0].take(c.list[0].self, seconds + i, NULL))
			return 0.0;
	peers_drop(&t->peers);
	return c.count ? probe_median(seconds, TORCH_TAKES) : 0.0;
}

static void print_row(
	struct table *t, const struct workload *w, size_t rows, double seconds, double torch)
{
	const double bytes = workload_effort(w, rows).bytes, rate = bytes / seconds;
	const double steps = (double)(workload_steps(w, rows) * w->epochs);
	char batch[32] = "all";

	if (w->batch_size)
		snprintf(batch, sizeof batch, "%zu%s", w->batch_size,
			w->shuffled ? " shuffled" : "");
	printf("  %-3s %-13s %4zu %2zu %8zu %-11s %9.1f %11.2f %8.1f %6.2f %6.2f", w->group,
		loss_word(w->loss), w->features, w->outputs, rows, batch, x_bytes(w, rows) / 0x1p20,
		seconds * 1e6 / steps, rate / 1e9, rate / t->bandwidth.copy,
		rate / t->bandwidth.read);
	if (torch > 0.0)
		printf(" %8.2f", torch / seconds);
	printf("\n");
	probe_record(t->p,
		json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:I, s:f, s:f, s:f, s:f, s:f}",
			"group", w->group, "words", w->words, "loss", loss_word(w->loss),
			"features", (json_int_t)w->features, "outputs", (json_int_t)w->outputs,
			"rows", (json_int_t)rows, "batch", (json_int_t)w->batch_size, "shuffled",
			w->shuffled, "epochs", (json_int_t)w->epochs, "seconds", seconds,
			"bytes_per_second", rate, "share_of_copy", rate / t->bandwidth.copy,
			"share_of_read", rate / t->bandwidth.read, "torch_seconds", torch));
}

static gf_status measure(struct table *t, const struct workload *w, double bytes, gf_error *err)
{
	const size_t rows = rows_that_fit(t, w, bytes);
	double seconds = 0.0, rate;
	struct ours o;
	gf_status status = ours_open(&o, w, rows, w->rows != 0 || w->batch_size, t->p->device, err);

	if (!status)
		status = ours_check(&o, err);
	if (!status)
		status = take_ours(t, &o, &seconds, err);
	ours_close(&o);
	TRY(status);
	rate = x_bytes(w, rows) * (double)(w->outputs * w->epochs) / seconds;
	if (!w->rows)
		t->rate = fmin(t->rate, rate / 2.0);
	print_row(t, w, rows, seconds, t->peers.count ? take_torch(t, w, rows) : 0.0);
	return GF_OK;
}

/* A row that the device cannot compute is no failure. */
static gf_status measure_or_say(
	struct table *t, const struct workload *work, double bytes, gf_error *err)
{
	struct workload w = *work;
	gf_error why = {0};
	gf_status status;

	w.tuning.kernels = t->p->kernels;
	status = measure(t, &w, bytes, &why);
	if (status == GF_E_UNAVAILABLE || status == GF_E_USAGE) {
		printf("  %-3s %-13s %4zu: %s\n", w.group, loss_word(w.loss), w.features,
			why.message);
		return GF_OK;
	}
	return status ? gf_fail(err, status, "%s, %s, D = %zu: %s", w.group, loss_word(w.loss),
				w.features, why.message)
		      : GF_OK;
}

/* ---- the table ---- */

static gf_status start_table(struct table *t, struct probe *p, double bytes, gf_error *err)
{
	struct device dev;
	gf_status status;

	memset(t, 0, sizeof *t);
	t->p = p;
	TRY(device_open(&dev, p->device, 0, NULL, err));
	status = bandwidth_measure(&dev, (size_t)bytes, &t->bandwidth, err);
	device_close(&dev);
	TRY(status);
	t->rate = FIRST_GUESS * fmax(t->bandwidth.copy, t->bandwidth.read);
	printf("  copy %.1f GB/s, read %.1f GB/s by our own kernels at this size; ",
		t->bandwidth.copy / 1e9, t->bandwidth.read / 1e9);
	fflush(stdout);
	peers_start_one(&t->peers, p->python, p->scripts, "peer_torch.py");
	if (!t->peers.list[0].to)
		t->peers.count = 0;
	printf("\n  %-3s %-13s %4s %2s %8s %-11s %9s %11s %8s %6s %6s%s\n", "", "loss", "D", "K",
		"rows", "batch", "MiB of x", "us a step", "GB/s", "/copy", "/read",
		t->peers.count ? "  x torch" : "");
	return GF_OK;
}

static int is_pass(const struct workload *w)
{
	return strcmp(w->group, "P2") == 0;
}

static int is_fit(const struct workload *w)
{
	return strcmp(w->group, "P1") == 0 || strcmp(w->group, "P3") == 0 ||
	       strcmp(w->group, "P4") == 0;
}

static gf_status measure_all(
	struct probe *p, int (*is_wanted)(const struct workload *), double bytes, gf_error *err)
{
	size_t i, done = 0, all = 0;
	struct table t;
	gf_status status = start_table(&t, p, bytes, err);

	for (i = 0; i < WORKLOADS_COUNT; i++)
		all += (size_t)is_wanted(&WORKLOADS[i]);
	for (i = 0; i < WORKLOADS_COUNT && !status && probe_left(p) > 0.0; i++) {
		if (!is_wanted(&WORKLOADS[i]))
			continue;
		t.to_come = all - done++;
		status = measure_or_say(&t, &WORKLOADS[i], bytes, err);
	}
	peers_stop(&t.peers);
	probe_say_left_out(p, "rows were measured", done, all);
	return status;
}

gf_status step_epochs_small(struct probe *p, gf_error *err)
{
	return measure_all(p, is_pass, 0x1p26, err);
}

gf_status step_epochs_large(struct probe *p, gf_error *err)
{
	return measure_all(p, is_pass, 0x1p30, err);
}

gf_status step_fits(struct probe *p, gf_error *err)
{
	return measure_all(p, is_fit, 0x1p28, err);
}
