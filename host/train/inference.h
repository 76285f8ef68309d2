/*
 * inference.h: the parameters of a model as those of centered columns, what columns depend on
 * others, and Newton's step, for statistics.c.
 */
#ifndef GF_INFERENCE_H
#define GF_INFERENCE_H

#include "information.h"
#include "model.h"
#include "train_data.h"

/* The numbers of an inference; the arrays are parts of one block. */
struct inference {
	struct design design;
	struct information information; /* of the equations that are being looked at */
	size_t n;                       /* columns: D, and one more with a bias */
	size_t equations;               /* rows of coefficients */
	double *center;                 /* (D) */
	double *parameters;             /* (equations, n) of the columns x - center */
	double *newton;                 /* (equations n) at most: A^-1 score */
	double *v;                      /* (equations n) at most, scratch */
};

/* Returns the rows of coefficients: K, or K - 1 of cross_entropy. */
size_t inference_equations(const gf_model *model);

/* Returns how many of them share a likelihood. */
size_t inference_shared(const gf_model *model);

/* data: the user's, with the features of the training rows.  comm: the ranks that share the sums,
 * or NULL.  Free it also after an error.  GF_E_MEMORY, and what comm_gather returns. */
gf_status inference_new(struct inference *inference, const gf_model *model, const gf_dataset *data,
	const struct train_data *train_data, gf_comm *comm, gf_error *err);
void inference_free(struct inference *inference);

/* Factorizes f->information, and drops the columns that depend on others.  What the model has for
 * them in B (q n) goes to those that they depend on, so that no output changes. */
void inference_factorize(struct inference *f, const gf_model *model, double *B);

/* Returns 1 if the column of the information was dropped. */
int inference_is_dropped(const struct inference *f, size_t column);

/* Sets f->newton to A^-1 score; returns score' A^-1 score. */
double inference_find_newton(struct inference *f);

#endif
