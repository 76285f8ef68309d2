/*
 * oracle.h: reads the records of PyTorch's runs in tests/oracle.
 *
 *	struct oracle *oracle = oracle_open("steps.json");
 *	struct oracle_case c;
 *
 *	for (size_t i = 0; i < oracle->count; i++) {
 *		oracle_case_read(&c, oracle, i);
 *		...train c.data from c.start as c.config says, compare with c.exact...
 *		oracle_case_free(&c);
 *	}
 *	oracle_close(oracle);
 *
 * A key that is missing or of another type fails the test.  Tests run in the root of the
 * repository.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include "basics.h"

#include <jansson.h>

struct oracle {
	json_t *record;
	const json_t *cases;
	size_t count; /* number of cases */
};

/* One run.  Arrays that the record does not have are NULL. */
struct oracle_run {
	size_t losses; /* one for each step of the full batch or, with mini-batches, each epoch */
	double *loss;  /* (losses) before each update; for an epoch the mean weighted by rows */
	double *val_loss;        /* (losses) after each epoch */
	double *final;           /* (P) */
	double *average;         /* (P) mean of the parameters after each step */
	double average_val_loss; /* of average; NaN if there is none */
};

struct oracle_case {
	char what[512]; /* loss, optimiser, options and data, for messages */
	/* The hidden layers, the loss, the optimiser and its options, whose strings belong to the
	 * record; the rest are the defaults, unresolved (config.h). */
	gf_config config;
	gf_dataset *data;
	size_t parameters;        /* P */
	float *start;             /* (P) */
	struct oracle_run exact;  /* in double */
	struct oracle_run single; /* in float */
	size_t marks; /* how many steps of exact have their parameters recorded; steps.json only */
	size_t *mark; /* (marks) numbers of these steps */
	double *params; /* (marks, P) */
};

/* Opens tests/oracle/NAME. */
struct oracle *oracle_open(const char *name);
void oracle_close(struct oracle *oracle);

void oracle_case_read(struct oracle_case *c, const struct oracle *oracle, size_t i);
void oracle_case_free(struct oracle_case *c);

/* ---- for records of another shape ---- */

/* Reads a file whose last column is a class. */
gf_dataset *oracle_read_classes(const char *path);

/* The defaults with the hidden layers, optimiser, loss and options of that case. */
gf_config oracle_config(const json_t *one);

const json_t *oracle_list(const json_t *object, const char *key);
const char *oracle_text(const json_t *object, const char *key);
double oracle_number(const json_t *object, const char *key);
uint64_t oracle_whole(const json_t *object, const char *key);

/* A list of numbers (*count), which the caller frees; NULL if object has none of that name. */
double *oracle_numbers(const json_t *object, const char *key, size_t *count);

#endif
