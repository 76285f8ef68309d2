/* bits.c: whether trainings have the bits of plain loops: every loss, every shape, repeated. */
#include "trial.h"

#include "error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What the trainings of a step share. */
struct run {
	struct probe *p;
	struct trial first; /* its engine stays open: the others share its context */
	size_t trainings, wrong;
	int with_resident; /* 1: streaming and resident are builds of one program */
	gf_error why;      /* of the first wrong training */
};

/* How one training is computed. */
struct way {
	const char *word;
	gf_engine engine;
	size_t local;
};

static gf_status start_run(struct run *r, struct probe *p, gf_error *err)
{
	const struct trial_setup setup = {.rows = 64, .features = 1, .outputs = 1, .steps = 1};
	const struct tuning tuning = {.kernels = p->kernels};

	memset(r, 0, sizeof *r);
	r->p = p;
	TRY(trial_new(&r->first, &setup, err));
	return trial_open(&r->first, p, GF_ENGINE_streaming, &tuning, NULL, err);
}

/* GF_E_CHECK: a training was wrong. */
static gf_status end_run(struct run *r, gf_status status, gf_error *err)
{
	trial_free(&r->first);
	if (!status && r->wrong)
		return gf_fail(err, GF_E_CHECK, "WRONG BITS in %zu of %zu trainings; the first: %s",
			r->wrong, r->trainings, r->why.message);
	if (!status)
		printf("  %zu trainings, and all have the bits that they must\n", r->trainings);
	return status;
}

static void record_training(
	struct run *r, const struct trial *t, const struct way *w, const char *verdict)
{
	const struct trial_setup *s = &t->setup;
	char hash[32];

	snprintf(hash, sizeof hash, "%016" PRIx64, trial_hash(t));
	probe_record(
		r->p, json_pack("{s:I, s:I, s:I, s:s, s:s, s:s, s:I, s:I, s:s, s:s}", "rows",
			      (json_int_t)s->rows, "features", (json_int_t)s->features, "outputs",
			      (json_int_t)s->outputs, "loss", loss_word(s->loss), "optimizer",
			      optimizer_word(s->update.optimizer), "engine", engine_word(w->engine),
			      "local", (json_int_t)w->local, "batch",
			      (json_int_t)t->problem.batch_size, "bits", verdict, "hash", hash));
}

/* Trains in that way and prints the verdict, a cell of a table.  Other bits are no failure yet. */
static gf_status train_by(struct run *r, struct trial *t, const struct way *w, gf_error *err)
{
	const struct tuning tuning = {
		.kernels = r->p->kernels, .local = w->local, .with_resident = r->with_resident};
	gf_error why = {0};
	gf_status status = trial_open(t, r->p, w->engine, &tuning, r->first.engine, &why);

	if (!status)
		status = trial_run(t, &why);
	if (status == GF_E_USAGE || status == GF_E_UNAVAILABLE) {
		printf(" %10s", "not able");
		return GF_OK;
	}
	if (status)
		return gf_fail(err, status, "%s", why.message);
	status = trial_compare(t, &why);
	r->trainings++;
	printf(" %10s", status ? "WRONG" : "right");
	record_training(r, t, w, status ? why.message : "right");
	if (status && !r->wrong++)
		gf_fail(&r->why, status, "%s, %s, %s", loss_word(t->setup.loss), w->word,
			why.message);
	return GF_OK;
}

/* Prints a row of the table: the training in each way (count). */
static gf_status train_row(struct run *r, const struct trial_setup *setup, const struct way *ways,
	size_t count, gf_error *err)
{
	struct trial t;
	gf_status status = trial_new(&t, setup, err);
	size_t i;

	if (!status)
		status = trial_expect(&t, err);
	for (i = 0; i < count && !status; i++)
		status = train_by(r, &t, &ways[i], err);
	trial_free(&t);
	printf("\n");
	return status;
}

static void print_ways(const struct way *ways, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		printf(" %10s", ways[i].word);
	printf("\n");
}

/* ---- losses ---- */

/* Those come first whose bits change first where a compiler fuses products with sums.  Batches are
 * small, since sums over many rows hide the last bit of one. */
static const gf_loss LOSSES[] = {GF_LOSS_bce, GF_LOSS_poisson, GF_LOSS_hinge, GF_LOSS_squared_hinge,
	GF_LOSS_cross_entropy, GF_LOSS_mse, GF_LOSS_huber, GF_LOSS_smooth_l1, GF_LOSS_l1,
	GF_LOSS_quantile, GF_LOSS_epsilon_insensitive, GF_LOSS_gamma, GF_LOSS_tweedie};

static gf_status train_losses(struct run *r, gf_error *err)
{
	const struct way ways[] = {
		{"streaming", GF_ENGINE_streaming, 0}, {"resident", GF_ENGINE_resident, 0}};
	const size_t widths[] = {3, 17};
	size_t i, d;

	r->with_resident = 1;
	printf("  %-20s  D", "loss");
	print_ways(ways, 2);
	for (i = 0; i < GF_LOSS_COUNT; i++)
		for (d = 0; d < 2 && probe_left(r->p) > 0.0; d++) {
			const int classes = LOSSES[i] == GF_LOSS_cross_entropy;
			const struct trial_setup setup = {.rows = 200,
				.features = widths[d],
				.outputs = classes ? 4 : 2,
				.loss = LOSSES[i],
				.weighted = 1,
				.batch_size = 3,
				.steps = 60};

			printf("  %-20s %2zu", loss_word(LOSSES[i]), widths[d]);
			TRY(train_row(r, &setup, ways, 2, err));
		}
	return GF_OK;
}

