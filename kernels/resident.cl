/*
 * resident.cl: many steps in one launch, for batches so small that one work-item sums them in less
 * time than a launch takes.
 *
 *	stack	log2(blocks) + 1 nodes		scratch
 *	x, y, weights	all rows; if `gathered`, those of this launch's steps in their order
 *	rates	(slots, RATES), or (1, RATES) with rate_stride 0
 *	losses	one per step; if `final_loss`, then that of all n rows at the end	out
 *	others	as in gradient.cl and update.cl; slots are [slot, slot + count)
 *
 * Step first + s of the plan takes batch b = (first + s) mod batches: rows [batch_size b,
 * batch_size (b + 1)), where the last batch ends at n.  Launch: one work-item, further ones do
 * nothing; on GPUs one work-group.  Only with -DRESIDENT.
 */
#include "batches.cl"
#include "step.cl"

#if defined(RESIDENT) && !defined(WIDTHS)

#ifdef GPU

/* A step's sums, their norm and the update take turns in local memory. */
union resident_memory {
	struct memory rows;
	struct tail tail;
#ifdef CLIP_NORM
	struct norm_memory norm;
#endif
};

/* Computes the loss from the root and updates the parameters, which all work-items see after the
 * barrier.  final: 1: computes the loss alone. */
static void group_update(
	struct training t, ulong slot, uint final, __local union resident_memory *m)
{
	const uint all = final ? 0 : gradient_numbers(t.D, t.K);
	const float sum = group_loss(&t, t.K, &m->tail);
	uint first = 0;

#ifdef CLIP_NORM
	group_norm(&t, &m->norm);
	barrier(CLK_GLOBAL_MEM_FENCE);
#endif
	if (get_local_id(0) == 0)
		t.losses[slot] = sum * t.h[RATE_SCALE];
	do {
		step_numbers(&t, first, all, slot, &m->tail);
		first += STEP_NUMBERS;
	} while (first < all);
	barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
}

static void group_steps(struct batch_cursor c, struct rows all, struct training t, uint final_loss,
	__global float *stack, __local union resident_memory *m)
{
	const ulong end = c.end + final_loss;

	/* The loss of all rows is one more turn of this loop, without an update: the code of the
	 * sums is then compiled only once. */
	do {
		const uint final = c.slot == c.end;
		struct rows rows = all;

		if (final)
			t.h = c.rates + (c.slot - (c.done > 0)) * c.rate_stride;
		else
			rows = step_begin(&c, all, &t);
		group_subtree(rows, 0, rows.count, STRIP_ROWS, stack, &m->rows);
		group_update(t, c.slot, final, m);
	} while (++c.slot < end);
}

#else

INLINE static void steps(
	struct batch_cursor c, struct rows all, struct training *t, __global float16 *stack)
{
	struct held h;

	if (batch_held)
		held_read(t, &h);
	for (; c.slot < c.end; c.slot++)
		batch_step(step_begin(&c, all, t), t, &h, stack, c.slot);
	if (batch_held)
		held_write(t, &h);
}

/* The steps are compiled twice, so that those without a record pay nothing for recording. */
NOINLINE static void all_steps(
	struct batch_cursor c, struct rows all, struct training given, __global float16 *stack)
{
	struct training t = given;

	if (t.record) {
		steps(c, all, &t, stack);
	} else {
		t.record = 0;
		steps(c, all, &t, stack);
	}
}

/* Computes the loss of all rows after the last step, scaled as in that step. */
NOINLINE static void compute_final_loss(
	struct batch_cursor c, struct rows all, const struct training *t, __global float16 *stack)
{
	const ulong last = c.end > c.slot ? c.end - 1 : c.slot;

	subtree(all, 0, (c.n + BLOCK_ROWS - 1) / BLOCK_ROWS, stack);
	t->losses[c.end] = loss_of(stack, t->D, t->K) *
			   t->h[last * c.rate_stride + RATE_SCALE];
}

#endif

__kernel GROUP_KERNEL
void resident(__global const float *restrict x, __global const float *restrict y,
	__global const float *restrict weights, __global const float *restrict shares,
	__global float *w, __global REAL *scratch,
	__global REAL *stack, ulong y_stride, uint D, uint K, __global float *losses,
	__global float *steps, __global const float *rates, ulong rate_stride, uint record,
	uint final_loss, uint gathered, ulong n, ulong batch_size, ulong batches, ulong first,
	ulong count, ulong slot, float number)
{
	const struct batch_cursor c = {rates, rate_stride, n, batch_size, slot, slot + count,
		first % batches * batch_size, 0, gathered};
	const struct rows all = {x, y, w, weights, shares, scratch, n, y_stride, D, K, number};
	const struct training t = {stack, w, losses, steps, rates, 1.0f, 1.0f, D, K, record,
		1, 0};

#ifdef GPU
	__local union resident_memory m;

	group_steps(c, all, t, final_loss, stack, &m);
#else

	if (get_global_id(0) == 0) {
		all_steps(c, all, t, stack);
		if (final_loss)
			compute_final_loss(c, all, &t, stack);
	}
#endif
}

#endif
