#include "sparse_columns.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

enum {
	LEVELS_MOST = 32,
	LENGTHS = RUN_NUMBERS + 1,
	RANGE_LEVELS = 5 /* slopes of 2^5 blocks stay in the fastest cache: with runs in the order
			  * of such ranges, sums take 0.8 of the time */
};

/* Numbers [at, at + count) of its rank, in all of an aligned range of 2^levels blocks. */
struct run {
	size_t at;
	uint32_t row; /* the first one */
	uint32_t count, levels, to;
};

struct rank {
	struct run *run; /* owned; (count) column by column */
	uint32_t *order; /* owned; (count) as bundles take them */
	size_t count, room[2];
};

/* What a part takes while it is made. */
struct columns_scratch {
	uint32_t *slot;   /* owned; (D): 1 + the place of a column in the arrays below; 0: it has
			   * no number in the part */
	uint32_t *column; /* owned; (columns) */
	size_t *start; /* owned; (columns + 2): numbers of column c are [start[c], start[c + 1]) */
	uint32_t *row; /* owned; (numbers) */
	float *value;  /* owned; (numbers) */
	uint32_t *order; /* owned; (runs of a rank) */
	size_t *before;  /* owned; (keys + 1) */
	size_t columns, numbers, rows, room[6];
	struct rank rank[COLUMN_RANKS];
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

/* Makes room in an array, which may move.  GF_E_MEMORY. */
static gf_status reserve(void *array, size_t *room, size_t need, size_t size, gf_error *err)
{
	void *old, *moved;

	memcpy(&old, array, sizeof old);
	moved = array_reserve(old, room, need ? need : 1, size);
	if (!moved)
		return gf_fail_memory(err, need * size, "sparse columns");
	memcpy(array, &moved, sizeof moved);
	return GF_OK;
}

/* The same for an array that begins on a page and fills whole pages, large ones where it is large;
 * room and need in bytes. */
static gf_status reserve_pages(void *array, size_t *room, size_t need, gf_error *err)
{
	size_t bytes = *room * 2 > need ? *room * 2 : need;
	void *old, *moved;

	if (need <= *room && *room > 0)
		return GF_OK;
	bytes = sparse_bytes(bytes, 1);
	memcpy(&old, array, sizeof old);
	moved = pages_alloc(bytes);
	if (!moved)
		return gf_fail_memory(err, bytes, "sparse columns");
	if (*room)
		memcpy(moved, old, *room);
	free(old);
	memcpy(array, &moved, sizeof moved);
	*room = bytes;
	return GF_OK;
}

#define RESERVE(array, room, need, err) reserve(&(array), &(room), need, sizeof *(array), err)

/* ---- the numbers of a part, by column ---- */

static gf_status new_scratch(struct sparse_columns *c, size_t features, gf_error *err)
{
	if (!c->scratch)
		c->scratch = calloc(1, sizeof *c->scratch);
	if (c->scratch && !c->scratch->slot)
		c->scratch->slot = calloc(features, sizeof *c->scratch->slot);
	return c->scratch && c->scratch->slot
		       ? GF_OK
		       : gf_fail_memory(err, features * sizeof(uint32_t), "sparse columns");
}

static gf_status need_numbers(
	struct columns_scratch *s, const struct part_rows *p, size_t features, gf_error *err)
{
	size_t i, columns;

	s->columns = s->numbers = 0;
	s->rows = p->count;
	for (i = 0; i < p->count; i++)
		s->numbers += sparse_count(p->rows, row_at(p, i));
	columns = s->numbers < features ? s->numbers : features;
	TRY(RESERVE(s->column, s->room[0], columns, err));
	TRY(RESERVE(s->start, s->room[1], columns + 2, err));
	TRY(reserve_pages(&s->row, &s->room[2], s->numbers * sizeof *s->row, err));
	return reserve_pages(&s->value, &s->room[3], s->numbers * sizeof *s->value, err);
}

/* Sets start[c + 2] to how many numbers column c has. */
static void count_numbers(struct columns_scratch *s, const struct part_rows *p)
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
static void fill_columns(struct columns_scratch *s, const struct part_rows *p)
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

/* Returns the row of a number of that rank. */
static uint32_t row_of(const struct columns_scratch *s, unsigned rank, size_t number)
{
	return rank ? s->rank[rank - 1].run[number].row : s->row[number];
}

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
	const struct columns_scratch *s, unsigned rank, size_t from, size_t to, unsigned levels)
{
	while (from < to) {
		const size_t i = from + (to - from) / 2;

		if (row_of(s, rank, i) / BLOCK_ROWS >> (levels - 1) & 1)
			to = i;
		else
			from = i + 1;
	}
	return from;
}

/* Cuts the numbers [from, to) into runs; the last rank takes them as they are. */
static gf_status cut(
	struct columns_scratch *s, unsigned rank, size_t from, size_t to, gf_error *err)
{
	const uint32_t row = row_of(s, rank, from);
	const unsigned levels = levels_of(row, row_of(s, rank, to - 1));
	struct rank *r = &s->rank[rank];

