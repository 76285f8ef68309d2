/* test_comm_share.c: what rank 0 alone has, bytes or a file, comes to all ranks. */
#include "basics.h"
#include "comm_threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RANKS = 3, PIECE = 1 << 24 };

struct work {
	FILE *from, *to[RANKS];
	char bytes[RANKS][100];
	gf_status status[RANKS];
	gf_error err[RANKS];
};

static void share(gf_comm *comm, void *user)
{
	struct work *work = user;
	const size_t r = comm_rank(comm);

	work->status[r] = comm_share(comm, "bytes", work->bytes[r], sizeof work->bytes[r], NULL);
}

static void bytes_of_rank_0_come_to_all(void **state)
{
	struct work work = {.from = NULL};
	size_t r;

	(void)state;
	for (r = 0; r < RANKS; r++)
		memset(work.bytes[r], 'a' + (int)r, sizeof work.bytes[r]);
	run_ranks(RANKS, NULL, share, &work);
	for (r = 0; r < RANKS; r++) {
		assert_int_equal(work.status[r], GF_OK);
		assert_memory_equal(work.bytes[r], work.bytes[0], sizeof work.bytes[r]);
		assert_int_equal(work.bytes[r][99], 'a');
	}
}

/* ---- files ---- */

static void copy(gf_comm *comm, void *user)
{
	struct work *work = user;
	const size_t r = comm_rank(comm);

	work->status[r] = gf_comm_copy(comm, r ? NULL : work->from, work->to[r], &work->err[r]);
	if (work->status[r])
		gf_comm_fail(comm, &work->err[r]);
}

static char *pattern(size_t bytes)
{
	char *at = malloc(bytes + 1);

	assert_non_null(at);
	for (size_t i = 0; i < bytes; i++)
		at[i] = (char)(i * 7 % 251);
	return at;
}

static FILE *file_of(size_t bytes)
{
	char *wanted = pattern(bytes);
	FILE *file = tmpfile();

	assert_non_null(file);
	assert_int_equal(fwrite(wanted, 1, bytes, file), bytes);
	rewind(file);
	free(wanted);
	return file;
}

static void assert_file(FILE *file, size_t bytes)
{
	char *wanted = pattern(bytes), *found = malloc(bytes + 1);

	assert_non_null(found);
	rewind(file);
	assert_int_equal(fread(found, 1, bytes + 1, file), bytes);
	assert_memory_equal(found, wanted, bytes);
	free(wanted);
	free(found);
}

static void copy_of(size_t bytes, struct work *work)
{
	*work = (struct work){.from = file_of(bytes)};
	for (size_t r = 0; r < RANKS; r++)
		work->to[r] = file_of(0);
	run_ranks(RANKS, NULL, copy, work);
	fclose(work->from);
}

static void a_file_of_rank_0_comes_to_all(void **state)
{
	static const size_t BYTES[] = {0, 5000, PIECE, PIECE + 3};
	struct work work;

	(void)state;
	for (size_t i = 0; i < sizeof BYTES / sizeof *BYTES; i++) {
		copy_of(BYTES[i], &work);
		for (size_t r = 0; r < RANKS; r++) {
			assert_int_equal(work.status[r], GF_OK);
			assert_file(work.to[r], BYTES[i]);
			fclose(work.to[r]);
		}
	}
}

static void a_file_that_cannot_be_written_fails_all(void **state)
{
	struct work work = {.from = file_of(5000), .to = {file_of(0), fopen("/dev/full", "w")}};

	(void)state;
	work.to[2] = file_of(0);
	assert_non_null(work.to[1]);
	run_ranks(RANKS, NULL, copy, &work);
	for (size_t r = 0; r < RANKS; r++) {
		assert_int_equal(work.status[r], GF_E_IO);
		assert_string_equal(work.err[r].message,
			"rank 1 (a-host): the copy of the input of rank 0: cannot write: No space "
			"left on device");
		fclose(work.to[r]);
	}
	fclose(work.from);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_of_rank_0_come_to_all),
		cmocka_unit_test(a_file_of_rank_0_comes_to_all),
		cmocka_unit_test(a_file_that_cannot_be_written_fails_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
