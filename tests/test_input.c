/* test_input.c: csv_read reads files, pipes and gzip, of any size. */
#include "csv_rows.h"
#include "scratch.h"

#include "dataset.h"
#include "input.h"

#include <fcntl.h>
#include <zlib.h>

static void write_text(const char *text)
{
	scratch_write("data.csv", text, strlen(text));
}

/* ---- where the bytes come from ---- */

static void a_missing_file_cannot_be_opened(void **state)
{
	(void)state;
	assert_string_equal(csv_outcome("missing.csv", &csv_plain),
		"NOINPUT missing.csv: No such file or directory");
}

static void a_folder_is_no_file(void **state)
{
	(void)state;
	assert_int_equal(mkdir("data", 0700), 0);
	assert_string_equal(
		csv_outcome("data", &csv_plain), "NOINPUT data: is a folder, not a file");
	rmdir("data");
}

static void a_file_without_permission_cannot_be_opened(void **state)
{
	(void)state;
	if (geteuid() == 0) /* root may read everything */
		skip();
	write_text("1,2\n");
	chmod("data.csv", 0);
	assert_string_equal(
		csv_outcome("data.csv", &csv_plain), "NOINPUT data.csv: Permission denied");
	chmod("data.csv", 0600);
}

/* The outcome of reading the file as standard input. */
static const char *outcome_of_stdin(const char *path)
{
	int saved = dup(STDIN_FILENO);
	int fd = open(path, O_RDONLY);
	const char *outcome;

	dup2(fd, STDIN_FILENO);
	outcome = csv_outcome("-", &csv_plain);
	dup2(saved, STDIN_FILENO);
	close(fd);
	close(saved);
	return outcome;
}

static void a_dash_is_standard_input(void **state)
{
	(void)state;
	write_text("a,y\n1,2\n");
	assert_string_equal(outcome_of_stdin("data.csv"), "a > y\n1 > 2");
}

static void messages_name_standard_input(void **state)
{
	(void)state;
	write_text("a,y\n1,x\n");
	assert_string_equal(outcome_of_stdin("data.csv"),
		"DATA standard input:2: column 2 (\"y\"): not a number: \"x\"; "
		"if these are classes: --loss bce or hinge for two of them, "
		"cross_entropy for any number");
}

static void standard_input_may_not_be_a_folder(void **state)
{
	(void)state;
	assert_string_equal(
		outcome_of_stdin("."), "NOINPUT standard input: is a folder, not a file");
}

/* Writes a header and as many rows as compress to some kilobytes; returns the compressed size. */
static size_t write_gzip(const char *path)
{
	gzFile file = gzopen(path, "wb");
	struct stat info;

	gzprintf(file, "a,y\n");
	for (int i = 0; i < 20000; i++)
		gzprintf(file, "%d,%d\n", i, i % 7919 * 7907 % 7901);
	assert_int_equal(gzclose(file), Z_OK);
	assert_int_equal(stat(path, &info), 0);
	return (size_t)info.st_size;
}

static void a_gzip_file_is_read(void **state)
{
	gf_dataset *data;

	(void)state;
	write_gzip("data.csv.gz");
	assert_int_equal(csv_read_file(&data, "data.csv.gz", &csv_plain, NULL), GF_OK);
	assert_int_equal(data->rows, 20000);
	assert_true(data->x[19999] == 19999.0f);
	gf_dataset_free(data);
}

static void a_gzip_file_that_breaks_off_is_refused(void **state)
{
	(void)state;
	assert_int_equal(truncate("data.csv.gz", (off_t)write_gzip("data.csv.gz") / 2), 0);
	assert_string_equal(csv_outcome("data.csv.gz", &csv_plain),
		"DATA data.csv.gz: the gzip data break off");
}

static void a_damaged_gzip_file_is_refused(void **state)
{
	size_t size = write_gzip("data.csv.gz");
	FILE *file = fopen("data.csv.gz", "r+b");

	(void)state;
	fseek(file, (long)size - 6, SEEK_SET); /* a byte of the checksum */
	fputs("?", file);
	fclose(file);
	assert_string_equal(csv_outcome("data.csv.gz", &csv_plain),
		"DATA data.csv.gz: the gzip data are damaged");
}

/* ---- sizes ---- */

/* Writes start, count times text, and end. */
static void write_repeated(const char *start, const char *text, size_t count, const char *end)
{
	FILE *file = fopen("data.csv", "wb");

	assert_non_null(file);
	fputs(start, file);
	for (size_t i = 0; i < count; i++)
		fputs(text, file);
	fputs(end, file);
	assert_int_equal(fclose(file), 0);
}

