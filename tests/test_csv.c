/*
 * test_csv.c: what csv_read makes of a file, and what it says of one that it refuses.
 *
 * Most tests are a row of a table: a file, what is asked of it, and the outcome as text: either
 * the dataset ("x1 x2 > y" and its rows), or the status and the exact message.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "csv.h"
#include "dataset.h"
#include "input.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { OUTCOME = 8192, NAMES = 4 };

enum header { AUTO, YES, NO };

struct row {
	const char *name;
	const char *text;
	size_t length; /* of a text with a 0 in it; else 0 */
	const char *target, *features;
	enum header header;
	char delimiter;
	const char *model[NAMES]; /* the features a model wants */
	const char *model_targets[NAMES];
	int without_target;
	const char *outcome;
};

/* ---- what a read came to, as text ---- */

static const char *status_word(gf_status status)
{
	switch (status) {
	case GF_E_USAGE:
		return "USAGE";
	case GF_E_DATA:
		return "DATA";
	case GF_E_NOINPUT:
		return "NOINPUT";
	case GF_E_IO:
		return "IO";
	default:
		return "OTHER";
	}
}

static char *append_names(char *end, char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		end += sprintf(end, "%s%s", i ? " " : "", names[i]);
	return end;
}

static char *append_numbers(char *end, const float *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		end += sprintf(end, "%s%.9g", i ? " " : "", (double)numbers[i]);
	return end;
}

static void describe(char *end, const gf_dataset *data)
{
	size_t d = data->features, k = data->outputs;

	end = append_names(end, data->feature_names, d);
	end += sprintf(end, k ? " > " : "");
	end = append_names(end, data->target_names, k);
	for (size_t i = 0; i < data->rows; i++) {
		end += sprintf(end, "\n");
		end = append_numbers(end, data->x + i * d, d);
		end += sprintf(end, k ? " > " : "");
		if (k > 0)
			end = append_numbers(end, data->y + i * k, k);
	}
}

/* Valid until the next call. */
static const char *outcome_of(const char *path, const struct csv_options *options)
{
	static char text[OUTCOME];
	gf_error err = {0};
	gf_dataset *data;
	gf_status status = csv_read(&data, path, options, &err);

	assert_int_equal(status, err.status);
	if (status) {
		assert_null(data);
		snprintf(text, sizeof text, "%s %s", status_word(status), err.message);
	} else {
		describe(text, data);
	}
	gf_dataset_free(data);
	return text;
}

static const struct csv_options plain = {.header = -1, .with_target = 1};

static void write_file(const char *path, const char *bytes, size_t length)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static void write_text(const char *text)
{
	write_file("data.csv", text, strlen(text));
}

/* ---- the table ---- */

#define FORTY "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"

