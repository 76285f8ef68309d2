/* test_comm.c: bytes reach the ranks that they are for, and ranks that fail or do not do as the
 * others are named. */
#include "basics.h"
#include "comm_threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what ranks exchange ---- */

/* How many bytes rank r gives to rank q (q = size: to all), in the cases below. */
struct sizes {
	const char *name;
	size_t (*of)(size_t r, size_t q);
};

static size_t none(size_t r, size_t q)
{
	(void)r;
	(void)q;
	return 0;
}

static size_t one_each(size_t r, size_t q)
{
	(void)r;
	(void)q;
	return 1;
}

static size_t odd(size_t r, size_t q)
{
	return 7 * r + 3 * q + 1;
}

static size_t some_none(size_t r, size_t q)
{
	return (r + q) % 2 ? 0 : 40;
}

static size_t only_first(size_t r, size_t q)
{
	return r == 0 ? 1000 + q : 0;
}

static size_t large(size_t r, size_t q)
{
	return 5000 * r + 100 * q + 9;
}

static const struct sizes SIZES[] = {{"none", none}, {"one", one_each}, {"odd", odd},
	{"some none", some_none}, {"only first", only_first}, {"large", large}};

/* The byte number i that rank r gives to rank q. */
static unsigned char byte_of(size_t r, size_t q, size_t i)
{
	return (unsigned char)(31 * r + 7 * q + i * (i + 3));
}

static void fill(unsigned char *out, size_t r, size_t q, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = byte_of(r, q, i);
}

static int holds(const unsigned char *in, size_t r, size_t q, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (in[i] != byte_of(r, q, i))
			return 0;
	return 1;
}

struct found {
	const struct sizes *sizes;
	int wrong[RANKS_MOST];
	int tells[RANKS_MOST];
	gf_error err[RANKS_MOST];
};

static void *room(size_t bytes)
{
	void *const memory = calloc(bytes + 1, 1);

	if (!memory)
		abort();
	return memory;
}

static void gather_case(gf_comm *c, void *user)
{
	struct found *const found = user;
	const size_t rank = comm_rank(c), size = comm_size(c);
	size_t sizes[RANKS_MOST], total = 0;
	unsigned char *mine, *all, *at;

	for (size_t r = 0; r < size; r++)
		total += sizes[r] = found->sizes->of(r, size);
	mine = room(sizes[rank]);
	at = all = room(total);
	fill(mine, rank, size, sizes[rank]);
	if (comm_gather(c, "test", mine, sizes, all, &found->err[rank]))
		found->wrong[rank] = 1;
	for (size_t r = 0; r < size; at += sizes[r++])
		found->wrong[rank] |= !holds(at, r, size, sizes[r]);
	free(all);
	free(mine);
}

static void swap_case(gf_comm *c, void *user)
{
	struct found *const found = user;
	const size_t rank = comm_rank(c), size = comm_size(c);
	size_t out_sizes[RANKS_MOST], in_sizes[RANKS_MOST], given = 0, got = 0;
	unsigned char *out, *in, *at;

	for (size_t q = 0; q < size; q++) {
		given += out_sizes[q] = found->sizes->of(rank, q);
		got += in_sizes[q] = found->sizes->of(q, rank);
	}
	at = out = room(given);
	for (size_t q = 0; q < size; at += out_sizes[q++])
		fill(at, rank, q, out_sizes[q]);
	at = in = room(got);
	if (comm_swap(c, "test", out, out_sizes, in, in_sizes, &found->err[rank]))
		found->wrong[rank] = 1;
	for (size_t q = 0; q < size; at += in_sizes[q++])
		found->wrong[rank] |= !holds(at, q, rank, in_sizes[q]);
	free(in);
	free(out);
}

static void run_cases(rank_work *work, size_t piece)
{
	static const size_t counts[] = {1, 2, 3, 5, 8};

	for (size_t i = 0; i < COUNT(counts); i++) {
		for (size_t k = 0; k < COUNT(SIZES); k++) {
			struct found found = {.sizes = &SIZES[k]};

			run_ranks(counts[i], &(struct ranks){.piece = piece}, work, &found);
			for (size_t r = 0; r < counts[i]; r++)
				if (found.wrong[r])
					fail_msg("%zu ranks, %s, pieces of %zu bytes: rank %zu: %s",
						counts[i], SIZES[k].name, piece, r,
						found.err[r].message);
		}
	}
}

static void all_ranks_get_what_all_give(void **state)
{
	(void)state;
	run_cases(gather_case, 0);
}

static void each_rank_gets_what_the_others_give_it(void **state)
{
	(void)state;
	run_cases(swap_case, 0);
}

static void bytes_beyond_one_piece_arrive_in_several(void **state)
{
	(void)state;
	run_cases(gather_case, 777);
	run_cases(swap_case, 777);
}

static void a_rank_that_is_alone_gets_what_it_gives(void **state)
{
	const size_t size = 4;
	char all[4], in[4];

	(void)state;
	assert_int_equal(comm_size(NULL), 1);
	assert_int_equal(comm_gather(NULL, "test", "abc", &size, all, NULL), GF_OK);
	assert_int_equal(comm_swap(NULL, "test", "xyz", &size, in, &size, NULL), GF_OK);
	assert_string_equal(all, "abc");
	assert_string_equal(in, "xyz");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rank_that_is_alone_gets_what_it_gives),
		cmocka_unit_test(all_ranks_get_what_all_give),
		cmocka_unit_test(each_rank_gets_what_the_others_give_it),
		cmocka_unit_test(bytes_beyond_one_piece_arrive_in_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
