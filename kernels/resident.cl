/*
 * resident.cl: many steps in one launch, for batches that one work-item sums up sooner than a
 * launch begins.  The same functions as the other kernels call, so the same bits.
 *
 *	stack	log2(blocks) + 1 nodes		scratch
 *	x, y, weights	of all rows; if `together`, those of the launch's steps, side by side
 *	rates	(slots, RATES), or (1, RATES) with rate_stride 0
 *	params (P), state (S, P)	after the last step, plain	out
 *	losses	if `looks`, behind the last one that of the n rows after it	out
 *	others	as in gradient.cl and update.cl; slots are [slot, slot + count)
 *
 * Step first + s of the plan takes batch (first + s) mod batches: rows [batch_size b,
 * batch_size (b + 1)), the last one as many as there are below n.  Launch: one work-item, any more
 * do nothing.  Only with -DRESIDENT.
 */
#include "gradient.cl"
#include "update.cl"

#if defined(RESIDENT) && !defined(GPU)

static void resident_step(struct rows in, struct training *t, __global float16 *stack, ulong slot)
{
	struct place at;

	subtree(in, 0, (in.count + BLOCK - 1) / BLOCK, stack);
	t->losses[slot] = loss_of(stack, t->D, t->K) * t->h[RATE_SCALE];
#ifdef CLIP_NORM
	t->clip = norm_factor(t);
#endif
	for (at = place_of(0, t->D); at.k < t->K; at = next_place(at, t->D))
		real_update(t, at, sum_of(t, at), slot);
}

/* The steps of a launch, and where it is among them. */
struct course {
	__global const float *rates;
	ulong rate_stride, n, batch_size, slot, end;
	ulong start, done; /* row of the batch in an epoch, and in the launch */
	uint together;
};

/* Its batch of `all`, and its rates. */
static struct rows step_begin(struct course *c, struct rows all, struct training *t)
{
	const ulong first = c->together ? c->done : c->start;

	all.count = min(c->batch_size, c->n - c->start);
	t->h = c->rates + c->slot * c->rate_stride;
	c->done += all.count;
	c->start = c->start + c->batch_size < c->n ? c->start + c->batch_size : 0;
	return rows_from(all, first);
}

#if defined(CHUNKS) && !defined(CLIP_NORM)

/* Output k of a step of one block: from its sums, in registers, to its parameters.  Its loss. */
static float block_output_step(struct rows in, const struct training *t, uint k, ulong slot)
{
	struct place at = {k, 0, 0};
	float16 w[1 + CHUNKS];
	struct sums s;

	hold(in.w + (1 + CHUNKS) * k, w);
	output_sums(in, 0, k, w, &s);
	real_update(t, at, halves_1(s.bias), slot);
	for (at.c = 1; at.c <= CHUNKS; at.c++)
		real_update(t, at, halves(s.weight[at.c - 1]), slot);
	return halves_1(s.loss).s0;
}

static void any_step(struct rows in, struct training *t, __global float16 *stack, ulong slot)
{
	float loss = 0.0f;
	uint k;

	if (in.count > BLOCK) {
		resident_step(in, t, stack, slot);
		return;
	}
	block_outputs(in, 0);
	for (k = 0; k < in.K; k++)
		loss += block_output_step(in, t, k, slot);
	t->losses[slot] = loss * t->h[RATE_SCALE];
}

#elif !defined(CHUNKS) && !defined(CLIP_NORM) && !defined(SOFTMAX)

/* Output k of a step of one row: its gradient goes from registers into the parameters.  Its loss. */
static float row_output_step(struct rows in, const struct training *t, uint k)
{
	const float16 z = row_output(in.x, in.w + k * (chunks(in.D) + 1), in.D);
	const struct terms m = tile_terms(in, 0, k, z, in.scratch);
	const float16 slope = (float16)(m.slope.s0), zero = (float16)(0.0f);
	const struct place bias = {k, 0, 0};
	uint c;

	unseen_update(t, bias, slope + zero);
	for (c = 0; c < chunks(in.D); c++) {
		const struct place at = {k, 1 + c, 0};

		unseen_update(t, at, fma(slope, vload16(c, in.x), zero));
	}
	return m.value.s0;
}

static void any_step(struct rows in, struct training *t, __global float16 *stack, ulong slot)
{
	float loss = 0.0f;
	uint k;

	if (in.count > 1 || t->record) {
		resident_step(in, t, stack, slot);
		return;
	}
	for (k = 0; k < in.K; k++)
		loss += row_output_step(in, t, k);
	t->losses[slot] = loss * t->h[RATE_SCALE];
}

#else
#define any_step resident_step
#endif

