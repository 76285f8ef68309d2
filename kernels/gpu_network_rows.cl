/*
 * gpu_network_rows.cl: takes tiles of 64 rows through all layers of a network, as network_rows.cl
 * does; for GPUs.
 *
 * The work-items of a group share the numbers of a tile, which are in global memory: each step
 * begins with a barrier.  Launch: a work-group for each tile, any local size.
 */
#ifndef GPU_NETWORK_ROWS_CL
#define GPU_NETWORK_ROWS_CL

#include "activation.cl"
#include "gpu_dense.cl"
#include "terms.cl"

#if defined(WIDTHS) && defined(GPU)

/* ---- rows of x ---- */

#define COLUMNS      32         /* features of 64 rows, transposed in local memory at a time */
#define COLUMN_PITCH (TILE + 1) /* floats: odd, so that a row is spread over all banks */

typedef char columns_fit[COLUMNS * COLUMN_PITCH * sizeof(float) <= sizeof(struct stages) ? 1 : -1];

static void read_columns(__global const float *x, uint from, uint count, __local float *columns)
{
	const uint id = get_local_id(0), items = get_local_size(0), D = inputs_of(0);
	uint turn;

	barrier(CLK_LOCAL_MEM_FENCE);
	for (turn = 0; turn < COLUMNS * TILE; turn += items) {
		const uint r = (turn + id) / COLUMNS, i = (turn + id) % COLUMNS;

		if (r < TILE && from + i < D)
			columns[i * COLUMN_PITCH + r] = x[(size_t)min(r, count - 1) * D + from + i];
	}
	barrier(CLK_LOCAL_MEM_FENCE);
}

static void write_columns(__global float *tile, uint from, __local const float *columns)
{
	const uint id = get_local_id(0), items = get_local_size(0), D = inputs_of(0);
	uint turn;

	for (turn = 0; turn < COLUMNS * TILE; turn += items) {
		const uint r = (turn + id) % TILE, i = (turn + id) / TILE;

		if (i < COLUMNS && from + i < D)
			tile[(from + i) * TILE + r] = columns[i * COLUMN_PITCH + r];
	}
}

/* Reads count rows of x; rows that the tile lacks are copies of its last one. */
static void read_tile(
	__global float *tile, __global const float *x, uint count, __local struct stages *m)
{
	const uint D = inputs_of(0);
	__local float *columns = (__local float *)m->left[0];
	uint from;

	for (from = 0; from < D; from += COLUMNS) {
		read_columns(x, from, count, columns);
		write_columns(tile, from, columns);
	}
}

/* ---- forward ---- */

/* Adds the biases of a layer to its sums.  Unless it is the last one, takes the outputs z to the
 * inputs of the next layer, and leaves their slopes da/dz. */
static void finish_outputs(
	__global float *tile, __global const float *w, uint l, float negative_slope)
{
	const uint id = get_local_id(0), items = get_local_size(0);
	const uint numbers = outputs_of(l) * TILE, is_last = l + 1 == LAYERS;
	__global float *slopes = tile + slopes_at(l) * TILE;
	__global float *a = tile + inputs_at(is_last ? 0 : l + 1) * TILE;
	uint turn;

	barrier(CLK_GLOBAL_MEM_FENCE);
	for (turn = 0; turn < numbers; turn += items)
		if (turn + id < numbers) {
			const uint at = turn + id;
			const float z = slopes[at] + w[biases_at(l) + at / TILE];
			const struct activated to = activation(z, negative_slope);

			slopes[at] = is_last ? z : to.slope;
			if (!is_last)
				a[at] = to.value;
		}
}

/* Leaves the outputs of the last layer where their slopes will be. */
static void forward(__global float *tile, __global const float *w, float negative_slope,
	__local struct stages *m)
{
	uint l;

	for (l = 0; l < LAYERS; l++) {
		group_forward(l, tile + inputs_at(l) * TILE, w, tile + slopes_at(l) * TILE, m);
		finish_outputs(tile, w, l, negative_slope);
	}
}

/* ---- losses ---- */

#ifdef SOFTMAX

/* Computes what softmax shares among the outputs of a row: scratch is that of the first row. */
static void share_outputs(struct rows in, ulong row, uint count, __global const float *outputs,
	__global float *scratch)
{
	const uint id = get_local_id(0), items = get_local_size(0);
	uint turn, k;

	barrier(CLK_GLOBAL_MEM_FENCE);
	for (turn = 0; turn < count; turn += items)
		if (turn + id < count) {
			const uint r = turn + id;

			for (k = 0; k < in.K; k++)
				scratch[k * TILE + r] = outputs[k * TILE + r];
			softmax_share(in, row + r, scratch + r);
		}
}

