/*
 * train_data.h: what a training is made of: the user's rows as the engine is to see them.
 *
 * Rows that train come first, those that validate behind them, in one x: by a split (drawn as
 * torch's random_split does), or from data of their own.  Where nothing is to be done to it the
 * user's data is used as it is.
 */
#ifndef GF_TRAIN_DATA_H
#define GF_TRAIN_DATA_H

#include "engine.h"
#include "model.h"
#include "rng.h"

struct train_data {
	const gf_dataset *data; /* the user's, or own */
	gf_dataset *own;        /* owned, or NULL */
	size_t train_rows;      /* the first of data's */
	uint32_t *rows;         /* owned; (N) which of the user's rows each is; NULL: the same */
	float *weights;         /* owned; (N) of sample and class together, or NULL */
	float *class_weights;   /* owned; (K) of cross_entropy, or NULL */
	double *center, *scale; /* owned; (D) x = (user's x - center) / scale, or NULL */
	unsigned char *flat;    /* owned; (D) 1: no deviation over the rows that train, or NULL */
};

/* rng draws the split.  K outputs.
 * GF_E_USAGE: a part without rows, more rows than can be permuted.  GF_E_DATA: validation data of
 * another shape, a class to be balanced that no row has. */
gf_status train_data_new(struct train_data *m, const gf_dataset *data, const gf_config *config,
	size_t outputs, struct rng *rng, gf_error *err);
void train_data_free(struct train_data *m);

static inline uint32_t train_data_row(const struct train_data *m, size_t row)
{
	return m->rows ? m->rows[row] : (uint32_t)row;
}

/* The parameters (P) for the training data of a model that was trained on other data: where both
 * are of standardized features, in double from its center and scale to these. */
void train_data_adapt(const struct train_data *m, const gf_model *from, float *params);

/* Weights (K, D) of flat features are 0: with x = 0 in all rows that train, and no gradient, they
 * stay so. */
void train_data_drop_flat(const struct train_data *m, size_t outputs, float *params);

/* M, what the mean of a batch's losses divides by: its terms, each of its row's weight for the
 * losses that catalog.h says.  A row has K terms, or of cross_entropy one. */
double train_data_divisor(const struct problem *problem, const struct batch *batch);

#endif
