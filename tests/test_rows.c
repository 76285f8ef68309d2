/*
 * test_rows.c: the fast ways to read rows of numbers, threads included, read what the scanner of
 * fields alone reads.
 */
#include "csv_rows.h"
#include "fixture_files.h"

#include "dataset.h"
#include "input.h"
#include "rng.h"
#include "scratch.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

/* The number of processors that the library finds here, and whether threads fail to start. */
static long processors = 4;
static int threads_fail;

static int create_or_fail(
	pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *user)
{
	return threads_fail ? EAGAIN : pthread_create(thread, attr, start, user);
}

/* This program has a copy of the two files, in which these functions can be switched off. */
#define sysconf(name)    processors
#define pthread_create   create_or_fail
#define rows_scan_number rows_scan_number_of_library
#define number_rows_read number_rows_read_of_library
#include "fields.c"
#include "rows.c"
#undef rows_scan_number
#undef number_rows_read
#undef pthread_create
#undef sysconf

static int scanner_alone;
static size_t fast_numbers, number_lines, noticed_files;

size_t rows_scan_number(struct rows *rows, size_t column, const char *text)
{
	size_t length = scanner_alone ? 0 : rows_scan_number_of_library(rows, column, text);

	fast_numbers += length > 0;
	return length;
}

size_t number_rows_read(const struct number_rows *rows, char *text, char *end, float *out,
	struct number_part parts[NUMBER_PARTS])
{
	size_t count;

	parts[0] = (struct number_part){text, end, out, 0, text, parts[0].precision};
	if (scanner_alone)
		return 1;
	count = number_rows_read_of_library(rows, text, end, out, parts);
	for (size_t i = 0; i < count; i++)
		number_lines += parts[i].rows;
	return count;
}

/* ---- one file, read in both ways ---- */

struct notices {
	size_t count;
	char last[1024];
};

static void count_notice(const char *text, void *user)
{
	struct notices *notices = user;

	notices->count++;
	snprintf(notices->last, sizeof notices->last, "%s", text);
}

static gf_dataset *read_file(
	int alone, const struct read_options *options, struct notices *notices, gf_error *err)
{
	struct read_options noticed = *options;
	gf_dataset *data;

	scanner_alone = alone;
	*notices = (struct notices){0};
	*err = (gf_error){0};
	noticed.notice = count_notice;
	noticed.user = notices;
	csv_read_file(&data, "data.csv", &noticed, err);
	return data;
}

/* Returns whether the file can be read. */
static int assert_read_alike(const struct read_options *options)
{
	gf_error fast_err, err;
	struct notices fast_notices, notices;
	gf_dataset *fast = read_file(0, options, &fast_notices, &fast_err);
	gf_dataset *data = read_file(1, options, &notices, &err);
	int read = data != NULL;

	assert_int_equal(fast_err.status, err.status);
	assert_string_equal(fast_err.message, err.message);
	assert_string_equal(fast_notices.last, notices.last);
	assert_int_equal(fast_notices.count, notices.count);
	noticed_files += notices.count > 0;
	if (read)
		assert_same_data(fast, data);
	gf_dataset_free(fast);
	gf_dataset_free(data);
	return read;
}

/* ---- files at random ---- */

#define PICK(rng, list) ((list)[random_below(rng, COUNT(list))])

static const char *random_field(struct rng *rng, unsigned quirks)
{
	static const char *const numbers[] = {"1", "0", "-2.5", "+3e2", "1e-3", "16777217", "0.1",
		".5", "7.", "123456.789", "9999999999", "0.12345678901234567"};
	static const char *const words[] = {"", "NA", "red", "green", "?", "1e99", "inf", "0x10",
		"3m", "1 2", "-", "1e", "\xc3\xb6", "\"1\"", "\" 2 \"", "\"red\"", "\"\"",
		"\"a,b\"", "\"a\"\"b\"", "\"a\nb\"", " 4", "5 ", "\t6\t", " \"7\" "};
	static const char *const faults[] = {
		"\"", "a\"b", "\"a\"b", "\r", "\r1", "\xff", ",", ";", " ", "\t", "\n"};

	if (quirks > 0 && random_below(rng, 40) == 0)
		return PICK(rng, faults);
	return quirks > 1 || random_below(rng, 20) == 0 ? PICK(rng, words) : PICK(rng, numbers);
}

/* quirks: 0: numbers and few words; 1: faults, too; 2: words of all kinds, too. */
static size_t random_file(char *text, size_t room, struct rng *rng, char delimiter, unsigned quirks)
{
	static const char *const line_ends[] = {"\n", "\r\n", "\r", "\n\n", "\n \t\n"};
	unsigned columns = 1 + random_below(rng, 4), rows = 1 + random_below(rng, 12),
		 end = random_below(rng, 3);
	size_t used = 0;

	for (unsigned i = 0; i < rows; i++)
		for (unsigned j = 0; j < columns && used + 40 < room; j++) {
			const char *last =
				random_below(rng, 10) ? line_ends[end] : PICK(rng, line_ends);

			used += (size_t)sprintf(text + used, "%s", random_field(rng, quirks));
			if (j + 1 < columns)
				text[used++] = delimiter;
			else if (i + 1 < rows || random_below(rng, 2))
				used += (size_t)sprintf(text + used, "%s", last);
		}
	if (quirks > 0 && used && random_below(rng, 50) == 0)
		text[random_below(rng, (unsigned)used)] = 0;
	return used;
}

