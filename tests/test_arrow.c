/* test_arrow.c: an Arrow table gives the dataset that the same table in a CSV file gives, and one
 * that contradicts itself is refused. */
#include "arrow_tables.h"
#include "basics.h"
#include "fixture_files.h"
#include "scratch.h"

#include <errno.h>
#include <float.h>
#include <math.h>

static gf_read_options options_of(gf_loss loss)
{
	gf_read_options options;

	gf_read_options_default(&options);
	options.loss = loss;
	return options;
}

static gf_dataset *made(const struct arrow_table *table, const gf_read_options *options)
{
	gf_dataset *data;
	gf_error err;

	if (gf_dataset_arrow(&data, &table->schema, &table->array, options, &err))
		fail_msg("%s", err.message);
	return data;
}

/* The table and the text of a CSV file must give the same data. */
static void assert_as_csv(
	const struct arrow_table *table, const char *text, const gf_read_options *options)
{
	gf_dataset *found = made(table, options), *wanted = read_text(text, options);

	assert_same_data(found, wanted);
	gf_dataset_free(found);
	gf_dataset_free(wanted);
}

static void refused(const struct arrow_table *table, const gf_read_options *options,
	gf_status status, const char *message)
{
	gf_dataset *data;
	gf_error err;

	assert_failure(gf_dataset_arrow(&data, &table->schema, &table->array, options, &err), &err,
		status, message);
	assert_null(data);
}

/* ---- types ---- */

static void every_type_of_number_is_read(void **state)
{
	static const int8_t c[] = {-128, 127};
	static const uint8_t uc[] = {0, 255}, bits[] = {2};
	static const int16_t s[] = {-32768, 32767};
	static const uint16_t us[] = {0, 65535}, halves[] = {0xc100, 0x0001};
	static const int32_t i[] = {INT32_MIN, INT32_MAX};
	static const uint32_t ui[] = {0, UINT32_MAX};
	static const int64_t l[] = {INT64_MIN, INT64_MAX};
	static const uint64_t ul[] = {0, UINT64_MAX};
	static const float f[] = {0.1f, -FLT_MAX};
	static const double g[] = {0.1, 1e-50};
	struct arrow_table table = {.schema = {.format = NULL}};

	(void)state;
	arrow_add(&table, "c", "c", 2, NULL, c, NULL);
	arrow_add(&table, "C", "C", 2, NULL, uc, NULL);
	arrow_add(&table, "s", "s", 2, NULL, s, NULL);
	arrow_add(&table, "S", "S", 2, NULL, us, NULL);
	arrow_add(&table, "i", "i", 2, NULL, i, NULL);
	arrow_add(&table, "I", "I", 2, NULL, ui, NULL);
	arrow_add(&table, "l", "l", 2, NULL, l, NULL);
	arrow_add(&table, "L", "L", 2, NULL, ul, NULL);
	arrow_add(&table, "e", "e", 2, NULL, halves, NULL);
	arrow_add(&table, "f", "f", 2, NULL, f, NULL);
	arrow_add(&table, "b", "b", 2, NULL, bits, NULL);
	arrow_add(&table, "g", "g", 2, NULL, g, NULL);
	assert_as_csv(&table,
		"c,C,s,S,i,I,l,L,e,f,b,g\n"
		"-128,0,-32768,0,-2147483648,0,-9223372036854775808,0,-2.5,0.1,false,0.1\n"
		"127,255,32767,65535,2147483647,4294967295,9223372036854775807,"
		"18446744073709551615,5.9604644775390625e-8,-3.4028234663852886e38,true,1e-50\n",
		NULL);
}

static const int32_t OFFSETS[] = {0, 3, 7, 7, 10};
static const char COLORS[] = "redbluered";
static const double PRICES[] = {1, 2, 3, 4};
static const char COLORS_CSV[] = "color,price\nred,1\nblue,2\n\"\",3\nred,4\n";

static void text_becomes_words(void **state)
{
	static const int64_t large[] = {0, 3, 7, 7, 10};
	struct arrow_table table = {.schema = {.format = NULL}}, wide = table;
	gf_read_options options = options_of(GF_LOSS_mse);

	(void)state;
	options.one_hot = "color";
	options.missing = GF_MISSING_category;
	arrow_add(&table, "color", "u", 4, NULL, OFFSETS, COLORS);
	arrow_add(&table, "price", "g", 4, NULL, PRICES, NULL);
	assert_as_csv(&table, COLORS_CSV, &options);
	arrow_add(&wide, "color", "U", 4, NULL, large, COLORS);
	arrow_add(&wide, "price", "g", 4, NULL, PRICES, NULL);
	assert_as_csv(&wide, COLORS_CSV, &options);
}

