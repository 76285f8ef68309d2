/* test_csv.c: headers, delimiters and line ends of a file, its numbers, and what is refused as
 * no table. */
#include "csv_rows.h"

#define FORTY "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"

static const struct csv_row rows[] = {
	/* forms of a file */
	{"a_header_is_found_and_the_last_column_is_the_target", "a,b,y\n1,2,3\n4,5,6\n",
		.outcome = "a b > y\n1 2 > 3\n4 5 > 6"},
	{"a_file_without_a_header_names_columns_by_their_place", "1,2,3\n4,5,6\n",
		.outcome = "column1 column2 > column3\n1 2 > 3\n4 5 > 6"},
	{"a_header_may_be_numbers_when_told_so", "1,2\n3,4\n", .header = YES,
		.outcome = "1 > 2\n3 > 4"},
	{"the_last_newline_may_be_missing", "a,y\n1,2", .outcome = "a > y\n1 > 2"},
	{"a_file_of_one_row_without_a_newline_is_read", "1,2",
		.outcome = "column1 > column2\n1 > 2"},
	{"crlf_ends_a_line", "a,y\r\n1,2\r\n3,4\r\n", .outcome = "a > y\n1 > 2\n3 > 4"},
	{"cr_alone_ends_a_line", "a,y\r1,2\r3,4\r", .outcome = "a > y\n1 > 2\n3 > 4"},
	{"a_utf8_byte_order_mark_is_no_part_of_the_first_name",
		"\xef\xbb\xbf"
		"a,y\n1,2\n",
		.outcome = "a > y\n1 > 2"},
	{"a_byte_order_mark_alone_is_an_empty_file", "\xef\xbb\xbf",
		.outcome = "DATA data.csv:1: empty; rows of numbers are wanted"},
	{"quotes_are_taken_off", "\"a\",\"y\"\n\"1\",\" 2 \"\n", .outcome = "a > y\n1 > 2"},
	{"a_quoted_name_may_hold_commas_newlines_and_quotes", "\"a,\nb\",\"say \"\"y\"\"\"\n1,2\n",
		.outcome = "a,\nb > say \"y\"\n1 > 2"},
	{"blanks_around_fields_are_dropped", " a , y \n 1 ,\t2 \n", .outcome = "a > y\n1 > 2"},
	{"a_tab_separates_fields", "a b\ty\n1\t2\n", .outcome = "a b > y\n1 > 2"},
	{"a_semicolon_separates_fields", "a;y\n1;2\n", .outcome = "a > y\n1 > 2"},
	{"comma_is_preferred_to_tab_semicolon_and_space", "a b;c\td,y\n1,2\n",
		.outcome = "a b;c\td > y\n1 > 2"},
	{"tab_is_preferred_to_semicolon_and_space", "a b;c\ty\n1\t2\n",
		.outcome = "a b;c > y\n1 > 2"},
	{"a_delimiter_in_quotes_is_text", "\"a,b\";y\n1;2\n", .outcome = "a,b > y\n1 > 2"},
	{"the_delimiter_is_that_of_the_first_line_that_is_not_blank", "\n  \na;y\n1;2\n",
		.outcome = "a > y\n1 > 2"},
	{"a_delimiter_may_be_given", "a|y\n1|2\n", .delimiter = '|', .outcome = "a > y\n1 > 2"},
	{"a_digit_is_no_delimiter", "1,2\n", .delimiter = '5',
		.outcome = "USAGE delimiter \"5\": it cannot stand between numbers"},
	{"a_quote_is_no_delimiter", "1,2\n", .delimiter = '"',
		.outcome = "USAGE delimiter \"\\\"\": it cannot stand between numbers"},
	{"runs_of_spaces_are_one_separator", "  a   b  y\n  1   2  3  \n4 5 6\n",
		.outcome = "a b > y\n1 2 > 3\n4 5 > 6"},
	{"spaces_in_quotes_stay_where_spaces_separate", "\"a  b\" y\r\n1  2\r\n",
		.outcome = "a  b > y\n1 > 2"},
	{"tabs_count_as_spaces_where_spaces_separate", "a y\n1 \t2\n", .outcome = "a > y\n1 > 2"},
	{"the_last_line_may_end_in_spaces", "1 2\n3 4  ",
		.outcome = "column1 > column2\n1 > 2\n3 > 4"},
	{"blank_lines_are_skipped_but_count", "\na,y\n\n1,2\n  \n3,x\n",
		.outcome = "DATA data.csv:6: column 2 (\"y\"): not a number: \"x\""},
	{"a_row_begins_where_its_first_field_does", "a,b,y\n1,\"\n2\",x\n", .target = "b",
		.outcome = "DATA data.csv:2: column 3 (\"y\"): not a number: \"x\"; "
			   "--one-hot \"y\" would encode it"},
	{"line_after_a_quoted_newline_is_counted", "\"a\nb\",y\n1,2\nx,4\n",
		.outcome = "DATA data.csv:4: column 1 (\"a\\nb\"): not a number: \"x\"; "
			   "--one-hot \"a\\nb\" would encode it"},
	{"an_empty_name_becomes_the_column_s_place", ",a,y\n1,2,3\n",
		.outcome = "column1 a > y\n1 2 > 3"},

	/* numbers */
	{"numbers_are_read_as_the_nearest_float", "a,y\n0.1,-1e-3\n+.5,16777217\n1.,3E2\n",
		.outcome = "a > y\n0.100000001 > -0.00100000005\n0.5 > 16777216\n1 > 300"},
	{"underflow_is_a_denormal_or_zero", "a,y\n1e-45,1e-400\n",
		.outcome = "a > y\n1.40129846e-45 > 0"},
	{"a_word_is_no_number", "a,price\n1,2\n3,abc\n",
		.outcome = "DATA data.csv:3: column 2 (\"price\"): not a number: \"abc\""},
	{"a_number_followed_by_text_is_no_number", "a,y\n1,2\n3m,4\n",
		.outcome = "DATA data.csv:3: column 1 (\"a\"): not a number: \"3m\""},
	{"two_numbers_in_a_field_are_no_number", "a,y\n1 2,3\n",
		.outcome = "DATA data.csv:2: column 1 (\"a\"): not a number: \"1 2\""},
	{"a_column_without_a_name_is_named_by_its_number", "1,2\n3,abc\n",
		.outcome = "DATA data.csv:2: column 2: not a number: \"abc\""},
	{"a_word_in_line_1_is_no_number_when_there_is_no_header", "a,y\n1,2\n", .header = NO,
		.outcome = "DATA data.csv:1: column 1: not a number: \"a\"; "
			   "--one-hot 1 would encode it"},
	{"an_empty_field_is_refused", "a,y\n1,2\n,4\n",
		.outcome = "DATA data.csv:3: column 1 (\"a\"): a missing value (an empty field); "
			   "--missing drop, mean or most"},
	{"an_empty_field_in_quotes_is_refused", "a,y\n1,\"\"\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): a missing value (an empty field); "
			   "a target is not filled in; --missing drop"},
	{"a_field_of_blanks_is_refused", "a,y\n1,\" \"\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): a missing value (\" \"); "
			   "a target is not filled in; --missing drop"},
	{"an_empty_field_does_not_make_line_1_a_header", "1,,3\n4,5,6\n",
		.outcome = "DATA data.csv:1: column 2: a missing value (an empty field); "
			   "--missing drop, mean or most"},
	{"hexadecimal_is_refused", "a,y\n1,0x1p3\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): not a decimal number: \"0x1p3\""},
	{"a_negative_hexadecimal_is_refused", "a,y\n1,-0X10\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): not a decimal number: \"-0X10\""},
	{"infinity_is_refused", "a,y\n1,-inf\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): not a finite number: \"-inf\""},
	{"nan_is_refused", "a,y\nNaN,1\n",
		.outcome = "DATA data.csv:2: column 1 (\"a\"): a missing value (\"NaN\"); "
			   "--missing drop, mean or most"},
	{"nan_does_not_make_line_1_a_header", "nan,1\n2,3\n",
		.outcome = "DATA data.csv:1: column 1: a missing value (\"nan\"); "
			   "--missing drop, mean or most"},
	{"overflow_is_refused", "a,y\n1e39,1\n",
		.outcome = "DATA data.csv:2: column 1 (\"a\"): beyond float's range: \"1e39\""},
	{"the_largest_float_is_read", "a,y\n-3.40282347e38,1\n",
		.outcome = "a > y\n-3.40282347e+38 > 1"},
	{"a_decimal_comma_is_refused", "a;y\n1,5;2\n",
		.outcome = "DATA data.csv:2: column 1 (\"a\"): not a number: \"1,5\"; "
			   "--decimal , reads a decimal comma"},
	{"a_column_that_is_not_read_may_hold_anything", "a,b,y\n1,abc,2\n", .features = "a",
		.outcome = "a > y\n1 > 2"},

	/* quotations in messages */
	{"a_long_field_is_cut", "a,y\n1," FORTY "e\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): not a number: \"" FORTY
			   "\"...; if these are classes: --loss bce or hinge for two of them, "
			   "cross_entropy for any number"},
	{"a_field_of_forty_bytes_is_shown_whole", "a,y\n1," FORTY "\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): not a number: \"" FORTY
			   "\"; if these are classes: --loss bce or hinge for two of them, "
			   "cross_entropy for any number"},
	{"a_long_name_is_cut", FORTY "e,y\nx,1\n",
		.outcome = "DATA data.csv:2: column 1 (\"" FORTY "\"...): not a number: \"x\"; "
			   "--one-hot 1 would encode it"},
	{"control_characters_are_escaped", "a,y\n1,\x1b[2J\x7f\xc2\x9b\\\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): not a number: "
			   "\"\\x1b[2J\\x7f\\xc2\\x9b\\\\\""},
	{"utf8_is_shown_as_it_is",
		"gr\xc3\xb6\xc3\x9f"
		"e,y\n\xe2\x82\xac,1\n",
		.outcome = "DATA data.csv:2: column 1 (\"gr\xc3\xb6\xc3\x9f"
			   "e\"): not a number: \"\xe2\x82\xac\"; --one-hot \"gr\xc3\xb6\xc3\x9f"
			   "e\" would encode it"},
	{"bytes_that_are_not_utf8_are_escaped", "a,y\n1,\xe9\xed\xa0\x80\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): not a number: "
			   "\"\\xe9\\xed\\xa0\\x80\""},
	{"a_name_that_is_not_utf8_is_refused",
		"gr\xf6\xdf"
		"e,y\n1,2\n",
		.outcome = "DATA data.csv:1: column 1 (\"gr\\xf6\\xdf"
			   "e\"): the name is not UTF-8; "
			   "--encoding latin-1 reads such a file"},
	{"a_column_that_is_not_read_may_have_a_name_that_is_not_utf8", "\xf6,a,y\n1,2,3\n",
		.features = "a", .outcome = "a > y\n2 > 3"},

	/* what is no table */
	{"an_empty_file_is_refused", "",
		.outcome = "DATA data.csv:1: empty; rows of numbers are wanted"},
	{"a_file_of_blank_lines_is_refused", "\n \n\n",
		.outcome = "DATA data.csv:1: empty; rows of numbers are wanted"},
	{"a_header_alone_is_refused", "a,y\n",
		.outcome = "DATA data.csv:1: a header, but no row follows it"},
	{"a_longer_row_is_refused", "a,b,y\n1,2,3\n1,2,3,4\n",
		.outcome = "DATA data.csv:3: 4 columns, but line 1 has 3"},
	{"a_shorter_row_is_refused", "\na,b,y\n1\n",
		.outcome = "DATA data.csv:3: 1 column, but line 2 has 3; if it is no row, "
			   "sed 3d FILE | gpufit - leaves it out"},
	{"the_width_of_a_row_is_checked_before_its_words", "a,y\nSmith, John,1\n",
		.outcome = "DATA data.csv:2: 3 columns, but line 1 has 2"},
	{"the_last_row_that_breaks_off_is_refused", "1,2,3\n4,5",
		.outcome = "DATA data.csv:2: 2 columns, but line 1 has 3"},
	{"nul_byte_is_refused", "a,y\n1,2\n3\0,4\n", .length = 13,
		.outcome = "DATA data.csv:3: a NUL byte; this is no text file"},
	{"utf16_little_endian_is_read",
		"\xff\xfe"
		"1\0,\0"
		"2\0\n\0",
		.length = 10, .outcome = "column1 > column2\n1 > 2"},
	{"utf16_big_endian_is_read",
		"\xfe\xff\0"
		"1\0,\0"
		"2\0\n",
		.length = 10, .outcome = "column1 > column2\n1 > 2"},
	{"an_open_quote_is_refused_where_it_opens", "a,y\n1,2\n3,\"4\n5,6\n7,8\n",
		.outcome = "DATA data.csv:3: column 2 (\"y\"): "
			   "a quote opens here and is never closed"},
	{"an_open_quote_after_a_quoted_newline_is_refused_where_it_opens",
		"a,b,y\n1,\"2\n3\",\"4\n5\n", .features = "a",
		.outcome = "DATA data.csv:3: column 3 (\"y\"): "
			   "a quote opens here and is never closed"},
	{"an_open_quote_in_the_header_is_refused", "a,\"y\n1,2\n",
		.outcome = "DATA data.csv:1: column 2: a quote opens here and is never closed"},
	{"text_after_a_closing_quote_is_refused", "a,y\n1,\"2\"3\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): text after the closing quote; "
			   "a quote inside quotes is written twice"},
	{"text_after_a_quote_is_refused_where_the_field_opens", "a,y\n\"1,2\n3,4\n5,\"6\"\n",
		.outcome = "DATA data.csv:2: column 1 (\"a\"): text after the closing quote; "
			   "a quote inside quotes is written twice"},
	{"a_quote_inside_a_bare_field_is_text", "a,y\n1,2\"\n",
		.outcome = "DATA data.csv:2: column 2 (\"y\"): "
			   "not a number: \"2\\\"\""},
};

int main(void)
{
	return csv_run_rows("csv", rows, COUNT(rows));
}
