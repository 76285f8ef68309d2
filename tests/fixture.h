/*
 * fixture.h: what tests train: data sets, problems, and trainings by gf_fit.
 *
 *	N rows, D features, K outputs, P = K (D + 1) parameters: weight (K, D), then bias (K)
 *
 * A function that cannot do what it says fails the test.  Trainings that are compared step by step
 * with plain loops are in fixture_engine.h.  GPUFIT_TEST_DEVICE names the device, as --device does.
 */
#ifndef GF_FIXTURE_H
#define GF_FIXTURE_H

#include "basics.h"
#include "curvature.h"
#include "engine.h"

/* ---- data sets ---- */

/* x of the notebook's seven points, and of seven points about 0; y is x^2 at both. */
extern const float NOTEBOOK_X[7];
extern const float SYMMETRIC_X[7];

/* A copy of x (N, D) and y (N, K). */
gf_dataset *new_data(size_t rows, size_t features, size_t outputs, const float *x, const float *y);

/* The notebook's seven points. */
gf_dataset *notebook_data(void);

/* Random numbers with a fixed seed: equal shapes give equal data. */
gf_dataset *random_data(size_t rows, size_t features, size_t outputs);

/* ---- problems: what an engine trains ---- */

/* All rows train at once by plain sgd; features and targets are 0, numbers of the loss are the
 * defaults.  The caller frees it and its data with free_problem. */
struct problem new_problem(gf_loss loss, struct shape shape);

/* mse on a copy of x (N, D) and y (N, K); y NULL: zeros. */
struct problem mse_problem(struct shape shape, const float *x, const float *y);
struct problem random_mse_problem(struct shape shape, struct rng *rng);

/* mse of y = x^2 at seven points, for example NOTEBOOK_X. */
struct problem parabola_problem(const float *x);

void free_problem(const struct problem *problem);

/* 1 / (N K): the factor that turns a sum over all rows and outputs into a mean. */
double mean_scale(const struct problem *problem);

/* ---- one step, by plain loops in float ---- */

enum { MOST_PARAMETERS = 256 };

struct float_step {
	float before[MOST_PARAMETERS], state[PLANES_MOST * MOST_PARAMETERS]; /* set by the caller */
	double rates[RATES];
	float loss, gradient[MOST_PARAMETERS], after[MOST_PARAMETERS],
		state_after[PLANES_MOST * MOST_PARAMETERS];
};

/* Takes a step of sgd on all rows, with momentum 0.5 where the problem has momentum. */
void take_float_step(struct float_step *step, const struct problem *problem, double lr);

/* ---- curvature ---- */

/* The mean loss of the rows that train, without penalties. */
struct objective mean_loss_objective(const struct problem *problem);

struct curvature measure_curvature(const struct objective *objective, gf_engine engine);

/* The curvature of mean_loss_objective, measured by the reference. */
struct curvature curvature_of(const struct problem *problem);

void assert_largest_curvature(const struct curvature *c, double wanted);

/* ---- trainings by gf_fit ---- */

static const gf_engine ENGINES[] = {
	GF_ENGINE_auto, GF_ENGINE_streaming, GF_ENGINE_resident, GF_ENGINE_reference};

/* The defaults but for these two and the device. */
gf_config config_for(gf_engine engine, size_t epochs);

enum { MOST_EPOCHS = 20000, MOST_RECORDED = 16 /* parameters */, MOST_RECORDED_OUTPUTS = 64 };

struct recorded_epoch {
	gf_epoch epoch; /* its pointers lead to the arrays below, or are NULL */
	float before[MOST_RECORDED], gradient[MOST_RECORDED], after[MOST_RECORDED];
	float outputs[MOST_RECORDED_OUTPUTS];
};

/* One call of gf_fit, and all that its callbacks received. */
struct fit {
	unsigned (*wants)(size_t epoch); /* as in gf_config; NULL: nothing, ever */
	size_t epochs;                   /* reported so far */
	float *losses;                   /* (MOST_EPOCHS) */
	size_t keep;                     /* how many of the first epochs are recorded */
	struct recorded_epoch *recorded; /* (keep) */
	struct recorded_epoch last;
	size_t stop_calls, stop_after; /* the call of stop that asks to stop; 0: none does */
	gf_report report;
	gf_error err;
	gf_model *model;
	const gf_dataset *data; /* borrowed */
};

struct fit new_fit(unsigned (*wants)(size_t epoch), size_t keep);
void free_fit(struct fit *fit);

/* Returns the status of gf_fit.  Fails the test if an epoch is left out, reported twice, or out of
 * order. */
gf_status try_fit(struct fit *fit, const gf_dataset *data, gf_config config);

/* try_fit, which has to succeed. */
void run_fit(struct fit *fit, const gf_dataset *data, gf_config config);

/* The model that gf_fit trains; report may be NULL. */
gf_model *fit_model(const gf_dataset *data, const gf_config *config, gf_report *report);

/* gf_evaluate and gf_predict, by the reference; outputs (N, K). */
gf_metrics metrics_of(const gf_model *model, const gf_dataset *data);
void predict_outputs(const gf_model *model, const gf_dataset *data, float *outputs);

/* The two kinds of wants that most tests have. */
unsigned wants_all(size_t epoch);
unsigned wants_parameters(size_t epoch);

/* params (P), to the bit. */
void assert_same_params(const gf_model *model, const float *params);

/* assert_close, whose message begins with the engine's name. */
void assert_fit_close(
	const struct fit *fit, const char *what, double found, double wanted, double tolerance);

#endif
