/* test_formats.c: a file's content decides its format; labels may come from a second file. */
#include "csv_rows.h"
#include "dataset.h"
#include "formats.h"
#include "encoding.h"
#include "scratch.h"
#include "table_read.h"

#include <fcntl.h>
#include <zlib.h>

/* An .npz file of one array, by Python's zipfile. */
#define NPZ                                                                      \
	"PK\003\004\024\000\000\000\000\000\000\000!\000\315,\211\226J\000\000"  \
	"\000J\000\000\000\005\000\000\000a.npy\223NUMPY\001\000<\000{'descr': " \
	"'|u1', 'fortran_order': False, 'shape': (2, 2), }\012\001\002\004\005P" \
	"K\001\002\024\003\024\000\000\000\000\000\000\000!\000\315,\211\226J"   \
	"\000\000\000J\000\000\000\005\000\000\000\000\000\000\000\000\000\000"  \
	"\000\200\001\000\000\000\000a.npyPK\005\006\000\000\000\000\001\000"    \
	"\001\0003\000\000\000m\000\000\000\000\000"

#define NPY_HEADER "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }\n"

/* One data set in each format: 1 2 > 3 and 4 5 > 6. */
struct sample {
	enum format format;
	const char *bytes;
	size_t count;
	const char *outcome;
};

#define SAMPLE(word, bytes, outcome)                            \
	{                                                       \
		FORMAT_##word, bytes, sizeof bytes - 1, outcome \
	}

static const struct sample SAMPLES[] = {
	SAMPLE(csv, "1,2\n4,5\n", "column1 > column2\n1 > 2\n4 > 5"),
	SAMPLE(npy, "\x93NUMPY\1\0\074\0" NPY_HEADER "\1\2\4\5", "column1 > column2\n1 > 2\n4 > 5"),
	SAMPLE(svmlight, "2 1:1\n5 1:4\n", "column1 > label\n1 > 2\n4 > 5"),
	SAMPLE(npz, NPZ, "column1 > column2\n1 > 2\n4 > 5"),
	SAMPLE(idx, "\0\0\x08\2\0\0\0\2\0\0\0\2\1\2\4\5", "column1 > column2\n1 > 2\n4 > 5"),
};

_Static_assert(COUNT(SAMPLES) == FORMAT_COUNT, "a sample of each format");

static void write_sample(const char *path, enum format format)
{
	scratch_write(path, SAMPLES[format].bytes, SAMPLES[format].count);
}

static void every_format_is_recognized_by_its_content(void **state)
{
	static const char *const NAMES[] = {"data", "data.csv", "data.npy", "data.svm", "data.idx"};

	(void)state;
	for (size_t i = 0; i < COUNT(SAMPLES); i++)
		for (size_t j = 0; j < COUNT(NAMES); j++) {
			assert_int_equal(SAMPLES[i].format, i);
			write_sample(NAMES[j], (enum format)i);
			assert_string_equal(
				table_outcome(NAMES[j], &csv_plain), SAMPLES[i].outcome);
		}
}

static void every_format_is_read_from_gzip(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(SAMPLES); i++) {
		gzFile file = gzopen("data.gz", "wb");

		assert_int_equal(
			gzwrite(file, SAMPLES[i].bytes, (unsigned)SAMPLES[i].count) > 0, 1);
		assert_int_equal(gzclose(file), Z_OK);
		assert_string_equal(table_outcome("data.gz", &csv_plain), SAMPLES[i].outcome);
	}
}

static void every_format_is_read_from_a_pipe(void **state)
{
	int saved = dup(STDIN_FILENO);

	(void)state;
	for (size_t i = 0; i < COUNT(SAMPLES); i++) {
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		assert_int_equal(
			write(ends[1], SAMPLES[i].bytes, SAMPLES[i].count), SAMPLES[i].count);
		close(ends[1]);
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		assert_string_equal(table_outcome("-", &csv_plain), SAMPLES[i].outcome);
	}
	dup2(saved, STDIN_FILENO);
	close(saved);
}

static enum format format_of_text(const char *text)
{
	return format_of(text, strlen(text), "data");
}

