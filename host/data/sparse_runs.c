#include "sparse_runs.h"

#include <stdlib.h>
#include <string.h>

enum {
	LEVELS_MOST = 32,
	LENGTHS = RUN_NUMBERS + 1,
	RANGE_LEVELS = 5 /* slopes of 2^5 blocks stay in the fastest cache: with runs in the order
			  * of such ranges, sums take 0.8 of the time */
};

/* The rows of a part. */
struct part_rows {
	const struct sparse_rows *rows;
	const uint32_t *order;
	size_t first, count;
};

static size_t row_at(const struct part_rows *p, size_t i)
{
	return p->order ? p->order[p->first + i] : p->first + i;
}

/* ---- the numbers of a part, by column ---- */

static gf_status new_runs(struct column_runs **made, size_t features, gf_error *err)
{
	struct column_runs *s = *made ? *made : calloc(1, sizeof *s);

	*made = s;
	if (s && !s->slot)
		s->slot = calloc(features, sizeof *s->slot);
	return s && s->slot ? GF_OK
			    : gf_fail_memory(err, features * sizeof *s->slot, "sparse columns");
}

static gf_status need_numbers(
	struct column_runs *s, const struct part_rows *p, size_t features, gf_error *err)
{
	size_t i, columns;

	s->columns = s->numbers = 0;
	s->rows = p->count;
	for (i = 0; i < p->count; i++)
		s->numbers += sparse_count(p->rows, row_at(p, i));
	columns = s->numbers < features ? s->numbers : features;
	TRY(SPARSE_NEED(s->column, s->room[0], columns, err));
	TRY(SPARSE_NEED(s->start, s->room[1], columns + 2, err));
	TRY(sparse_need_pages(&s->row, &s->room[2], s->numbers * sizeof *s->row, err));
	return sparse_need_pages(&s->value, &s->room[3], s->numbers * sizeof *s->value, err);
}

/* Sets start[c + 2] to how many numbers column c has. */
static void count_numbers(struct column_runs *s, const struct part_rows *p)
{
	const struct sparse_rows *rows = p->rows;
	size_t i;

	s->start[0] = s->start[1] = 0;
	for (i = 0; i < p->count; i++) {
		const size_t r = row_at(p, i);

		for (uint64_t n = rows->start[r]; n < rows->start[r + 1]; n++) {
			uint32_t *slot = &s->slot[rows->index[n]];

			if (!*slot) {
				s->column[s->columns++] = rows->index[n];
				*slot = (uint32_t)s->columns;
				s->start[*slot + 1] = 0;
			}
			s->start[*slot + 1]++;
		}
	}
}

/* Fills the columns, during which start[c + 1] is where the next number of column c goes. */
static void fill_columns(struct column_runs *s, const struct part_rows *p)
{
	const struct sparse_rows *rows = p->rows;
	size_t i;

	for (i = 0; i < s->columns; i++)
		s->start[i + 2] += s->start[i + 1];
	for (i = 0; i < p->count; i++) {
		const size_t r = row_at(p, i);

		for (uint64_t n = rows->start[r]; n < rows->start[r + 1]; n++) {
			const size_t at = s->start[s->slot[rows->index[n]]]++;

			s->row[at] = (uint32_t)i;
			s->value[at] = rows->value[n];
		}
	}
	for (i = 0; i < s->columns; i++)
		s->slot[s->column[i]] = 0;
}

/* ---- runs ---- */

/* Returns the levels of the smallest aligned range that has both blocks: it has 2^levels. */
static unsigned levels_of(uint32_t first_row, uint32_t last_row)
{
	const uint32_t differ = first_row / BLOCK_ROWS ^ last_row / BLOCK_ROWS;
	unsigned levels = 0;

	while (differ >> levels)
		levels++;
	return levels;
}

/* Returns the first of the numbers [from, to) that is in the upper half of their range. */
static size_t middle_of(
	const struct column_runs *s, unsigned rank, size_t from, size_t to, unsigned levels)
{
	while (from < to) {
		const size_t i = from + (to - from) / 2;

		if (runs_row(s, rank, i) / BLOCK_ROWS >> (levels - 1) & 1)
			to = i;
		else
			from = i + 1;
	}
	return from;
}

/* Cuts the numbers [from, to) into runs; the last rank takes them as they are. */
static gf_status cut(struct column_runs *s, unsigned rank, size_t from, size_t to, gf_error *err)
{
	const uint32_t row = runs_row(s, rank, from);
	const unsigned levels = levels_of(row, runs_row(s, rank, to - 1));
	struct rank *r = &s->rank[rank];

	if (to - from > RUN_NUMBERS && levels > 0 && rank + 1 < COLUMN_RANKS) {
		const size_t middle = middle_of(s, rank, from, to, levels);

		TRY(cut(s, rank, from, middle, err));
		return cut(s, rank, middle, to, err);
	}
	TRY(SPARSE_NEED(r->run, r->room[0], r->count + 1, err));
	r->run[r->count++] = (struct run){from, row, (uint32_t)(to - from), levels, 0};
	return GF_OK;
}

