/*
 * permutations.h: which rows train, and in which order: that of torch.utils.data, from the same
 * seed.
 *
 * One generator, seeded by torch.manual_seed's seed, draws the split, then the model's start
 * (model_init), then the order of each epoch, some epochs ahead.
 */
#ifndef GF_PERMUTATIONS_H
#define GF_PERMUTATIONS_H

#include "error.h"
#include "rng.h"

/* The permutations of some consecutive epochs. */
struct epoch_orders {
	uint32_t *rows; /* owned; (room, rows of an epoch) */
	size_t first, count;
	struct rng before; /* the generator before the first of them was drawn */
};

struct permutations {
	struct epoch_orders now, next; /* next: drawn while a device computes; count 0: not yet */
	uint32_t *scratch;             /* owned; (train_rows) scratch */
	size_t rows, train_rows, room, epochs;
};

/* rows: of an epoch, of train_rows that are drawn from; room: epochs at a time, at most; epochs: of
 * the training.  GF_E_MEMORY */
gf_status permutations_new(struct permutations *o, size_t rows, size_t train_rows, size_t room,
	size_t epochs, gf_error *err);
void permutations_free(struct permutations *o);

/* Makes o->now hold the permutation of that epoch.  Epochs are asked for in ascending order. */
void permutations_need(struct permutations *o, size_t epoch, struct rng *rng);

/* Draws the permutations after o->now, unless o->next already holds them. */
void permutations_ahead(struct permutations *o, struct rng *rng);

/* The generator as it is before the order of that epoch, which is in o->now or comes next. */
struct rng permutations_rng(const struct permutations *o, size_t epoch, const struct rng *rng);

/* random_split(data, [1 - validation, validation]), validation in (0, 1): order (rows) holds each
 * row once; the first *train_rows of them train, the others validate.  Either part can be
 * empty where rows are few.  rows <= UINT32_MAX. */
void shuffle_split(
	struct rng *rng, uint32_t *order, size_t rows, double validation, size_t *train_rows);

/* One epoch of DataLoader(shuffle=True) over n rows: order (n) holds each number below n once.
 * After a split they are places in the first part of its order.  n <= UINT32_MAX. */
void shuffle_epoch(struct rng *rng, uint32_t *order, size_t n);

#endif
