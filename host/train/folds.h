/* folds.h: the rows of a dataset dealt to folds, and the rows that train without a fold. */
#ifndef GF_FOLDS_H
#define GF_FOLDS_H

#include "train_data.h"

struct folds {
	size_t count;
	size_t rows;      /* N */
	uint32_t *fold;   /* owned; (N) of each row */
	uint32_t *chosen; /* owned; (N) of folds_choose */
};

/* As gf_folds. */
gf_status folds_new(struct folds *folds, const gf_dataset *data, gf_loss loss, size_t count,
	uint64_t seed, gf_error *err);
void folds_free(struct folds *folds);

/* Returns all rows: those of other folds, which train, then those of the fold, each in their order.
 * They stay until the next call. */
struct chosen_rows folds_choose(struct folds *folds, size_t index);

#endif
