/*
 * ranks.c: what the ranks of a training tell each other besides sums: that they are all in the same
 * training, and after each chunk of steps, how long it took, whether one was asked to stop, and
 * what the parameters are.
 *
 * A chunk's length and a request to stop come from outside, and decide how many steps follow; so
 * all ranks take the same ones.
 */
#include "training.h"

#include <stdlib.h>
#include <string.h>

/* ---- the same training ---- */

/* Gathers the texts of all ranks, one behind another, each with its 0; sizes (R): their bytes. */
static gf_status gather_texts(
	gf_comm *comm, const struct fingerprint *mine, size_t *sizes, char **texts, gf_error *err)
{
	const size_t bytes = mine->length + 1;
	size_t all = 0, r;

	TRY(comm_gather_each(comm, "lengths of fingerprints", &bytes, sizeof bytes, sizes, err));
	for (r = 0; r < comm_size(comm); r++)
		all += sizes[r];
	*texts = malloc(all);
	if (!*texts)
		return gf_fail_memory(err, all, "the fingerprints of ranks");
	return comm_gather(comm, "fingerprints", mine->text, sizes, *texts, err);
}

static gf_status fail_rank(gf_comm *comm, size_t r, struct slice what, gf_error *err)
{
	return gf_fail(err, GF_E_RANK,
		"rank %zu on %s has other %.*s than rank 0 on %s: wanted: the same data and "
		"options on all ranks",
		r, gf_comm_host(comm, r), (int)what.length, what.at, gf_comm_host(comm, 0));
}

static gf_status compare(gf_comm *comm, const struct fingerprint *mine, const size_t *sizes,
	const char *texts, gf_error *err)
{
	const char *first = texts, *text = texts;
	size_t r;

	for (r = 0; r < comm_size(comm); text += sizes[r++]) {
		const struct slice name = fingerprint_difference(first, text);

		if (name.length)
			return fail_rank(comm, r, name, err);
	}
	return mine->odd ? fail_rank(comm, mine->odd, (struct slice){"numbers", 7}, err) : GF_OK;
}

gf_status ranks_compare(gf_comm *comm, const struct fingerprint *mine, gf_error *err)
{
	size_t *sizes = malloc(comm_size(comm) * sizeof *sizes);
	char *texts = NULL;
	gf_status status;

	if (!sizes)
		return gf_fail_memory(err, comm_size(comm) * sizeof *sizes, "fingerprints");
	status = gather_texts(comm, mine, sizes, &texts, err);
	if (!status)
		status = compare(comm, mine, sizes, texts, err);
	free(texts);
	free(sizes);
	return status;
}

/* ---- a checkpoint ---- */

/* Everything but the arrays, which each rank has. */
static gf_status share_numbers(gf_comm *comm, struct train_state *state, gf_error *err)
{
	struct train_state shared = *state;

	TRY(comm_share(comm, "state of a checkpoint", &shared, sizeof shared, err));
	shared.params = state->params;
	shared.optimizer = state->optimizer;
	shared.best = state->best;
	*state = shared;
	return GF_OK;
}

gf_status ranks_read_checkpoint(struct training *t, const char *path, gf_error *err)
{
	struct train_state *p = &t->state;
	gf_comm *comm = t->config->comm;
	const size_t bytes = p->parameters * sizeof *p->params;

	if (comm_rank(comm) == 0)
		TRY(checkpoint_read(p, path, &t->fingerprint, err));
	if (comm_size(comm) == 1)
		return GF_OK;
	TRY(share_numbers(comm, p, err));
	TRY(comm_share(comm, "parameters", p->params, bytes, err));
	TRY(comm_share(comm, "state of the optimizer", p->optimizer, p->planes * bytes, err));
	return comm_share(comm, "best parameters", p->best, bytes, err);
}

/* ---- before a chunk of steps ---- */

struct wish {
	uint64_t length;
	uint64_t limit;   /* steps that it can record */
	uint64_t records; /* 1: it wants the steps recorded */
};

static void agree_on_wishes(const struct wish *wishes, size_t ranks, int *record, size_t *length)
{
	size_t r;

	for (r = 0; r < ranks; r++)
		*record |= (int)wishes[r].records;
	for (r = 0; r < ranks; r++) {
		const uint64_t most = *record && wishes[r].limit < wishes[r].length
					      ? wishes[r].limit
					      : wishes[r].length;

		*length = most < *length ? (size_t)most : *length;
	}
}