#else
#define share_outputs(in, row, count, outputs, scratch) ((void)0)
#endif

/* Computes the losses of the tile's `count` rows, the first of which is `row`, and their slopes;
 * those of rows that the tile lacks are 0. */
static void tile_losses(__global float *tile, struct rows in, ulong row, uint count)
{
	const uint id = get_local_id(0), items = get_local_size(0);
	__global float *outputs = tile + slopes_at(LAYERS - 1) * TILE;
	__global float *values = tile + slopes_at(LAYERS) * TILE;
	__global float *scratch = values + in.K * TILE;
	const uint numbers = in.K * TILE;
	uint turn;

	share_outputs(in, row, count, outputs, scratch);
	barrier(CLK_GLOBAL_MEM_FENCE);
	for (turn = 0; turn < numbers; turn += items)
		if (turn + id < numbers) {
			const uint k = (turn + id) / TILE, r = (turn + id) % TILE;
			struct terms t = {0.0f, 0.0f};

			if (r < count)
				t = tile_terms(in, row + r, k, outputs[turn + id], scratch + r);
			values[turn + id] = t.value;
			outputs[turn + id] = t.slope;
		}
}

/* ---- backward ---- */

__constant uint layer_count = LAYERS;

/* Returns LAYERS, which the compiler must not know: it would make two copies of a loop of two
 * turns, and PoCL 3.1 aborts on their barriers at a local size of 1. */
static uint unknown_layers(void)
{
	return *(volatile __constant uint *)&layer_count;
}

static void backward(
	__global float *tile, __global const float *w, uint is_wanted, __local struct stages *m)
{
	uint l;

	for (l = is_wanted ? unknown_layers() - 1 : 0; l > 0; l--)
		group_backward(l, tile + slopes_at(l) * TILE, w, tile + slopes_at(l - 1) * TILE, m);
}

/* ---- kernels ---- */

/* Returns the rows of a tile.  A launch for no rows, which is there to have the kernel compiled,
 * takes one all the same: barriers must not depend on a condition. */
static uint tile_count(ulong row, ulong rows)
{
	return row < rows ? (uint)min(rows - row, (ulong)TILE) : 1;
}

__kernel void network_rows(__global const float *x, __global const float *y,
	__global const float *weights, __global const float *shares, __global const float *w,
	__global float *tiles, __global float *strips, ulong y_stride, ulong room, ulong rows,
	ulong first, ulong shift, float number, float negative_slope, uint with_gradient)
{
	const struct rows in = {x, y + shift, w, weights + shift, shares, 0, first + rows, y_stride,
		inputs_of(0), outputs_of(LAYERS - 1), number};
	const ulong row = get_group_id(0) * (ulong)TILE;
	const uint count = tile_count(row, rows);
	__global float *tile = tiles + get_group_id(0) * tile_floats();
	__local struct stages m;

	read_tile(tile, x + (first + row) * in.D, count, &m);
	forward(tile, w, negative_slope, &m);
	tile_losses(tile, in, first + row, count);
	backward(tile, w, with_gradient, &m);
}

/* Computes the outputs of rows [first, first + rows) of x alone, to z from its row `from` on. */
__kernel void network_outputs(__global const float *x, __global const float *w,
	__global float *tiles, __global float *z, ulong first, ulong from, ulong rows,
	float negative_slope)
{
	const uint id = get_local_id(0), items = get_local_size(0), K = outputs_of(LAYERS - 1);
	const ulong row = get_group_id(0) * (ulong)TILE;
	const uint count = tile_count(row, rows);
	__global float *tile = tiles + get_group_id(0) * tile_floats();
	__global const float *outputs = tile + slopes_at(LAYERS - 1) * TILE;
	__local struct stages m;
	uint turn;

	read_tile(tile, x + (first + row) * inputs_of(0), count, &m);
	forward(tile, w, negative_slope, &m);
	barrier(CLK_GLOBAL_MEM_FENCE);
	for (turn = 0; turn < count * K; turn += items)
		if (turn + id < count * K) {
			const uint r = (turn + id) / K, k = (turn + id) % K;

			z[(from + row) * K + turn + id] = outputs[k * TILE + r];
		}
}

#endif
#endif