/* A view has the text itself or, beyond 12 bytes, where it is. */
static void views_of_text_become_words(void **state)
{
	static const char far[] = "a color that is long";
	struct view {
		int32_t length;
		char first[4];
		int32_t buffer, place;
	};
	const struct view views[] = {
		{3, "red", 0, 0}, {13, "colo", 1, 2}, {0, "", 0, 0}, {3, "red", 0, 0}};
	static const int64_t sizes[] = {0, sizeof far - 1};
	struct arrow_table table = {.schema = {.format = NULL}};
	gf_read_options options = options_of(GF_LOSS_mse);
	struct ArrowArray *colors;

	(void)state;
	options.one_hot = "color";
	options.missing = GF_MISSING_most;
	colors = arrow_add(&table, "color", "vu", 4, NULL, views, "");
	arrow_add(&table, "price", "g", 4, NULL, PRICES, NULL);
	colors->n_buffers = 5;
	table.buffers[0][3] = far;
	table.buffers[0][4] = sizes;
	assert_as_csv(&table, "color,price\nred,1\ncolor that is,2\n\"\",3\nred,4\n", &options);
	colors->n_buffers = 4;
	table.buffers[0][3] = sizes;
	refused(&table, &options, GF_E_DATA,
		"table: column 1 (\"color\"): an Arrow array whose text has 13 bytes from 2 on in "
		"buffer 1 of 0 bytes");
}

static void a_dictionary_is_words_too(void **state)
{
	static const uint8_t indices[] = {1, 0, 9, 1}, validity[] = {0xb};
	static const int32_t offsets[] = {0, 4, 7};
	struct arrow_table table = {.schema = {.format = NULL}};
	gf_read_options options = options_of(GF_LOSS_mse);

	(void)state;
	options.one_hot = "color";
	options.missing = GF_MISSING_category;
	arrow_add(&table, "color", "C", 4, validity, indices, NULL);
	arrow_add_dictionary(&table, 2, offsets, "bluered");
	arrow_add(&table, "price", "g", 4, NULL, PRICES, NULL);
	assert_as_csv(&table, COLORS_CSV, &options);
	table.buffers[0][0] = NULL;
	refused(&table, &options, GF_E_DATA,
		"table: column 1 (\"color\"): index 9 into an Arrow dictionary of 2 values");
}

/* Nulls, NaN and columns of nulls are missing values, which the options of CSV treat. */
static void nulls_are_missing_values(void **state)
{
	static const double x[] = {1, NAN, 3, 4};
	static const uint8_t validity[] = {0x7};
	struct arrow_table table = {.schema = {.format = NULL}};
	gf_read_options options = options_of(GF_LOSS_mse);

	(void)state;
	arrow_add(&table, "x", "g", 4, validity, x, NULL);
	arrow_add(&table, "y", "g", 4, NULL, PRICES, NULL);
	options.missing = GF_MISSING_mean;
	assert_as_csv(&table, "x,y\n1,1\n,2\n3,3\nNA,4\n", &options);
	options.missing = GF_MISSING_drop;
	assert_as_csv(&table, "x,y\n1,1\n,2\n3,3\nNA,4\n", &options);
	options.missing = GF_MISSING_error;
	refused(&table, &options, GF_E_DATA,
		"table: row 2, column 1 (\"x\"): a missing value (null); --missing drop, mean or "
		"most");
	options.target = "x";
	refused(&table, &options, GF_E_DATA,
		"table: row 2, column 1 (\"x\"): a missing value (null); a target is not filled "
		"in; --missing drop");
}

/* ---- roles ---- */

