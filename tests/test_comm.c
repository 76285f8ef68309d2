/* test_comm.c: bytes reach the ranks that they are for, and ranks that fail or do not do as the
 * others are named. */
#include "basics.h"
#include "comm_threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

enum kind {
	ANOTHER_NAME,
	ANOTHER_SIZE,
	ANOTHER_CALL,
	ANOTHER_SWAP,
	IN_THE_END,
	COMES_LATE,
};

/* A case, and what each rank finds. */
struct found {
	const struct sizes *sizes;
	enum kind kind;
	unsigned set; /* of ranks: bit r is rank r */
	long late;    /* nanoseconds */
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

/* ---- ranks that do not do as the others ---- */

enum { FEW = 3 };

/* Rank 1 comes to another exchange than the others. */
static void another(gf_comm *c, void *user)
{
	struct found *const found = user;
	const size_t rank = comm_rank(c), sizes[FEW] = {1, 1, 1}, others[FEW] = {1, 2, 1};
	gf_error *const err = &found->err[rank];
	char mine[8] = "ab", all[8] = "";
	const char *const what = found->kind == ANOTHER_NAME && rank == 1 ? "b" : "a";
	const size_t *const s = found->kind == ANOTHER_SIZE && rank == 1 ? others : sizes;

	if (found->kind == ANOTHER_CALL && rank == 1)
		gf_comm_join(c, NULL, err);
	else if (found->kind == ANOTHER_SWAP)
		comm_swap(c, what, mine, sizes, all, rank == 1 ? others : sizes, err);
	else
		comm_gather(c, what, mine, s, all, err);
	found->wrong[rank] = comm_gather(c, "next", mine, sizes, all, NULL);
	found->tells[rank] = gf_comm_fail(c, err);
}

/* All ranks know the same, rank 0 prints it, and no exchange follows. */
static void assert_all_know(
	const struct found *found, size_t size, gf_status status, const char *text)
{
	for (size_t r = 0; r < size; r++) {
		assert_string_equal(found->err[r].message, text);
		assert_int_equal(found->err[r].status, status);
		assert_int_equal(found->wrong[r], status);
		assert_int_equal(found->tells[r], r == 0);
	}
}

#define REST "but rank 0 (a-host) at exchange 0, a gather of 1 bytes (a): "

static void ranks_at_different_exchanges_are_named(void **state)
{
	static const char *const messages[] = {
		[ANOTHER_NAME] = "rank 1 (a-host) is at exchange 0, a gather of 1 bytes (b), " REST,
		[ANOTHER_SIZE] = "rank 1 (a-host) is at exchange 0, a gather of 2 bytes (a), " REST,
		[ANOTHER_CALL] = "rank 1 (a-host) is at exchange 0, the end, " REST,
		[ANOTHER_SWAP] =
			"exchange 0 (a): rank 1 (a-host) gives 1 bytes to rank 1 (a-host), which "
			"waits for 2: ",
	};

	(void)state;
	for (size_t kind = 0; kind < COUNT(messages); kind++) {
		struct found found = {.kind = (enum kind)kind};
		char text[1024];

		snprintf(text, sizeof text, "%s%s", messages[kind],
			"wanted: the same program, options and data on all ranks");
		assert_int_equal(run_ranks(FEW, NULL, another, &found), 0);
		assert_all_know(&found, FEW, GF_E_RANK, text);
	}
}

/* ---- ranks that fail ---- */

/* The ranks of a set (bits) fail, the others come to an exchange. */
static void fails(gf_comm *c, void *user)
{
	struct found *const found = user;
	const size_t rank = comm_rank(c), sizes[FEW] = {1, 1, 1};
	gf_error *const err = &found->err[rank];
	char all[8];

	if (found->set >> rank & 1u) {
		err->status = GF_E_DATA;
		snprintf(err->message, sizeof err->message, "a.csv:%zu: bad", rank);
	} else if (found->kind == IN_THE_END) {
		gf_comm_join(c, NULL, err);
	} else {
		if (found->kind == COMES_LATE)
			nanosleep(&(struct timespec){1, 0}, NULL);
		comm_gather(c, "test", "a", sizes, all, err);
	}
	found->tells[rank] = gf_comm_fail(c, err);
	found->wrong[rank] = comm_gather(c, "next", "a", sizes, all, NULL);
}

static void a_rank_that_fails_is_named_once(void **state)
{
	struct found found = {.set = 1u << 2}, two = {.set = 1u << 1 | 1u << 2};

	(void)state;
	assert_int_equal(run_ranks(FEW, NULL, fails, &found), 0);
	assert_all_know(&found, FEW, GF_E_DATA, "rank 2 (a-host): a.csv:2: bad");
	assert_int_equal(run_ranks(FEW, NULL, fails, &two), 0);
	assert_all_know(&two, FEW, GF_E_DATA, "rank 1 (a-host): a.csv:1: bad");
	found = (struct found){.set = 1, .kind = IN_THE_END};
	assert_int_equal(run_ranks(FEW, NULL, fails, &found), 0);
	assert_all_know(&found, FEW, GF_E_DATA, "rank 0 (a-host): a.csv:0: bad");
}

static void a_failure_of_all_ranks_reads_as_that_of_one(void **state)
{
	struct found found = {.set = 7};

	(void)state;
	assert_int_equal(run_ranks(FEW, NULL, fails, &found), 0);
	assert_all_know(&found, FEW, GF_E_DATA, "a.csv:0: bad");
}

/* Others compute for long: the rank does not wait for them to print what is wrong. */
static void a_rank_that_fails_alone_for_long_prints_itself(void **state)
{
	struct found found = {.set = 1u << 1, .kind = COMES_LATE};

	(void)state;
	assert_int_equal(run_ranks(FEW, &(struct ranks){.printed_after = 0.1}, fails, &found), 0);
	for (size_t r = 0; r < FEW; r++) {
		assert_string_equal(found.err[r].message, "rank 1 (a-host): a.csv:1: bad");
		assert_int_equal(found.err[r].status, GF_E_DATA);
		assert_int_equal(found.tells[r], r == 1);
	}
}

/* ---- ranks that do not come ---- */

/* The ranks of a set hang, the others come to an exchange; rank 2 is late if it does not hang. */
static void hangs(gf_comm *c, void *user)
{
	struct found *const found = user;
	const size_t rank = comm_rank(c), sizes[4] = {1, 1, 1, 1};
	char all[4];

	if (found->set >> rank & 1u) {
		rank_hangs(c);
		return;
	}
	if (rank == 2)
		nanosleep(&(struct timespec){found->late / 1000000000, found->late % 1000000000},
			NULL);
	comm_gather(c, "test", "a", sizes, all, &found->err[rank]);
	found->tells[rank] = gf_comm_fail(c, &found->err[rank]);
}

static void assert_lost(unsigned set, const char *text)
{
	struct found found = {.set = set, .late = 300000000};
	size_t tells = 0, first = 0;

	while (set >> first & 1u)
		first++;
	assert_int_equal(run_ranks(4, &(struct ranks){.rank_timeout = 1}, hangs, &found), 75);
	for (size_t r = 0; r < 4; r++) {
		tells += (size_t)found.tells[r];
		if (!(set >> r & 1u))
			assert_int_equal(found.err[r].status, GF_E_RANK);
	}
	assert_string_equal(found.err[first].message, text);
	assert_int_equal(found.tells[first], 1);
	assert_int_equal(tells, 1);
}

static void ranks_that_do_not_come_are_named(void **state)
{
	(void)state;
	assert_lost(1u << 3, "rank 3 (a-host) has not come to exchange 0 (test) for 1 s "
			     "(--rank-timeout): all ranks end");
	assert_lost(1u << 0 | 1u << 3,
		"rank 0 (a-host), rank 3 (a-host) have not come to exchange 0 (test) for 1 s "
		"(--rank-timeout): all ranks end");
}

/* Rank 2 comes after the others have begun to ask for it, and before they end. */
static void a_rank_that_comes_while_it_is_looked_for_is_not_missing(void **state)
{
	struct found found = {.late = 2500000000};

	(void)state;
	assert_int_equal(run_ranks(4, &(struct ranks){.rank_timeout = 2}, hangs, &found), 0);
	for (size_t r = 0; r < 4; r++)
		assert_int_equal(found.err[r].status, GF_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rank_that_is_alone_gets_what_it_gives),
		cmocka_unit_test(all_ranks_get_what_all_give),
		cmocka_unit_test(each_rank_gets_what_the_others_give_it),
		cmocka_unit_test(bytes_beyond_one_piece_arrive_in_several),
		cmocka_unit_test(ranks_at_different_exchanges_are_named),
		cmocka_unit_test(a_rank_that_fails_is_named_once),
		cmocka_unit_test(a_failure_of_all_ranks_reads_as_that_of_one),
		cmocka_unit_test(a_rank_that_fails_alone_for_long_prints_itself),
		cmocka_unit_test(ranks_that_do_not_come_are_named),
		cmocka_unit_test(a_rank_that_comes_while_it_is_looked_for_is_not_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
