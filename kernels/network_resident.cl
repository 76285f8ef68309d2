/*
 * network_resident.cl: many steps of a network in one launch, for batches so small that one
 * work-item takes them in less time than launches would.
 *
 *	tiles, strips, nodes	as in network.cl; tiles and strips have room for a batch and,
 *				with final_loss, for all n rows	scratch
 *	rates, losses	as in resident.cl
 *	others		as in network_rows.cl and network_sums.cl
 *
 * Launch: one work-item, further ones do nothing.  Only with -DRESIDENT.
 */
#ifndef NETWORK_RESIDENT_CL
#define NETWORK_RESIDENT_CL

#include "batches.cl"
#include "network_rows.cl"
#include "network_update.cl"

#if defined(WIDTHS) && defined(RESIDENT) && !defined(GPU)

/* What a step needs beside its rows. */
struct network_memory {
	__global float *tiles, *strips, *node;
	ulong room;
	float negative_slope;
};

/* Takes the rows through the network, one tile after the other. */
INLINE static void all_tiles(const struct network_memory *m, struct rows in, uint with_gradient)
{
	ulong row;

	for (row = 0; row < in.count; row += 16) {
		const struct tile t = {m->tiles + row / 16 * tile_floats(),
			with_gradient ? m->strips + row * 16 : 0, m->room * 16, 0};

		tile_pass(t, in, row, m->negative_slope);
	}
}

/* Sums over the rows: to a step or, if `in` has a node, into that. */
INLINE static void all_sums(const struct training *t, struct summed in, ulong slot)
{
	uint l, item;

	UNROLL_LAYERS
	for (l = 0; l < LAYERS; l++)
		for (item = 0; item < layer_items(l); item++)
			sum_item(t, in, l, item, slot);
	sum_losses(t, in, slot);
}

#ifdef CLIP_NORM

/* Steps all parameters from the node, clipped to the norm. */
static void clipped_step(
	const struct network_memory *m, const struct training *given, ulong slot)
{
	struct training t = *given;
	uint row;

	take_network_norm(&t, m->node);
	t.losses[slot] = loss_of_node(m->node) * t.h[RATE_SCALE];
	for (row = 0; row < parameter_rows(); row++)
		step_row(&t, m->node, row, slot);
}

#endif

INLINE static void network_step(const struct network_memory *m, const struct training *t,
	struct rows in, ulong slot)
{
	struct summed summed = {m->tiles, m->strips, 0, m->room * 16, in.count};

	all_tiles(m, in, 1);
#ifdef CLIP_NORM
	summed.node = m->node;
	all_sums(t, summed, slot);
	clipped_step(m, t, slot);
#else
	all_sums(t, summed, slot);
#endif
}

__kernel VECTOR_KERNEL
void network_resident(__global const float *x, __global const float *y,
	__global const float *weights, __global const float *shares, __global float *w,
	__global float *tiles, __global float *strips, __global float *nodes, ulong y_stride,
	ulong room, __global float *losses, __global float *steps, __global const float *rates,
	ulong rate_stride, uint record, uint final_loss, uint gathered, ulong n, ulong batch_size,
	ulong batches, ulong first, ulong count, ulong slot, float number, float negative_slope)
{
	const struct rows all = {x, y, w, weights, shares, 0, n, y_stride, inputs_of(0),
		outputs_of(LAYERS - 1), number};
	const struct network_memory m = {tiles, strips, nodes, room, negative_slope};
	struct batch_cursor c = {rates, rate_stride, n, batch_size, slot, slot + count,
		first % batches * batch_size, 0, gathered};
	struct training t = {0, w, losses, steps, rates, 1.0f, 1.0f, 0, 0, record, 0, 0};

	if (get_global_id(0) != 0)
		return;
	for (; c.slot < c.end; c.slot++)
		network_step(&m, &t, step_begin(&c, all, &t), c.slot);
	if (final_loss) {
		const struct summed summed = {tiles, strips, 0, room * 16, n};

		all_tiles(&m, all, 0);
		sum_losses(&t, summed, c.end);
	}
}

#endif
#endif