gf_status ranks_agree_on_chunk(struct training *t, int *record, size_t *length, gf_error *err)
{
	const size_t ranks = comm_size(t->config->comm);
	const struct wish mine = {*length, t->engine->record_limit, (uint64_t)*record};
	struct wish *all;
	gf_status status;

	if (ranks == 1)
		return GF_OK;
	all = malloc(ranks * sizeof *all);
	if (!all)
		return gf_fail_memory(err, ranks * sizeof *all, "wishes of ranks");
	status = comm_gather_each(t->config->comm, "the next chunk", &mine, sizeof mine, all, err);
	if (!status)
		agree_on_wishes(all, ranks, record, length);
	free(all);
	return status;
}

/* ---- after a chunk of steps ---- */

/* What a rank tells the others. */
struct news {
	double seconds; /* of the chunk */
	uint64_t hash;  /* of parameters and state */
	uint64_t stops; /* 1: it was asked to stop */
};

/* A hash in which each bit counts: eight bytes at a time (FNV-1a, on words). */
static uint64_t hash_of(const float *numbers, size_t count, uint64_t hash)
{
	size_t i;

	for (i = 0; i + 2 <= count; i += 2) {
		uint64_t word;

		memcpy(&word, numbers + i, sizeof word);
		hash = (hash ^ word) * 0x100000001b3u;
		hash ^= hash >> 29;
	}
	if (i < count) {
		uint32_t half;

		memcpy(&half, numbers + i, sizeof half);
		hash = (hash ^ half) * 0x100000001b3u;
	}
	return hash;
}

static gf_status parameters_hash(struct training *t, uint64_t *hash, gf_error *err)
{
	struct train_state *p = &t->state;

	TRY(engine_get(t->engine, p->params, p->optimizer, err));
	*hash = hash_of(p->params, p->parameters, 0xcbf29ce484222325u);
	*hash = hash_of(p->optimizer, p->planes * p->parameters, *hash);
	return GF_OK;
}

/* Returns how many ranks have the hash of rank r. */
static size_t agreeing(const struct news *news, size_t ranks, size_t r)
{
	size_t count = 0, i;

	for (i = 0; i < ranks; i++)
		count += news[i].hash == news[r].hash;
	return count;
}

/* The rank that differs from most is the one that is named; of two ranks nobody knows which. */
static gf_status compare_hashes(
	const struct training *t, const struct news *news, size_t ranks, gf_error *err)
{
	gf_comm *comm = t->config->comm;
	size_t r, odd = 0;

	for (r = 1; r < ranks; r++)
		if (agreeing(news, ranks, r) < agreeing(news, ranks, odd))
			odd = r;
	if (agreeing(news, ranks, odd) == ranks)
		return GF_OK;
	if (2 * agreeing(news, ranks, odd) == ranks)
		return gf_fail(err, GF_E_CHECK,
			"after step %zu: the parameters of rank 0 on %s and rank %zu on %s differ",
			t->state.steps, gf_comm_host(comm, 0), odd ? odd : ranks - 1,
			gf_comm_host(comm, odd ? odd : ranks - 1));
	return gf_fail(err, GF_E_CHECK,
		"after step %zu: rank %zu on %s has other parameters than the other ranks",
		t->state.steps, odd, gf_comm_host(comm, odd));
}

/* Makes the news of rank 0 those of all: it stops if one of them does, and its slowest time
 * counts. */
static void merge(struct news *news, size_t ranks)
{
	size_t r;

	for (r = 1; r < ranks; r++) {
		news->stops |= news[r].stops;
		if (news[r].seconds > news->seconds)
			news->seconds = news[r].seconds;
	}
}

static gf_status tell(struct training *t, struct news *mine, struct news *all, gf_error *err)
{
	const size_t ranks = comm_size(t->config->comm);

	TRY(parameters_hash(t, &mine->hash, err));
	TRY(comm_gather_each(t->config->comm, "news of a chunk", mine, sizeof *mine, all, err));
	TRY(compare_hashes(t, all, ranks, err));
	merge(all, ranks);
	*mine = *all;
	return GF_OK;
}

gf_status ranks_agree(struct training *t, double *seconds, int *stops, gf_error *err)
{
	const size_t ranks = comm_size(t->config->comm);
	struct news mine = {.seconds = *seconds, .stops = (uint64_t)*stops};
	struct news *all;
	gf_status status;

	if (ranks == 1)
		return GF_OK;
	all = malloc(ranks * sizeof *all);
	if (!all)
		return gf_fail_memory(err, ranks * sizeof *all, "news of ranks");
	status = tell(t, &mine, all, err);
	free(all);
	*seconds = mine.seconds;
	*stops = (int)mine.stops;
	return status;
}
