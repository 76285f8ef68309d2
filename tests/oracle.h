/*
 * oracle.h: the records of tests/oracle, which are what PyTorch did.
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
 * What is not there, or is of another kind, fails the test.  Tests run from the root of the tree.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include "basics.h"

#include <jansson.h>

struct oracle {
	json_t *record;
	const json_t *cases;
	size_t count; /* of cases */
};

/* One run.  What a record does not have is NULL. */
struct oracle_run {
	size_t losses;    /* steps.json, network.json: a step each; minibatch.json: an epoch */
	double *loss;     /* (losses) before each update; of an epoch, the row-weighted mean */
	double *val_loss; /* (losses) after each epoch */
	double *final;    /* (P) */
	double *average;  /* (P) mean of the parameters after each step */
	double average_val_loss; /* at average; NaN without */
};

struct oracle_case {
	char what[512]; /* for messages: its loss, optimiser, options and data */
	gf_config
		config; /* loss, optimiser and options; texts belong to the record; the rest is the
			     default, unresolved (config.h) */
	gf_dataset *data;
	size_t parameters;        /* P */
	float *start;             /* (P) */
	struct oracle_run exact;  /* in double */
	struct oracle_run single; /* in float */
	size_t marks;   /* of exact, steps whose parameters are recorded; steps.json only */
	size_t *mark;   /* (marks) steps done */
	double *params; /* (marks, P) */
};

/* tests/oracle/NAME */
struct oracle *oracle_open(const char *name);
void oracle_close(struct oracle *oracle);

void oracle_case_read(struct oracle_case *c, const struct oracle *oracle, size_t i);
void oracle_case_free(struct oracle_case *c);

/* ---- for records of another shape ---- */

/* The defaults, and the optimiser, loss and options of that case. */
gf_config oracle_config(const json_t *one);

const json_t *oracle_list(const json_t *object, const char *key);
const char *oracle_text(const json_t *object, const char *key);
double oracle_number(const json_t *object, const char *key);
uint64_t oracle_whole(const json_t *object, const char *key);

/* A list of numbers (*count), to be freed; NULL where object has none of that name. */
double *oracle_numbers(const json_t *object, const char *key, size_t *count);

#endif