static const struct row rows[] = {
	/* forms of a file */
	{"header_is_found_and_the_last_column_is_the_target", "a,b,y\n1,2,3\n4,5,6\n",
		.outcome = "a b > y\n1 2 > 3\n4 5 > 6"},
	{"file_without_a_header_names_columns_by_their_place", "1,2,3\n4,5,6\n",
		.outcome = "column1 column2 > column3\n1 2 > 3\n4 5 > 6"},
	{"header_may_be_numbers_when_told_so", "1,2\n3,4\n", .header = YES,
		.outcome = "1 > 2\n3 > 4"},
	{"last_newline_may_be_missing", "a,y\n1,2", .outcome = "a > y\n1 > 2"},
	{"file_of_one_row_without_a_newline_is_read", "1,2", .outcome = "column1 > column2\n1 > 2"},
	{"crlf_ends_a_line", "a,y\r\n1,2\r\n3,4\r\n", .outcome = "a > y\n1 > 2\n3 > 4"},
	{"cr_alone_ends_a_line", "a,y\r1,2\r3,4\r", .outcome = "a > y\n1 > 2\n3 > 4"},
	{"utf8_byte_order_mark_is_no_part_of_the_first_name",
		"\xef\xbb\xbf"
		"a,y\n1,2\n",
		.outcome = "a > y\n1 > 2"},
	{"byte_order_mark_alone_is_an_empty_file", "\xef\xbb\xbf",
		.outcome = "DATA data.csv:1: empty; rows of numbers are wanted"},
	{"quotes_are_taken_off", "\"a\",\"y\"\n\"1\",\" 2 \"\n", .outcome = "a > y\n1 > 2"},
	{"quoted_name_may_hold_commas_newlines_and_quotes", "\"a,\nb\",\"say \"\"y\"\"\"\n1,2\n",
		.outcome = "a,\nb > say \"y\"\n1 > 2"},
	{"blanks_around_fields_are_dropped", " a , y \n 1 ,\t2 \n", .outcome = "a > y\n1 > 2"},
	{"tab_separates", "a b\ty\n1\t2\n", .outcome = "a b > y\n1 > 2"},
	{"semicolon_separates", "a;y\n1;2\n", .outcome = "a > y\n1 > 2"},
	{"comma_is_preferred_to_tab_semicolon_and_space", "a b;c\td,y\n1,2\n",
		.outcome = "a b;c\td > y\n1 > 2"},
	{"tab_is_preferred_to_semicolon_and_space", "a b;c\ty\n1\t2\n",
		.outcome = "a b;c > y\n1 > 2"},
	{"delimiter_in_quotes_is_none", "\"a,b\";y\n1;2\n", .outcome = "a,b > y\n1 > 2"},
	{"delimiter_is_that_of_the_first_line_that_is_not_blank", "\n  \na;y\n1;2\n",
		.outcome = "a > y\n1 > 2"},
	{"delimiter_may_be_given", "a|y\n1|2\n", .delimiter = '|', .outcome = "a > y\n1 > 2"},
	{"digit_is_no_delimiter", "1,2\n", .delimiter = '5',
		.outcome = "USAGE delimiter \"5\": it cannot stand between numbers"},
	{"quote_is_no_delimiter", "1,2\n", .delimiter = '"',
		.outcome = "USAGE delimiter \"\\\"\": it cannot stand between numbers"},
	{"runs_of_spaces_are_one_separator", "  a   b  y\n  1   2  3  \n4 5 6\n",
		.outcome = "a b > y\n1 2 > 3\n4 5 > 6"},
	{"spaces_in_quotes_stay_where_spaces_separate", "\"a  b\" y\r\n1  2\r\n",
		.outcome = "a  b > y\n1 > 2"},
	{"tabs_count_as_spaces_where_spaces_separate", "a y\n1 \t2\n", .outcome = "a > y\n1 > 2"},
	{"last_line_may_end_in_spaces", "1 2\n3 4  ", .outcome = "column1 > column2\n1 > 2\n3 > 4"},
	{"blank_lines_are_skipped_but_count", "\na,y\n\n1,2\n  \n3,x\n",
		.outcome = "DATA data.csv:6: column 2 (\"y\"): not a number: \"x\""},
	{"row_begins_where_its_first_field_does", "a,b,y\n1,\"\n2\",x\n", .target = "b",
		.outcome = "DATA data.csv:2: column 3 (\"y\"): not a number: \"x\""},
	{"line_after_a_quoted_newline_is_counted", "\"a\nb\",y\n1,2\nx,4\n",
		.outcome = "DATA data.csv:4: column 1 (\"a\\nb\"): not a number: \"x\""},
	{"empty_name_is_the_column_s_place", ",a,y\n1,2,3\n", .outcome = "column1 a > y\n1 2 > 3"},

	/* numbers */
	{"numbers_are_read_as_the_nearest_float", "a,y\n0.1,-1e-3\n+.5,16777217\n1.,3E2\n",
		.outcome = "a > y\n0.100000001 > -0.00100000005\n0.5 > 16777216\n1 > 300"},
	{"underflow_is_a_denormal_or_zero", "a,y\n1e-45,1e-400\n",
		.outcome = "a > y\n1.40129846e-45 > 0"},
	{"word_is_no_number", "a,price\n1,2\n3,abc\n",
		.outcome = "DATA data.csv:3: column 2 (\"price\"): not a number: \"abc\""},
	{"number_with_a_tail_is_none", "a,y\n1,2\n3m,4\n",
		.outcome = "DATA data.csv:3: column 1 (\"a\"): not a number: \"3m\""},
	{"two_numbers_in_a_field_are_none", "a,y\n1 2,3\n",
		.outcome = "DATA data.csv:2: column 1 (\"a\"): not a number: \"1 2\""},
	{"column_without_a_name_is_a_number_alone", "1,2\n3,abc\n",
		.outcome = "DATA data.csv:2: column 2: not a number: \"abc\""},
	{"word_in_line_1_is_no_number_when_there_is_no_header", "a,y\n1,2\n", .header = NO,
		.outcome = "DATA data.csv:1: column 1: not a number: \"a\""},
	{"empty_field_is_refused", "a,y\n1,2\n,4\n",
		.outcome = "DATA data.csv:3: column 1 (\"a\"): an empty field, not a number"},
	{"empty_field_in_quotes_is_refused", "a,y\n1,\"\"\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): an empty field, not a number"},
	{"field_of_blanks_is_refused", "a,y\n1,\" \"\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): not a number: \" \""},
	{"empty_field_makes_no_header_of_line_1", "1,,3\n4,5,6\n",
		.outcome = "DATA data.csv:1: column 2: an empty field, not a number"},
	{"hexadecimal_is_refused", "a,y\n1,0x1p3\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): not a decimal number: \"0x1p3\""},
	{"negative_hexadecimal_is_refused", "a,y\n1,-0X10\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): not a decimal number: \"-0X10\""},
	{"infinity_is_refused", "a,y\n1,-inf\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): not a finite number: \"-inf\""},
	{"nan_is_refused", "a,y\nNaN,1\n",
		.outcome = "DATA data.csv:2: column 1 (\"a\"): not a finite number: \"NaN\""},
	{"nan_makes_no_header_of_line_1", "nan,1\n2,3\n",
		.outcome = "DATA data.csv:1: column 1: not a finite number: \"nan\""},
	{"overflow_is_refused", "a,y\n1e39,1\n",
		.outcome = "DATA data.csv:2: column 1 (\"a\"): beyond float's range: \"1e39\""},
	{"largest_float_is_read", "a,y\n-3.40282347e38,1\n",
		.outcome = "a > y\n-3.40282347e+38 > 1"},
	{"decimal_comma_is_refused", "a;y\n1,5;2\n",
		.outcome = "DATA data.csv:2: column 1 (\"a\"): not a number: \"1,5\""},
	{"column_that_is_not_read_may_hold_anything", "a,b,y\n1,abc,2\n", .features = "a",
		.outcome = "a > y\n1 > 2"},

	/* excerpts in messages */
	{"long_field_is_cut", "a,y\n1," FORTY "e\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): not a number: \"" FORTY "\"..."},
	{"field_of_forty_bytes_is_shown_whole", "a,y\n1," FORTY "\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): not a number: \"" FORTY "\""},
	{"long_name_is_cut", FORTY "e,y\nx,1\n",
		.outcome = "DATA data.csv:2: column 1 (\"" FORTY "\"...): not a number: \"x\""},
	{"terminal_s_controls_are_escaped", "a,y\n1,\x1b[2J\x7f\xc2\x9b\\\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): not a number: "
			   "\"\\x1b[2J\\x7f\\xc2\\x9b\\\\\""},
	{"utf8_is_shown_as_it_is",
		"gr\xc3\xb6\xc3\x9f"
		"e,y\n\xe2\x82\xac,1\n",
		.outcome = "DATA data.csv:2: column 1 (\"gr\xc3\xb6\xc3\x9f"
			   "e\"): not a number: \"\xe2\x82\xac\""},
	{"bytes_that_are_not_utf8_are_escaped", "a,y\n1,\xe9\xed\xa0\x80\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): not a number: "
			   "\"\\xe9\\xed\\xa0\\x80\""},
	{"name_that_is_not_utf8_is_refused",
		"gr\xf6\xdf"
		"e,y\n1,2\n",
		.outcome = "DATA data.csv:1: column 1 (\"gr\\xf6\\xdf"
			   "e\"): the name is not UTF-8"},
	{"name_that_is_not_utf8_may_stand_aside", "\xf6,a,y\n1,2,3\n", .features = "a",
		.outcome = "a > y\n2 > 3"},

	/* what is no table */
	{"empty_file_is_refused", "",
		.outcome = "DATA data.csv:1: empty; rows of numbers are wanted"},
	{"file_of_blank_lines_is_refused", "\n \n\n",
		.outcome = "DATA data.csv:1: empty; rows of numbers are wanted"},
	{"header_alone_is_refused", "a,y\n",
		.outcome = "DATA data.csv:1: a header, but no row follows it"},
	{"longer_row_is_refused", "a,b,y\n1,2,3\n1,2,3,4\n",
		.outcome = "DATA data.csv:3: 4 columns, but line 1 has 3"},
	{"shorter_row_is_refused", "\na,b,y\n1\n",
		.outcome = "DATA data.csv:3: 1 column, but line 2 has 3"},
	{"row_s_width_comes_before_its_words", "a,y\nSmith, John,1\n",
		.outcome = "DATA data.csv:2: 3 columns, but line 1 has 2"},
	{"last_row_that_breaks_off_is_refused", "1,2,3\n4,5",
		.outcome = "DATA data.csv:2: 2 columns, but line 1 has 3"},
	{"nul_byte_is_refused", "a,y\n1,2\n3\0,4\n", .length = 13,
		.outcome = "DATA data.csv:3: a NUL byte; this is no text file"},
	{"utf16_little_endian_is_refused",
		"\xff\xfe"
		"1\0,\0"
		"2\0\n\0",
		.length = 10, .outcome = "DATA data.csv:1: the text is UTF-16, not UTF-8"},
	{"utf16_big_endian_is_refused",
		"\xfe\xff\0"
		"1\0,\0"
		"2\0\n",
		.length = 10, .outcome = "DATA data.csv:1: the text is UTF-16, not UTF-8"},
	{"open_quote_is_refused_where_it_opens", "a,y\n1,2\n3,\"4\n5,6\n7,8\n",
		.outcome = "DATA data.csv:3: column 2 (\"y\"): "
			   "a quote opens here and is never closed"},
	{"open_quote_after_a_quoted_newline_is_refused_where_it_opens",
		"a,b,y\n1,\"2\n3\",\"4\n5\n", .features = "a",
		.outcome = "DATA data.csv:3: column 3 (\"y\"): "
			   "a quote opens here and is never closed"},
	{"open_quote_in_the_header_is_refused", "a,\"y\n1,2\n",
		.outcome = "DATA data.csv:1: column 2: a quote opens here and is never closed"},
	{"text_after_a_closing_quote_is_refused", "a,y\n1,\"2\"3\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): text after the closing quote; "
			   "a quote inside quotes is written twice"},
	{"text_after_a_quote_is_refused_where_the_field_opens", "a,y\n\"1,2\n3,4\n5,\"6\"\n",
		.outcome = "DATA data.csv:2: column 1 (\"a\"): text after the closing quote; "
			   "a quote inside quotes is written twice"},
	{"quote_inside_a_bare_field_is_refused", "a,y\n1,2\"\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): "
			   "a quote in a field that does not begin with one"},

	/* target and features */
	{"target_may_be_a_name", "y,a,b\n1,2,3\n", .target = "y", .outcome = "a b > y\n2 3 > 1"},
	{"target_may_be_a_number", "y,a,b\n1,2,3\n", .target = "1", .outcome = "a b > y\n2 3 > 1"},
	{"target_of_a_file_without_names_may_be_its_made_up_name", "1,2,3\n", .target = "column1",
		.outcome = "column2 column3 > column1\n2 3 > 1"},
	{"several_targets_keep_their_order", "a,b,c\n1,2,3\n", .target = "c,a",
		.outcome = "b > c a\n2 > 3 1"},
	{"features_keep_their_order", "a,b,c,y\n1,2,3,4\n", .features = "c, 1",
		.outcome = "c a > y\n3 1 > 4"},
	{"range_is_all_columns_between", "a,b,c,d,y\n1,2,3,4,5\n", .features = "2-4",
		.outcome = "b c d > y\n2 3 4 > 5"},
	{"range_of_one_column_is_that_column", "a,b,y\n1,2,3\n", .features = "2-2",
		.outcome = "b > y\n2 > 3"},
	{"names_numbers_and_ranges_mix", "a,b,c,d,y\n1,2,3,4,5\n", .features = "d,1-2",
		.outcome = "d a b > y\n4 1 2 > 5"},
	{"name_of_digits_goes_before_the_number", "2,1,y\n5,6,7\n", .features = "2",
		.outcome = "2 > y\n5 > 7"},
	{"name_with_a_dash_is_a_name", "a-b,y\n1,2\n", .features = "a-b",
		.outcome = "a-b > y\n1 > 2"},
	{"name_that_looks_like_a_range_is_a_name", "a,1-2,b,y\n1,2,3,4\n", .features = "1-2",
		.outcome = "1-2 > y\n2 > 4"},
	{"name_with_a_comma_is_found_as_the_whole_list", "\"price, EUR\",a\n1,2\n",
		.target = "price, EUR", .outcome = "a > price, EUR\n2 > 1"},
	{"single_column_leaves_no_feature", "y\n1\n",
		.outcome = "DATA data.csv:1: 1 column, taken by the target: "
			   "none is left for the features"},
	{"targets_may_not_take_every_column", "a,y\n1,2\n", .target = "1-2",
		.outcome = "DATA data.csv:1: 2 columns, taken by the targets: "
			   "none is left for the features"},
	{"column_cannot_be_feature_and_target", "a,b,price\n1,2,3\n", .target = "price",
		.features = "1-3",
		.outcome = "USAGE data.csv:1: column 3 (\"price\") is both a feature and a target"},
	{"feature_cannot_be_the_default_target", "a,y\n1,2\n", .features = "a,y",
		.outcome = "USAGE data.csv:1: column 2 (\"y\") is both a feature and a target"},
	{"unknown_name_is_refused_with_the_names_there_are", "a,b,price\n1,2,3\n",
		.target = "prcie",
		.outcome = "USAGE data.csv:1: target \"prcie\": no such column; "
			   "there are \"a\", \"b\", \"price\""},
	{"long_list_of_names_is_cut", "a,b,c,d,e,f,g,h,i,j\n1,2,3,4,5,6,7,8,9,10\n",
		.features = "z",
		.outcome = "USAGE data.csv:1: feature \"z\": no such column; there are \"a\", "
			   "\"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\" and 2 more"},
	{"number_beyond_the_last_column_is_refused", "a,y\n1,2\n", .target = "3",
		.outcome = "USAGE data.csv:1: target \"3\": there are 2 columns"},
	{"number_beyond_every_number_is_refused", "a,y\n1,2\n", .target = "99999999999999999999999",
		.outcome = "USAGE data.csv:1: target \"99999999999999999999999\": "
			   "there are 2 columns"},
	{"range_beyond_the_last_column_is_refused", "a,y\n1,2\n", .features = "1-9",
		.outcome = "USAGE data.csv:1: feature \"1-9\": there are 2 columns"},
	{"column_0_is_refused", "a,y\n1,2\n", .features = "0",
		.outcome = "USAGE data.csv:1: feature \"0\": columns count from 1"},
	{"range_from_0_is_refused", "a,y\n1,2\n", .features = "0-1",
		.outcome = "USAGE data.csv:1: feature \"0-1\": columns count from 1"},
	{"range_without_an_end_is_refused", "a,y\n1,2\n", .features = "3-",
		.outcome = "USAGE data.csv:1: feature \"3-\": a range is FIRST-LAST, such as 3-7"},
	{"range_without_a_start_is_refused", "a,y\n1,2\n", .features = "-3",
		.outcome = "USAGE data.csv:1: feature \"-3\": a range is FIRST-LAST, such as 3-7"},
	{"range_of_three_is_refused", "a,y\n1,2\n", .features = "1-2-3",
		.outcome =
			"USAGE data.csv:1: feature \"1-2-3\": a range is FIRST-LAST, such as 3-7"},
	{"dash_alone_is_refused", "a,y\n1,2\n", .features = "-",
		.outcome = "USAGE data.csv:1: feature \"-\": a range is FIRST-LAST, such as 3-7"},
	{"range_backwards_is_refused", "a,y\n1,2\n", .features = "7-3",
		.outcome = "USAGE data.csv:1: feature \"7-3\": the range runs backwards"},
	{"empty_list_is_refused", "a,y\n1,2\n", .target = "",
		.outcome =
			"USAGE data.csv:1: target \"\": a name or a number of a column is wanted"},
	{"empty_item_is_refused", "a,y\n1,2\n", .features = "a,,b",
		.outcome =
			"USAGE data.csv:1: feature \"\": a name or a number of a column is wanted"},
	{"column_listed_twice_is_refused", "a,b,c,y\n1,2,3,4\n", .features = "1-3,b",
		.outcome = "USAGE data.csv:1: column 2 (\"b\") is listed twice as a feature"},
	{"name_of_two_columns_is_refused", "a,b,a,y\n1,2,3,4\n", .features = "a",
		.outcome = "USAGE data.csv:1: feature \"a\": columns 1 and 3 both have this name"},
	{"columns_of_one_name_have_their_numbers", "a,b,a,y\n1,2,3,4\n", .features = "3",
		.outcome = "a > y\n3 > 4"},
	{"columns_of_one_name_are_read_when_nobody_names_them", "a,a,y\n1,2,3\n",
		.outcome = "a a > y\n1 2 > 3"},

	/* what a model wants */
	{"model_finds_its_columns_by_name", "y,c,b,a\n1,2,3,4\n", .model = {"a", "b"},
		.model_targets = {"y"}, .outcome = "a b > y\n4 3 > 1"},
	{"model_leaves_its_target_when_told_so", "y,b,a\n1,2,3\n", .model = {"a", "b"},
		.model_targets = {"y"}, .without_target = 1, .outcome = "a b\n3 2"},
	{"model_needs_no_target_when_told_so", "b,a\n2,3\n", .model = {"a", "b"},
		.model_targets = {"y"}, .without_target = 1, .outcome = "a b\n3 2"},
	{"target_left_may_hold_anything", "y,a\nabc,3\n", .model = {"a"}, .model_targets = {"y"},
		.without_target = 1, .outcome = "a\n3"},
	{"model_s_missing_feature_is_named", "a,c\n1,2\n", .model = {"a", "b"},
		.model_targets = {"y"}, .without_target = 1,
		.outcome = "DATA data.csv:1: the model's feature \"b\": no such column; "
			   "there are \"a\", \"c\""},
	{"model_s_missing_target_is_named", "a\n1\n", .model = {"a"}, .model_targets = {"y"},
		.outcome = "DATA data.csv:1: the model's target \"y\": no such column; "
			   "there is \"a\""},
	{"model_s_name_of_two_columns_is_refused", "a,b,a\n1,2,3\n", .model = {"a"},
		.model_targets = {"b"},
		.outcome = "DATA data.csv:1: the model's feature \"a\": "
			   "columns 1 and 3 both have this name"},
	{"without_a_header_d_columns_are_the_features", "1,2\n", .model = {"a", "b"},
		.model_targets = {"y"}, .without_target = 1, .outcome = "column1 column2\n1 2"},
	{"without_a_header_the_targets_are_last", "1,2,3\n", .model = {"a", "b"},
		.model_targets = {"y"}, .outcome = "column1 column2 > column3\n1 2 > 3"},
	{"without_a_header_the_targets_are_left_when_told_so", "1,2,3\n", .model = {"a", "b"},
		.model_targets = {"y"}, .without_target = 1, .outcome = "column1 column2\n1 2"},
	{"without_a_header_d_columns_are_no_targets", "1,2\n", .model = {"a", "b"},
		.model_targets = {"y"},
		.outcome = "DATA data.csv:1: 2 columns and no header; "
			   "the model wants 3, its targets last"},
	{"without_a_header_another_width_is_refused", "1,2,3,4\n", .model = {"a", "b"},
		.model_targets = {"y"}, .without_target = 1,
		.outcome = "DATA data.csv:1: 4 columns and no header; "
			   "the model wants 2, or 3 with its targets"},
	{"made_up_names_are_found_wherever_the_target_stood", "1,2,3\n",
		.model = {"column2", "column3"}, .model_targets = {"column1"},
		.outcome = "column2 column3 > column1\n2 3 > 1"},
	{"made_up_names_that_are_beyond_the_file_fall_back_on_places", "1,2\n",
		.model = {"column2", "column3"}, .model_targets = {"column1"}, .without_target = 1,
		.outcome = "column1 column2\n1 2"},
	{"features_given_go_before_the_model_s", "p,q,y\n1,2,3\n", .features = "q,p",
		.model = {"a", "b"}, .model_targets = {"y"}, .outcome = "q p > y\n2 1 > 3"},
	{"target_given_goes_before_the_model_s", "a,z\n1,2\n", .target = "z", .model = {"a"},
		.model_targets = {"y"}, .outcome = "a > z\n1 > 2"},
	{"target_given_without_a_header_leaves_the_features", "1,2,3\n", .target = "1",
		.model = {"a", "b"}, .model_targets = {"y"}, .without_target = 1,
		.outcome = "column2 column3\n2 3"},
	{"features_given_without_a_header_leave_the_last_column_alone", "1,2,3\n",
		.features = "2-3", .model = {"a", "b"}, .model_targets = {"y"}, .without_target = 1,
		.outcome = "column2 column3\n2 3"},
	{"features_given_must_be_as_many_as_the_model_s", "p,q,y\n1,2,3\n", .features = "p",
		.model = {"a", "b"}, .model_targets = {"y"},
		.outcome = "USAGE data.csv:1: 1 column as features; the model has 2"},
	{"targets_given_must_be_as_many_as_the_model_s", "a,p,q\n1,2,3\n", .target = "p,q",
		.model = {"a"}, .model_targets = {"y"},
		.outcome = "USAGE data.csv:1: 2 columns as targets; the model has 1"},
};