static void random_options(struct read_options *options, struct rng *rng, char delimiter)
{
	*options = csv_plain;
	options->header = (int)random_below(rng, 3) - 1;
	options->delimiter = random_below(rng, 2) ? delimiter : 0;
	options->missing = random_below(rng, 3) ? GF_MISSING_drop
						: (gf_missing)random_below(rng, GF_MISSING_auto);
	options->one_hot = random_below(rng, 3) ? NULL : "1";
	options->target = random_below(rng, 4) ? NULL : "1";
	options->features = random_below(rng, 6) ? NULL : "2";
	options->sample_weight = random_below(rng, 8) ? NULL : "2";
	options->rule = (enum loss_targets)random_below(rng, TARGETS_CLASSES + 1);
}

static void small_files_are_read_as_the_scanner_alone_reads_them(void **state)
{
	enum { FILES = 12000, ROOM = 1000 };
	char text[ROOM];
	struct read_options options;
	struct rng rng;
	int read = 0;

	(void)state;
	rng_seed(&rng, 1);
	fast_numbers = 0;
	for (unsigned i = 0; i < FILES; i++) {
		char delimiter = ",;\t |"[random_below(&rng, 5)];

		unlink("data.csv"); /* some file systems write out a file that is truncated */
		scratch_write("data.csv", text, random_file(text, ROOM, &rng, delimiter, i % 3));
		random_options(&options, &rng, delimiter);
		read += assert_read_alike(&options);
	}
	/* The test says nothing unless many files can be read, and many cannot. */
	assert_true(read > FILES / 10 && FILES - read > FILES / 10);
	assert_true(fast_numbers > FILES);
}

/* A chunk of input ends at each place of a line once. */
static void large_files_are_read_as_the_scanner_alone_reads_them(void **state)
{
	static const char *const lines[] = {
		"1.25,red,\"3\",-4\r\n", "\"1\",green,\"3\n\",2e1\n", "12345678,\"blue\",3,4\n"};
	struct read_options options = csv_plain;
	char first[40];

	(void)state;
	options.one_hot = "2";
	for (int shift = 0; shift < 20; shift++) {
		FILE *file = fopen("data.csv", "wb");

		memset(first, 'b', sizeof first);
		fprintf(file, "a,%.*s,c,d\n", 1 + shift, first);
		for (int used = 0; used < 3 * INPUT_CHUNK;)
			used += fprintf(file, "%s", lines[used % 7 % COUNT(lines)]);
		fclose(file);
		assert_true(assert_read_alike(&options));
	}
}

static void a_line_longer_than_a_chunk_is_read_as_the_scanner_alone_reads_it(void **state)
{
	FILE *file = fopen("data.csv", "wb");

	(void)state;
	for (int row = 0; row < 3; row++)
		for (int i = 0; i < 40000; i++)
			fprintf(file, "%d.%d%c", i % 977, i % 89, i + 1 < 40000 ? ',' : '\n');
	fclose(file);
	assert_true(assert_read_alike(&csv_plain));
}

#define LINES "4\n5,6,7,8\n9,10,11,12\n13,14,15,16\n17,18,19,20\n21,22,23,24\n"

/* Some megabytes of numbers in which each line whose number divides by period is the other one. */
static void write_numbers(const char *other, int period)
{
	enum { ROWS = 60000 };
	FILE *file;

	unlink("data.csv");
	file = fopen("data.csv", "wb");
	assert_non_null(file);
	for (int i = 0; i < ROWS; i++)
		if (i % period == period - 1)
			fputs(other, file);
		else
			fprintf(file, "%d,-%d.%d,\t%de-3 ,%d\n", 1700000000 + i, i % 97, i,
				i % 7919, -i);
	fclose(file);
}

static void any_number_of_threads_reads_the_same_numbers(void **state)
{
	static const char *const others[] = {"", "1,NA,3,4\n", "1,2,3\n", "1\n", "1,2,3,4,5\n",
		"\"1\",2,3,4\r\n", "1,x,3,4\n", "1,2,3,\"" LINES LINES LINES LINES "\"\n"};
	static const int periods[] = {41111, 11, 101};
	struct read_options options = csv_plain;

	(void)state;
	options.missing = GF_MISSING_drop;
	options.features = "1,2";
	options.target = "3"; /* the fourth column is not read, so that it may hold line ends */
	number_lines = noticed_files = 0;
	for (int i = 0; i < 24; i++) {
		write_numbers(others[i % COUNT(others)], periods[i % COUNT(periods)]);
		processors = 1 + i % 5;
		threads_fail = i % 7 == 6;
		assert_read_alike(&options);
	}
	threads_fail = 0;
	assert_true(number_lines > 100000);
	/* Floats lose digits of integers near 1.7e9, which gives a notice, except in files where
	 * another line has a 1 and so makes the column's range wide. */
	assert_true(noticed_files > 0 && noticed_files < 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_files_are_read_as_the_scanner_alone_reads_them),
		cmocka_unit_test(large_files_are_read_as_the_scanner_alone_reads_them),
		cmocka_unit_test(any_number_of_threads_reads_the_same_numbers),
		cmocka_unit_test(a_line_longer_than_a_chunk_is_read_as_the_scanner_alone_reads_it),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
