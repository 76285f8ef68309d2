#include "sparse_columns.h"
#include "sparse_runs.h"

#include <stdlib.h>
#include <string.h>

/* ---- bundles ---- */

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
	struct rank *r = &c->runs->rank[rank];
	const size_t bundles = (r->count + SUM_LANES - 1) / SUM_LANES;
	const size_t first = c->bundles;

	TRY(SPARSE_NEED(c->bundle, c->room[1], c->bundles + bundles + 1, err));
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
	const struct column_runs *s = c->runs;

	for (size_t i = 0; i < b[1].slab - b->slab; i++) {
		const size_t at = (b->slab + i) * SUM_LANES + lane;
		const size_t from = run->at + (i < run->count ? i : run->count - 1);

		c->row[at] = runs_row(s, rank, from);
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
	const struct rank *r = &c->runs->rank[rank];

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
	struct column_runs *s = c->runs;
	size_t i;

	part->chunk = (uint32_t)c->chunks;
	TRY(SPARSE_NEED(c->chunk, c->room[5], c->chunks + s->columns, err));
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

/* Returns how many bytes row or value are to have room for: an eighth more than the numbers that
 * are expected, for what repeats behind the ends of runs. */
static size_t slab_bytes(const struct sparse_columns *c)
{
	const size_t need = c->slabs * SUM_LANES, expected = c->expected + c->expected / 8;

	return (need > expected ? need : expected) * sizeof(float);
}

static gf_status add_part(struct sparse_columns *c, struct sparse_part *part, gf_error *err)
{
	struct column_runs *s = c->runs;
	unsigned rank;

	for (rank = 0; rank < COLUMN_RANKS && s->rank[rank].count; rank++)
		TRY(add_rank(c, part, rank, err));
	part->ranks = rank;
	part->below = (uint32_t)c->below;
	part->bundle[rank] = (uint32_t)c->bundles;
	TRY(SPARSE_NEED(c->to, c->room[2], c->bundles * SUM_LANES, err));
	TRY(sparse_need_pages(&c->row, &c->room[3], slab_bytes(c), err));
	TRY(sparse_need_pages(&c->value, &c->room[4], slab_bytes(c), err));
	for (rank = 0; rank < part->ranks; rank++)
		fill_bundles(c, part, rank);
	return add_chunks(c, part, err);
}

gf_status sparse_columns_add(struct sparse_columns *c, const struct sparse_rows *rows,
	size_t features, const uint32_t *order, size_t first, size_t count, gf_error *err)
{
	TRY(runs_find(&c->runs, rows, features, order, first, count, err));
	c->numbers += c->runs->numbers;
	TRY(SPARSE_NEED(c->part, c->room[0], c->parts + 1, err));
	c->part[c->parts] = (struct sparse_part){.ranks = 0};
	TRY(add_part(c, &c->part[c->parts], err));
	c->parts++;
	return GF_OK;
}

void sparse_columns_clear(struct sparse_columns *c)
{
	c->parts = c->bundles = c->slabs = c->chunks = c->below = c->numbers = 0;
}

void sparse_columns_finish(struct sparse_columns *c)
{
	runs_free(c->runs);
	c->runs = NULL;
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
	runs_free(c->runs);
	*c = (struct sparse_columns){0};
}