static size_t count_names(const char *const *names)
{
	size_t count = 0;

	while (count < NAMES && names[count])
		count++;
	return count;
}

static void file_has_its_outcome(void **state)
{
	const struct row *row = *state;
	struct csv_options options = {
		.target = row->target,
		.features = row->features,
		.header = row->header == AUTO ? -1 : row->header == YES,
		.delimiter = row->delimiter,
		.wanted_features = row->model[0] ? row->model : NULL,
		.wanted_feature_count = count_names(row->model),
		.wanted_targets = row->model_targets,
		.wanted_target_count = count_names(row->model_targets),
		.with_target = !row->without_target,
	};

	write_file("data.csv", row->text, row->length ? row->length : strlen(row->text));
	assert_string_equal(outcome_of("data.csv", &options), row->outcome);
}

/* ---- where the bytes come from ---- */

static void missing_file_cannot_be_opened(void **state)
{
	(void)state;
	assert_string_equal(outcome_of("missing.csv", &plain),
		"NOINPUT missing.csv: No such file or directory");
}

static void folder_is_no_file(void **state)
{
	(void)state;
	assert_int_equal(mkdir("data", 0700), 0);
	assert_string_equal(outcome_of("data", &plain), "NOINPUT data: is a folder, not a file");
	rmdir("data");
}

