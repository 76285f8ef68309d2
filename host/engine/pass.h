/*
 * pass.h: from rows and parameters to the sums of a batch, before 1/M: the loss and the gradient.
 *
 *	D features, K outputs
 *
 * The order of sums is a tree over blocks of 64 rows (sum_order.h).  A work-item of `gradient` (for
 * GPUs a work-group) takes a chunk of whole blocks to one node, and `fold` takes nodes to their
 * root; so how rows are cut into chunks changes no bit.
 */
#ifndef GF_PASS_H
#define GF_PASS_H

#include "device_data.h"
#include "sum_order.h"
#include "variant.h"

/* The rows that a pass takes. */
struct row_range {
	cl_ulong first, rows;
	int gathered; /* 1: rows of the shuffled batch; 0: rows of the dataset */
};

/* Nodes of sums, whose first numbers are `stride` numbers of kernel_set.width floats apart. */
struct nodes {
	const struct buffer *buffer; /* borrowed */
	cl_ulong count, stride;
};

struct pass {
	struct device *dev;            /* borrowed */
	const struct variant *variant; /* borrowed */
	const struct problem *problem; /* borrowed */
	struct device_data *data;      /* borrowed; set before the first launch */
	cl_uint features, outputs;     /* D, K */
	cl_ulong node;                 /* vectors of 16 floats in a node */
	cl_float loss_number;          /* kernels/loss.cl: beta, delta, epsilon or quantile, or 0 */
	const struct tuning *tuning;   /* borrowed */
	struct chunks most; /* those of a pass over all rows, which the buffers have room for */

	struct kernel gradient, fold;
	struct buffer nodes, folded[2], scratch; /* owned */
};

/* Returns the parameter of the loss, rounded once; 0 if it has none. */
cl_float pass_loss_number(const struct problem *problem);

/* Cuts all rows into chunks.
 * GF_E_UNAVAILABLE: the device ends loops before a work-item is through with one block. */
gf_status pass_init(struct pass *pass, struct device *dev, const struct variant *variant,
	const struct problem *problem, const struct tuning *tuning, gf_error *err);

/* Allocates the nodes and the memory that work-items keep outputs in. */
gf_status pass_new_buffers(struct pass *pass, gf_error *err);
void pass_free_buffers(struct pass *pass);

/* Returns the most rows that a chunk of a pass reads. */
static inline size_t pass_chunk_rows(const struct pass *pass)
{
	return (size_t)pass->most.blocks * BLOCK_ROWS;
}

/* Enqueues the pass over the range with those parameters, and the tree over its nodes.  Sets *root
 * to the nodes at its top, at most variant.root_nodes, whose pairwise sum is its root. */
gf_status pass_sums(struct pass *pass, const struct row_range *range, const struct buffer *params,
	struct nodes *root, gf_error *err);

/* Returns the size of a node in numbers of kernel_set.width floats: a work-item of `fold` sums one
 * of them. */
cl_ulong pass_node_size(const struct pass *pass);

/* Enqueues the tree over the nodes, up to those at its top, at most variant.root_nodes; they are in
 * pass.folded, or where they were if there is nothing to fold. */
gf_status pass_tree(struct pass *pass, struct nodes *nodes, gf_error *err);

/* Launches both kernels for no row and no node, to have them compiled.  What they write is written
 * again before it is read. */
gf_status pass_sums_none(struct pass *pass, const struct buffer *params, gf_error *err);

/* Returns the work-items of a kernel that has a work-item, or a work-group, for each chunk. */
size_t pass_items(const struct pass *pass, const struct kernel *kernel, size_t chunks);

#endif
