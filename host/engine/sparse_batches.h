/*
 * sparse_batches.h: shuffled batches of sparse rows.  The host picks the rows of a batch and makes
 * their columns, while the device takes the step before.
 */
#ifndef GF_SPARSE_BATCHES_H
#define GF_SPARSE_BATCHES_H

#include "device_sparse.h"

enum { SPARSE_BATCHES = 2 };

/* A batch, whose rows are numbered from 0. */
struct sparse_batch {
	struct sparse_columns columns;
	/* On the host, until the device has taken them: owned, with their room in bytes. */
	struct sparse_array {
		void *at;
		size_t room;
		struct buffer buffer;
	} start, index, value, y, weights;
	struct device_columns on_device;
	struct mark taken; /* behind the last step that uses the batch */
};

struct sparse_batches {
	struct sparse_batch batch[SPARSE_BATCHES];
	size_t count; /* batches so far: the last one is number (count - 1) % SPARSE_BATCHES */
};

/* Enqueues the copies of rows order[0 .. rows - 1] and of their columns, once the steps before no
 * longer need that memory.  GF_E_MEMORY, GF_E_OPENCL; else as buffer_new. */
gf_status sparse_batches_add(struct sparse_batches *batches, struct device_data *d,
	const uint32_t *order, size_t rows, gf_error *err);

/* Returns where the kernels find the last batch. */
struct sparse_source sparse_batches_last(const struct sparse_batches *batches, size_t rows);

void sparse_batches_free(struct sparse_batches *batches);

#endif
