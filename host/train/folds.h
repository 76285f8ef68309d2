/* folds.h: the rows of a dataset dealt to folds, and the datasets of a fold. */
#ifndef GF_FOLDS_H
#define GF_FOLDS_H

#include "dataset.h"

struct folds {
	const gf_dataset *data; /* borrowed */
	size_t count;
	uint32_t *fold; /* owned; (N) of each row */
};

/* A fold's datasets, in which rows keep their order. */
struct fold_data {
	gf_dataset *train, *held_out; /* owned */
};

/* As gf_folds. */
gf_status folds_new(struct folds *folds, const gf_dataset *data, gf_loss loss, size_t count,
	uint64_t seed, gf_error *err);
void folds_free(struct folds *folds);

/* GF_E_MEMORY.  The caller frees it, also after a failure. */
gf_status fold_data_new(
	struct fold_data *fold, const struct folds *folds, size_t index, gf_error *err);
void fold_data_free(struct fold_data *fold);

#endif
