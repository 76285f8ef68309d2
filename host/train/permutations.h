/* permutations.h: in which order each epoch takes its rows, drawn ahead. */
#ifndef GF_PERMUTATIONS_H
#define GF_PERMUTATIONS_H

#include "error.h"
#include "rng.h"

/* Orders of some epochs. */
struct drawn {
	uint32_t *rows; /* owned; (room, rows of an epoch) */
	size_t first, count;
	struct rng before; /* the generator before it drew the first of them */
};

struct permutations {
	struct drawn now, next; /* next: drawn while a device computes; count 0: not yet */
	uint32_t *whole;        /* owned; (train_rows) scratch */
	size_t rows, train_rows, room, epochs;
};

/* rows: of an epoch, of train_rows that are drawn from; room: epochs at a time, at most; epochs: of
 * the training.  GF_E_MEMORY */
gf_status permutations_new(struct permutations *o, size_t rows, size_t train_rows, size_t room,
	size_t epochs, gf_error *err);
void permutations_free(struct permutations *o);

/* Makes o->now hold the order of that epoch.  Epochs come one after the other. */
void permutations_need(struct permutations *o, size_t epoch, struct rng *rng);

/* Draws what comes after o->now, if it is not there yet. */
void permutations_ahead(struct permutations *o, struct rng *rng);

/* The generator as it is before the order of that epoch, which is in o->now or comes next. */
struct rng permutations_rng(const struct permutations *o, size_t epoch, const struct rng *rng);

#endif