	if (to - from > RUN_NUMBERS && levels > 0 && rank + 1 < COLUMN_RANKS) {
		const size_t middle = middle_of(s, rank, from, to, levels);

		TRY(cut(s, rank, from, middle, err));
		return cut(s, rank, middle, to, err);
	}
	TRY(RESERVE(r->run, r->room[0], r->count + 1, err));
	r->run[r->count++] = (struct run){from, row, (uint32_t)(to - from), levels, 0};
	return GF_OK;
}

/* Cuts a column, rank by rank, until one run has its sum. */
static gf_status cut_column(struct columns_scratch *s, size_t column, gf_error *err)
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

static gf_status cut_columns(struct columns_scratch *s, gf_error *err)
{
	for (size_t r = 0; r < COLUMN_RANKS; r++)
		s->rank[r].count = 0;
	for (size_t i = 0; i < s->columns; i++)
		TRY(cut_column(s, i, err));
	return GF_OK;
}

/* ---- bundles ---- */

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
static gf_status sort_runs(struct columns_scratch *s, struct rank *r, gf_error *err)
{
	const size_t ranges = (s->rows / BLOCK_ROWS >> RANGE_LEVELS) + 1;
	const size_t keys = ranges > LENGTHS ? ranges : LENGTHS;

	TRY(RESERVE(r->order, r->room[1], r->count, err));
	TRY(RESERVE(s->order, s->room[4], r->count, err));
	TRY(RESERVE(s->before, s->room[5], keys + 1, err));
	for (size_t i = 0; i < r->count; i++)
		r->order[i] = (uint32_t)i;
	sort_by(r, length_key, LENGTHS, s->before, r->order, s->order);
	sort_by(r, range_key, ranges, s->before, s->order, r->order);
	sort_by(r, levels_key, LEVELS_MOST, s->before, r->order, s->order);
	memcpy(r->order, s->order, r->count * sizeof *r->order);
	return GF_OK;
}

/* Adds the bundle of the runs from number `first` of the rank's order on. */
static void add_bundle(struct sparse_columns *c, const struct rank *r, size_t first)
{
	struct sparse_bundle *b = &c->bundle[c->bundles++];
	uint32_t most = 0;

	*b = (struct sparse_bundle){(uint32_t)c->slabs, 0};
	for (size_t i = first; i < r->count && i < first + SUM_LANES; i++) {
		const struct run *run = &r->run[r->order[i]];

		most = run->count > most ? run->count : most;
		b->levels = run->levels > b->levels ? run->levels : b->levels;
	}
	c->slabs += most;
	c->bundle[c->bundles] = (struct sparse_bundle){(uint32_t)c->slabs, 0};
}

/* Sends the sums of the rank below to the slabs of the bundle's run number `lane`. */
static void take_sums(const struct sparse_columns *c, struct rank *below, const struct run *run,
	const struct sparse_bundle *b, size_t lane)
{
	for (size_t i = 0; i < run->count; i++)
		below->run[run->at + i].to =
			RUN_ABOVE | (uint32_t)((b->slab + i - c->below) * SUM_LANES + lane);
}

static gf_status add_rank(
	struct sparse_columns *c, struct sparse_part *part, unsigned rank, gf_error *err)
{
	struct rank *r = &c->scratch->rank[rank];
	const size_t bundles = (r->count + SUM_LANES - 1) / SUM_LANES;
	const size_t first = c->bundles;

	TRY(sort_runs(c->scratch, r, err));
	TRY(RESERVE(c->bundle, c->room[1], c->bundles + bundles + 1, err));
	part->bundle[rank] = (uint32_t)first;
	for (size_t i = 0; i < r->count; i += SUM_LANES)
		add_bundle(c, r, i);
	if (rank == 0)
		c->below += c->slabs - (bundles ? c->bundle[first].slab : c->slabs);
	for (size_t i = 0; rank > 0 && i < r->count; i++)
		take_sums(c, r - 1, &r->run[r->order[i]], &c->bundle[first + i / SUM_LANES],
			i % SUM_LANES);
	if (c->slabs > UINT32_MAX || (c->slabs - c->below) * SUM_LANES >= RUN_ABOVE)
		return gf_fail(err, GF_E_UNAVAILABLE,
			"sparse columns of %zu numbers; wanted: at most about %zu", c->numbers,
			(size_t)UINT32_MAX * SUM_LANES);
	return GF_OK;
}

/* ---- slabs ---- */

static void fill_lane(struct sparse_columns *c, unsigned rank, const struct run *run,
	const struct sparse_bundle *b, size_t lane)
{
	const struct columns_scratch *s = c->scratch;

	for (size_t i = 0; i < b[1].slab - b->slab; i++) {
		const size_t at = (b->slab + i) * SUM_LANES + lane;
		const size_t from = run->at + (i < run->count ? i : run->count - 1);

		c->row[at] = row_of(s, rank, from);
		c->value[at] = rank == 0 && i < run->count ? s->value[from] : 0.0f;
	}
}

