/*
 * shuffle.h: which rows train, and in which order: that of torch.utils.data, from the same seed.
 *
 * One generator, seeded by torch.manual_seed's seed, draws the split, then the model's start
 * (model_init), then the order of each epoch.
 */
#ifndef GF_SHUFFLE_H
#define GF_SHUFFLE_H

#include "rng.h"

/* random_split(data, [1 - validation, validation]), validation in (0, 1): order (rows) holds each
 * row once; the first *train_rows of them train, the others validate.  Either part can be
 * empty where rows are few.  rows <= UINT32_MAX. */
void shuffle_split(
	struct rng *rng, uint32_t *order, size_t rows, double validation, size_t *train_rows);

/* One epoch of DataLoader(shuffle=True) over n rows: order (n) holds each number below n once.
 * After a split they are places in the first part of its order.  n <= UINT32_MAX. */
void shuffle_epoch(struct rng *rng, uint32_t *order, size_t n);

/* Moves rng on as shuffle_epoch does. */
void shuffle_skip(struct rng *rng);

#endif