static void lines_of_a_label_and_pairs_are_svmlight(void **state)
{
	static const char *const SVMLIGHT[] = {"1 1:2\n", "# x\n\n-1\n+1 3:4 # y\n", "a\t1:x\r\n",
		"1 qid:2 1:3",
		"\xef\xbb\xbf"
		"1 1:2",
		"1:2 3:4", "1 2:", "1 1:2 3:", "2,3 1:1 4:2\n"};
	static const char *const CSV[] = {"1", "1 2\n", "a,b\n1,2:3\n", "1,2 3:4\n", "x 10:30,5\n",
		"1 2:3 x\n", "a b\n1 2:3\n", "when 10:30:00\n", "1 a:2", "#1,2\n3,4\n", "\n \n",
		" "};

	(void)state;
	for (size_t i = 0; i < COUNT(SVMLIGHT); i++)
		assert_int_equal(format_of_text(SVMLIGHT[i]), FORMAT_svmlight);
	for (size_t i = 0; i < COUNT(CSV); i++)
		assert_int_equal(format_of_text(CSV[i]), FORMAT_csv);
	assert_int_equal(format_of("1\0 1:2", 6, "data"), FORMAT_csv);
}

static void a_delimiter_option_makes_a_text_a_table(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	options.delimiter = ' ';
	scratch_write("data", "1 1:2\n", 6);
	assert_string_equal(table_outcome("data", &options),
		"DATA data:1: 1 of 2 fields are numbers: are these names, or data?  "
		"--header yes or --header no");
}

static void the_name_decides_where_the_content_does_not(void **state)
{
	(void)state;
	assert_int_equal(format_of("", 0, "a.npy"), FORMAT_npy);
	assert_int_equal(format_of("", 0, "a.npy.gz"), FORMAT_npy);
	assert_int_equal(format_of("", 0, "a.libsvm"), FORMAT_svmlight);
	assert_int_equal(format_of("", 0, "train-images-idx3-ubyte.gz"), FORMAT_idx);
	assert_int_equal(format_of("", 0, "a.tsv"), FORMAT_csv);
	assert_int_equal(format_of("", 0, "npy"), FORMAT_csv);
	scratch_write("empty.npy", "", 0);
	assert_string_equal(table_outcome("empty.npy", &csv_plain),
		"DATA empty.npy: the file ends in its first bytes");
}

/* ---- labels of their own ---- */

static const char *outcome_with_labels(
	enum format data, const char *labels, size_t count, enum loss_targets rule)
{
	struct read_options options = csv_plain;

	options.labels = "labels";
	options.rule = rule;
	write_sample("data", data);
	scratch_write("labels", labels, count);
	return table_outcome("data", &options);
}

