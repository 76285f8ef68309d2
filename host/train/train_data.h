/*
 * train_data.h: the rows of a training as the engine sees them, and their order in each epoch.
 *
 * Training rows come first in one x, validation rows behind them; validation rows are split off the
 * user's data, or have data of their own.  If nothing has to be changed, the user's data is used in
 * place.
 *
 * Rows are drawn as torch.utils.data draws them.  One generator, seeded as torch.manual_seed does,
 * draws the split, then the initial parameters (model_init), then the permutation of each epoch.
 */
#ifndef GF_TRAIN_DATA_H
#define GF_TRAIN_DATA_H

#include "permutations.h"
#include "problem.h"
#include "model.h"
#include "rng.h"

struct train_data {
	const gf_dataset *data; /* the user's, or own */
	gf_dataset *own;        /* owned, or NULL */
	size_t train_rows;      /* the first rows of data train */
	uint32_t *rows;         /* owned; (N) the user's row of each row; NULL: the same rows */
	float *weights;         /* owned; (N) product of sample and class weight, or NULL */
	float *class_weights;   /* owned; (K) for cross_entropy, or NULL */
	double *center, *scale; /* owned; (D) x = (user's x - center) / scale, or NULL */
	unsigned char *flat;    /* owned; (D) 1: the feature is constant in training; or NULL */
};

/* Rows of a dataset in an order that a caller has chosen. */
struct chosen_rows {
	uint32_t *rows;    /* (N) all rows, those that train first; NULL: none are chosen */
	size_t train_rows; /* the others validate */
};

/* The rows are chosen, or chosen is NULL or has none: then config chooses.  rng draws the split.
 * outputs: K.
 * GF_E_USAGE: no rows to train or to validate, more rows than can be permuted, or an offset with
 * cross_entropy.
 * GF_E_DATA: validation data of another shape, or a class to balance that has no rows. */
gf_status train_data_choose(struct train_data *t, const gf_dataset *data,
	const struct chosen_rows *chosen, const gf_config *config, size_t outputs, struct rng *rng,
	gf_error *err);

static inline gf_status train_data_new(struct train_data *t, const gf_dataset *data,
	const gf_config *config, size_t outputs, struct rng *rng, gf_error *err)
{
	return train_data_choose(t, data, NULL, config, outputs, rng, err);
}

void train_data_free(struct train_data *t);

/* Copies the features of all rows of `from` to their places (rows of from), or to the same ones if
 * places is NULL.  They are read in rising order, as often as it takes to write at_once places at a
 * time: in any other order a file larger than memory would be read page by page. */
void train_data_place(
	gf_dataset *to, const gf_dataset *from, const uint32_t *places, size_t at_once);

/* Returns the user's row that is that row here. */
static inline uint32_t train_data_row(const struct train_data *t, size_t row)
{
	return t->rows ? t->rows[row] : (uint32_t)row;
}

/* Returns 0 if the row weighs 0. */
static inline int train_data_has_weight(const struct train_data *t, size_t row)
{
	return !t->weights || t->weights[row] > 0.0f;
}

/* Makes the weights of rows, all 1, unless there are some already.  GF_E_MEMORY. */
gf_status train_data_need_weights(struct train_data *t, gf_error *err);

/* ---- standardize.c ---- */

/* Measures mean and deviation of each feature over the training rows that weigh more than 0, and
 * standardizes t->own.  centered: 0 leaves the means.  comm: the ranks that share
 * the sums, or NULL.  GF_E_MEMORY, and what comm_gather returns. */
gf_status train_data_standardize(struct train_data *t, int centered, gf_comm *comm, gf_error *err);

/* Converts the parameters of a model that was trained on other data to params (P) for this data:
 * features go into the first layer only.  If both are of standardized features, it computes in
 * double, from one standardization to the other. */
void train_data_adapt(const struct train_data *t, const gf_model *from, float *params);

/* Sets the first layer's weights (outputs, D) of flat features to 0.  They stay 0: their x is 0 in
 * all training rows, so they have no gradient. */
void train_data_drop_flat(const struct train_data *t, size_t outputs, float *params);

/* Returns M, by which the sum of a batch's losses is divided: its number of terms, weighted if the
 * loss divides by weights (catalog.h).  A row has one term for cross_entropy, else K. */
double train_data_divisor(const struct problem *problem, const struct batch *batch);

/* Returns 1/M; 0 if M is 0, since rows whose weights are all 0 have no mean: their loss counts
 * as 0. */
double train_data_scale(const struct problem *problem, const struct batch *batch);

#endif
