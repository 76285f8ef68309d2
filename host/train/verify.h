/* verify.h: checks the steps of an engine against the reference in double, within its bounds. */
#ifndef GF_VERIFY_H
#define GF_VERIFY_H

#include "engine.h"

/* A recorded step: its inputs and its results. */
struct step_record {
	size_t epoch, step; /* within the epoch */
	struct batch batch;
	const double *rates;                    /* (RATES) */
	float loss;                             /* before it */
	const float *before, *gradient, *state; /* (P), (P), (S, P) before it */
	const float *after, *state_after;       /* (P), (S, P) */
};

struct verifier {
	const struct problem *problem; /* borrowed */
	gf_check mode;                 /* every, ends or off */
	size_t first, end;             /* steps [first, end), from the training's start on */
	size_t batches;                /* steps of an epoch */
	struct reference_step *step;   /* owned; NULL: off */
	struct engine *engine;         /* borrowed; whose steps they are; NULL: nobody asks it */
	struct expected *outputs;      /* owned; (K) scratch */
	uint32_t data_sum;             /* of the data before the device had it: every */
	size_t checked;
	double worst; /* largest |difference| / bound so far */
};

/* Steps [first, end), batches an epoch, are to come.  auto becomes every where that costs little
 * beside opening a device, else ends. */
gf_status verifier_open(struct verifier *v, const struct problem *problem, gf_check check,
	gf_engine engine, size_t batches, size_t first, size_t end, gf_error *err);
void verifier_close(struct verifier *v);

/* Returns 1 if that step, counted from the start of the training, is to be checked. */
int verifier_wants(const struct verifier *v, size_t step);

/* The first step to be checked from `step` on; SIZE_MAX: none. */
size_t verifier_next(const struct verifier *v, size_t step);

/* "epoch 3", or "epoch 3, step 2" where an epoch has several. */
void verifier_place(const struct verifier *v, size_t epoch, size_t step, char *text, size_t size);

/* GF_E_CHECK: says epoch, quantity, index, both values and the bound. */
gf_status verifier_check(struct verifier *v, const struct step_record *taken, gf_error *err);

/* Returns 1 if the reference can check that many rows: they cost little, or the mode is `every`.
 * verifier_cheap_rows: how many rows cost little. */
int verifier_is_cheap(const struct verifier *v, size_t rows);
size_t verifier_cheap_rows(const struct verifier *v);

/* The loss of a batch at given parameters, to be checked. */
struct loss_check {
	const char *where, *what; /* "epoch 3", "validation loss" */
	struct batch batch;
	const float *params; /* (P) */
	double scale;
	float loss;
};

/* GF_E_CHECK: the loss is not within the bound of the reference's. */
gf_status verifier_loss(struct verifier *v, const struct loss_check *lost, gf_error *err);

/* Checks the outputs z (K) of a row at params (P) against the reference.  GF_E_CHECK. */
gf_status verifier_outputs(struct verifier *v, const char *where, const float *params, size_t row,
	const float *z, gf_error *err);

/* Two arrays of P floats that must be equal bit for bit. */
struct bit_comparison {
	const char *where;           /* "epoch 3" */
	const char *name;            /* what they are: "starting" */
	const float *found, *wanted; /* (P) */
	const char *source;          /* of those wanted: "was set" */
};

/* GF_E_CHECK: they differ; says the first that does, and both values. */
gf_status verifier_same(
	const struct verifier *v, const struct bit_comparison *twins, gf_error *err);

/* GF_E_CHECK: the data that was to be read only has changed since the verifier was opened.  Looks
 * where every step is checked. */
gf_status verifier_data(const struct verifier *v, gf_error *err);

#endif
