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
 * standardizes t->own.  centered: 0 leaves the means.  GF_E_MEMORY. */
gf_status train_data_standardize(struct train_data *t, int centered, gf_error *err);

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

/* ---- permutations ---- */

/* The permutations of `count` consecutive epochs. */
struct epoch_permutations {
	uint32_t *rows; /* owned; (room, rows of an epoch) */
	size_t first, count;
	struct rng before; /* the generator before it drew the first of them */
};

/* What is permuted. */
struct permuted {
	size_t rows;       /* of an epoch, the first of each permutation of train_rows */
	size_t train_rows; /* at most UINT32_MAX */
	size_t block_rows; /* shuffle_blocks; 0: shuffle_epoch */
};

struct permutations {
	struct epoch_permutations now,
		next;      /* next: drawn while a device computes; count 0: none */
	uint32_t *scratch; /* owned; (train_rows, and shuffle_blocks_room more for blocks) */
	struct permuted permuted;
	size_t room, epochs;
};

/* room: epochs drawn at a time; epochs: of the training.  GF_E_MEMORY. */
gf_status permutations_new(struct permutations *p, const struct permuted *permuted, size_t room,
	size_t epochs, gf_error *err);
void permutations_free(struct permutations *p);

/* Makes p->now hold the permutation of that epoch.  Epochs are asked for in ascending order. */
void permutations_need(struct permutations *p, size_t epoch, struct rng *rng);

/* Draws the permutations after p->now, unless p->next already holds them. */
void permutations_ahead(struct permutations *p, struct rng *rng);

/* Returns the generator before it drew the permutation of that epoch, which is in p->now or follows
 * it; *rng if nothing was drawn. */
struct rng permutations_rng(const struct permutations *p, size_t epoch, const struct rng *rng);

/* Draws random_split(data, [1 - validation, validation]), validation in (0, 1).  order (rows) is a
 * permutation; its first *train_rows rows train, the others validate.  With few rows, either part
 * can be empty.  rows <= UINT32_MAX. */
void shuffle_split(
	struct rng *rng, uint32_t *order, size_t rows, double validation, size_t *train_rows);

/* Draws one epoch of DataLoader(shuffle=True).  order (rows) is a permutation.
 * rows <= UINT32_MAX. */
void shuffle_epoch(struct rng *rng, uint32_t *order, size_t rows);

/* Returns the rows of a block: a power of two, as many as are read at a time from a disk that seeks
 * slowly, and no fewer than fill a page each. */
size_t shuffle_block_rows(size_t features);

/* Returns the numbers of shuffle_blocks' scratch. */
size_t shuffle_blocks_room(size_t rows, size_t block_rows);

/* Draws one epoch of blocks of consecutive rows: blocks in an order that is drawn, and of each
 * SHUFFLE_WINDOW of them, which follow each other in that order, the rows.  Takes from rng what
 * shuffle_epoch takes. */
void shuffle_blocks(
	struct rng *rng, uint32_t *order, size_t rows, size_t block_rows, uint32_t *scratch);

#endif