static void file_without_permission_cannot_be_opened(void **state)
{
	(void)state;
	if (geteuid() == 0) /* who may read all */
		skip();
	write_text("1,2\n");
	chmod("data.csv", 0);
	assert_string_equal(outcome_of("data.csv", &plain), "NOINPUT data.csv: Permission denied");
	chmod("data.csv", 0600);
}

/* Standard input is the file of that name during the call. */
static const char *outcome_of_stdin(const char *path)
{
	int saved = dup(STDIN_FILENO);
	int fd = open(path, O_RDONLY);
	const char *outcome;

	dup2(fd, STDIN_FILENO);
	outcome = outcome_of("-", &plain);
	dup2(saved, STDIN_FILENO);
	close(fd);
	close(saved);
	return outcome;
}

static void dash_is_standard_input(void **state)
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
		"DATA standard input:2: column 2 (\"y\"): not a number: \"x\"");
}

static void standard_input_may_not_be_a_folder(void **state)
{
	(void)state;
	assert_string_equal(
		outcome_of_stdin("."), "NOINPUT standard input: is a folder, not a file");
}

/* A header and enough rows to compress to some kilobytes; returns the compressed size. */
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

static void gzip_file_is_read(void **state)
{
	gf_dataset *data;

	(void)state;
	write_gzip("data.csv.gz");
	assert_int_equal(csv_read(&data, "data.csv.gz", &plain, NULL), GF_OK);
	assert_int_equal(data->rows, 20000);
	assert_true(data->x[19999] == 19999.0f);
	gf_dataset_free(data);
}

