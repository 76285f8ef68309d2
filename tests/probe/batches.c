/* batches.c: mini-batches in both engines, and the size where both take the same time. */
#include "probe.h"

#include "../bench/ours.h"
#include "clock.h"
#include "error.h"
#include "rng.h"
#include "variant.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STRETCH_SECONDS 0.05 /* of steps that are timed well */

enum { TURNS = 3, STEPS_MOST = 1 << 16, NAMES = 2 };

static const gf_engine ENGINES[NAMES] = {GF_ENGINE_resident, GF_ENGINE_streaming};

/* The rows of a table. */
struct stretch {
	struct probe *p;
	struct ours data; /* only its data are used */
	uint32_t *order;  /* owned; (N) */
	size_t batch, features;
	int shuffled;
};

static gf_status take_steps(struct engine *engine, const struct stretch *s, size_t count,
	float *losses, double *seconds, gf_error *err)
{
	const double rates[RATES] = {
		[RATE_SCALE] = 1.0 / (double)s->batch, [RATE_LR] = 1e-6, [RATE_FRESH] = 1.0};
	const struct plan plan = {.count = count,
		.rows = s->data.rows,
		.order = s->shuffled ? s->order : NULL,
		.rates = rates,
		.rates_constant = 1};
	const struct history history = {losses, NULL};
	const double start = clock_seconds();

	TRY(engine_run(engine, &plan, &history, err));
	*seconds = clock_seconds() - start;
	return GF_OK;
}

/* Takes more and more steps until they are timed well, but never more than an epoch; then sets
 * *step to the median seconds of one. */
static gf_status time_steps(
	struct engine *engine, const struct stretch *s, float *losses, double *step, gf_error *err)
{
	const size_t epoch = s->data.rows / s->batch;
	size_t count = engine->chunk_steps < epoch ? engine->chunk_steps : epoch, i;
	double seconds[TURNS] = {0};

	TRY(take_steps(engine, s, count, losses, seconds, err));
	TRY(take_steps(engine, s, count, losses, seconds, err));
	while (seconds[0] < STRETCH_SECONDS / 2.0 && 2 * count <= epoch &&
		2 * count <= STEPS_MOST) {
		count *= 2;
		TRY(take_steps(engine, s, count, losses, seconds, err));
	}
	for (i = 1; i < TURNS && probe_left(s->p) > 0.0; i++)
		TRY(take_steps(engine, s, count, losses, seconds + i, err));
	*step = probe_median(seconds, i) / (double)count;
	return GF_OK;
}

/* *step: seconds; 0: the engine cannot take such batches. */
static gf_status time_engine(const struct stretch *s, gf_engine word, struct engine *beside,
	struct engine **opened, double *step, gf_error *err)
{
	const struct uses uses = {.shuffles = s->shuffled};
	const struct engine_options options = {.device = s->p->device,
		.engine = word,
		.tuning = {.kernels = s->p->kernels, .with_resident = 1},
		.beside = beside,
		.shares_data = beside != NULL};
	struct problem problem = {.data = s->data.data,
		.train_rows = s->data.rows,
		.outputs = 1,
		.loss_parameters = loss_parameters_default(),
		.batch_size = s->batch};
	float *losses = malloc(STEPS_MOST * sizeof *losses);
	gf_error why = {0};
	gf_status status = losses ? engine_open(opened, &problem, &options, &why)
				  : gf_fail_memory(&why, STEPS_MOST * sizeof *losses, "losses");

	*step = 0.0;
	if (!status)
		status = engine_warm_up(*opened, &uses, &why);
	if (!status)
		status = time_steps(*opened, s, losses, step, &why);
	free(losses);
	return !status || status == GF_E_USAGE ? GF_OK : gf_fail(err, status, "%s", why.message);
}

static double work_of(const struct stretch *s)
{
	const struct problem problem = {.data = s->data.data, .outputs = 1, .batch_size = s->batch};

	return variant_resident_work(&problem);
}

static void print_size(const struct stretch *s, const double step[NAMES])
{
	printf("  %6zu %-9s %12.2f %12.2f %14.1f %14.1f %11s %14.0f\n", s->batch,
		s->shuffled ? "shuffled" : "in order", step[0] * 1e6, step[1] * 1e6,
		step[0] * 1e9 / (double)s->batch, step[1] * 1e9 / (double)s->batch,
		step[0] > 0.0 && step[0] < step[1] ? "resident" : "streaming", work_of(s));
	probe_record(s->p, json_pack("{s:I, s:I, s:b, s:f, s:f, s:f}", "features",
				   (json_int_t)s->features, "batch", (json_int_t)s->batch,
				   "shuffled", s->shuffled, "resident_us_a_step", step[0] * 1e6,
				   "streaming_us_a_step", step[1] * 1e6, "work", work_of(s)));
}