#define WITH_LABELS(data, literal, rule) \
	outcome_with_labels(FORMAT_##data, literal, sizeof literal - 1, TARGETS_##rule)

static void labels_may_be_in_a_second_file(void **state)
{
	(void)state;
	assert_string_equal(WITH_LABELS(idx, "\0\0\x08\1\0\0\0\2\7\3", CLASSES),
		"column1 column2 > label: 3 7\n1 2 > 1\n4 5 > 0");
	assert_string_equal(
		WITH_LABELS(npy, "7\n3\n", NUMBERS), "column1 column2 > label\n1 2 > 7\n4 5 > 3");
	assert_string_equal(WITH_LABELS(csv, "y,z\n7,8\n3,4\n", NUMBERS),
		"column1 column2 > y z\n1 2 > 7 8\n4 5 > 3 4");
	assert_string_equal(WITH_LABELS(csv, "7,8\n3,4\n", NUMBERS),
		"column1 column2 > label1 label2\n1 2 > 7 8\n4 5 > 3 4");
	assert_string_equal(
		WITH_LABELS(svmlight, "7\n3\n", NUMBERS), "column1 > label\n1 > 7\n4 > 3");
}

static void labels_must_be_as_many_as_the_rows(void **state)
{
	(void)state;
	assert_string_equal(WITH_LABELS(idx, "7\n3\n1\n", NUMBERS),
		"DATA data: 2 rows, but labels has 3 labels");
}

static void errors_in_labels_name_their_file(void **state)
{
	(void)state;
	assert_string_equal(WITH_LABELS(idx, "\0\0\x09\1\0\0\0\2\7\377", ZERO_OR_ABOVE),
		"DATA labels: row 2, column 1: -1; a number, 0 or above, is wanted");
	assert_string_equal(WITH_LABELS(idx, "1 1:2\n", NUMBERS),
		"USAGE labels: is svmlight; a file of labels is npy, IDX or CSV");
}

static void target_chooses_a_column_of_the_labels(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	options.labels = "labels";
	options.target = "z";
	write_sample("data", FORMAT_csv);
	scratch_write("labels", "y,z\n7,8\n3,4\n", 12);
	assert_string_equal(
		table_outcome("data", &options), "column1 column2 > z\n1 2 > 8\n4 5 > 4");
	options.target = NULL;
	options.features = "2";
	assert_string_equal(table_outcome("data", &options), "column2 > y z\n2 > 7 8\n5 > 3 4");
}

static void labels_may_be_words(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	assert_string_equal(WITH_LABELS(idx, "kind\nb\na\n", CLASSES),
		"column1 column2 > kind: a b\n1 2 > 1\n4 5 > 0");
	assert_string_equal(WITH_LABELS(npy, "b\na\nb\na\n", TWO_CLASSES),
		"DATA data: 2 rows, but labels has 3 labels");
	options.labels = "labels";
	options.rule = TARGETS_CLASSES;
	scratch_write("labels", "b\na\n", 4);
	options.header = 0;
	assert_string_equal(
		table_outcome("data", &options), "column1 column2 > label: a b\n1 2 > 1\n4 5 > 0");
	options.header = 1;
	scratch_write("labels", "1\nb\na\n", 6);
	assert_string_equal(
		table_outcome("data", &options), "column1 column2 > 1: a b\n1 2 > 1\n4 5 > 0");
}

static void rows_left_out_take_their_labels_along(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	options.labels = "labels";
	options.missing = GF_MISSING_drop;
	scratch_write("data", "1,2\n,3\n", 7);
	scratch_write("labels", "7\n3\n", 4);
	assert_string_equal(table_outcome("data", &options),
		"DATA data: 1 row has a missing value; labels that are not columns of the data "
		"leave none out");
	options.missing = GF_MISSING_mean;
	assert_string_equal(
		table_outcome("data", &options), "column1 column2 > label\n1 2 > 7\n1 3 > 3");
}

static const char *outcome_of_npy(const struct read_options *options)
{
	write_sample("data", FORMAT_npy);
	return table_outcome("data", options);
}

static void options_of_tables_are_refused_for_other_formats(void **state)
{
	static char *words[] = {"red"}, *names[] = {"color"};
	struct encoded color = {.words = words, .count = 1};
	struct encoding encoding = {.count = 1, .names = names, .columns = &color};
	struct read_options options = csv_plain;

	(void)state;
	options.one_hot = "1";
	assert_string_equal(outcome_of_npy(&options),
		"USAGE data: is npy, in which no column is made of words");
	options.one_hot = NULL;
	options.na = "-999";
	assert_string_equal(outcome_of_npy(&options),
		"USAGE data: is npy, which has no words; NaN alone is a missing value there");
	options.na = NULL;
	options.missing = GF_MISSING_mean;
	assert_string_equal(outcome_of_npy(&options), SAMPLES[FORMAT_npy].outcome);
	options.encoding = &encoding;
	assert_string_equal(outcome_of_npy(&options),
		"DATA data: is npy; the model's column \"color\" is made of words");
	color.words = NULL; /* a model with means also reads arrays of numbers */
	assert_string_equal(outcome_of_npy(&options), SAMPLES[FORMAT_npy].outcome);
	options.encoding = NULL;
	options.missing = GF_MISSING_error;
	options.sample_weight = "1";
	write_sample("data", FORMAT_svmlight);
	assert_string_equal(table_outcome("data", &options),
		"USAGE data: is svmlight, which has no column of weights");
}

static void nan_is_a_missing_value_in_idx_too(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	scratch_write("data",
		"\0\0\x0d\2\0\0\0\2\0\0\0\2\x7f\xc0\0\0\x40\0\0\0\x40\xa0\0\0\x3f\x80\0\0", 28);
	assert_string_equal(table_outcome("data", &options),
		"DATA data: row 1, column 1: a missing value (NaN); --missing drop, mean or most");
	options.missing = GF_MISSING_mean;
	assert_string_equal(table_outcome("data", &options), "column1 > column2\n5 > 2\n5 > 1");
	options.missing = GF_MISSING_error;
	options.labels = "labels";
	write_sample("data", FORMAT_idx);
	scratch_write("labels", "\0\0\x0d\1\0\0\0\2\x7f\xc0\0\0\x40\0\0\0", 16);
	assert_string_equal(table_outcome("data", &options),
		"DATA labels: row 1, column 1: a missing value (NaN); a target is not filled in");
}

static void weights_may_be_a_column_of_an_array(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	options.sample_weight = "1";
	options.labels = "labels";
	scratch_write("labels", "7\n3\n", 4);
	assert_string_equal(outcome_of_npy(&options), "column2 > label\n2 > 7 * 1\n5 > 3 * 4");
	options.labels = NULL;
	scratch_write("data", "\0\0\x09\2\0\0\0\2\0\0\0\3\1\2\3\377\2\3", 18);
	assert_string_equal(
		table_outcome("data", &options), "DATA data: row 2, column 1: a weight below 0");
	scratch_write("data", "\0\0\x09\2\0\0\0\1\0\0\0\3\0\2\3", 15);
	assert_string_equal(
		table_outcome("data", &options), "DATA data: column 1: every weight is 0");
}

static void standard_input_cannot_be_both_data_and_labels(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	options.labels = "-";
	assert_string_equal(table_outcome("-", &options),
		"USAGE standard input cannot be both the data and the labels");
}

static void a_model_reads_labels_too(void **state)
{
	static const char *const features[] = {"column1", "column2"}, *const targets[] = {"label"};
	struct read_options options = {.header = -1,
		.labels = "labels",
		.with_target = 1,
		.wanted_features = features,
		.wanted_feature_count = 2,
		.wanted_targets = targets,
		.wanted_target_count = 1};

	(void)state;
	write_sample("data", FORMAT_npy);
	scratch_write("labels", "7\n3\n", 4);
	assert_string_equal(
		table_outcome("data", &options), "column1 column2 > label\n1 2 > 7\n4 5 > 3");
	scratch_write("labels", "7,3\n3,4\n", 8);
	assert_string_equal(table_outcome("data", &options),
		"DATA labels:1: 2 columns as targets; the model has 1");
	scratch_write("labels", "id,label\n7,3\n3,4\n", 17);
	assert_string_equal(
		table_outcome("data", &options), "column1 column2 > label\n1 2 > 3\n4 5 > 4");
	options.with_target = 0;
	assert_string_equal(table_outcome("data", &options), "column1 column2\n1 2\n4 5");
}

static void the_words_that_pandas_knows_are_missing_values(void **state)
{
	static const char *const words[] = {"", " ", " NA ", "#N/A", "#N/A N/A", "#NA", "-1.#IND",
		"-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NULL", "None",
		"n/a", "nan", "null", "?"};

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++)
		assert_true(na_word(&csv_plain, words[i], strlen(words[i])));
	assert_false(na_word(&csv_plain, "-1", 2));
	assert_false(na_word(&csv_plain, "Nantes", 6));
}