static void numbers_words_and_booleans_are_classes(void **state)
{
	static const int64_t ids[] = {9007199254740993, 9007199254740992, 9007199254740993, 5};
	static const double x[] = {0.5, 1.5, -1, 2};
	static const uint8_t truths[] = {5};
	const gf_read_options softmax = options_of(GF_LOSS_cross_entropy),
			      logistic = options_of(GF_LOSS_bce);
	struct arrow_table table = {.schema = {.format = NULL}}, truth = table, halves = table;

	(void)state;
	arrow_add(&table, "x", "g", 4, NULL, x, NULL);
	arrow_add(&table, "id", "l", 4, NULL, ids, NULL);
	assert_as_csv(&table,
		"x,id\n0.5,9007199254740993\n1.5,9007199254740992\n-1,9007199254740993\n2,5\n",
		&softmax);
	arrow_add(&truth, "x", "g", 4, NULL, x, NULL);
	arrow_add(&truth, "t", "b", 4, NULL, truths, NULL);
	assert_as_csv(&truth, "x,t\n0.5,true\n1.5,false\n-1,true\n2,false\n", &logistic);
	arrow_add(&halves, "x", "g", 4, NULL, x, NULL);
	arrow_add(&halves, "y", "g", 4, NULL, x, NULL);
	assert_as_csv(&halves, "x,y\n0.5,0.5\n1.5,1.5\n-1,-1\n2,2\n", &softmax);
}

/* In a column of words, a number is the shortest text that reads back as the same. */
static void numbers_may_be_words(void **state)
{
	static const float codes[] = {0.1f, 3, 0.1f, 2.5f};
	struct arrow_table table = {.schema = {.format = NULL}};
	gf_read_options options = options_of(GF_LOSS_mse);

	(void)state;
	arrow_add(&table, "code", "f", 4, NULL, codes, NULL);
	arrow_add(&table, "price", "g", 4, NULL, PRICES, NULL);
	options.one_hot = "code";
	options.keep = "code";
	assert_as_csv(&table, "code,price\n0.1,1\n3,2\n0.1,3\n2.5,4\n", &options);
	gf_dataset *data = made(&table, &options);
	assert_string_equal(gf_dataset_kept_text(data, 2, 0), "0.1");
	gf_dataset_free(data);
}

static void weights_are_a_column(void **state)
{
	static const float weights[] = {1, 0, 2.5f, 1}, below[] = {1, -1, 1, 1};
	struct arrow_table table = {.schema = {.format = NULL}};
	gf_read_options options = options_of(GF_LOSS_mse);

	(void)state;
	arrow_add(&table, "x", "g", 4, NULL, PRICES, NULL);
	arrow_add(&table, "w", "f", 4, NULL, weights, NULL);
	arrow_add(&table, "price", "g", 4, NULL, PRICES, NULL);
	options.sample_weight = "w";
	assert_as_csv(&table, "x,w,price\n1,1,1\n2,0,2\n3,2.5,3\n4,1,4\n", &options);
	table.buffers[1][1] = below;
	refused(&table, &options, GF_E_DATA,
		"table: row 2, column 2 (\"w\"): a weight below 0: \"-1\"");
}

static void a_model_finds_its_columns_by_name(void **state)
{
	static const double other[] = {9, 9, 9, 9};
	struct arrow_table table = {.schema = {.format = NULL}}, later = table;
	gf_read_options options = options_of(GF_LOSS_mse);
	gf_config config;
	gf_dataset *data, *again;
	gf_model *model;

	(void)state;
	options.one_hot = "color";
	options.missing = GF_MISSING_category;
	arrow_add(&table, "color", "u", 4, NULL, OFFSETS, COLORS);
	arrow_add(&table, "x", "g", 4, NULL, PRICES, NULL);
	arrow_add(&table, "price", "g", 4, NULL, PRICES, NULL);
	data = made(&table, &options);
	gf_config_default(&config);
	config.engine = GF_ENGINE_reference;
	config.epochs = 1;
	assert_int_equal(gf_fit(&model, data, &config, NULL, NULL), GF_OK);
	arrow_add(&later, "x", "g", 4, NULL, PRICES, NULL);
	arrow_add(&later, "other", "g", 4, NULL, other, NULL);
	arrow_add(&later, "color", "u", 4, NULL, OFFSETS, COLORS);
	options = options_of(GF_LOSS_mse);
	options.model = model;
	options.with_target = 0;
	again = made(&later, &options);
	assert_int_equal(gf_dataset_features(again), gf_dataset_features(data));
	assert_memory_equal(gf_dataset_x(again), gf_dataset_x(data),
		4 * gf_dataset_features(data) * sizeof(float));
	gf_dataset_free(again);
	gf_dataset_free(data);
	gf_model_free(model);
}