static gf_dataset *read_plain(void)
{
	gf_error err = {0};
	gf_dataset *data;

	csv_read_file(&data, "data.csv", &csv_plain, &err);
	assert_string_equal(err.message, "");
	return data;
}

static void every_row_is_read_across_the_chunks_of_input(void **state)
{
	enum { ROWS = 200000 };
	FILE *file = fopen("data.csv", "wb");

	(void)state;
	for (int i = 0; i < ROWS; i++)
		fprintf(file, "%d,%d,%d\n", i, -i, 2 * i);
	fclose(file);

	gf_dataset *data = read_plain();

	assert_int_equal(data->rows, ROWS);
	for (int i = 0; i < ROWS; i++) {
		assert_true(data->x[2 * i] == (float)i && data->x[2 * i + 1] == (float)-i);
		assert_true(data->y[i] == (float)(2 * i));
	}
	gf_dataset_free(data);
}

static void a_run_of_spaces_may_cross_the_chunks_of_input(void **state)
{
	(void)state;
	write_repeated("1", " ", 300000, "2\n");
	assert_string_equal(csv_outcome("data.csv", &csv_plain), "column1 > column2\n1 > 2");
	/* the space is the last byte of the first chunk, and the 2 is the first byte of the
	 * second */
	write_repeated("1.", "0", INPUT_CHUNK - 3, " 2\n");
	assert_string_equal(csv_outcome("data.csv", &csv_plain), "column1 > column2\n1 > 2");
}

static void a_million_columns_are_read(void **state)
{
	(void)state;
	write_repeated("", "1,", 999999, "2\n");

	gf_dataset *data = read_plain();

	assert_int_equal(data->features, 999999);
	assert_string_equal(data->feature_names[999998], "column999999");
	assert_string_equal(data->target_names[0], "column1000000");
	assert_true(data->y[0] == 2.0f);
	gf_dataset_free(data);
}

static void a_line_of_ten_megabytes_may_be_one_number(void **state)
{
	(void)state;
	write_repeated("2,0.", "0", 10 << 20, "1");
	assert_string_equal(csv_outcome("data.csv", &csv_plain), "column1 > column2\n2 > 0");
}

static void an_open_quote_in_a_large_file_is_refused_early(void **state)
{
	(void)state;
	write_repeated("a,y\n1,2\n3,\"4\n", "5,6\n", 5 << 20, "");
	assert_string_equal(csv_outcome("data.csv", &csv_plain),
		"DATA data.csv:3: column 2 (\"y\"): "
		"a field of more than 16 MiB; is a quote left open?");
}

static void x_is_laid_out_for_devices(void **state)
{
	(void)state;
	write_text("a,b,y\n1,2,3\n4,5,6\n");

	gf_dataset *data = read_plain();

	assert_int_equal((uintptr_t)data->x % DATASET_ALIGNMENT, 0);
	assert_int_equal(data->x_bytes % DATASET_ALIGNMENT, 0);
	for (size_t i = 4; i < data->x_bytes / sizeof(float); i++)
		assert_true(data->x[i] == 0.0f);
	gf_dataset_free(data);
}

static void the_error_may_be_null(void **state)
{
	gf_dataset *data;

	(void)state;
	write_text("a,y\n1,x\n");
	assert_int_equal(csv_read_file(&data, "data.csv", &csv_plain, NULL), GF_E_DATA);
	assert_null(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_file_cannot_be_opened),
		cmocka_unit_test(a_folder_is_no_file),
		cmocka_unit_test(a_file_without_permission_cannot_be_opened),
		cmocka_unit_test(a_dash_is_standard_input),
		cmocka_unit_test(messages_name_standard_input),
		cmocka_unit_test(standard_input_may_not_be_a_folder),
		cmocka_unit_test(a_gzip_file_is_read),
		cmocka_unit_test(a_gzip_file_that_breaks_off_is_refused),
		cmocka_unit_test(a_damaged_gzip_file_is_refused),
		cmocka_unit_test(every_row_is_read_across_the_chunks_of_input),
		cmocka_unit_test(a_run_of_spaces_may_cross_the_chunks_of_input),
		cmocka_unit_test(a_million_columns_are_read),
		cmocka_unit_test(a_line_of_ten_megabytes_may_be_one_number),
		cmocka_unit_test(an_open_quote_in_a_large_file_is_refused_early),
		cmocka_unit_test(x_is_laid_out_for_devices),
		cmocka_unit_test(the_error_may_be_null),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