static void any_steps(
	struct course c, struct rows all, struct training *t, __global float16 *stack)
{
	for (; c.slot < c.end; c.slot++)
		any_step(step_begin(&c, all, t), t, stack, c.slot);
}

#if defined(CHUNKS) && !defined(CLIP_NORM) && !defined(SOFTMAX)

/* The parameters of one output and their state, in registers from one step to the next: each waits
 * for the one before, and would wait for memory, too. */
struct held {
	float16 w[1 + CHUNKS], state[1 + CHUNKS][PLANES + 1];
};

static void held_read(const struct training *t, struct held *h)
{
	struct place at = {0, 0, 0};

	for (at.c = 0; at.c <= CHUNKS; at.c++) {
		h->w[at.c] = t->w[real_of(at, t->D)];
		state_read(t, real_of(at, t->D), h->state[at.c]);
	}
}

static void held_write(const struct training *t, const struct held *h)
{
	struct place at = {0, 0, 0};

	for (at.c = 0; at.c <= CHUNKS; at.c++) {
		t->w[real_of(at, t->D)] = h->w[at.c];
		state_write(t, real_of(at, t->D), h->state[at.c]);
	}
}

INLINE static void held_update(
	const struct training *t, const struct sums *s, ulong slot, struct held *h)
{
	struct place at = {0, 0, 0};

	h->w[0] = stepped(t, at, h->w[0], halves_1(s->bias), h->state[0]);
	for (at.c = 1; at.c <= CHUNKS; at.c++)
		h->w[at.c] = stepped(t, at, h->w[at.c], halves(s->weight[at.c - 1]),
			h->state[at.c]);
	t->losses[slot] = halves_1(s->loss).s0 * t->h[RATE_SCALE];
}

/* Steps of one block and one output, that nobody wants to see. */
static void held_steps(struct course c, struct rows all, struct training *t)
{
	struct held h;
	struct sums s;

	held_read(t, &h);
	for (; c.slot < c.end; c.slot++) {
		output_sums(step_begin(&c, all, t), 0, 0, h.w, &s);
		held_update(t, &s, c.slot, &h);
	}
	held_write(t, &h);
}

/* The same of few rows, FIRST_ROWS at most. */
static void held_few_steps(struct course c, struct rows all, struct training *t)
{
	struct held h;
	struct sums s;

	held_read(t, &h);
	for (; c.slot < c.end; c.slot++) {
		first_sums(step_begin(&c, all, t), h.w, &s);
		held_update(t, &s, c.slot, &h);
	}
	held_write(t, &h);
}

static void all_steps(
	struct course c, struct rows all, struct training *t, __global float16 *stack)
{
	if (all.K > 1 || c.batch_size > BLOCK || t->record)
		any_steps(c, all, t, stack);
	else if (c.batch_size > FIRST_ROWS)
		held_steps(c, all, t);
	else
		held_few_steps(c, all, t);
}

#else
#define all_steps any_steps
#endif

/* The numbers out of their lanes. */
static void collect_all(const struct training *t, __global float *params, __global float *state)
{
	const size_t P = (size_t)t->K * (t->D + 1), plane = reals(t->D, t->K);
	struct place at;
	uint i;

	for (at = place_of(0, t->D); at.k < t->K; at = next_place(at, t->D)) {
		const size_t n = real_of(at, t->D);

		plain_write(params, t->w[n], at, t->D, t->K);
		for (i = 0; i < PLANES; i++)
			plain_write(state + i * P, t->state[i * plane + n], at, t->D, t->K);
	}
}

__kernel VECTOR_KERNEL
void resident(__global const float *x, __global const float *y, __global const float *weights,
	__global const float *shares, __global float16 *w, __global float16 *scratch,
	__global float16 *stack, ulong y_stride, uint D, uint K, __global float *params,
	__global float *state, __global float16 *states, __global float *losses,
	__global float *steps, __global const float *rates, ulong rate_stride, uint record,
	uint looks, uint together, ulong n, ulong batch_size, ulong batches, ulong first,
	ulong count, ulong slot)
{
	const struct course c = {rates, rate_stride, n, batch_size, slot, slot + count,
		first % batches * batch_size, 0, together};
	const struct rows all = {x, y, w, weights, shares, scratch, n, y_stride, D, K};
	struct training t = {stack, w, states, losses, steps, rates, 1.0f, D, K, record};

	if (get_global_id(0) == 0) {
		all_steps(c, all, &t, stack);
		if (looks) {
			subtree(all, 0, (n + BLOCK - 1) / BLOCK, stack);
			losses[slot + count] = loss_of(stack, D, K) * t.h[RATE_SCALE];
		}
		collect_all(&t, params, state);
	}
}

#endif
