/* calls.c: measures predictions of a few rows again and again, as a server answers requests. */
#include "bench.h"

#include "clock.h"
#include "error.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 7, FEATURES = 4, OUTPUTS = 3, CALLS = 1000, SLOW_CALLS = 5 };

/* A model of 4 features and 3 outputs, and rows for it. */
struct callee {
	gf_config config;
	gf_dataset *data; /* owned, as all below */
	gf_model *model;
	gf_predictor *predictor;
};

static gf_status callee_open(struct callee *c, const char *device, gf_error *err)
{
	static float x[ROWS * FEATURES], y[ROWS * OUTPUTS];
	const gf_arrays arrays = {
		.rows = ROWS, .features = FEATURES, .outputs = OUTPUTS, .x = x, .y = y};
	size_t i;

	for (i = 0; i < ROWS * FEATURES; i++)
		x[i] = (float)(i % 5) - 2.0f;
	for (i = 0; i < ROWS * OUTPUTS; i++)
		y[i] = (float)(i % 3);
	gf_config_default(&c->config);
	c->config.device = device;
	c->config.epochs = 10;
	TRY(gf_dataset_new(&c->data, &arrays, err));
	TRY(gf_fit(&c->model, c->data, &c->config, NULL, err));
	return gf_predictor_open(&c->predictor, c->model, &c->config, err);
}

static void callee_close(struct callee *c)
{
	gf_predictor_free(c->predictor);
	gf_model_free(c->model);
	gf_dataset_free(c->data);
}

static gf_status call_predictor(const struct callee *c, float *z, gf_error *err)
{
	const gf_arrays rows = {.rows = ROWS, .features = FEATURES, .x = gf_dataset_x(c->data)};

	return gf_predictor_run(c->predictor, &rows, z, err);
}

/* GF_E_CHECK: both ways do not give the same outputs. */
static gf_status compare(const struct callee *c, gf_error *err)
{
	float z[ROWS * OUTPUTS], wanted[ROWS * OUTPUTS];

	TRY(gf_predict(c->model, c->data, &c->config, wanted, err));
	TRY(call_predictor(c, z, err));
	return memcmp(z, wanted, sizeof z) == 0
		       ? GF_OK
		       : gf_fail(err, GF_E_CHECK, "outputs differ from those of gf_predict");
}

static gf_status take_predictor(void *callee, double *seconds, gf_error *err)
{
	const double start = clock_seconds();
	float z[ROWS * OUTPUTS];
	size_t i;

	for (i = 0; i < CALLS; i++)
		TRY(call_predictor(callee, z, err));
	*seconds = clock_seconds() - start;
	return GF_OK;
}

static gf_status take_predict(void *callee, double *seconds, gf_error *err)
{
	const struct callee *c = callee;
	const double start = clock_seconds();
	float z[ROWS * OUTPUTS];
	size_t i;

	for (i = 0; i < SLOW_CALLS; i++)
		TRY(gf_predict(c->model, c->data, &c->config, z, err));
	*seconds = (clock_seconds() - start) * CALLS / SLOW_CALLS;
	return GF_OK;
}

static gf_status compete(struct bench *b, struct callee *c, struct contest *contest, gf_error *err)
{
	char ask[128];

	TRY(callee_open(c, b->device, err));
	TRY(compare(c, err));
	snprintf(ask, sizeof ask, "way=predict rows=%d features=%d outputs=%d steps=%d", ROWS,
		FEATURES, OUTPUTS, CALLS);
	contest_add(contest, "gpufit", OURS, take_predictor, c);
	contest_add(contest, "gf_predict", PEER, take_predict, c);
	peers_prepare(&b->peers, contest, ask);
	return contest_run(contest, err);
}

void bench_calls(struct bench *b)
{
	const struct aim aims[AIMS] = {{AIM_AT_MOST, 1000.0, NULL}};
	const struct heading h = {
		"P5", "predicting, a call", "7 x 4", {"us a call", 1e6 / CALLS, EACH}, 0, aims};
	struct callee c = {.data = NULL};
	struct contest contest = {.turns = b->turns};
	gf_error err = {0};

	if (!bench_wants(b, "P5"))
		return;
	if (compete(b, &c, &contest, &err)) {
		b->figures.wrong++;
		figures_say(h.group, h.words, h.shape, err.message);
	} else {
		figures_add(&b->figures, &h, &contest);
	}
	peers_drop(&b->peers);
	callee_close(&c);
}