gf_status step_losses(struct probe *p, gf_error *err)
{
	struct run r;
	gf_status status = start_run(&r, p, err);

	if (!status)
		status = train_losses(&r, err);
	probe_say_left_out(p, "trainings were compared", r.trainings, 4 * (size_t)GF_LOSS_COUNT);
	return end_run(&r, status, err);
}

/* ---- shapes ---- */

static const struct way LOCALS[] = {{"local 32", GF_ENGINE_streaming, 32},
	{"local 64", GF_ENGINE_streaming, 64}, {"local 256", GF_ENGINE_streaming, 256}};

#define SHAPE(n, d, k, count, ...)                                                  \
	{                                                                           \
		.rows = n, .features = d, .outputs = k, .steps = count, __VA_ARGS__ \
	}

static const struct {
	const char *words;
	struct trial_setup setup;
} SHAPES[] = {
	{"", SHAPE(9000, 1, 1, 3, )},
	{"", SHAPE(9000, 7, 1, 3, )},
	{"", SHAPE(5000, 16, 1, 3, )},
	{"", SHAPE(5000, 33, 1, 3, )},
	{"", SHAPE(2567, 64, 1, 3, )},
	{"", SHAPE(700, 1000, 1, 3, )},
	{"", SHAPE(300, 2000, 1, 3, )},
	{"10 classes", SHAPE(2567, 33, 10, 3, .loss = GF_LOSS_cross_entropy)},
	{"10 outputs", SHAPE(2567, 7, 10, 3, )},
	{"weights, adam",
		SHAPE(2567, 16, 1, 3, .weighted = 1, .update = {.optimizer = GF_OPTIMIZER_adam})},
	{"clip-norm", SHAPE(2567, 64, 3, 3, .update = {.clip_norm = 1})},
	{"batches of 100", SHAPE(2567, 33, 1, 40, .batch_size = 100, .shuffled = 1)},
};

enum { SHAPES_COUNT = sizeof SHAPES / sizeof *SHAPES, LOCALS_COUNT = 3 };

static gf_status train_shapes(struct run *r, gf_error *err)
{
	size_t i;

	printf("     N x D x K, %-22s", "");
	print_ways(LOCALS, LOCALS_COUNT);
	for (i = 0; i < SHAPES_COUNT && probe_left(r->p) > 0.0; i++) {
		const struct trial_setup *s = &SHAPES[i].setup;

		printf("  %5zu x %4zu x %2zu  %-16s", s->rows, s->features, s->outputs,
			SHAPES[i].words);
		TRY(train_row(r, s, LOCALS, LOCALS_COUNT, err));
	}
	probe_say_left_out(r->p, "shapes were compared", i, SHAPES_COUNT);
	return GF_OK;
}

gf_status step_trainings(struct probe *p, gf_error *err)
{
	struct run r;
	gf_status status = start_run(&r, p, err);

	if (!status)
		status = train_shapes(&r, err);
	return end_run(&r, status, err);
}

/* ---- repeats ---- */

enum { REPEATS = 20 };

/* A race shows as bits that differ from one run to the next. */
static gf_status repeat(struct run *r, const struct trial_setup *setup, gf_engine engine,
	size_t *done, gf_error *err)
{
	const struct tuning tuning = {.kernels = r->p->kernels, .with_resident = 1};
	uint64_t hash = 0;
	struct trial t;
	gf_status status = trial_new(&t, setup, err);

	if (!status)
		status = trial_open(&t, r->p, engine, &tuning, r->first.engine, err);
	for (*done = 0; !status && *done < REPEATS && probe_left(r->p) > 0.0; ++*done) {
		status = trial_run(&t, err);
		if (*done == 0)
			hash = trial_hash(&t);
		else if (!status && hash != trial_hash(&t))
			status = gf_fail(err, GF_E_CHECK,
				"%s, %zu x %zu: run %zu has WRONG BITS: others than the first run: "
				"a race",
				engine_word(engine), setup->rows, setup->features, *done + 1);
	}
	trial_free(&t);
	return status;
}

static gf_status repeat_all(struct run *r, gf_error *err)
{
	static const struct trial_setup setups[] = {
		SHAPE(2567, 3, 1, 200, .batch_size = 32, .shuffled = 1),
		SHAPE(2567, 33, 1, 100, .batch_size = 100, .shuffled = 1),
		SHAPE(700, 1000, 2, 20, .batch_size = 64, .shuffled = 1),
	};
	static const gf_engine engines[] = {GF_ENGINE_streaming, GF_ENGINE_resident};
	size_t i, e, done;

	for (i = 0; i < sizeof setups / sizeof *setups; i++)
		for (e = 0; e < 2 && probe_left(r->p) > 0.0; e++) {
			TRY(repeat(r, &setups[i], engines[e], &done, err));
			r->trainings += done;
			printf("  %4zu x %4zu, batches of %3zu shuffled, %-9s  %2zu runs have the "
			       "same bits\n",
				setups[i].rows, setups[i].features, setups[i].batch_size,
				engine_word(engines[e]), done);
			probe_record(r->p,
				json_pack("{s:I, s:I, s:I, s:s, s:I}", "rows",
					(json_int_t)setups[i].rows, "features",
					(json_int_t)setups[i].features, "batch",
					(json_int_t)setups[i].batch_size, "engine",
					engine_word(engines[e]), "same_runs", (json_int_t)done));
		}
	return GF_OK;
}

gf_status step_repeats(struct probe *p, gf_error *err)
{
	struct run r;
	gf_status status = start_run(&r, p, err);

	if (!status)
		status = repeat_all(&r, err);
	return end_run(&r, status, err);
}
