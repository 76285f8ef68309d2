#include "row_sums.h"
#include "exchange.h"
#include "sum_order.h"

#include <stdlib.h>
#include <string.h>

int row_sums_are_shared(const struct row_sums *s)
{
	return comm_size(s->comm) > 1 && (double)s->rows * s->work >= EXCHANGE_HOST_WORK;
}

double row_sums_depth(size_t rows)
{
	const size_t levels = tree_levels(parts_of(rows, ROW_SUMS_PART));

	return (double)(rows < ROW_SUMS_PART ? rows : ROW_SUMS_PART) + (double)levels;
}

/* ---- a subtree ---- */

/* Sums of subtrees side by side, each larger than the next: at most one of each power of two. */
struct pile {
	double *sums[8 * sizeof(size_t) + 1]; /* owned; (numbers) */
	size_t parts[8 * sizeof(size_t) + 1];
	size_t count;
};

static void pile_free(struct pile *p)
{
	size_t i;

	for (i = 0; i < sizeof p->sums / sizeof *p->sums; i++)
		free(p->sums[i]);
}

static void join_last(struct pile *p, size_t numbers)
{
	double *to = p->sums[p->count - 2], *from = p->sums[p->count - 1];
	size_t i;

	for (i = 0; i < numbers; i++)
		to[i] += from[i];
	p->parts[p->count - 2] += p->parts[p->count - 1];
	p->count--;
}

/* Adds the sum of a part; end: the row behind those of the subtree. */
static gf_status push_part(
	const struct row_sums *s, struct pile *p, size_t part, size_t end, gf_error *err)
{
	const size_t first = part * ROW_SUMS_PART, left = s->rows - first;
	const struct part_rows rows = {first, left < ROW_SUMS_PART ? left : ROW_SUMS_PART, end};
	const size_t bytes = s->numbers * sizeof(double);
	double **sum = &p->sums[p->count];

	if (!*sum)
		*sum = malloc(bytes);
	if (!*sum)
		return gf_fail_memory(err, bytes, "sums over rows");
	memset(*sum, 0, bytes);
	p->parts[p->count++] = 1;
	return s->add(s->user, &rows, *sum, err);
}

/* Sums parts [tree->first, tree->first + tree->blocks) as far as there are rows. */
static gf_status sum_subtree(
	const struct row_sums *s, const struct subtree *tree, double *sum, gf_error *err)
{
	const size_t parts = parts_of(s->rows, ROW_SUMS_PART);
	const size_t last = tree->first + subtree_part(tree, 1, parts);
	const size_t end = last < parts ? last * ROW_SUMS_PART : s->rows;
	struct pile pile = {.count = 0};
	gf_status status = GF_OK;
	size_t part;

	for (part = tree->first; part < last && !status; part++) {
		status = push_part(s, &pile, part, end, err);
		while (pile.count > 1 && pile.parts[pile.count - 2] == pile.parts[pile.count - 1])
			join_last(&pile, s->numbers);
	}
	while (pile.count > 1)
		join_last(&pile, s->numbers);
	if (!status && pile.count)
		memcpy(sum, pile.sums[0], s->numbers * sizeof *sum);
	pile_free(&pile);
	return status;
}

/* ---- shared by ranks ---- */

static gf_status sum_mine(
	void *rows, const struct subtree *mine, size_t count, void *sums, gf_error *err)
{
	const struct row_sums *s = rows;
	size_t i;

	for (i = 0; i < count; i++)
		TRY(sum_subtree(s, &mine[i], (double *)sums + i * s->numbers, err));
	return GF_OK;
}

static gf_status sum_with(const struct row_sums *s, struct exchange *x, double *sum, gf_error *err)
{
	const struct sum_shape shape = {.blocks = parts_of(s->rows, ROW_SUMS_PART),
		.numbers = s->numbers,
		.size = sizeof *sum};
	struct row_sums rows = *s;
	const void *all;

	TRY(exchange_take(x, &shape, sum_mine, &rows, &all, err));
	memcpy(sum, all, s->numbers * sizeof *sum);
	return GF_OK;
}

gf_status row_sums_take(const struct row_sums *s, double *sum, gf_error *err)
{
	const struct subtree all = {0, parts_of(s->rows, ROW_SUMS_PART)};
	struct exchange *x;
	gf_status status;

	if (s->rows == 0) {
		memset(sum, 0, s->numbers * sizeof *sum);
		return GF_OK;
	}
	if (!row_sums_are_shared(s))
		return sum_subtree(s, &all, sum, err);
	TRY(exchange_new(&x, s->comm, err));
	status = sum_with(s, x, sum, err);
	exchange_free(x);
	return status;
}