/* ---- parts ---- */

static void offsets_are_counted(void **state)
{
	static const double x[] = {9, 9, 9, 1, 2, 3, 4};
	static const double y[] = {9, 1, 2, 3, 4};
	struct arrow_table table = {.schema = {.format = NULL}};

	(void)state;
	arrow_add(&table, "x", "g", 5, NULL, x, NULL)->offset = 2;
	arrow_add(&table, "price", "g", 5, NULL, y, NULL);
	table.array.offset = 1;
	table.array.length = 4;
	assert_as_csv(&table, "x,price\n1,1\n2,2\n3,3\n4,4\n", NULL);
}

/* The stream's private_data: a table that it gives `parts` times, and how often it released. */
struct stream_state {
	struct arrow_table *table;
	int parts, released, code;
};

static void release_schema(struct ArrowSchema *schema)
{
	((struct stream_state *)schema->private_data)->released++;
}

static void release_array(struct ArrowArray *array)
{
	((struct stream_state *)array->private_data)->released++;
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	struct stream_state *s = stream->private_data;

	*out = s->table->schema;
	out->release = release_schema;
	out->private_data = s;
	return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	struct stream_state *s = stream->private_data;

	*out = s->table->array;
	out->release = s->parts > 0 ? release_array : NULL;
	out->private_data = s;
	return s->parts-- > 0 ? 0 : s->code;
}

static void a_stream_is_read_to_its_end(void **state)
{
	struct arrow_table table = {.schema = {.format = NULL}};
	struct stream_state s = {.table = &table, .parts = 2};
	struct ArrowArrayStream stream = {get_schema, get_next, NULL, NULL, &s};
	gf_dataset *data, *wanted;
	gf_error err;

	(void)state;
	arrow_add(&table, "x", "g", 4, NULL, PRICES, NULL);
	arrow_add(&table, "y", "g", 4, NULL, PRICES, NULL);
	assert_int_equal(gf_dataset_arrow_stream(&data, &stream, NULL, NULL), GF_OK);
	assert_int_equal(s.released, 3);
	wanted = read_text("x,y\n1,1\n2,2\n3,3\n4,4\n1,1\n2,2\n3,3\n4,4\n", NULL);
	assert_same_data(data, wanted);
	gf_dataset_free(wanted);
	gf_dataset_free(data);
	s = (struct stream_state){.table = &table, .parts = 1, .code = EIO};
	assert_failure(gf_dataset_arrow_stream(&data, &stream, NULL, &err), &err, GF_E_DATA,
		"table: the Arrow stream failed: Input/output error");
	assert_int_equal(s.released, 2);
	s = (struct stream_state){.table = &table};
	assert_failure(gf_dataset_arrow_stream(&data, &stream, NULL, &err), &err, GF_E_DATA,
		"table: no rows");
}

/* ---- what is refused ---- */

static void a_column_of_another_type_is_refused_if_it_is_read(void **state)
{
	struct arrow_table table = {.schema = {.format = NULL}};
	gf_read_options options = options_of(GF_LOSS_mse);

	(void)state;
	arrow_add(&table, "day", "tdD", 4, NULL, OFFSETS, NULL);
	arrow_add(&table, "x", "g", 4, NULL, PRICES, NULL);
	arrow_add(&table, "y", "g", 4, NULL, PRICES, NULL);
	refused(&table, &options, GF_E_DATA,
		"table: column 1 (\"day\"): Arrow type \"tdD\"; wanted: integers, floats, booleans "
		"or text; other types have to be cast");
	options.exclude = "day";
	assert_as_csv(&table, "day,x,y\n0,1,1\n3,2,2\n7,3,3\n7,4,4\n", &options);
}

static void options_for_files_are_refused(void **state)
{
	struct arrow_table table = {.schema = {.format = NULL}};
	gf_read_options options = options_of(GF_LOSS_mse);

	(void)state;
	arrow_add(&table, "x", "g", 4, NULL, PRICES, NULL);
	arrow_add(&table, "y", "g", 4, NULL, PRICES, NULL);
	options.labels = "labels.csv";
	refused(&table, &options, GF_E_USAGE,
		"labels is an option for files, not for tables in memory");
	options = options_of(GF_LOSS_mse);
	options.delimiter = ';';
	refused(&table, &options, GF_E_USAGE,
		"delimiter is an option for files, not for tables in memory");
	options = options_of(GF_LOSS_mse);
	options.target = "z";
	refused(&table, &options, GF_E_DATA,
		"table: target \"z\": no such column; there are \"x\", \"y\"");
}

