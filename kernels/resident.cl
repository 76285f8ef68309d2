/*
 * resident.cl: many steps in one launch, for batches so small that one work-item sums them in less
 * time than a launch takes.
 *
 *	stack	log2(blocks) + 1 nodes		scratch
 *	x, y, weights	all rows; if `together`, those of this launch's steps in their order
 *	rates	(slots, RATES), or (1, RATES) with rate_stride 0
 *	losses	one per step; if `looks`, then that of all n rows at the end	out
 *	others	as in gradient.cl and update.cl; slots are [slot, slot + count)
 *
 * Step first + s of the plan takes batch b = (first + s) mod batches: rows [batch_size b,
 * batch_size (b + 1)), where the last batch ends at n.  Launch: one work-item, further ones do
 * nothing.  Only with -DRESIDENT.
 */
#include "step.cl"

#if defined(RESIDENT) && !defined(GPU)

/* The steps of a launch, and the progress among them. */
struct course {
	__global const float *rates;
	ulong rate_stride, n, batch_size, slot, end;
	ulong start, done; /* first row of the batch, counted in the epoch and in the launch */
	uint together;
};

/* Sets the rates of the next step and returns the rows of its batch. */
static struct rows step_begin(struct course *c, struct rows all, struct training *t)
{
	const ulong first = c->together ? c->done : c->start;

	all.count = min(c->batch_size, c->n - c->start);
	t->h = c->rates + c->slot * c->rate_stride;
	c->done += all.count;
	c->start = c->start + c->batch_size < c->n ? c->start + c->batch_size : 0;
	return rows_from(all, first);
}

INLINE static void steps(
	struct course c, struct rows all, struct training *t, __global float16 *stack)
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
APART static void all_steps(
	struct course c, struct rows all, struct training given, __global float16 *stack)
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
APART static void look(
	struct course c, struct rows all, const struct training *t, __global float16 *stack)
{
	const ulong last = c.end > c.slot ? c.end - 1 : c.slot;

	subtree(all, 0, (c.n + BLOCK - 1) / BLOCK, stack);
	t->losses[c.end] = loss_of(stack, t->D, t->K) *
			   t->h[last * c.rate_stride + RATE_SCALE];
}

__kernel VECTOR_KERNEL
void resident(__global const float *x, __global const float *y, __global const float *weights,
	__global const float *shares, __global float *w, __global float16 *scratch,
	__global float16 *stack, ulong y_stride, uint D, uint K, __global float *losses,
	__global float *steps, __global const float *rates, ulong rate_stride, uint record,
	uint looks, uint together, ulong n, ulong batch_size, ulong batches, ulong first,
	ulong count, ulong slot, float number)
{
	const struct course c = {rates, rate_stride, n, batch_size, slot, slot + count,
		first % batches * batch_size, 0, together};
	const struct rows all = {x, y, w, weights, shares, scratch, n, y_stride, D, K, number};
	const struct training t = {stack, w, losses, steps, rates, 1.0f, 1.0f, D, K, record};

	if (get_global_id(0) == 0) {
		all_steps(c, all, t, stack);
		if (looks)
			look(c, all, &t, stack);
	}
}

#endif
