/* orders.h: in which order each epoch takes its rows, drawn ahead. */
#ifndef GF_ORDERS_H
#define GF_ORDERS_H

#include "error.h"
#include "rng.h"

/* Orders of some epochs. */
struct drawn {
	uint32_t *rows; /* owned; (room, rows of an epoch) */
	size_t first, count;
	struct rng before; /* the generator before it drew the first of them */
};

struct orders {
	struct drawn now, next; /* next: drawn while a device computes; count 0: not yet */
	uint32_t *whole;        /* owned; (train_rows) scratch */
	size_t rows, train_rows, room, epochs;
};

/* rows: of an epoch, of train_rows that are drawn from; room: epochs at a time, at most; epochs: of
 * the training.  GF_E_MEMORY */
gf_status orders_new(struct orders *o, size_t rows, size_t train_rows, size_t room, size_t epochs,
	gf_error *err);
void orders_free(struct orders *o);

/* Makes o->now hold the order of that epoch.  Epochs come one after the other. */
void orders_need(struct orders *o, size_t epoch, struct rng *rng);

/* Draws what comes after o->now, if it is not there yet. */
void orders_ahead(struct orders *o, struct rng *rng);

/* The generator as it is before the order of that epoch, which is in o->now or comes next. */
struct rng orders_rng(const struct orders *o, size_t epoch, const struct rng *rng);

#endif
