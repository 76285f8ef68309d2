/* verify.h: checks the steps, losses and outputs of an engine against the reference in double,
 * within its bounds. */
#ifndef GF_VERIFY_H
#define GF_VERIFY_H

#include "checksum.h"
#include "engine.h"
#include "reference_step.h"

/* A recorded step: its inputs and its results. */
struct step_record {
	size_t epoch, step; /* step within the epoch */
	struct batch batch;
	const double *rates;                    /* (RATES) */
	float loss;                             /* before the step */
	const float *before, *gradient, *state; /* (P), (P), (S, P) before the step */
	const float *after, *state_after;       /* (P), (S, P) */
};

struct verifier {
	const struct problem *problem; /* borrowed */
	gf_comm *comm;                 /* borrowed; the ranks that share the checks, or NULL */
	gf_check mode;                 /* every, ends or off */
	size_t first, end;             /* steps [first, end), counted from the training's start */
	size_t batches;                /* steps of an epoch */
	struct reference_step *step;   /* owned; NULL: off */
	struct engine *engine;         /* borrowed; may widen the bounds of its steps; or NULL */
	struct expected *outputs;      /* owned; (K) scratch */
	struct checksum data_sum;      /* every: of the data before the device had it */
	size_t checked;                /* steps */
	double worst;                  /* largest |difference| / bound so far */
};

/* Multiply-adds of the reference that take no longer than opening a device. */
#define VERIFIER_CHEAP_WORK 0x1p21

/* As VERIFIER_CHEAP_WORK, for the steps of a network: more of its work is in long loops, and its
 * kernels take longer to compile.  The seven points with 16 hidden units, 5000 epochs, take 2^22.4
 * of these, and add 0.1 s to 0.3 s. */
#define VERIFIER_CHEAP_NETWORK_WORK 0x1p23

struct verifier_options {
	gf_check check;    /* auto becomes every if that costs little beside opening a device,
			    * otherwise ends */
	gf_engine engine;  /* that is checked */
	size_t batches;    /* steps of an epoch */
	size_t first, end; /* the steps to check, counted from the training's start */
	gf_comm *comm;     /* borrowed; NULL: no ranks share the checks */
};

gf_status verifier_open(struct verifier *v, const struct problem *problem,
	const struct verifier_options *options, gf_error *err);
void verifier_close(struct verifier *v);

/* Returns 1 if that step, counted from the training's start, is to be checked. */
int verifier_wants(const struct verifier *v, size_t step);

/* Returns the first step >= `step` that is to be checked; SIZE_MAX: none. */
size_t verifier_next(const struct verifier *v, size_t step);

/* "epoch 3", or "epoch 3, step 2" if an epoch has several steps. */
struct step_name {
	char text[64];
};

struct step_name verifier_step_name(const struct verifier *v, size_t epoch, size_t step);

/* Checks all results of a step.  GF_E_CHECK names the epoch, the quantity, its index, both values
 * and the bound. */
gf_status verifier_check(struct verifier *v, const struct step_record *record, gf_error *err);

/* The loss of a batch at given parameters, to be checked. */
struct loss_check {
	const char *where, *what; /* "epoch 3", "validation loss" */
	struct batch batch;
	const float *params; /* (P) */
	double scale;        /* 1/M, as RATE_SCALE */
	float loss;
};

/* GF_E_CHECK: the loss is not within the bound of the reference's. */
gf_status verifier_loss(struct verifier *v, const struct loss_check *check, gf_error *err);

/* Checks the outputs z (K) of a row at params (P) against the reference.  GF_E_CHECK. */
gf_status verifier_outputs(struct verifier *v, const char *where, const float *params, size_t row,
	const float *z, gf_error *err);

/* Two arrays of P floats that must be equal bit for bit. */
struct bit_comparison {
	const char *where;           /* "epoch 3" */
	const char *name;            /* of the arrays: "starting" */
	const float *found, *wanted; /* (P) */
	const char *source;          /* of the wanted floats: "was set" */
};

/* GF_E_CHECK: the arrays differ; names the first pair that does, with both values. */
gf_status verifier_same(const struct verifier *v, const struct bit_comparison *pair, gf_error *err);

/* Mode every: checks that the data, which is read only, has not changed since the verifier was
 * opened.  GF_E_CHECK. */
gf_status verifier_data(const struct verifier *v, gf_error *err);

#endif
