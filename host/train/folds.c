#include "folds.h"
#include "catalog.h"
#include "error.h"
#include "gpufitcl_search.h"
#include "model.h"
#include "rng.h"

#include <stdlib.h>

/* ---- dealing ---- */

/* Returns the number of classes that are dealt one after the other; 1: targets are numbers. */
static size_t strata_of(const gf_dataset *data, gf_loss loss)
{
	size_t most = 0, i;

	if (!loss_takes_classes(loss) || data->outputs != 1)
		return 1;
	for (i = 0; i < data->rows; i++)
		if (model_class_of(data->y[i]) > most)
			most = model_class_of(data->y[i]);
	return most + 1;
}

static size_t stratum(const gf_dataset *data, size_t strata, size_t row)
{
	return strata > 1 ? model_class_of(data->y[row]) : 0;
}

/* next (strata + 1) becomes the number of rows in all classes before each class. */
static void count_before(const gf_dataset *data, size_t strata, size_t *next)
{
	size_t i;

	for (i = 0; i < data->rows; i++)
		next[stratum(data, strata, i) + 1]++;
	for (i = 1; i <= strata; i++)
		next[i] += next[i - 1];
}

/* The rows in the permutation's order, sorted by class, are dealt to the folds in turn. */
static gf_status deal(uint32_t *fold, const gf_dataset *data, size_t strata, size_t folds,
	const uint32_t *order, gf_error *err)
{
	size_t *next = calloc(strata + 1, sizeof *next), i;

	if (!next)
		return gf_fail_memory(err, (strata + 1) * sizeof *next, "counts of classes");
	count_before(data, strata, next);
	for (i = 0; i < data->rows; i++)
		fold[order[i]] = (uint32_t)(next[stratum(data, strata, order[i])]++ % folds);
	free(next);
	return GF_OK;
}

gf_status gf_folds(uint32_t *fold, const gf_dataset *data, gf_loss loss, size_t folds,
	uint64_t seed, gf_error *err)
{
	struct rng rng;
	uint32_t *order;
	gf_status status;

	error_clear(err);
	if (ERROR_NULL(fold, err) || ERROR_NULL(data, err))
		return GF_E_USAGE;
	if (data->rows > UINT32_MAX || folds < 2 || folds > data->rows)
		return gf_fail(err, GF_E_USAGE,
			"folds is %zu; wanted: at least 2, and at most the rows, which are %zu "
			"(of up to %lu)",
			folds, data->rows, (unsigned long)UINT32_MAX);
	order = malloc(data->rows * sizeof *order);
	if (!order)
		return gf_fail_memory(err, data->rows * sizeof *order, "the folds");
	rng_seed(&rng, seed);
	rng_permutation(&rng, order, data->rows);
	status = deal(fold, data, strata_of(data, loss), folds, order, err);
	free(order);
	return status;
}

gf_status folds_new(struct folds *folds, const gf_dataset *data, gf_loss loss, size_t count,
	uint64_t seed, gf_error *err)
{
	*folds = (struct folds){.count = count, .rows = data->rows};
	folds->fold = malloc(data->rows * sizeof *folds->fold);
	folds->chosen = malloc(data->rows * sizeof *folds->chosen);
	if (!folds->fold || !folds->chosen)
		return gf_fail_memory(err, 2 * data->rows * sizeof *folds->fold, "the folds");
	return gf_folds(folds->fold, data, loss, count, seed, err);
}

void folds_free(struct folds *folds)
{
	free(folds->fold);
	free(folds->chosen);
	folds->fold = folds->chosen = NULL;
}

/* ---- the rows of a training ---- */

/* Appends the rows that are in the fold (inside 1) or not in it (0). */
static size_t append_rows(
	const struct folds *folds, size_t index, int inside, uint32_t *rows, size_t count)
{
	size_t i;

	for (i = 0; i < folds->rows; i++)
		if ((folds->fold[i] == index) == inside)
			rows[count++] = (uint32_t)i;
	return count;
}

struct chosen_rows folds_choose(struct folds *folds, size_t index)
{
	struct chosen_rows chosen = {.rows = folds->chosen};

	chosen.train_rows = append_rows(folds, index, 0, chosen.rows, 0);
	append_rows(folds, index, 1, chosen.rows, chosen.train_rows);
	return chosen;
}