static void gzip_file_that_breaks_off_is_refused(void **state)
{
	(void)state;
	assert_int_equal(truncate("data.csv.gz", (off_t)write_gzip("data.csv.gz") / 2), 0);
	assert_string_equal(
		outcome_of("data.csv.gz", &plain), "DATA data.csv.gz: the gzip data break off");
}

static void damaged_gzip_file_is_refused(void **state)
{
	size_t size = write_gzip("data.csv.gz");
	FILE *file = fopen("data.csv.gz", "r+b");

	(void)state;
	fseek(file, (long)size - 6, SEEK_SET); /* in the checksum */
	fputs("?", file);
	fclose(file);
	assert_string_equal(
		outcome_of("data.csv.gz", &plain), "DATA data.csv.gz: the gzip data are damaged");
}

/* ---- sizes ---- */

/* A file of `count` times `text` after a start and before an end. */
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

	csv_read(&data, "data.csv", &plain, &err);
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

static void runs_of_spaces_may_cross_the_chunks_of_input(void **state)
{
	(void)state;
	write_repeated("1", " ", 300000, "2\n");
	assert_string_equal(outcome_of("data.csv", &plain), "column1 > column2\n1 > 2");
	/* the space is the last byte of the first chunk, the 2 the first of the second */
	write_repeated("1.", "0", INPUT_CHUNK - 3, " 2\n");
	assert_string_equal(outcome_of("data.csv", &plain), "column1 > column2\n1 > 2");
}