/* Each case breaks a sound table of two columns in one place. */
static void structs_that_contradict_themselves_are_refused(void **state)
{
	static const int32_t backwards[] = {0, 3, 2, 7, 10};
	struct arrow_table table = {.schema = {.format = NULL}}, sound;
	gf_read_options options = options_of(GF_LOSS_mse);

#define BREAK(broken, message)                                 \
	do {                                                   \
		sound = table;                                 \
		broken;                                        \
		refused(&table, &options, GF_E_DATA, message); \
		table = sound;                                 \
	} while (0)

	(void)state;
	options.one_hot = "color";
	arrow_add(&table, "color", "u", 4, NULL, OFFSETS, COLORS);
	arrow_add(&table, "price", "g", 4, NULL, PRICES, NULL);
	BREAK(table.schema.format = "g",
		"table: Arrow type \"g\"; wanted: a struct of columns, \"+s\"");
	BREAK(table.schema.format = NULL,
		"table: Arrow type NULL; wanted: a struct of columns, \"+s\"");
	BREAK(table.schema.n_children = 0, "table: an Arrow struct without columns");
	BREAK(table.schema.n_children = -1, "table: an Arrow struct without columns");
	BREAK(table.schemas[1] = NULL, "table: an Arrow struct with a column that is NULL");
	BREAK(table.arrays[1] = NULL, "table: column 2 (\"price\"): an Arrow array that is NULL");
	BREAK(table.array.n_children = 1,
		"table: an Arrow struct of length 4, offset 0 and 1 columns, of which its type has "
		"2");
	BREAK(table.array.length = -1,
		"table: an Arrow struct of length -1, offset 0 and 2 columns, of which its type "
		"has 2");
	BREAK(table.array.null_count = 1,
		"table: an Arrow struct with rows that are null as a whole");
	BREAK(table.array.length = 5,
		"table: column 1 (\"color\"): an Arrow array of 4 values, and 5 are wanted from "
		"0 on");
	BREAK(table.array.offset = INT64_MAX,
		"table: column 1 (\"color\"): an Arrow array of 4 values, and 4 are wanted from "
		"9223372036854775807 on");
	BREAK(table.values[1].offset = INT64_MAX,
		"table: column 2 (\"price\"): an Arrow array of length 4, offset "
		"9223372036854775807 and 2 buffers");
	BREAK(table.values[1].n_buffers = 1,
		"table: column 2 (\"price\"): an Arrow array of 1 buffers, wanted 2");
	BREAK(table.values[1].buffers = NULL,
		"table: column 2 (\"price\"): an Arrow array whose buffers are NULL");
	BREAK(table.buffers[1][1] = NULL,
		"table: column 2 (\"price\"): an Arrow array whose values are NULL");
	BREAK(table.buffers[0][1] = backwards,
		"table: column 1 (\"color\"): an Arrow array whose text runs from byte 3 to 2");
	BREAK(table.buffers[0][2] = NULL,
		"table: column 1 (\"color\"): an Arrow array whose text runs from byte 0 to 3");
	BREAK(table.columns[0].format = "g", "table: column 1 (\"color\"): an Arrow array of 3 "
					     "buffers, wanted 2");
	BREAK(table.array.length = 0, "table: no rows");
#undef BREAK
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_of_number_is_read),
		cmocka_unit_test(text_becomes_words),
		cmocka_unit_test(views_of_text_become_words),
		cmocka_unit_test(a_dictionary_is_words_too),
		cmocka_unit_test(nulls_are_missing_values),
		cmocka_unit_test(numbers_words_and_booleans_are_classes),
		cmocka_unit_test(numbers_may_be_words),
		cmocka_unit_test(weights_are_a_column),
		cmocka_unit_test(a_model_finds_its_columns_by_name),
		cmocka_unit_test(offsets_are_counted),
		cmocka_unit_test(a_stream_is_read_to_its_end),
		cmocka_unit_test(a_column_of_another_type_is_refused_if_it_is_read),
		cmocka_unit_test(options_for_files_are_refused),
		cmocka_unit_test(structs_that_contradict_themselves_are_refused),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
