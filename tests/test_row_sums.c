/* test_row_sums.c: sums over rows on the host have the order of kernels/README.md, and the same
 * bits for any number of ranks. */
#include "basics.h"
#include "comm_threads.h"

#include "row_sums.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 2, MOST_ROWS = 40 * ROW_SUMS_PART + 77 };

struct work {
	size_t rows;
	double work;          /* of a row */
	const double *values; /* (rows, NUMBERS) */
	double sum[RANKS_MOST][NUMBERS];
	size_t added[RANKS_MOST]; /* rows that a rank adds */
	size_t failing;           /* a rank whose add fails; 0: none does */
	gf_status status[RANKS_MOST];
};

struct adder {
	struct work *work;
	size_t rank;
};

static gf_status add(void *user, const struct part_rows *part, double *sum, gf_error *err)
{
	const struct adder *a = user;
	size_t i, k;

	if (a->rank && a->rank == a->work->failing)
		return gf_fail(err, GF_E_DATA, "no rows");
	for (i = part->first; i < part->first + part->rows; i++)
		for (k = 0; k < NUMBERS; k++)
			sum[k] += a->work->values[i * NUMBERS + k];
	a->work->added[a->rank] += part->rows;
	return part->end < part->first + part->rows ? GF_E_CHECK : GF_OK;
}

static void take(gf_comm *comm, void *user)
{
	struct work *work = user;
	struct adder adder = {work, comm_rank(comm)};
	const size_t r = adder.rank;
	const struct row_sums sums = {.comm = comm,
		.rows = work->rows,
		.numbers = NUMBERS,
		.work = work->work,
		.add = add,
		.user = &adder};
	gf_error err = {0};

	work->status[r] = row_sums_take(&sums, work->sum[r], &err);
	if (work->status[r])
		gf_comm_fail(comm, &err);
}

/* ---- the order, written from the table alone ---- */

static void sum_part(const struct work *work, size_t part, double *sum)
{
	size_t i, k;

	memset(sum, 0, NUMBERS * sizeof *sum);
	for (i = part * 1024; i < (part + 1) * 1024 && i < work->rows; i++)
		for (k = 0; k < NUMBERS; k++)
			sum[k] += work->values[i * NUMBERS + k];
}

/* Adds 2i and 2i + 1, level by level; an odd last one moves up as it is. */
static void expected(const struct work *work, double *sum)
{
	const size_t parts = (work->rows + 1023) / 1024;
	double(*level)[NUMBERS] = malloc((parts + 1) * sizeof *level);
	size_t count, i, k;

	assert_non_null(level);
	memset(level[0], 0, sizeof level[0]);
	for (i = 0; i < parts; i++)
		sum_part(work, i, level[i]);
	for (count = parts; count > 1; count = (count + 1) / 2)
		for (i = 0; i < count; i += 2)
			for (k = 0; k < NUMBERS; k++)
				level[i / 2][k] =
					i + 1 < count ? level[i][k] + level[i + 1][k] : level[i][k];
	memcpy(sum, level[0], sizeof level[0]);
	free(level);
}

static double *random_values(void)
{
	double *values = malloc(MOST_ROWS * NUMBERS * sizeof *values);
	uint32_t x = 7;

	assert_non_null(values);
	for (size_t i = 0; i < MOST_ROWS * NUMBERS; i++) {
		x = x * 1664525u + 1013904223u;
		values[i] = (double)x / 3.0 - 1e5;
	}
	return values;
}

static void assert_sums(struct work *work, size_t ranks)
{
	double wanted[NUMBERS];
	size_t r, added = 0;

	memset(work->added, 0, sizeof work->added);
	if (ranks == 1)
		take(NULL, work);
	else
		run_ranks(ranks, NULL, take, work);
	expected(work, wanted);
	for (r = 0; r < ranks; r++) {
		assert_int_equal(work->status[r], GF_OK);
		assert_memory_equal(work->sum[r], wanted, sizeof wanted);
		added += work->added[r];
	}
	assert_int_equal(added, work->work > 0.0 ? work->rows : ranks * work->rows);
}

static void sums_have_the_same_bits_for_any_number_of_ranks(void **state)
{
	static const size_t ROWS[] = {
		0, 1, 1023, 1024, 1025, 2048, 3000, 7 * 1024, 19 * 1024 + 5, MOST_ROWS};
	static const size_t RANKS[] = {1, 2, 3, 8};
	double *values = random_values();
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
		for (j = 0; j < sizeof RANKS / sizeof *RANKS; j++) {
			struct work work = {.rows = ROWS[i], .work = 1e9, .values = values};

			assert_sums(&work, RANKS[j]);
			work.work = 0.0;
			assert_sums(&work, RANKS[j]);
		}
	free(values);
}

static void an_addition_that_fails_on_one_rank_fails_on_all(void **state)
{
	double *values = random_values();
	struct work work = {.rows = MOST_ROWS, .work = 1e9, .values = values, .failing = 1};

	(void)state;
	run_ranks(3, NULL, take, &work);
	for (size_t r = 0; r < 3; r++)
		assert_int_equal(work.status[r], GF_E_DATA);
	free(values);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_have_the_same_bits_for_any_number_of_ranks),
		cmocka_unit_test(an_addition_that_fails_on_one_rank_fails_on_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