static void formats_of_other_programs_are_named(void **state)
{
	static const struct {
		const char *bytes, *what;
	} files[] = {
		{"7z\xbc\xaf\x27\x1c", "7z x -so data | gpufit -"},
		{"PAR1", "a Parquet file"},
		{"% c\n@relation t\n", "an ARFF file"},
		{"{\"x\": 1}\n", "JSON"},
		{"1 |f price:.23\n", "Vowpal Wabbit's format"},
		{"1 0:1:1 1:3:0.5\n", "libffm's label field:index:value"},
	};
	gf_error err;

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		err = (gf_error){0};
		assert_int_equal(
			foreign_check(files[i].bytes, strlen(files[i].bytes), "data", &err),
			GF_E_DATA);
		assert_non_null(strstr(err.message, files[i].what));
	}
	assert_int_equal(foreign_check("1 1:2 3:4\n", 10, "data", &err), GF_OK);
	assert_int_equal(foreign_check("a|b:c\n1|2\n", 10, "data", &err), GF_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_is_recognized_by_its_content),
		cmocka_unit_test(every_format_is_read_from_gzip),
		cmocka_unit_test(every_format_is_read_from_a_pipe),
		cmocka_unit_test(lines_of_a_label_and_pairs_are_svmlight),
		cmocka_unit_test(a_delimiter_option_makes_a_text_a_table),
		cmocka_unit_test(the_name_decides_where_the_content_does_not),
		cmocka_unit_test(labels_may_be_in_a_second_file),
		cmocka_unit_test(labels_must_be_as_many_as_the_rows),
		cmocka_unit_test(errors_in_labels_name_their_file),
		cmocka_unit_test(target_chooses_a_column_of_the_labels),
		cmocka_unit_test(labels_may_be_words),
		cmocka_unit_test(rows_left_out_take_their_labels_along),
		cmocka_unit_test(options_of_tables_are_refused_for_other_formats),
		cmocka_unit_test(nan_is_a_missing_value_in_idx_too),
		cmocka_unit_test(weights_may_be_a_column_of_an_array),
		cmocka_unit_test(standard_input_cannot_be_both_data_and_labels),
		cmocka_unit_test(a_model_reads_labels_too),
		cmocka_unit_test(formats_of_other_programs_are_named),
		cmocka_unit_test(the_words_that_pandas_knows_are_missing_values),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
