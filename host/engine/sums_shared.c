/*
 * sums_shared.c: sums of the reference over the rows of a batch, of which each rank takes some.
 *
 * Rows are added in their order within a subtree of blocks, and the subtrees as exchange.h does it.
 * So a sum of doubles depends on how many ranks there are, but is the same on all of them; its
 * bounds hold for any order (bounds.c).  What a training begins from must not depend on that:
 * reference_gradient has the order of row_sums.h.
 */
#include "exchange.h"
#include "reference.h"
#include "row_sums.h"
#include "sum_order.h"

#include <stdlib.h>
#include <string.h>

enum { LOSS_NUMBERS = 3 /* loss, loss_terms, loss_errors */ };

double reference_work(const struct problem *p, size_t rows)
{
	const gf_dataset *d = p->data;

	if (d->sparse)
		return (double)rows * (double)p->outputs *
		       (1.0 + (double)sparse_numbers(d->sparse) / (double)d->rows);
	return (double)rows * (double)problem_params(p);
}

/* All pointers are borrowed. */
struct shared_sums {
	struct sums *sums;
	const struct problem *problem;
	const struct batch *batch;
	const double *params;
	int losses_alone;
	size_t gradients; /* doubles from sums->gradient on */
};

static void take(const struct shared_sums *s, const struct batch *batch)
{
	if (s->losses_alone)
		reference_losses(s->sums, s->problem, batch, s->params);
	else
		reference_sums(s->sums, s->problem, batch, s->params);
}

static void put(const struct shared_sums *s, double *to)
{
	to[0] = s->sums->loss;
	to[1] = s->sums->loss_terms;
	to[2] = s->sums->loss_errors;
	memcpy(to + LOSS_NUMBERS, s->sums->gradient, s->gradients * sizeof *to);
}

static void get(const struct shared_sums *s, const double *from)
{
	s->sums->loss = from[0];
	s->sums->loss_terms = from[1];
	s->sums->loss_errors = from[2];
	memcpy(s->sums->gradient, from + LOSS_NUMBERS, s->gradients * sizeof *from);
}

static void take_subtree(const struct shared_sums *s, const struct subtree *tree)
{
	const struct batch part = {.order = s->batch->order,
		.first = s->batch->first + tree->first * BLOCK_ROWS,
		.count = subtree_part(tree, BLOCK_ROWS, s->batch->count)};

	take(s, &part);
}

static gf_status take_mine(
	void *shared, const struct subtree *mine, size_t count, void *sums, gf_error *err)
{
	const struct shared_sums *s = shared;
	double *to = sums;
	size_t i;

	(void)err;
	for (i = 0; i < count; i++, to += LOSS_NUMBERS + s->gradients) {
		take_subtree(s, &mine[i]);
		put(s, to);
	}
	return GF_OK;
}

static gf_status take_shared(struct shared_sums *s, struct exchange *x, gf_error *err)
{
	const struct sum_shape shape = {.blocks = block_count(s->batch->count),
		.numbers = LOSS_NUMBERS + s->gradients,
		.size = sizeof(double)};
	const void *sum;

	TRY(exchange_take(x, &shape, take_mine, s, &sum, err));
	get(s, sum);
	return GF_OK;
}

gf_status reference_sums_shared(struct sums *sums, struct exchange *x,
	const struct problem *problem, const struct batch *batch, const double *params,
	int losses_alone, gf_error *err)
{
	const size_t P = sums->network.parameters;
	struct shared_sums s = {.sums = sums,
		.problem = problem,
		.batch = batch,
		.params = params,
		.losses_alone = losses_alone,
		.gradients = losses_alone ? 0 : (sums->gradient_terms ? 3 : 1) * P};

	if (x && reference_work(problem, batch->count) >= EXCHANGE_HOST_WORK &&
		exchange_shares(x, block_count(batch->count)))
		return take_shared(&s, x, err);
	take(&s, batch);
	return GF_OK;
}

/* ---- the gradient over all rows, in an order of its own ---- */

struct gradient_pass {
	const struct problem *problem;
	const double *params;
	struct sums sums;
};

/* sum (1 + P): the loss, then the gradient. */
static gf_status add_part(void *user, const struct part_rows *part, double *sum, gf_error *err)
{
	struct gradient_pass *p = user;
	const struct batch batch = {.first = part->first, .count = part->rows};
	size_t i;

	(void)err;
	reference_sums(&p->sums, p->problem, &batch, p->params);
	sum[0] += p->sums.loss;
	for (i = 0; i < p->sums.network.parameters; i++)
		sum[1 + i] += p->sums.gradient[i];
	return GF_OK;
}

gf_status reference_gradient(const struct problem *problem, gf_comm *comm, const float *params,
	double *loss, double *gradient, gf_error *err)
{
	const size_t P = problem_params(problem);
	struct gradient_pass pass = {.problem = problem};
	const struct row_sums rows = {.comm = comm,
		.rows = problem->train_rows,
		.numbers = 1 + P,
		.work = reference_work(problem, 1),
		.add = add_part,
		.user = &pass};
	void *block = sums_new(&pass.sums, problem, 0);
	double *numbers = malloc((1 + 2 * P) * sizeof *numbers);
	gf_status status = block && numbers ? GF_OK
					    : gf_fail_memory(err, (1 + 2 * P) * sizeof *numbers,
						      "a gradient of the reference");

	if (!status) {
		pass.params = reference_doubles(params, P, numbers + 1 + P);
		status = row_sums_take(&rows, numbers, err);
	}
	if (!status) {
		*loss = numbers[0];
		memcpy(gradient, numbers + 1, P * sizeof *gradient);
	}
	free(numbers);
	free(block);
	return status;
}
