/* test_grammar.c: text files as people write them: delimiters, names, comments, encodings. */
#include "csv_rows.h"

static const struct csv_row rows[] = {
	/* delimiters */
	{"a_comma_in_a_name_of_a_tsv_is_text", "a, x\tb\ty\n1\t2\t3\n4\t5\t6\n",
		.outcome = "a, x b > y\n1 2 > 3\n4 5 > 6"},
	{"a_bar_is_found_as_delimiter", "a|b|y\n1|2|3\n", .outcome = "a b > y\n1 2 > 3"},
	{"decimal_commas_without_a_header_are_no_delimiters", "1,5;3,0\n2,5;5,0\n",
		.outcome = "DATA data.csv:1: column 1: not a number: \"1,5\"; "
			   "--decimal , reads a decimal comma"},
	{"tabs_and_blanks_mixed_are_runs", "a b\ty\n1  2 \t 3\n4 \t5 6\n", .delimiter = ' ',
		.outcome = "a b > y\n1 2 > 3\n4 5 > 6"},
	{"excel_s_first_line_is_the_delimiter", "sep=;\nx;y\n1;3\n", .outcome = "x > y\n1 > 3"},
	{"excel_s_first_line_has_a_mark_and_quotes_before_it",
		"\xef\xbb\xbf\"sep=;\"\r\nx;y\r\n1;3\r\n", .outcome = "x > y\n1 > 3"},
	{"excel_s_first_line_is_left_out_where_an_option_has_the_delimiter", "sep=;\nx|y\n1|3\n",
		.delimiter = '|', .outcome = "x > y\n1 > 3"},
	{"excel_s_first_line_counts_as_a_line", "sep=;\nx;y\n1;q\n",
		.outcome = "DATA data.csv:3: column 2 (\"y\"): not a number: \"q\"; if these are "
			   "classes: --loss bce or hinge for two of them, cross_entropy for any "
			   "number"},
	{"a_message_asks_for_a_delimiter_that_was_not_found", "x~y\n1~3\n",
		.outcome =
			"DATA data.csv:1: one column was found, in \"x~y\", and none is left for "
			"the features; --delimiter C says what separates columns"},
	{"a_title_is_told_from_a_header", "Report\nx,y\n1,3\n2,5\n",
		.outcome = "DATA data.csv:1: one field (\"Report\"), but the next row has 2; if it "
			   "is a title, --skip-lines 1 leaves it out"},
	{"lines_are_skipped_and_counted", "Report\n\nx,y\n1,z\n", .skip_lines = 2,
		.outcome = "DATA data.csv:4: column 2 (\"y\"): not a number: \"z\"; "
			   "if these are classes: --loss bce or hinge for two of them, "
			   "cross_entropy for any number"},
	{"a_carriage_return_in_quotes_is_text_where_it_alone_ends_lines", "\"a\rb\",y\r1,2\r3,z\r",
		.outcome = "DATA data.csv:4: column 2 (\"y\"): not a number: \"z\""},
	{"rows_that_a_carriage_return_divides_are_of_one_line", "x,y\n1,2\r3,4\n5,z\n",
		.outcome = "DATA data.csv:3: column 2 (\"y\"): not a number: \"z\""},
	{"a_comment_ends_at_a_carriage_return", "# a\rx,y\n1,2\n", .comment = "#",
		.outcome = "x > y\n1 > 2"},
	{"a_comment_may_hold_anything", "#\"\0\nx,y\n#\"\n1,2\n", .length = 15, .comment = "#",
		.outcome = "x > y\n1 > 2"},
	{"carriage_returns_alone_end_lines_that_are_counted", "x,y\r1,2\r3,z\r",
		.outcome = "DATA data.csv:3: column 2 (\"y\"): not a number: \"z\""},

	/* decimal commas and thousands */
	{"decimal_commas_are_read", "x;y\n1,5;3\n-,5;1e1\n", .decimal = ',',
		.outcome = "x > y\n1.5 > 3\n-0.5 > 10"},
	{"a_point_beside_decimal_commas_is_refused", "x;y\n1.5;3\n", .decimal = ',',
		.outcome = "DATA data.csv:2: column 1 (\"x\"): a point where the decimal mark is a "
			   "comma: \"1.5\""},
	{"a_comma_cannot_be_both_delimiter_and_decimal_comma", "x,y\n1,3\n", .decimal = ',',
		.delimiter = ',',
		.outcome = "USAGE data.csv: the comma is the delimiter, and cannot be the decimal "
			   "mark as well"},
	{"separators_of_thousands_are_named", "x,y\n\"1,234,567.5\",3\n",
		.outcome = "DATA data.csv:2: column 1 (\"x\"): not a number: \"1,234,567.5\"; "
			   "separators of thousands are not read"},

	/* comments */
	{"comments_are_left_out_before_the_header_too", "# made\n# units\nx,y\n1,3\n # so\n2,5\n",
		.comment = "#", .outcome = "x > y\n1 > 3\n2 > 5"},
	{"a_comment_without_a_line_feed_is_left_out", "1,3\n//2,5", .comment = "//",
		.outcome = "column1 > column2\n1 > 3"},
	{"a_comment_is_no_header", "# x y\n1 3\n2 5\n",
		.outcome = "DATA data.csv:1: begins with #, as comments do: --comment '#' leaves "
			   "such lines out, --header yes takes this one for names"},
	{"a_name_may_begin_with_a_hash", "#chrom,y\n1,3\n", .outcome = "#chrom > y\n1 > 3"},

	/* the ends of lines, quotes */
	{"delimiters_at_the_ends_of_rows_are_no_fields", "a,b\n1,4,\n2,5,\n",
		.outcome = "a > b\n1 > 4\n2 > 5"},
	{"delimiters_at_the_ends_of_all_lines_are_no_column", "a,b,\n1,4,\n2,5,\n",
		.outcome = "a > b\n1 > 4\n2 > 5"},
	{"a_delimiter_at_the_header_s_end_is_no_column", "a,b,\n1,4\n2,5\n",
		.outcome = "a > b\n1 > 4\n2 > 5"},
	{"a_field_behind_all_columns_is_refused", "a,b\n1,4,\n2,5,x\n", .header = YES,
		.outcome = "DATA data.csv:3: 3 columns, but line 1 has 2"},
	{"a_quote_within_a_field_is_text", "a,s,y\n1,5\" disk,3\n", .features = "a",
		.outcome = "a > y\n1 > 3"},
	{"a_ctrl_z_at_the_end_is_no_text", "a,y\n1,3\n\x1a", .outcome = "a > y\n1 > 3"},

	/* headers */
	{"row_names_without_a_name_are_left_out", "x,y\nr1,1,3\nr2,2,5\n",
		.outcome = "x > y\n1 > 3\n2 > 5",
		.notice =
			"data.csv:1: names one column fewer than the rows have: column 1 is taken "
			"for the names of the rows, and left out"},
	{"the_index_of_pandas_is_left_out", ",a,y\n0,5,3\n1,6,4\n",
		.outcome = "a > y\n5 > 3\n6 > 4",
		.notice = "data.csv:1: column 1 has no name and counts the rows: it is left out"},
	{"an_index_that_is_asked_for_is_read", ",a,y\n0,5,3\n1,6,4\n", .features = "1",
		.outcome = "column1 > y\n0 > 3\n1 > 4", .notice = ""},
	{"numbers_beside_an_empty_name_are_names", ",0,1\n0,5,3\n1,6,4\n",
		.outcome = "0 > 1\n5 > 3\n6 > 4"},
	{"years_beside_an_empty_name_are_names", "\"\",\"1940\",\"1945\"\nFood,5,3\nHealth,6,4\n",
		.outcome = "1940 > 1945\n5 > 3\n6 > 4"},
	{"a_missing_value_in_a_first_row_of_numbers_is_data", ",2,3\n4,5,6\n9,8,7\n",
		.missing = GF_MISSING_drop,
		.outcome = "column1 column2 > column3\n4 5 > 6\n9 8 > 7\n"
			   "dropped 1"},
	{"numbers_that_count_columns_may_be_names", "0,1,2\n3,4,5\n",
		.outcome = "column1 column2 > column3\n0 1 > 2\n3 4 > 5",
		.notice = "data.csv:1: taken for data, but may be names: "
			  "--header yes takes it for names"},
	{"a_word_above_words_among_numbers_is_asked_about", "5.1,3.5,setosa\n4.9,3,setosa\n",
		.outcome = "DATA data.csv:1: 2 of 3 fields are numbers: are these names, or data?  "
			   "--header yes or --header no"},
	{"names_above_words_alone_are_shown", "p,x\nq,x\nq,z\n", .one_hot = "1",
		.rule = TARGETS_CLASSES, .outcome = "p=q > x: x z\n1 > 0\n1 > 1",
		.notice =
			"data.csv:1: taken for names: \"p\", \"x\"; --header no takes it for data"},

	/* missing values, true and false */
	{"words_of_na_replace_the_others", "x,y\n-999.0,3\n2,5\nNA,6\n", .na = "-999",
		.missing = GF_MISSING_drop,
		.outcome = "DATA data.csv:4: column 1 (\"x\"): not a number: \"NA\"; --na \"NA\" "
			   "would make it a missing value"},
	{"a_number_may_stand_for_a_missing_value", "x,y\n-999.0,3\n2,5\n7,-999\n", .na = "-999,?",
		.missing = GF_MISSING_drop, .outcome = "x > y\n2 > 5\ndropped 2"},
	{"true_and_false_are_1_and_0", "x,y\nTRUE,3\nfalse,5\n", .outcome = "x > y\n1 > 3\n0 > 5",
		.notice = "data.csv:2: column 1 (\"x\"): true and false are read as 1 and 0"},

	/* encodings */
	{"latin1_is_read_when_told_so", "\xe9,y\n1,2\n", .encoding = GF_ENCODING_latin1,
		.outcome = "\xc3\xa9 > y\n1 > 2"},
	{"utf16_without_a_mark_is_found",
		"x\0,\0y\0\n\0"
		"1\0,\0"
		"2\0\n\0",
		.length = 16, .outcome = "x > y\n1 > 2"},
	{"no_break_space_is_named",
		"x,y\n1\xc2\xa0"
		"000,2\n",
		.outcome = "DATA data.csv:2: column 1 (\"x\"): not a number: \"1\xc2\xa0"
			   "000\"; it "
			   "has a no-break space (U+00A0)"},
};

int main(void)
{
	return csv_run_rows("grammar", rows, sizeof rows / sizeof *rows);
}
