#include "permutations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

gf_status permutations_new(struct permutations *o, size_t rows, size_t train_rows, size_t room,
	size_t epochs, gf_error *err)
{
	const size_t numbers = (room ? room : 1) * rows;

	*o = (struct permutations){
		.rows = rows, .train_rows = train_rows, .room = room ? room : 1, .epochs = epochs};
	o->now.rows = malloc(numbers * sizeof *o->now.rows);
	o->next.rows = malloc(numbers * sizeof *o->next.rows);
	o->scratch = malloc(train_rows * sizeof *o->scratch);
	if (o->now.rows && o->next.rows && o->scratch)
		return GF_OK;
	return gf_fail_memory(
		err, (2 * numbers + train_rows) * sizeof *o->scratch, "the orders of epochs");
}

void permutations_free(struct permutations *o)
{
	free(o->now.rows);
	free(o->next.rows);
	free(o->scratch);
	memset(o, 0, sizeof *o);
}

static void draw(struct permutations *o, struct epoch_orders *d, size_t first, struct rng *rng)
{
	const size_t left = o->epochs - first;
	size_t i;

	d->before = *rng;
	d->first = first;
	d->count = left < o->room ? left : o->room;
	for (i = 0; i < d->count; i++) {
		shuffle_epoch(rng, o->scratch, o->train_rows);
		memcpy(d->rows + i * o->rows, o->scratch, o->rows * sizeof *d->rows);
	}
}

void permutations_need(struct permutations *o, size_t epoch, struct rng *rng)
{
	const struct epoch_orders now = o->now;

	if (now.count && epoch < now.first + now.count)
		return;
	if (o->next.count) {
		o->now = o->next;
		o->next = (struct epoch_orders){.rows = now.rows};
	} else {
		draw(o, &o->now, epoch, rng);
	}
}

void permutations_ahead(struct permutations *o, struct rng *rng)
{
	const size_t first = o->now.first + o->now.count;

	if (!o->next.count && first < o->epochs)
		draw(o, &o->next, first, rng);
}

/* Advances rng as shuffle_epoch does, without making the permutation. */
static void shuffle_skip(struct rng *rng)
{
	rng_next64(rng);
	rng_next64(rng);
}

struct rng permutations_rng(const struct permutations *o, size_t epoch, const struct rng *rng)
{
	struct rng before = *rng;
	size_t i;

	if (!o->now.count)
		return before;
	before = o->now.before;
	for (i = o->now.first; i < epoch; i++)
		shuffle_skip(&before);
	return before;
}

/* ---- split and shuffle, as torch draws them ---- */

void shuffle_split(
	struct rng *rng, uint32_t *order, size_t rows, double validation, size_t *train_rows)
{
	size_t train = (size_t)floor((double)rows * (1.0 - validation));
	size_t others = (size_t)floor((double)rows * validation);

	/* Rows that both roundings left over go to the first part, then to the second. */
	if (train + others < rows)
		train += (rows - train - others + 1) / 2;
	*train_rows = train;
	rng_permutation(rng, order, rows);
}

/* The loader draws two seeds: one for its workers, of which there are none here, and one for
 * the generator of the order, which the sampler makes anew in each epoch. */
void shuffle_epoch(struct rng *rng, uint32_t *order, size_t n)
{
	struct rng sampler;

	rng_next64(rng);
	rng_seed(&sampler, rng_next64(rng)); /* & (2^63 - 1), as PyTorch, changes no low bit */
	rng_permutation(&sampler, order, n);
}
