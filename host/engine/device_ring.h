/*
 * device_ring.h: x on a device that has no room for all of it: a ring of buffers takes the parts in
 * turn.  A part is uploaded once the kernels that read the oldest one are done, while others run.
 *
 *	N rows, D features
 *
 * Which parts are on the device changes no bit, since it changes no order of sums.
 */
#ifndef GF_DEVICE_RING_H
#define GF_DEVICE_RING_H

#include "device_data.h"
#include "sum_order.h"

enum { RING_CHUNKS = 8 /* the least chunks of a part, if these have more than a block */ };

/* ---- sizes ---- */

/* Returns the rows of which a part has a multiple: those of a block, or of a leaf of engine
 * moments. */
size_t ring_unit_rows(const struct problem *problem, gf_engine word);

/* Sets tuning->ring_slots and ring_rows for a problem of dense rows, if x has no room in the limit
 * (bytes; 0: in the device's own memory).
 * GF_E_USAGE, or GF_E_UNAVAILABLE of the device's own: nor have two buffers of two units each. */
gf_status ring_size(struct tuning *tuning, const struct problem *problem, const struct device *dev,
	size_t limit, size_t unit_rows, gf_error *err);

/* Returns the most rows of a chunk, which is read from one buffer, behind whose part it may end. */
static inline size_t ring_chunk_rows(const struct tuning *tuning)
{
	const size_t most = tuning->ring_rows / RING_CHUNKS;

	return most > BLOCK_ROWS ? most : BLOCK_ROWS;
}

/* ---- the ring ---- */

/* Makes d->ring, as the tuning says, and d's parts, which are the buffers.
 * unit_rows: of which a part has a multiple, and so many at least. */
gf_status ring_new(
	struct device_data *d, const struct tuning *tuning, size_t unit_rows, gf_error *err);

/* Returns the rows that a buffer has room for. */
size_t ring_rows(const struct device_data *d);

/* Shares the ring of `beside`. */
void ring_share(struct device_data *d, const struct device_data *beside);

/* Waits until nothing of d uses the ring, and frees it after its last user. */
void ring_leave(struct device_data *d);

/* Sets *part to the part of x that has that row, uploaded or on its way with `beyond` rows behind
 * it: what is enqueued from here on waits for it. */
gf_status ring_take(
	struct device_data *d, size_t row, size_t beyond, struct x_part *part, gf_error *err);

/* Returns 1 if that row is in a buffer of the ring. */
int ring_has(const struct device_data *d, size_t row);

/* GF_E_USAGE: a buffer has no room for a shuffled batch. */
gf_status ring_check_batch(const struct device_data *d, gf_error *err);

/* Copies count rows order[0], ... of the host's x to a buffer, which the batch then has.  The host
 * waits if it is two batches ahead of the uploads. */
gf_status ring_gather(struct device_data *d, const uint32_t *order, size_t count, gf_error *err);

/* Forgets what the buffers hold, after the host has changed x. */
gf_status ring_forget(struct device_data *d, gf_error *err);

/* Compares what the buffers hold with x.  GF_E_CHECK: they differ. */
gf_status ring_audit(struct device_data *d, gf_error *err);

/* Returns the bytes of x that have been uploaded. */
uint64_t ring_uploaded(const struct device_data *d);

#endif
