/* tails.c: each kernel alone, by the device's own clock, in trainings where its time counts. */
#include "probe.h"

#include "../bench/ours.h"
#include "error.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *words;
	size_t rows, features, outputs, steps;
	gf_engine engine;
	gf_loss loss;
	int clip_norm;
} CASES[] = {
	{"rows of 1 feature", 1 << 24, 1, 1, 10, GF_ENGINE_streaming, GF_LOSS_mse, 0},
	{"rows of 16 features", 1 << 20, 16, 1, 10, GF_ENGINE_streaming, GF_LOSS_mse, 0},
	{"rows of 1000 features", 1 << 14, 1000, 1, 10, GF_ENGINE_streaming, GF_LOSS_mse, 0},
	{"10 outputs, clip-norm", 1 << 14, 1000, 10, 5, GF_ENGINE_streaming, GF_LOSS_mse, 1},
	{"100 classes", 1 << 14, 64, 100, 3, GF_ENGINE_streaming, GF_LOSS_cross_entropy, 0},
	{"1000 classes", 1 << 12, 64, 1000, 3, GF_ENGINE_streaming, GF_LOSS_cross_entropy, 0},
	{"1000 outputs, clip-norm", 1 << 10, 1000, 1000, 3, GF_ENGINE_streaming, GF_LOSS_mse, 1},
	{"moments", 1000000, 64, 1, 10, GF_ENGINE_moments, GF_LOSS_mse, 0},
};

enum { CASES_COUNT = sizeof CASES / sizeof *CASES, ROWS_LEAST = 1024 };

static void print_profile(struct probe *p, size_t c, size_t rows, const gf_profile *profile)
{
	size_t i;

	for (i = 0; i < profile->rows_count; i++) {
		const gf_profile_row *r = &profile->rows[i];
		const double each = r->total_seconds / (double)r->calls;

		const int is_kernel = !strchr(r->name, ' '); /* "write y" is a copy */

		if (is_kernel)
			printf("    %-22s %7zu %12.1f %12.1f %12.1f", r->name, r->calls, each * 1e6,
				r->min_seconds * 1e6, r->max_seconds * 1e6);
		if (is_kernel && r->bytes)
			printf(" %10.1f", (double)r->bytes / r->total_seconds / 1e9);
		if (is_kernel)
			printf("\n");
		probe_record(p, json_pack("{s:s, s:I, s:I, s:I, s:s, s:I, s:f, s:f, s:f, s:I}",
					"case", CASES[c].words, "rows", (json_int_t)rows,
					"features", (json_int_t)CASES[c].features, "outputs",
					(json_int_t)CASES[c].outputs, "kernel", r->name, "calls",
					(json_int_t)r->calls, "us", each * 1e6, "min_us",
					r->min_seconds * 1e6, "max_us", r->max_seconds * 1e6,
					"bytes", (json_int_t)r->bytes));
	}
}

static gf_status take_steps(struct engine *engine, size_t rows, size_t c, gf_error *err)
{
	const double rates[RATES] = {[RATE_SCALE] = 1.0 / ((double)rows * (double)CASES[c].outputs),
		[RATE_LR] = 1e-6,
		[RATE_CLIP] = 1.0};
	const struct plan plan = {
		.count = CASES[c].steps, .rows = rows, .rates = rates, .rates_constant = 1};
	float losses[16];
	const struct history history = {losses, NULL};

	return engine_run(engine, &plan, &history, err);
}

static gf_status profile_engine(
	struct probe *p, const struct ours *data, size_t c, gf_profile *profile, gf_error *err)
{
	const struct engine_options options = {.device = p->device,
		.engine = CASES[c].engine,
		.profile = 1,
		.tuning = {.kernels = p->kernels}};
	const struct problem problem = {.data = data->data,
		.train_rows = data->rows,
		.outputs = CASES[c].outputs,
		.loss = CASES[c].loss,
		.loss_parameters = loss_parameters_default(),
		.update = {.clip_norm = CASES[c].clip_norm},
		.batch_size = data->rows};
	struct engine *engine = NULL;
	gf_status status = engine_open(&engine, &problem, &options, err);

	if (!status)
		status = take_steps(engine, data->rows, c, err);
	if (!status)
		status = engine_profile(engine, profile, err);
	engine_close(engine);
	return status;
}

/* rows: of the case, or fewer where the device is slow. */
static gf_status profile_case(struct probe *p, size_t c, size_t rows, gf_error *err)
{
	const struct workload work = {.rows = rows,
		.features = CASES[c].features,
		.outputs = CASES[c].outputs,
		.loss = CASES[c].loss};
	gf_profile profile = {0};
	gf_error why = {0};
	struct ours data;
	gf_status status = ours_open(&data, &work, rows, 1, p->device, &why);

	if (!status)
		status = profile_engine(p, &data, c, &profile, &why);
	ours_close(&data);
	printf("  %s: %zu x %zu x %zu, %s, %zu steps%s%s\n", CASES[c].words, rows,
		CASES[c].features, CASES[c].outputs, loss_word(CASES[c].loss), CASES[c].steps,
		status ? ": " : "", status ? why.message : "");
	if (!status)
		print_profile(p, c, rows, &profile);
	return !status || status == GF_E_UNAVAILABLE ? GF_OK
						     : gf_fail(err, status, "%s", why.message);
}

/* Cases whose rows are divided by what a device of this speed needs to be done in time. */
gf_status step_tails(struct probe *p, gf_error *err)
{
	const double share = p->seconds / CASES_COUNT;
	size_t c, divisor = 1;

	printf("    %-22s %7s %12s %12s %12s %10s\n", "kernel", "calls", "mean us", "min us",
		"max us", "GB/s");
	for (c = 0; c < CASES_COUNT && probe_left(p) > 0.0; c++) {
		const double before = probe_left(p);
		const size_t rows = CASES[c].rows / divisor;

		TRY(profile_case(p, c, rows > ROWS_LEAST ? rows : ROWS_LEAST, err));
		while (divisor < 64 && before - probe_left(p) > share * (double)divisor)
			divisor *= 4;
	}
	probe_say_left_out(p, "cases were profiled", c, CASES_COUNT);
	return GF_OK;
}