/* Cuts a column, rank by rank, until one run has its sum. */
static gf_status cut_column(struct column_runs *s, size_t column, gf_error *err)
{
	size_t from = s->start[column], to = s->start[column + 1];
	unsigned rank = 0;

	for (;; rank++) {
		struct rank *r = &s->rank[rank];
		const size_t first = r->count;

		TRY(cut(s, rank, from, to, err));
		if (r->count == first + 1)
			break;
		from = first;
		to = r->count;
	}
	s->rank[rank].run[s->rank[rank].count - 1].to = s->column[column];
	return GF_OK;
}

static gf_status cut_columns(struct column_runs *s, gf_error *err)
{
	for (size_t r = 0; r < COLUMN_RANKS; r++)
		s->rank[r].count = 0;
	for (size_t i = 0; i < s->columns; i++)
		TRY(cut_column(s, i, err));
	return GF_OK;
}

/* ---- the order of runs ---- */

/* Runs of the same range and levels, or of fewer than RANGE_LEVELS, lie side by side. */
static size_t range_key(const struct run *run)
{
	const unsigned levels = run->levels > RANGE_LEVELS ? run->levels : RANGE_LEVELS;

	return run->row / BLOCK_ROWS >> levels;
}

/* Within a range lengths fall, within the next one they rise, so that neighbours are about equal
 * where one range ends. */
static size_t length_key(const struct run *run)
{
	const size_t length = run->count < LENGTHS ? run->count : LENGTHS - 1;

	return range_key(run) % 2 ? length : LENGTHS - 1 - length;
}

static size_t levels_key(const struct run *run)
{
	return LEVELS_MOST - 1 - run->levels;
}

/* Sorts the runs `from` (count) by a key below `keys` into `to`; equal ones keep their order. */
static void sort_by(const struct rank *r, size_t (*key)(const struct run *), size_t keys,
	size_t *before, const uint32_t *from, uint32_t *to)
{
	memset(before, 0, (keys + 1) * sizeof *before);
	for (size_t i = 0; i < r->count; i++)
		before[key(&r->run[i]) + 1]++;
	for (size_t i = 0; i < keys; i++)
		before[i + 1] += before[i];
	for (size_t i = 0; i < r->count; i++)
		to[before[key(&r->run[from[i]])]++] = from[i];
}

/* Sets the order of a rank's runs: by levels, then by ranges, then by lengths. */
static gf_status sort_runs(struct column_runs *s, struct rank *r, gf_error *err)
{
	const size_t ranges = (s->rows / BLOCK_ROWS >> RANGE_LEVELS) + 1;
	const size_t keys = ranges > LENGTHS ? ranges : LENGTHS;

	TRY(SPARSE_NEED(r->order, r->room[1], r->count, err));
	TRY(SPARSE_NEED(s->order, s->room[4], r->count, err));
	TRY(SPARSE_NEED(s->before, s->room[5], keys + 1, err));
	for (size_t i = 0; i < r->count; i++)
		r->order[i] = (uint32_t)i;
	sort_by(r, length_key, LENGTHS, s->before, r->order, s->order);
	sort_by(r, range_key, ranges, s->before, s->order, r->order);
	sort_by(r, levels_key, LEVELS_MOST, s->before, r->order, s->order);
	memcpy(r->order, s->order, r->count * sizeof *r->order);
	return GF_OK;
}

/* ---- all of them ---- */

gf_status runs_find(struct column_runs **made, const struct sparse_rows *rows, size_t features,
	const uint32_t *order, size_t first, size_t count, gf_error *err)
{
	const struct part_rows part = {rows, order, first, count};
	struct column_runs *s;

	TRY(new_runs(made, features, err));
	s = *made;
	TRY(need_numbers(s, &part, features, err));
	count_numbers(s, &part);
	fill_columns(s, &part);
	TRY(cut_columns(s, err));
	for (size_t r = 0; r < COLUMN_RANKS && s->rank[r].count; r++)
		TRY(sort_runs(s, &s->rank[r], err));
	return GF_OK;
}

void runs_free(struct column_runs *s)
{
	for (size_t r = 0; s && r < COLUMN_RANKS; r++) {
		free(s->rank[r].run);
		free(s->rank[r].order);
	}
	if (!s)
		return;
	free(s->slot);
	free(s->column);
	free(s->start);
	free(s->row);
	free(s->value);
	free(s->order);
	free(s->before);
	free(s);
}