/* Both engines on one copy of the data. */
static gf_status time_size(
	struct stretch *s, size_t batch, int shuffled, double step[NAMES], gf_error *err)
{
	struct engine *engines[NAMES] = {NULL, NULL};
	gf_status status = GF_OK;
	size_t e;

	s->batch = batch;
	s->shuffled = shuffled;
	for (e = 0; e < NAMES && !status; e++)
		status = time_engine(
			s, ENGINES[e], e ? engines[0] : NULL, &engines[e], &step[e], err);
	for (e = NAMES; e-- > 0;)
		engine_close(engines[e]);
	if (!status)
		print_size(s, step);
	return status;
}

/* The multiply-adds of a step at which both take the same time, between two sizes. */
static void say_crossing(const struct stretch *s, const double before[NAMES], double work_before,
	const double after[NAMES])
{
	const double ahead = log(before[1] / before[0]), behind = log(after[0] / after[1]);
	const double share = ahead / (ahead + behind);
	const double work = exp(log(work_before) * (1.0 - share) + log(work_of(s)) * share);

	printf("  D = %zu: both take the same time at about %.0f multiply-adds a step, 0x1p%.1f\n",
		s->features, work, log2(work));
	probe_record(s->p, json_pack("{s:I, s:f}", "features", (json_int_t)s->features,
				   "crossing_work", work));
}

static const size_t SIZES[] = {32, 64, 128, 256, 512, 1024, 2048, 4096};
enum { SIZES_COUNT = sizeof SIZES / sizeof *SIZES };

/* Sizes in order until the streaming engine is well ahead, but at least up to 1024. */
static gf_status print_in_order(struct stretch *s, gf_error *err)
{
	double step[NAMES], last[NAMES] = {0.0, 1.0}, last_work = 1.0;
	int crossed = 0;
	size_t i;

	for (i = 0; i < SIZES_COUNT && probe_left(s->p) > 0.0; i++) {
		if (SIZES[i] > 1024 && crossed)
			break;
		TRY(time_size(s, SIZES[i], 0, step, err));
		if (!crossed && i && step[0] > step[1] && last[0] < last[1]) {
			say_crossing(s, last, last_work, step);
			crossed = 1;
		}
		memcpy(last, step, sizeof last);
		last_work = work_of(s);
	}
	if (!crossed)
		printf("  D = %zu: one engine was ahead at all of these sizes\n", s->features);
	return GF_OK;
}

static gf_status print_shuffled(struct stretch *s, gf_error *err)
{
	static const size_t sizes[] = {32, 256, 1024};
	double step[NAMES];
	size_t i;

	for (i = 0; i < 3 && probe_left(s->p) > 0.0; i++)
		TRY(time_size(s, sizes[i], 1, step, err));
	return GF_OK;
}

static gf_status open_stretch(
	struct stretch *s, struct probe *p, size_t rows, size_t features, gf_error *err)
{
	const struct workload work = {.rows = rows, .features = features, .outputs = 1};
	struct rng rng;

	memset(s, 0, sizeof *s);
	s->p = p;
	s->features = features;
	TRY(ours_open(&s->data, &work, rows, 1, p->device, err));
	s->data.work = NULL;
	s->order = malloc(rows * sizeof *s->order);
	if (!s->order)
		return gf_fail_memory(err, rows * sizeof *s->order, "an order of rows");
	rng_seed(&rng, 1);
	rng_permutation(&rng, s->order, rows);
	return GF_OK;
}

gf_status step_batches(struct probe *p, gf_error *err)
{
	static const size_t widths[] = {32, 8, 784};
	gf_status status = GF_OK;
	size_t i;

	printf("   batch             resident us streaming us  resident ns/row streaming ns/row   "
	       "  faster  multiply-adds\n");
	for (i = 0; i < 3 && !status && probe_left(p) > 0.0; i++) {
		struct stretch s;

		status = open_stretch(&s, p, widths[i] > 100 ? 1 << 15 : 1 << 18, widths[i], err);
		if (!status)
			status = print_in_order(&s, err);
		if (!status)
			status = print_shuffled(&s, err);
		free(s.order);
		ours_close(&s.data);
	}
	probe_say_left_out(p, "numbers of features were measured", i, 3);
	return status;
}
