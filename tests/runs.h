/*
 * runs.h: a training, as its caller sees it.
 *
 * GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#ifndef GF_RUNS_H
#define GF_RUNS_H

#include "basics.h"

enum { MOST_EPOCHS = 20000, MOST_SEEN = 16, MOST_OUTPUTS = 64 };

static const gf_engine ENGINES[] = {
	GF_ENGINE_auto, GF_ENGINE_streaming, GF_ENGINE_resident, GF_ENGINE_reference};

/* ---- data ---- */

gf_dataset *notebook(void);

/* Random numbers with a fixed seed: equal shapes give equal data. */
gf_dataset *random_data(size_t rows, size_t features, size_t outputs);

gf_config config_of(gf_engine engine, size_t epochs);

/* ---- runs ---- */

struct seen {
	gf_epoch step; /* its pointers lead to the arrays below, or are NULL */
	float before[MOST_SEEN], gradient[MOST_SEEN], after[MOST_SEEN];
	float outputs[MOST_OUTPUTS];
};

struct run {
	unsigned (*wanted)(size_t epoch); /* NULL: nothing, ever */
	size_t steps;                     /* told */
	float *losses;                    /* (MOST_EPOCHS) */
	size_t keep;                      /* of the first steps */
	struct seen *seen;                /* (keep) */
	struct seen last;
	size_t asked, stop_after; /* calls of stop; 0: never */
	gf_report report;
	gf_error err;
	gf_model *model;
	const gf_dataset *data; /* trained on: the caller's */
};

struct run run_new(unsigned (*wanted)(size_t epoch), size_t keep);
void run_free(struct run *run);

/* Fails where an epoch is left out, told twice, or told out of order. */
gf_status train(struct run *run, const gf_dataset *data, gf_config config);

/* Trains, and fails the test unless the training succeeds. */
void train_well(struct run *run, const gf_dataset *data, gf_config config);

void same_params(const gf_model *model, const float *params);

/* assert_close, with the engine's name before what */
void run_close(
	const struct run *run, const char *what, double found, double wanted, double tolerance);

/* ---- what a run wants ---- */

unsigned wants_all(size_t epoch);
unsigned wants_parameters(size_t epoch);

#endif
