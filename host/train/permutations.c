#include "permutations.h"
#include "error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- permutations of many epochs ---- */

gf_status permutations_new(struct permutations *p, const struct permuted *permuted, size_t room,
	size_t epochs, gf_error *err)
{
	const size_t numbers = (room ? room : 1) * permuted->rows, N = permuted->train_rows;
	const size_t block = permuted->block_rows;
	const size_t scratch = N + (block ? shuffle_blocks_room(N, block) : 0);

	*p = (struct permutations){
		.permuted = *permuted, .room = room ? room : 1, .epochs = epochs};
	p->now.rows = malloc(numbers * sizeof *p->now.rows);
	p->next.rows = malloc(numbers * sizeof *p->next.rows);
	p->scratch = malloc(scratch * sizeof *p->scratch);
	if (p->now.rows && p->next.rows && p->scratch)
		return GF_OK;
	return gf_fail_memory(
		err, (2 * numbers + scratch) * sizeof *p->scratch, "permutations of epochs");
}

void permutations_free(struct permutations *p)
{
	free(p->now.rows);
	free(p->next.rows);
	free(p->scratch);
	memset(p, 0, sizeof *p);
}

static void draw(
	struct permutations *p, struct epoch_permutations *drawn, size_t first, struct rng *rng)
{
	const struct permuted *of = &p->permuted;
	const size_t left = p->epochs - first;
	size_t i;

	drawn->before = *rng;
	drawn->first = first;
	drawn->count = left < p->room ? left : p->room;
	for (i = 0; i < drawn->count; i++) {
		if (of->block_rows)
			shuffle_blocks(rng, p->scratch, of->train_rows, of->block_rows,
				p->scratch + of->train_rows);
		else
			shuffle_epoch(rng, p->scratch, of->train_rows);
		memcpy(drawn->rows + i * of->rows, p->scratch, of->rows * sizeof *drawn->rows);
	}
}

void permutations_need(struct permutations *p, size_t epoch, struct rng *rng)
{
	const struct epoch_permutations now = p->now;

	if (now.count && epoch < now.first + now.count)
		return;
	if (p->next.count) {
		p->now = p->next;
		p->next = (struct epoch_permutations){.rows = now.rows};
	} else {
		draw(p, &p->now, epoch, rng);
	}
}

void permutations_ahead(struct permutations *p, struct rng *rng)
{
	const size_t first = p->now.first + p->now.count;

	if (!p->next.count && first < p->epochs)
		draw(p, &p->next, first, rng);
}

/* Advances rng as shuffle_epoch does, without making the permutation. */
static void shuffle_skip(struct rng *rng)
{
	rng_next64(rng);
	rng_next64(rng);
}

struct rng permutations_rng(const struct permutations *p, size_t epoch, const struct rng *rng)
{
	struct rng before = *rng;
	size_t i;

	if (!p->now.count)
		return before;
	before = p->now.before;
	for (i = p->now.first; i < epoch; i++)
		shuffle_skip(&before);
	return before;
}

void shuffle_split(
	struct rng *rng, uint32_t *order, size_t rows, double validation, size_t *train_rows)
{
	size_t train = (size_t)floor((double)rows * (1.0 - validation));
	const size_t validate = (size_t)floor((double)rows * validation);

	/* As in PyTorch, rows that the roundings left over go to each part in turn. */
	if (train + validate < rows)
		train += (rows - train - validate + 1) / 2;
	*train_rows = train;
	rng_permutation(rng, order, rows);
}

/* PyTorch's loader draws two seeds an epoch: one for worker processes, unused here, and one for the
 * sampler, which makes a new generator from it. */
static struct rng epoch_sampler(struct rng *rng)
{
	struct rng sampler;

	rng_next64(rng);
	/* PyTorch masks the seed with 2^63 - 1, which changes none of the low bits that count. */
	rng_seed(&sampler, rng_next64(rng));
	return sampler;
}

void shuffle_epoch(struct rng *rng, uint32_t *order, size_t rows)
{
	struct rng sampler = epoch_sampler(rng);

	rng_permutation(&sampler, order, rows);
}

/* ---- permutations of blocks ---- */

enum {
	SHUFFLE_WINDOW = 64,          /* blocks */
	SHUFFLE_BLOCK_ROWS = 256,     /* at least */
	SHUFFLE_BLOCK_BYTES = 1 << 20 /* at least: a disk reads them in about the time of a seek */
};

size_t shuffle_block_rows(size_t features)
{
	size_t rows = SHUFFLE_BLOCK_ROWS;

	while (rows < SHUFFLE_BLOCK_BYTES / sizeof(float) / (features ? features : 1))
		rows *= 2;
	return rows;
}

/* Returns the rows of as many blocks as there are, up to a window. */
static size_t window_rows(size_t rows, size_t block_rows)
{
	return rows < SHUFFLE_WINDOW * block_rows ? rows : SHUFFLE_WINDOW * block_rows;
}

size_t shuffle_blocks_room(size_t rows, size_t block_rows)
{
	return (rows + block_rows - 1) / block_rows + 2 * window_rows(rows, block_rows);
}

/* Lists the rows of blocks (count) in their order; returns their number.  The last block of all may
 * have fewer than the others. */
static size_t list_rows(
	uint32_t *list, const uint32_t *blocks, size_t count, size_t block_rows, size_t rows)
{
	size_t listed = 0, b, i;

	for (b = 0; b < count; b++) {
		const size_t first = blocks[b] * block_rows;
		const size_t end = rows - first < block_rows ? rows : first + block_rows;

		for (i = first; i < end; i++)
			list[listed++] = (uint32_t)i;
	}
	return listed;
}

void shuffle_blocks(
	struct rng *rng, uint32_t *order, size_t rows, size_t block_rows, uint32_t *scratch)
{
	const size_t count = (rows + block_rows - 1) / block_rows;
	uint32_t *const blocks = scratch, *const list = blocks + count;
	uint32_t *const places = list + window_rows(rows, block_rows);
	struct rng sampler = epoch_sampler(rng);
	size_t first, done = 0, i;

	rng_permutation(&sampler, blocks, count);
	for (first = 0; first < count; first += SHUFFLE_WINDOW) {
		const size_t left = count - first;
		const size_t some = left < SHUFFLE_WINDOW ? left : SHUFFLE_WINDOW;
		const size_t listed = list_rows(list, blocks + first, some, block_rows, rows);

		rng_permutation(&sampler, places, listed);
		for (i = 0; i < listed; i++)
			order[done++] = list[places[i]];
	}
}
