/*
 * functions.h: functions of the kernels (functions.cl), computed for a batch of floats in every way
 * of building them, and held to the same function in double and to plain loops.
 *
 * A program that uses it has functions.o linked in (Makefile).
 */
#ifndef GF_TESTS_FUNCTIONS_H
#define GF_TESTS_FUNCTIONS_H

#include "basics.h"

#include "run.h"
#include "shared.h"

enum {
	BATCH = 1 << 20, /* floats in a launch */
	STRIDE = 251,    /* between the bits of one float and the next: a prime */
	NAN_BITS = 0x7fc00000,
	FUNCTIONS_MOST = 8
};

struct function {
	const char *kernel;
	double (*wanted)(double a, double b);
	float (*order)(float a); /* the same bits in plain C, or NULL */
	/* The largest relative error, in units of 2^-24, that the reference's bounds count on. */
	double roundings;
	int exact;          /* 1: correctly rounded */
	int is_quotient;    /* 1: a quotient of 2^-126 is 0 */
	int takes_denormal; /* 1: operands below 2^-126 do not count as 0 */
	int only_negative;  /* 1: its operands are at most 0 */
	int rises;          /* 1: it never decreases */
};

/* Ways to build the kernels, and how many numbers each computes side by side; the last needs a
 * device that divides correctly. */
enum { CPU, GPU, BY_DEVICE, WAYS };

struct bench {
	struct device dev;
	int ways;
	cl_program programs[WAYS];
	const struct function *functions; /* borrowed; (count) */
	size_t count;
	struct kernel kernels[WAYS][FUNCTIONS_MOST];
	struct buffer a, b, out;
	float *in_a, *in_b, *found, *found_too; /* (BATCH) */
};

struct worst {
	double error; /* relative, in units of 2^-24 */
	float a, b, found;
};

/* For cmocka's groups.  GPUFIT_TEST_DEVICE names the device. */
int bench_open(struct bench **bench, const struct function *functions, size_t count);
int bench_close(void **state);

/* Builds the kernels again with more options, such as "-DACTIVATION=tanh". */
void bench_build(struct bench *t, const char *options);

/* Fills found by in_a and in_b; every way has to come to the same bits. */
void run_batch(struct bench *t, size_t which);

/* Notes the worst error of the batch. */
void look_at(struct worst *worst, const struct bench *t, size_t which);

/* Fails where the results of an operand of the batch and the next are not in the operands'
 * order. */
void assert_order(const struct bench *t, size_t which);

/* Prints the worst error, and fails if it is beyond the function's roundings. */
void judge(const struct worst *worst, const struct function *f);

/* Whether GPUFIT_TEST_FULL is set. */
int full(void);

/* Tries every float, or one of STRIDE. */
void try_floats(struct bench *t, size_t which);

struct edge {
	size_t which;
	float a, b, wanted;
};

void try_edges(struct bench *t, const struct edge *edges, size_t count);

#endif