static const struct run NO_RUN = {.count = 0, .to = RUN_NOWHERE};

static void fill_empty_lane(struct sparse_columns *c, const struct sparse_bundle *b, size_t lane)
{
	for (size_t at = b->slab; at < b[1].slab; at++) {
		c->row[at * SUM_LANES + lane] = 0;
		c->value[at * SUM_LANES + lane] = 0.0f;
	}
}

static void fill_bundles(struct sparse_columns *c, const struct sparse_part *part, unsigned rank)
{
	const struct rank *r = &c->scratch->rank[rank];

	for (size_t i = 0; i < (r->count + SUM_LANES - 1) / SUM_LANES * SUM_LANES; i++) {
		const size_t bundle = part->bundle[rank] + i / SUM_LANES, lane = i % SUM_LANES;
		const struct run *run = i < r->count ? &r->run[r->order[i]] : &NO_RUN;

		c->to[bundle * SUM_LANES + lane] = run->to;
		if (run->count)
			fill_lane(c, rank, run, &c->bundle[bundle], lane);
		else
			fill_empty_lane(c, &c->bundle[bundle], lane);
	}
}

/* Lists which 16 features the part has any of. */
static gf_status add_chunks(struct sparse_columns *c, struct sparse_part *part, gf_error *err)
{
	struct columns_scratch *s = c->scratch;
	size_t i;

	part->chunk = (uint32_t)c->chunks;
	TRY(RESERVE(c->chunk, c->room[5], c->chunks + s->columns, err));
	for (i = 0; i < s->columns; i++) {
		const uint32_t chunk = s->column[i] / SUM_LANES;

		if (!s->slot[chunk])
			c->chunk[c->chunks++] = chunk;
		s->slot[chunk] = 1;
	}
	for (i = 0; i < s->columns; i++)
		s->slot[s->column[i] / SUM_LANES] = 0;
	part->chunks = (uint32_t)c->chunks - part->chunk;
	return GF_OK;
}

/* ---- parts ---- */

/* Returns how many bytes row or value are to have room for: an eighth more than the numbers that are
 * expected, for what repeats behind the ends of runs. */
static size_t slab_bytes(const struct sparse_columns *c)
{
	const size_t need = c->slabs * SUM_LANES, expected = c->expected + c->expected / 8;

	return (need > expected ? need : expected) * sizeof(float);
}

static gf_status add_part(struct sparse_columns *c, struct sparse_part *part, gf_error *err)
{
	struct columns_scratch *s = c->scratch;
	unsigned rank;

	TRY(cut_columns(s, err));
	for (rank = 0; rank < COLUMN_RANKS && s->rank[rank].count; rank++)
		TRY(add_rank(c, part, rank, err));
	part->ranks = rank;
	part->below = (uint32_t)c->below;
	part->bundle[rank] = (uint32_t)c->bundles;
	TRY(RESERVE(c->to, c->room[2], c->bundles * SUM_LANES, err));
	TRY(reserve_pages(&c->row, &c->room[3], slab_bytes(c), err));
	TRY(reserve_pages(&c->value, &c->room[4], slab_bytes(c), err));
	for (rank = 0; rank < part->ranks; rank++)
		fill_bundles(c, part, rank);
	return add_chunks(c, part, err);
}

gf_status sparse_columns_add(struct sparse_columns *c, const struct sparse_rows *rows,
	size_t features, const uint32_t *order, size_t first, size_t count, gf_error *err)
{
	const struct part_rows part = {rows, order, first, count};

	TRY(new_scratch(c, features, err));
	TRY(need_numbers(c->scratch, &part, features, err));
	count_numbers(c->scratch, &part);
	fill_columns(c->scratch, &part);
	c->numbers += c->scratch->numbers;
	TRY(RESERVE(c->part, c->room[0], c->parts + 1, err));
	c->part[c->parts] = (struct sparse_part){.ranks = 0};
	TRY(add_part(c, &c->part[c->parts], err));
	c->parts++;
	return GF_OK;
}

static void free_scratch(struct columns_scratch *s)
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

void sparse_columns_clear(struct sparse_columns *c)
{
	c->parts = c->bundles = c->slabs = c->chunks = c->below = c->numbers = 0;
}

void sparse_columns_finish(struct sparse_columns *c)
{
	free_scratch(c->scratch);
	c->scratch = NULL;
}

void sparse_columns_drop(struct sparse_columns *c)
{
	free(c->row);
	free(c->value);
	c->row = NULL;
	c->value = NULL;
	c->room[3] = c->room[4] = 0;
}

void sparse_columns_free(struct sparse_columns *c)
{
	free(c->part);
	free(c->bundle);
	free(c->to);
	free(c->row);
	free(c->value);
	free(c->chunk);
	free_scratch(c->scratch);
	*c = (struct sparse_columns){0};
}