static void million_columns_are_read(void **state)
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

static void line_of_ten_megabytes_may_be_one_number(void **state)
{
	(void)state;
	write_repeated("2,0.", "0", 10 << 20, "1");
	assert_string_equal(outcome_of("data.csv", &plain), "column1 > column2\n2 > 0");
}

static void quote_left_open_in_a_large_file_is_soon_refused(void **state)
{
	(void)state;
	write_repeated("a,y\n1,2\n3,\"4\n", "5,6\n", 5 << 20, "");
	assert_string_equal(outcome_of("data.csv", &plain),
		"DATA data.csv:3: column 2 (\"y\"): "
		"a field of more than 16 MiB; is a quote left open?");
}

static void dataset_is_laid_out_for_the_devices(void **state)
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

static void error_may_be_null(void **state)
{
	gf_dataset *data;

	(void)state;
	write_text("a,y\n1,x\n");
	assert_int_equal(csv_read(&data, "data.csv", &plain, NULL), GF_E_DATA);
	assert_null(data);
}

/* ---- running them ---- */

static char folder[4096];

/* Tests work inside a folder of their own, so that messages say "data.csv". */
static int enter_folder(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(folder, sizeof folder, "%s/test_csv.XXXXXX", base ? base : "/tmp");
	return !mkdtemp(folder) || chdir(folder);
}

