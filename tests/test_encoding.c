/* test_encoding.c: words, missing values and weights in a CSV file. */
#include "csv_rows.h"

static const struct csv_row rows[] = {
	/* one-hot */
	{"each_word_is_a_feature_in_the_order_of_bytes", "color,y\nred,1\nblue,2\nred,3\n",
		.one_hot = "color",
		.outcome = "color=blue color=red > y\n0 1 > 1\n1 0 > 2\n0 1 > 3"},
	{"words_that_are_all_numbers_sort_as_numbers", "month,y\n10,1\n9,2\n-1,3\n",
		.one_hot = "month",
		.outcome = "month=-1 month=9 month=10 > y\n0 0 1 > 1\n0 1 0 > 2\n1 0 0 > 3"},
	{"equal_numbers_are_one_word_as_first_spelt", "m,y\n1.0,1\n2,2\n1,3\n", .one_hot = "m",
		.outcome = "m=1.0 m=2 > y\n1 0 > 1\n0 1 > 2\n1 0 > 3"},
	{"codes_with_a_zero_in_front_are_words", "zip,y\n01,1\n1,2\n001,3\n", .one_hot = "zip",
		.outcome = "zip=001 zip=01 zip=1 > y\n0 1 0 > 1\n0 0 1 > 2\n1 0 0 > 3"},
	{"numbers_beside_a_word_are_told_apart_by_their_bytes", "m,y\n1.0,1\n1,2\nx,1\n",
		.one_hot = "m", .outcome = "m=1 m=1.0 m=x > y\n0 1 0 > 1\n1 0 0 > 2\n0 0 1 > 1"},
	{"ids_beyond_doubles_are_words_of_their_own",
		"id,y\n9007199254740993,1\n9007199254740992,2\n", .one_hot = "id",
		.outcome = "id=9007199254740992 id=9007199254740993 > y\n0 1 > 1\n1 0 > 2"},
	{"words_stand_where_their_column_does", "a,color,b,y\n5,red,6,1\n7,blue,8,2\n",
		.one_hot = "2",
		.outcome = "a color=blue color=red b > y\n5 0 1 6 > 1\n7 1 0 8 > 2"},
	{"several_columns_may_be_words", "a,b,y\nu,v,1\nw,v,2\n", .one_hot = "1-2",
		.outcome = "a=u a=w b=v > y\n1 0 1 > 1\n0 1 1 > 2"},
	{"features_that_were_asked_for_keep_their_order", "a,b,y\n1,v,3\n2,u,4\n",
		.features = "b,a", .one_hot = "b",
		.outcome = "b=u b=v a > y\n0 1 1 > 3\n1 0 2 > 4"},
	{"one_hot_in_a_file_without_a_header", "u,1\nv,2\n", .header = NO, .one_hot = "1",
		.outcome = "column1=u column1=v > column2\n1 0 > 1\n0 1 > 2"},
	{"one_hot_that_is_no_feature_is_refused", "a,b,y\n1,u,3\n", .features = "a", .one_hot = "b",
		.outcome = "DATA data.csv:1: column 2 (\"b\") is one-hot, but no feature"},
	{"one_hot_target_is_refused", "a,y\n1,u\n", .one_hot = "y",
		.outcome = "DATA data.csv:1: column 2 (\"y\") is both a one-hot feature and a "
			   "target"},
	{"one_hot_that_is_not_there_is_refused", "a,y\n1,u\n", .one_hot = "z",
		.outcome = "DATA data.csv:1: one-hot column \"z\": no such column; "
			   "there are \"a\", \"y\""},
	{"one_hot_listed_twice_is_refused", "a,y\nu,1\n", .one_hot = "a,1",
		.outcome = "DATA data.csv:1: column 1 (\"a\") is listed twice as a one-hot column"},
	{"a_word_that_is_not_utf8_is_refused", "a,y\n\xff,1\n", .one_hot = "a",
		.outcome = "DATA data.csv:2: column 1 (\"a\"): \"\\xff\" is not UTF-8; "
			   "--encoding latin-1 reads such a file"},
	{"the_message_for_a_word_in_a_feature_says_how_to_encode_it", "a,color,y\n1,red,2\n",
		.outcome = "DATA data.csv:2: column 2 (\"color\"): not a number: \"red\"; "
			   "--one-hot \"color\" would encode it"},
	{"a_message_does_not_advise_to_encode_a_column_of_names",
		"name,a,y\nann,1,1\nbob,2,2\ncy,3,1\ndi,4,2\ned,5,1\nflo,6,2\ngus,7,1\nhal,8,2\n"
		"ida,9,1\njo,1,2\nkim,2\n",
		.outcome = "DATA data.csv:2: column 1 (\"name\"): not a number: \"ann\"; --exclude "
			   "\"name\" leaves it out: 10 of its first 10 words are different"},
	{"a_message_advises_to_encode_words_that_repeat",
		"c,y\nu,1\nv,2\nu,1\nv,2\nw,1\nu,2\nv,1\nu,2\nv,1\nw,2\nu,2\n",
		.outcome =
			"DATA data.csv:2: column 1 (\"c\"): not a number: \"u\"; --one-hot \"c\" "
			"would encode it"},
	{"a_message_does_not_advise_to_encode_a_word_among_numbers", "c,y\n1,1\nu,2\n3,1\n4,2\n",
		.outcome = "DATA data.csv:3: column 1 (\"c\"): not a number: \"u\""},
	{"line_1_of_numbers_and_words_is_names_or_data", "u,1\nv,2\n", .one_hot = "1",
		.outcome = "DATA data.csv:1: 1 of 2 fields are numbers: are these names, or data?  "
			   "--header yes or --header no"},
	{"a_row_of_numbers_and_a_label_is_not_lost_as_a_header", "5.1,3.5,setosa\n7,3.2,other\n",
		.rule = TARGETS_CLASSES,
		.outcome = "DATA data.csv:1: 2 of 3 fields are numbers: are these names, or data?  "
			   "--header yes or --header no"},

	/* missing values */
	{"the_first_missing_value_is_an_error", "a,b,y\n1,2,3\n1,NA,3\n?,2,3\n",
		.outcome = "DATA data.csv:3: column 2 (\"b\"): a missing value (\"NA\"); "
			   "--missing drop, mean or most"},
	{"rows_with_a_missing_value_are_left_out",
		"a,y\n1,2\n,1\nNA,1\nN/A,1\nnan,1\nNaN,1\nNULL,1\nnull,1\n?,1\n3,4\n",
		.missing = GF_MISSING_drop, .outcome = "a > y\n1 > 2\n3 > 4\ndropped 8"},
	{"other_words_are_not_missing_values", "a,y\n1,2\nn.a.,3\n", .missing = GF_MISSING_drop,
		.outcome = "DATA data.csv:3: column 1 (\"a\"): not a number: \"n.a.\"; "
			   "--na \"n.a.\" would make it a missing value"},
	{"missing_values_do_not_make_line_1_a_header", "1,NA\n3,4\n", .missing = GF_MISSING_drop,
		.outcome = "column1 > column2\n3 > 4\ndropped 1"},
	{"a_row_with_a_missing_target_is_left_out", "a,y\n1,?\n3,4\n", .missing = GF_MISSING_drop,
		.outcome = "a > y\n3 > 4\ndropped 1"},
	{"a_row_left_out_leaves_no_word_and_no_class", "a,b,y\nu,1,no\nv,,maybe\nw,2,yes\n",
		.one_hot = "a", .missing = GF_MISSING_drop, .rule = TARGETS_CLASSES,
		.outcome = "a=u a=w b > y: no yes\n1 0 1 > 0\n0 1 2 > 1\ndropped 1"},
	{"a_missing_value_takes_the_mean_of_the_others", "a,b,y\n1,7,1\n,8,2\n2,NA,3\n6,9,4\n",
		.missing = GF_MISSING_mean,
		.outcome = "a b > y\n1 7 > 1\n3 8 > 2\n2 8 > 3\n6 9 > 4"},
	{"a_column_that_is_not_read_may_have_missing_values", "a,b,y\n1,,2\n", .features = "a",
		.outcome = "a > y\n1 > 2"},
	{"a_missing_word_takes_the_most_common_one", "a,y\nu,1\n,2\nv,3\nv,4\n", .one_hot = "a",
		.missing = GF_MISSING_mean,
		.outcome = "a=u a=v > y\n1 0 > 1\n0 1 > 2\n0 1 > 3\n0 1 > 4"},
	{"of_equally_common_words_the_first_in_order_is_taken", "a,y\nv,1\n,2\nu,3\n",
		.one_hot = "a", .missing = GF_MISSING_most,
		.outcome = "a=u a=v > y\n0 1 > 1\n1 0 > 2\n1 0 > 3"},
	{"a_missing_number_takes_the_most_common_one", "a,y\n5,1\n,2\n9,3\n5,4\n2,5\n",
		.missing = GF_MISSING_most, .outcome = "a > y\n5 > 1\n5 > 2\n9 > 3\n5 > 4\n2 > 5"},
	{"of_equally_common_numbers_the_smallest_is_taken", "a,y\n5,1\n,2\n-9,3\n",
		.missing = GF_MISSING_most, .outcome = "a > y\n5 > 1\n-9 > 2\n-9 > 3"},
	{"a_missing_word_may_be_a_word_of_its_own", "n,a,y\n1,u,1\n3,NA,2\n,,3\n", .one_hot = "a",
		.missing = GF_MISSING_category,
		.outcome = "n a=NA a=u > y\n1 0 1 > 1\n3 1 0 > 2\n2 1 0 > 3"},
	{"a_column_of_missing_words_alone_may_be_a_word", "a,y\nNA,1\n,2\n", .one_hot = "a",
		.missing = GF_MISSING_category, .outcome = "a=NA > y\n1 > 1\n1 > 2"},
	{"a_column_of_missing_words_alone_has_no_most_common_one", "a,y\nNA,1\n,2\n",
		.one_hot = "a", .missing = GF_MISSING_mean,
		.outcome = "DATA data.csv: column 1 (\"a\"): every value is missing, so no most "
			   "common word"},
	{"the_message_for_a_missing_word_says_what_may_be_done", "a,y\nu,1\n,2\n", .one_hot = "a",
		.outcome = "DATA data.csv:3: column 1 (\"a\"): a missing value (an empty field); "
			   "--missing drop, mean, most or category"},
	{"a_missing_target_is_not_filled_in", "a,y\n1,1\n2,NaN\n", .missing = GF_MISSING_mean,
		.outcome = "DATA data.csv:3: column 2 (\"y\"): a missing value (\"NaN\"); "
			   "a target is not filled in; --missing drop"},
	{"a_column_of_missing_values_alone_has_no_mean", "a,b,y\n1,,1\n2,NA,2\n",
		.missing = GF_MISSING_mean,
		.outcome = "DATA data.csv: column 2 (\"b\"): every value is missing, so no mean"},
	{"a_file_whose_rows_are_all_left_out_is_refused", "a,y\n,1\n2,\n",
		.missing = GF_MISSING_drop,
		.outcome = "DATA data.csv: each of the 2 rows has a missing value: none is left; "
			   "--missing mean or category fills them in"},
	{"a_bad_number_beside_a_missing_value_is_still_refused", "a,b,y\n,1x,2\n",
		.missing = GF_MISSING_drop,
		.outcome = "DATA data.csv:2: column 2 (\"b\"): not a number: \"1x\""},

	/* weights */
	{"a_weight_is_no_feature", "a,w,y\n1,0.5,2\n3,0,4\n", .sample_weight = "w",
		.outcome = "a > y\n1 > 2 * 0.5\n3 > 4 * 0"},
	{"the_last_column_but_the_weight_is_the_target", "a,y,w\n1,2,3\n", .sample_weight = "3",
		.outcome = "a > y\n1 > 2 * 3"},
	{"a_row_left_out_takes_its_weight_with_it", "a,w,y\n,9,2\n3,1,4\n", .sample_weight = "w",
		.missing = GF_MISSING_drop, .outcome = "a > y\n3 > 4 * 1\ndropped 1"},
	{"a_negative_weight_is_refused", "a,w,y\n1,1,2\n3,-1,4\n", .sample_weight = "w",
		.outcome = "DATA data.csv:3: column 2 (\"w\"): a weight below 0: \"-1\""},
	{"an_infinite_weight_is_refused", "a,w,y\n1,inf,2\n", .sample_weight = "w",
		.outcome = "DATA data.csv:2: column 2 (\"w\"): not a finite number: \"inf\""},
	{"a_missing_weight_is_refused", "a,w,y\n1,,2\n", .sample_weight = "w",
		.missing = GF_MISSING_drop,
		.outcome = "DATA data.csv:2: column 2 (\"w\"): an empty field, not a weight"},
	{"a_word_is_no_weight", "a,w,y\n1,NA,2\n", .sample_weight = "w", .missing = GF_MISSING_drop,
		.outcome = "DATA data.csv:2: column 2 (\"w\"): not a number: \"NA\""},
	{"weights_that_are_all_0_are_refused", "a,w,y\n1,0,2\n3,0,4\n", .sample_weight = "w",
		.outcome = "DATA data.csv: column 2 (\"w\"): every weight is 0"},
	{"two_weights_are_refused", "a,v,w,y\n1,1,1,2\n", .sample_weight = "v,w",
		.outcome = "DATA data.csv:1: 2 columns as the sample weight, wanted one"},
	{"a_weight_cannot_be_a_feature", "a,w,y\n1,1,2\n", .sample_weight = "w", .features = "a,w",
		.outcome = "DATA data.csv:1: column 2 (\"w\") is both a feature and the sample "
			   "weight"},
	{"a_weight_cannot_be_the_target", "a,w\n1,1\n", .sample_weight = "w", .target = "w",
		.outcome = "DATA data.csv:1: column 2 (\"w\") is both a target and the sample "
			   "weight"},
	{"a_model_without_a_header_finds_its_columns_beside_the_weight", "1,9,2,3\n",
		.sample_weight = "2", .model = {"a", "b"}, .model_targets = {"y"},
		.outcome = "column1 column3 > column4\n1 2 > 3 * 9"},

	/* targets */
	{"labels_become_their_place_in_order", "a,y\n1,versicolor\n2,setosa\n3,virginica\n",
		.rule = TARGETS_CLASSES,
		.outcome = "a > y: setosa versicolor virginica\n1 > 1\n2 > 0\n3 > 2"},
	{"two_labels_may_be_probabilities_classes", "a,y\n1,no\n2,yes\n",
		.rule = TARGETS_PROBABILITIES, .outcome = "a > y: no yes\n1 > 0\n2 > 1"},
	{"a_third_label_is_refused_with_its_line", "a,y\n1,no\n2,yes\n3,maybe\n",
		.rule = TARGETS_TWO_CLASSES,
		.outcome = "DATA data.csv:4: column 2 (\"y\"): a third class, \"maybe\", after "
			   "\"no\", \"yes\"; two are wanted (--loss cross_entropy takes more)"},
	{"classes_in_two_columns_are_refused", "a,y,z\n1,u,v\n", .target = "y,z",
		.rule = TARGETS_CLASSES,
		.outcome = "DATA data.csv: 2 target columns; a loss of classes takes one column "
			   "of labels; numpy.argmax(y, axis=1) makes it of one-hot targets"},
	{"probabilities_may_stand_in_two_columns", "a,y,z\n1,0,0.5\n2,1,1\n", .target = "y,z",
		.rule = TARGETS_PROBABILITIES, .outcome = "a > y z\n1 > 0 0.5\n2 > 1 1"},
};

int main(void)
{
	return csv_run_rows("encoding", rows, COUNT(rows));
}
