/* sweep.c: the best of each tunable for four shapes, as lines for the table in variant.c. */
#include "probe.h"

#include "../bench/ours.h"
#include "clock.h"
#include "error.h"
#include "sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TAKES = 7, EPOCHS = 8 /* that a setting takes, roughly */, SETTINGS = 20 /* of a shape */ };

#define SWEEP_BYTES 0x1p28 /* of x: beyond the caches of GPUs */
#define LEAST_BYTES 0x1p22
#define NOTEWORTHY  1.03 /* times as fast: less is noise */

/* One of so many rows are few enough that a compute unit has few work-groups. */
enum { FEW = 16 };

/* One configuration. */
struct setting {
	size_t local, blocks;     /* 0: the engine's choice */
	const char *knob, *value; /* a constant of the kernels; NULL: as it is */
};

static const size_t LOCALS[] = {32, 64, 128, 256, 512};
static const size_t BLOCKS[] = {1, 2, 4, 8, 16, 32, 64, 128, 256};

/* Constants by the widths that have them, and values to try; those that the kernels no longer have
 * are left out. */
static const struct {
	const char *name;
	size_t least, most; /* features */
	const char *values[4];
} KNOBS[] = {
	{"ROW_TILE_NARROW", 1, 8, {"BLOCK_ROWS", "(2 * BLOCK_ROWS)", "(8 * BLOCK_ROWS)", NULL}},
	{"ROW_TILE_MEDIUM", 9, 64, {"BLOCK_ROWS", "(2 * BLOCK_ROWS)", NULL, NULL}},
	{"WIDE_ROWS", 65, 1 << 20, {"2", "8", "16", NULL}},
	{"COLUMN_TILE", 65, 1 << 20, {"256", "512", "2048", NULL}},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The sweep over one shape. */
struct sweep {
	struct probe *p;
	struct ours data; /* only its data are used */
	size_t features;
	size_t rows;           /* of the pass that is timed: the first of the data */
	size_t units;          /* compute units of the device */
	struct engine *first;  /* owned; as it is: others share its context and its data */
	float *wanted, *found; /* owned; (2, P): parameters and gradient of the first step */
	int has_wanted;
	double until;   /* probe_left at which it ends */
	double seconds; /* of an epoch, as it is */
	double best;
	struct setting best_setting;
};

static struct problem problem_of(const struct sweep *s)
{
	return (struct problem){.data = s->data.data,
		.train_rows = s->rows,
		.outputs = 1,
		.loss_parameters = loss_parameters_default(),
		.batch_size = s->rows};
}

static gf_status take_steps(
	struct engine *engine, const struct sweep *s, size_t count, float *recorded, gf_error *err)
{
	const double rates[RATES] = {[RATE_SCALE] = 1.0 / (double)s->rows, [RATE_LR] = 1e-6};
	const struct plan plan = {
		.count = count, .rows = s->rows, .rates = rates, .rates_constant = 1};
	float losses[TAKES];
	const struct history history = {losses, recorded};

	return engine_run(engine, &plan, &history, err);
}

/* Every setting must give the bits of the first. */
static gf_status check_bits(struct engine *engine, struct sweep *s, gf_error *err)
{
	const size_t floats = 2 * (s->features + 1);
	float *recorded = s->has_wanted ? s->found : s->wanted;

	TRY(take_steps(engine, s, 1, recorded, err));
	if (s->has_wanted && memcmp(s->found, s->wanted, floats * sizeof *s->found) != 0)
		return gf_fail(err, GF_E_CHECK,
			"WRONG BITS: this setting has others than the kernels as they are");
	s->has_wanted = 1;
	return GF_OK;
}

static gf_status time_engine(struct engine *engine, struct sweep *s, double *median, gf_error *err)
{
	double seconds[TAKES];
	size_t i;

	TRY(check_bits(engine, s, err));
	for (i = 0; i < TAKES && (i == 0 || probe_left(s->p) > s->until); i++) {
		const double start = clock_seconds();

		TRY(take_steps(engine, s, 1, NULL, err));
		seconds[i] = clock_seconds() - start;
	}
	*median = probe_median(seconds, i);
	return GF_OK;
}

static gf_status time_setting(
	struct sweep *s, const struct setting *c, double *median, gf_error *err)
{
	struct engine_options options = {.device = s->p->device,
		.engine = GF_ENGINE_streaming,
		.tuning = {.kernels = s->p->kernels,
			.local = c->local,
			.blocks = c->blocks,
			.width = WIDTH_BUILT_IN}};
	const struct problem problem = problem_of(s);
	struct engine *engine = NULL;
	gf_status status;

	/* A program with another constant would be found by the same options. */
	if (!c->knob && s->first) {
		options.beside = s->first;
		options.shares_data = 1;
	}
	knob_set(c->knob, c->value);
	status = engine_open(&engine, &problem, &options, err);
	if (!status)
		status = time_engine(engine, s, median, err);
	knob_set(NULL, NULL);
	if (status || s->first || c->knob)
		engine_close(engine);
	else
		s->first = engine;
	return status;
}

static void name_setting(const struct setting *c, char *text, size_t size)
{
	char local[32] = "its own", blocks[32] = "its own";

	if (c->local)
		snprintf(local, sizeof local, "%zu", c->local);
	if (c->blocks)
		snprintf(blocks, sizeof blocks, "%zu", c->blocks);
	snprintf(text, size, "local %-8s blocks %-8s %s%s%s", local, blocks, c->knob ? c->knob : "",
		c->knob ? " = " : "", c->knob ? c->value : "");
}

static void print_setting(
	struct sweep *s, const struct setting *c, double seconds, const char *why, int is_best)
{
	const double bytes = (double)s->rows * (double)(s->features + 1) * sizeof(float);
	char name[160];

	name_setting(c, name, sizeof name);
	if (why)
		printf("  %5zu  %-64s %s\n", s->features, name, why);
	else
		printf("  %5zu  %-64s %10.1f us %9.1f GB/s%s\n", s->features, name, seconds * 1e6,
			bytes / seconds / 1e9, is_best ? "  best so far" : "");
	probe_record(
		s->p, json_pack("{s:I, s:I, s:I, s:I, s:s?, s:s?, s:f, s:s?}", "features",
			      (json_int_t)s->features, "rows", (json_int_t)s->rows, "local",
			      (json_int_t)c->local, "blocks", (json_int_t)c->blocks, "constant",
			      c->knob, "value", c->value, "seconds", seconds, "failed", why));
}

/* A setting that the device cannot build or run is no failure; wrong bits are one. */
static gf_status try_setting(struct sweep *s, const struct setting *c, gf_error *err)
{
	double seconds = 0.0;
	gf_error why = {0};
	gf_status status;
	int is_best;

	if (probe_left(s->p) < s->until)
		return GF_OK;
	status = time_setting(s, c, &seconds, &why);
	is_best = !status && (s->best == 0.0 || seconds < s->best);
	why.message[60] = '\0';
	print_setting(s, c, seconds, status ? why.message : NULL, is_best);
	if (is_best) {
		s->best = seconds;
		s->best_setting = *c;
	}
	return status == GF_E_CHECK ? gf_fail(err, status, "D = %zu: %s", s->features, why.message)
				    : GF_OK;
}

static gf_status sweep_locals(struct sweep *s, gf_error *err)
{
	const struct setting as_it_is = {0};
	size_t i;

	TRY(try_setting(s, &as_it_is, err));
	s->seconds = s->best;
	for (i = 0; i < COUNT(LOCALS); i++) {
		const struct setting c = {.local = LOCALS[i]};

		TRY(try_setting(s, &c, err));
	}
	return GF_OK;
}

/* Blocks so that a chunk of x has 4 KiB to 1 MiB, and there is a chunk for each compute unit. */
static gf_status sweep_blocks(struct sweep *s, gf_error *err)
{
	const size_t block_bytes = 64 * s->features * sizeof(float), local = s->best_setting.local;
	size_t i;

	for (i = 0; i < COUNT(BLOCKS); i++) {
		const size_t bytes = BLOCKS[i] * block_bytes;
		const struct setting c = {.local = local, .blocks = BLOCKS[i]};

		if (bytes >= 4 << 10 && (bytes <= 1 << 20 || i == 0) &&
			s->rows / 64 / BLOCKS[i] >= s->units)
			TRY(try_setting(s, &c, err));
	}
	return GF_OK;
}

/* With few rows it counts how many work-groups each compute unit has. */
static gf_status sweep_groups(struct sweep *s, gf_error *err)
{
	const struct setting as_it_is = {.local = s->best_setting.local};
	struct sweep few = *s;
	size_t groups;

	if (probe_left(s->p) < s->until)
		return GF_OK;
	few.rows = s->rows / FEW;
	few.has_wanted = 0;
	few.best = 0.0;
	printf("  %5zu  the first %zu of these rows\n", s->features, few.rows);
	TRY(try_setting(&few, &as_it_is, err));
	few.seconds = few.best;
	TRY(sweep_blocks(&few, err));
	groups = few.best_setting.blocks ? few.rows / 64 / few.best_setting.blocks / few.units : 0;
	if (few.best == 0.0 || few.seconds / few.best < NOTEWORTHY)
		return GF_OK;
	printf("  paste:  .chunks_per_unit = %zu,  %.2f x as fast there\n", groups,
		few.seconds / few.best);
	probe_record(s->p,
		json_pack("{s:I, s:I, s:f}", "features", (json_int_t)s->features, "chunks_per_unit",
			(json_int_t)groups, "times_as_fast", few.seconds / few.best));
	return GF_OK;
}

static gf_status sweep_knobs(struct sweep *s, gf_error *err)
{
	struct setting c = s->best_setting;
	size_t i, v;

	for (i = 0; i < COUNT(KNOBS); i++) {
		if (s->features < KNOBS[i].least || s->features > KNOBS[i].most ||
			!knob_exists(KNOBS[i].name))
			continue;
		for (v = 0; v < COUNT(KNOBS[i].values) && KNOBS[i].values[v]; v++) {
			c.knob = KNOBS[i].name;
			c.value = KNOBS[i].values[v];
			TRY(try_setting(s, &c, err));
		}
	}
	return GF_OK;
}

/* ---- shapes ---- */

/* What to paste: the words of struct kernel_set and the constant. */
static void say_best(struct sweep *s)
{
	const struct setting *c = &s->best_setting;
	char name[160];

	if (s->best == 0.0)
		return;
	name_setting(c, name, sizeof name);
	probe_record(s->p, json_pack("{s:I, s:s, s:f}", "features", (json_int_t)s->features, "best",
				   name, "times_as_fast", s->seconds / s->best));
	if (s->seconds / s->best < NOTEWORTHY) {
		printf("  %5zu  nothing was more than 3 %% faster than it is\n\n", s->features);
		return;
	}
	printf("  %5zu  best: %s, %.2f x as fast as it is\n", s->features, name,
		s->seconds / s->best);
	printf("  paste:");
	if (c->local)
		printf("  .local = %zu,", c->local);
	if (c->blocks)
		printf("  .chunk_bytes = %zu,", c->blocks * 64 * s->features * sizeof(float));
	if (c->knob)
		printf("  #define %s %s", c->knob, c->value);
	printf("\n\n");
}

static gf_status sweep_shape(struct sweep *s, gf_error *err)
{
	gf_status status = sweep_locals(s, err);

	if (!status)
		status = sweep_blocks(s, err);
	if (!status)
		status = sweep_knobs(s, err);
	if (!status)
		status = sweep_groups(s, err);
	say_best(s);
	return status;
}

static gf_status open_sweep(struct sweep *s, double bytes, gf_error *err)
{
	const size_t rows = (size_t)(bytes / sizeof(float)) / s->features;
	const struct workload work = {.rows = rows, .features = s->features, .outputs = 1};

	gf_device_info info;

	TRY(gf_device_find(&info, s->p->device, err));
	TRY(ours_open(&s->data, &work, rows, 1, s->p->device, err));
	s->data.work = NULL;
	s->rows = rows;
	s->units = info.compute_units;
	s->wanted = calloc(2 * (s->features + 1), sizeof *s->wanted);
	s->found = calloc(2 * (s->features + 1), sizeof *s->found);
	return s->wanted && s->found
		       ? GF_OK
		       : gf_fail_memory(err, 4 * (s->features + 1) * sizeof(float), "gradients");
}

static void close_sweep(struct sweep *s)
{
	engine_close(s->first);
	s->first = NULL;
	free(s->wanted);
	free(s->found);
	ours_close(&s->data);
}

/* Returns the bytes of x of which an epoch is short enough for all settings, by a small one. */
static double bytes_in_time(struct sweep *s, double seconds, gf_error *err)
{
	const struct setting as_it_is = {0};
	double bytes = SWEEP_BYTES, once = 0.0;
	gf_status status = open_sweep(s, LEAST_BYTES, err);

	s->until = 0.0;
	if (!status)
		status = time_setting(s, &as_it_is, &once, err);
	close_sweep(s);
	s->has_wanted = 0;
	while (!status && bytes > LEAST_BYTES &&
		once * bytes / LEAST_BYTES * SETTINGS * EPOCHS > seconds)
		bytes /= 2.0;
	return status ? 0.0 : bytes;
}

gf_status step_sweep(struct probe *p, gf_error *err)
{
	static const size_t widths[] = {16, 1000, 1, 64};
	gf_status status = GF_OK;
	size_t i;

	printf("      D  setting; what is not named is the engine's own choice\n");
	for (i = 0; i < COUNT(widths) && !status && probe_left(p) > 0.0; i++) {
		const double share = probe_left(p) / (double)(COUNT(widths) - i);
		struct sweep s = {.p = p, .features = widths[i]};
		const double until = probe_left(p) - share, bytes = bytes_in_time(&s, share, err);

		status = bytes > 0.0 ? open_sweep(&s, bytes, err) : GF_E_OPENCL;
		s.until = until;
		if (!status)
			status = sweep_shape(&s, err);
		close_sweep(&s);
	}
	probe_say_left_out(p, "shapes were swept", i, COUNT(widths));
	return status;
}
