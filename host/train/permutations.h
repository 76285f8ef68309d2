/*
 * permutations.h: the order in which an epoch takes the rows, and the split of rows.
 *
 * Rows are drawn as torch.utils.data draws them, or block by block, for files larger than memory.
 */
#ifndef GF_PERMUTATIONS_H
#define GF_PERMUTATIONS_H

#include "gpufitcl.h"
#include "rng.h"

#include <stddef.h>
#include <stdint.h>

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