static int leave_folder(void **state)
{
	(void)state;
	unlink("data.csv");
	unlink("data.csv.gz");
	return chdir("/") || rmdir(folder);
}

static const struct CMUnitTest functions[] = {
	cmocka_unit_test(missing_file_cannot_be_opened),
	cmocka_unit_test(folder_is_no_file),
	cmocka_unit_test(file_without_permission_cannot_be_opened),
	cmocka_unit_test(dash_is_standard_input),
	cmocka_unit_test(messages_name_standard_input),
	cmocka_unit_test(standard_input_may_not_be_a_folder),
	cmocka_unit_test(gzip_file_is_read),
	cmocka_unit_test(gzip_file_that_breaks_off_is_refused),
	cmocka_unit_test(damaged_gzip_file_is_refused),
	cmocka_unit_test(every_row_is_read_across_the_chunks_of_input),
	cmocka_unit_test(runs_of_spaces_may_cross_the_chunks_of_input),
	cmocka_unit_test(million_columns_are_read),
	cmocka_unit_test(line_of_ten_megabytes_may_be_one_number),
	cmocka_unit_test(quote_left_open_in_a_large_file_is_soon_refused),
	cmocka_unit_test(dataset_is_laid_out_for_the_devices),
	cmocka_unit_test(error_may_be_null),
};

enum {
	ROWS = sizeof rows / sizeof *rows,
	FUNCTIONS = sizeof functions / sizeof *functions,
};

int main(void)
{
	struct CMUnitTest tests[ROWS + FUNCTIONS];

	for (size_t i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){.name = rows[i].name,
			.test_func = file_has_its_outcome,
			.initial_state = (void *)&rows[i]};
	memcpy(tests + ROWS, functions, sizeof functions);
	return cmocka_run_group_tests_name("csv", tests, enter_folder, leave_folder);
}
