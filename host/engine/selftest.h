/*
 * selftest.h: what the cases of the selftest have in common.
 */
#ifndef GF_SELFTEST_H
#define GF_SELFTEST_H

#include "engine.h"

#include <stdio.h>

struct selftest {
	const char *device;
	void (*on_result)(const gf_selftest_result *, void *);
	void *user;
	size_t reported, failed; /* results so far */
	gf_kernels kernels;      /* the kernel set under test */
	int gpu_fits;            /* the device can run the kernels for GPUs */
	int is_cpu;              /* the device is a CPU */
	int takes_vectors;       /* the device compiles the kernels for CPUs in reasonable time */
	int takes_moments;       /* the moments engine is available, as far as known */
	struct engine *first;    /* owned; all other engines share its context */
};

/* A quantity and its case: "loss alone, 3 features".  No two results have the same name. */
struct result_name {
	char text[96];
};

static inline struct result_name name_result(const char *quantity, const char *test_case)
{
	struct result_name name;

	snprintf(name.text, sizeof name.text, "%s, %s", quantity, test_case);
	return name;
}

/* All rows train, by mse. */
static inline struct problem selftest_problem(const gf_dataset *data, size_t outputs)
{
	return (struct problem){.data = data,
		.train_rows = data->rows,
		.outputs = outputs,
		.loss = GF_LOSS_mse,
		.batch_size = data->rows};
}

/* Compares bit for bit, and reports the first difference. */
void selftest_expect(struct selftest *t, const char *kernel, const char *what, const float *found,
	const float *wanted, size_t count);

/* Takes steps of plain sgd, each over all rows. */
gf_status selftest_steps(struct engine *engine, const struct problem *problem, size_t count,
	double lr, const struct history *history, gf_error *err);

/* Opens t->first, finds out what the device takes, and checks the kernels that read memory
 * (selftest_read.c). */
gf_status selftest_read(struct selftest *t, gf_error *err);

/* ---- losses of fractions (selftest_losses.c) ---- */

enum {
	LOSS_RESULTS = 4,     /* of each loss */
	LOSS_PARAMETERS = 12, /* the most of a case */
	LOSS_ROWS = 8         /* rows that are also compared one by one */
};

/* row_slopes: the slope of row i with respect to output i mod K */
struct loss_answers {
	float loss, gradient[LOSS_PARAMETERS], row_losses[LOSS_ROWS], row_slopes[LOSS_ROWS];
};

/* A problem in fractions, whose products and sums round nearly always, the parameters at which it
 * is computed, and the bits that every device must find there. */
struct loss_case {
	struct problem problem; /* owns its data */
	float start[LOSS_PARAMETERS];
	const struct loss_answers *wanted;
};

/* free it with gf_dataset_free((gf_dataset *)c->problem.data), also after an error */
gf_status loss_case_of(struct loss_case *c, gf_loss loss, gf_error *err);

/* Checks each loss with the kernels t->kernels. */
gf_status selftest_losses(struct selftest *t, gf_error *err);

/* ---- networks (selftest_network.c) ---- */

enum {
	NETWORK_CASE_PARAMETERS = 17, /* 3 features, hidden layers of 2 and 2, 1 output */
	NETWORK_CASE_ROWS = 8         /* rows whose outputs are compared */
};

struct network_answers {
	float loss, outputs[NETWORK_CASE_ROWS], gradient[NETWORK_CASE_PARAMETERS],
		next[NETWORK_CASE_PARAMETERS];
	float clipped[NETWORK_CASE_PARAMETERS]; /* next, if the gradient is clipped to a norm */
	float loss_alone;                       /* found; wanted is loss */
};

/* As loss_case, and the rates of its step. */
struct network_case {
	struct problem problem;
	float start[NETWORK_CASE_PARAMETERS];
	double rates[RATES];
	const struct network_answers *wanted;
};

/* free it as loss_case_of's */
gf_status network_case_of(struct network_case *c, gf_activation activation, gf_error *err);

/* Checks the first so many activations with the kernels t->kernels. */
gf_status selftest_networks(struct selftest *t, size_t activations, gf_error *err);

/* Returns the number of their results. */
size_t selftest_network_results(gf_kernels kernels, size_t activations);

#endif
