/* test_checksum.c: the checksum that ranks take of parts of their data is that of the whole, and a
 * rank whose data differ is named. */
#include "basics.h"
#include "comm_threads.h"

#include "checksum.h"

#include <stdlib.h>
#include <zlib.h>

/* Large enough to be read in parts. */
enum { LARGE = (1 << 26) + 12345, SMALL = 1001 };

struct work {
	struct byte_ranges ranges[RANKS_MOST]; /* of each rank */
	struct checksum sums[RANKS_MOST];
	gf_status status[RANKS_MOST];
};

static void take(gf_comm *comm, void *user)
{
	struct work *work = user;
	const size_t r = comm_rank(comm);

	work->status[r] = checksum_of(&work->sums[r], comm, &work->ranges[r], NULL);
}

static unsigned char *numbers(size_t bytes)
{
	unsigned char *at = malloc(bytes);
	uint32_t x = 1;

	assert_non_null(at);
	for (size_t i = 0; i < bytes; i++) {
		x = x * 1664525u + 1013904223u;
		at[i] = (unsigned char)(x >> 24);
	}
	return at;
}

static struct byte_ranges two(const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
	struct byte_ranges ranges = {.count = 0};

	byte_ranges_add(&ranges, a, a_bytes);
	byte_ranges_add(&ranges, NULL, 100);
	byte_ranges_add(&ranges, b, b_bytes);
	return ranges;
}

static uint32_t whole(const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
	return (uint32_t)crc32_z(crc32_z(0, a, a_bytes), b, b_bytes);
}

static void assert_sums(const struct work *work, size_t ranks, uint32_t sum, size_t odd)
{
	for (size_t r = 0; r < ranks; r++) {
		assert_int_equal(work->status[r], GF_OK);
		assert_int_equal(work->sums[r].odd, odd);
		assert_int_equal(work->sums[r].sum, sum);
	}
}

static void parts_of_ranks_make_the_checksum_of_the_whole(void **state)
{
	static const size_t RANKS[] = {1, 2, 3, 7};
	unsigned char *a = numbers(SMALL), *b = numbers(LARGE);
	struct work work = {.ranges[0].count = 0};

	(void)state;
	for (size_t i = 0; i < sizeof RANKS / sizeof *RANKS; i++) {
		for (size_t r = 0; r < RANKS[i]; r++)
			work.ranges[r] = two(a, SMALL, b, LARGE);
		run_ranks(RANKS[i], NULL, take, &work);
		assert_sums(&work, RANKS[i], whole(a, SMALL, b, LARGE), 0);
		for (size_t r = 0; r < RANKS[i]; r++)
			work.ranges[r] = two(b, LARGE, a, SMALL);
		run_ranks(RANKS[i], NULL, take, &work);
		assert_sums(&work, RANKS[i], whole(b, LARGE, a, SMALL), 0);
	}
	free(a);
	free(b);
}

/* The first bytes are in the sample. */
static void a_rank_with_other_numbers_is_named(void **state)
{
	unsigned char *a = numbers(SMALL), *other = numbers(SMALL), *b = numbers(LARGE);
	struct work work = {.ranges[0].count = 0};

	(void)state;
	other[SMALL / 2] ^= 1;
	for (size_t r = 0; r < 3; r++)
		work.ranges[r] = two(r == 2 ? other : a, SMALL, b, LARGE);
	run_ranks(3, NULL, take, &work);
	assert_sums(&work, 3, whole(a, SMALL, b, LARGE), 2);
	free(a);
	free(other);
	free(b);
}

static void ranks_with_data_of_other_sizes_take_all_of_their_own(void **state)
{
	unsigned char *a = numbers(SMALL), *b = numbers(LARGE);
	struct work work = {.ranges[0] = two(a, SMALL, b, LARGE),
		.ranges[1] = two(a, SMALL, b, LARGE - 1),
		.ranges[2] = two(a, SMALL, b, SMALL)};

	(void)state;
	run_ranks(3, NULL, take, &work);
	assert_int_equal(work.sums[0].sum, whole(a, SMALL, b, LARGE));
	assert_int_equal(work.sums[1].sum, whole(a, SMALL, b, LARGE - 1));
	assert_int_equal(work.sums[2].sum, whole(a, SMALL, b, SMALL));
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_of_ranks_make_the_checksum_of_the_whole),
		cmocka_unit_test(a_rank_with_other_numbers_is_named),
		cmocka_unit_test(ranks_with_data_of_other_sizes_take_all_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
