/*
 * network_pass.h: the kernels, the buffers and the sizes of a network's passes over rows
 * (cl_network.c).
 */
#ifndef GF_NETWORK_PASS_H
#define GF_NETWORK_PASS_H

#include "cl_engine.h"

struct network_pass {
	struct kernel rows, outputs, sums, fold, norm, update, loss, resident;
	struct buffer tiles;  /* numbers of the rows of a chunk */
	struct buffer strips; /* on CPUs strips of them, on GPUs the stacks of the sums */
	struct buffer nodes;  /* (levels + parts, node) */
	size_t room;          /* rows of a chunk: BLOCK_ROWS times a power of two */
	size_t part_rows;     /* of a chunk, with sums of their own; on CPUs those of a chunk */
	size_t node;          /* floats */
	size_t items;         /* of the second phase; the last one sums the losses */
	size_t parameter_rows, tile_floats, strip_floats;
	cl_float loss_number; /* pass.h */
};

/* Work-items for which the kernels of GPUs are written; with fewer of them they are slow. */
enum { GROUP_ITEMS = 256 };

/* Makes e->network_pass with its sizes.  GF_E_USAGE: engine resident has no room for a batch.
 * GF_E_UNAVAILABLE: as network_check_turns. */
gf_status network_sizes(struct cl_engine *e, gf_error *err);

#endif
