/* test_cache.c: data in files: an array that is used where it stands, arrays that grow in a
 * temporary file, and caches. */
#include "cache_file.h"
#include "csv_rows.h"
#include "dataset.h"
#include "error.h"
#include "fixture_files.h"
#include "scratch.h"
#include "table_read.h"

#include <dirent.h>

#define ARRAY "x.npy"

/* Writes an array of 32-bit floats with a header of 128 bytes, as NumPy does. */
static void write_array(const float *numbers, size_t rows, size_t columns)
{
	FILE *file = fopen(ARRAY, "wb");

	assert_non_null(file);
	fprintf(file, "\x93NUMPY\x01%cv%c{'descr': '<f4', 'fortran_order': False, 'shape': ", 0, 0);
	fprintf(file, "(%5zu, %5zu), }%*s\n", rows, columns, 50, "");
	assert_int_equal(ftell(file), 128);
	fwrite(numbers, sizeof *numbers, rows * columns, file);
	assert_int_equal(fclose(file), 0);
}

static gf_dataset *read_features(const char *path)
{
	const struct read_options features = {
		.header = -1, .decimal = '.', .missing = GF_MISSING_error, .part = PART_FEATURES};
	gf_dataset *data = NULL;
	gf_error err = {0};

	if (table_read(&data, path, &features, &err))
		fail_msg("%s", err.message);
	return data;
}

/* The zeros that dataset.h promises behind the last row. */
static void assert_zeros_follow(const gf_dataset *data)
{
	const size_t used = data->rows * data->features;

	for (size_t i = used; i < used + (TILE_ROWS - 1) * data->features + SUM_LANES; i++)
		assert_true(data->x[i] == 0.0f);
	assert_true(data->x_bytes >= (used + SUM_LANES) * sizeof *data->x);
}

static void an_array_of_floats_is_used_where_it_stands_in_its_file(void **state)
{
	enum { ROWS = 5000, COLUMNS = 3 };
	static float numbers[ROWS * COLUMNS];
	gf_dataset *data;

	(void)state;
	for (size_t i = 0; i < ROWS * COLUMNS; i++)
		numbers[i] = (float)i - 0.5f;
	for (size_t rows = ROWS; rows > 0; rows /= 9) {
		write_array(numbers, rows, COLUMNS);
		data = read_features(ARRAY);
		assert_true(page_array_is_read_only(&data->pages));
		assert_int_equal(data->rows, rows);
		assert_memory_equal(data->x, numbers, rows * COLUMNS * sizeof *numbers);
		assert_zeros_follow(data);
		gf_dataset_free(data);
	}
}

static void an_array_that_is_used_in_place_is_finite(void **state)
{
	enum { ROWS = 4000, COLUMNS = 3, PLACE = 3000 * COLUMNS + 1 };
	static float numbers[ROWS * COLUMNS];
	const struct read_options features = {
		.header = -1, .decimal = '.', .missing = GF_MISSING_error, .part = PART_FEATURES};

	(void)state;
	numbers[PLACE] = INFINITY;
	write_array(numbers, ROWS, COLUMNS);
	assert_string_equal(table_outcome(ARRAY, &features),
		"DATA x.npy: row 3001, column 2: not a finite number");
	numbers[PLACE] = NAN;
	write_array(numbers, ROWS, COLUMNS);
	assert_string_equal(table_outcome(ARRAY, &features),
		"DATA x.npy: row 3001, column 2: a missing value (NaN); --missing drop, "
		"mean or most");
}

static size_t files_here(void)
{
	DIR *here = opendir(".");
	size_t count = 0;

	assert_non_null(here);
	for (struct dirent *entry = readdir(here); entry; entry = readdir(here))
		count++;
	closedir(here);
	return count - 2;
}

static void an_array_grows_in_a_file_that_nobody_keeps(void **state)
{
	struct page_array array = {.beside = "x.cache"};
	const size_t before = files_here();
	gf_error err = {0};

	(void)state;
	for (size_t count = 1; count < 1 << 20; count *= 8) {
		assert_int_equal(
			page_array_reserve(&array, count * sizeof(float), "numbers", &err), GF_OK);
		assert_true(array.bytes >= count * sizeof(float));
		assert_true(array.at[count - 1] == 0.0f);
		for (size_t i = 0; i < count / 8; i++)
			assert_true(array.at[i] == (float)i);
		for (size_t i = 0; i < count; i++)
			array.at[i] = (float)i;
	}
	assert_int_equal(files_here(), before + 1);
	page_array_free(&array);
	assert_int_equal(files_here(), before);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
	struct page_array array = {.beside = "nowhere/x.cache"};
	gf_error err = {0};

	(void)state;
	assert_int_equal(page_array_reserve(&array, 1, "numbers", &err), GF_E_CANTCREATE);
	assert_string_equal(
		err.message, "nowhere/x.cache: cannot create: No such file or directory");
	page_array_free(&array);
}

/* ---- caches ---- */

#define CACHE "d.cache"

/* Reads a file with its options; with_cache: by way of CACHE. */
static gf_dataset *read_with(const char *path, gf_read_options options, int with_cache)
{
	gf_dataset *data = NULL;
	gf_error err;

	options.cache = with_cache ? CACHE : NULL;
	if (gf_dataset_read(&data, path, &options, &err))
		fail_msg("%s", err.message);
	return data;
}

/* Writes all that a dataset has to a file. */
static char *bytes_of(gf_dataset *data, size_t *count)
{
	struct cache_notes notes = {0};
	gf_error err = {0};

	if (cache_file_write(data, &notes, "bytes", &err))
		fail_msg("%s", err.message);
	return scratch_read("bytes", count);
}

static void assert_same_bytes(gf_dataset *one, gf_dataset *other)
{
	size_t count, other_count;
	char *bytes = bytes_of(one, &count), *other_bytes = bytes_of(other, &other_count);

	assert_int_equal(count, other_count);
	assert_memory_equal(bytes, other_bytes, count);
	free(bytes);
	free(other_bytes);
}

/* Reads the text without a cache, into one, and from it. */
static void assert_same_from_cache(const char *text, const gf_read_options *options)
{
	gf_dataset *plain, *first, *second;

	scratch_write("d.txt", text, strlen(text));
	unlink(CACHE);
	plain = read_with("d.txt", *options, 0);
	first = read_with("d.txt", *options, 1);
	second = read_with("d.txt", *options, 1);
	assert_true(page_array_is_read_only(&second->pages));
	assert_same_bytes(first, second);
	assert_same_bytes(plain, second);
	gf_dataset_free(first);
	gf_dataset_free(plain);
	gf_dataset_free(second);
}

#define WORDS                                   \
	"id,color,size,kind,weight,years\n"     \
	"a,red,1.5,yes,1,2\nb,blue,,no,2,0.5\n" \
	"c,red,2,no,0,1\nd,green,-3,yes,4,7\n"

static void a_cache_has_all_that_was_read(void **state)
{
	gf_read_options options;

	(void)state;
	gf_read_options_default(&options);
	assert_same_from_cache("1,2,3\n4,5,6\n", &options);
	options.target = "1,3";
	assert_same_from_cache("1,2,3\n4,5,6\n", &options);
	options.sparse = 1;
	options.target = NULL;
	options.loss = GF_LOSS_bce;
	assert_same_from_cache("1 1:2 9:3\n0 4:5\n1\n0 9:1 10:2\n", &options);
	options.sparse = 0;
	assert_same_from_cache("1 1:2 9:3\n0 4:5\n1\n0 9:1 10:2\n", &options);
	options.target = "kind";
	options.one_hot = "color";
	options.keep = options.exclude = "id";
	options.sample_weight = "weight";
	options.exposure = "years";
	options.missing = GF_MISSING_mean;
	assert_same_from_cache(WORDS, &options);
	options.missing = GF_MISSING_drop;
	assert_same_from_cache(WORDS, &options);
}

/* Counts the notices that say that a cache is made anew, and those about the data. */
struct heard {
	int anew, others;
};

static void hear(const char *text, void *user)
{
	struct heard *heard = user;

	if (strstr(text, "made anew"))
		heard->anew++;
	else
		heard->others++;
}

static struct heard read_and_hear(gf_read_options options)
{
	struct heard heard = {0};

	options.notice = hear;
	options.user = &heard;
	gf_dataset_free(read_with("d.txt", options, 1));
	return heard;
}

static void a_cache_of_other_data_or_options_is_made_anew(void **state)
{
	gf_read_options options;
	struct heard heard;

	(void)state;
	gf_read_options_default(&options);
	scratch_write("d.txt", "true,2,3\n4,5,6\n", 15);
	unlink(CACHE);
	for (int i = 0; i < 2; i++) {
		heard = read_and_hear(options);
		assert_int_equal(heard.anew, 0);
		assert_int_equal(heard.others, 1); /* true is read as 1 */
	}
	options.target = "2";
	assert_int_equal(read_and_hear(options).anew, 1);
	assert_int_equal(read_and_hear(options).anew, 0);
	scratch_write("d.txt", "true,2,3\n4,5,66\n", 16);
	assert_int_equal(read_and_hear(options).anew, 1);
	assert_int_equal(read_and_hear(options).anew, 0);
}

static void a_file_that_is_no_cache_is_left_alone(void **state)
{
	gf_read_options options;
	gf_dataset *data;
	gf_error err;

	(void)state;
	gf_read_options_default(&options);
	options.cache = "mine.txt";
	scratch_write("d.txt", "1,2\n3,4\n", 8);
	scratch_write("mine.txt", "mine", 4);
	assert_int_equal(gf_dataset_read(&data, "d.txt", &options, &err), GF_E_DATA);
	assert_string_equal(err.message,
		"mine.txt: is no cache that this program made, and is not replaced; wanted: the "
		"name of a new file");
	assert_file_holds("mine.txt", "mine");
	scratch_write("mine.txt", "", 0);
	assert_int_equal(gf_dataset_read(&data, "d.txt", &options, &err), GF_OK);
	gf_dataset_free(data);
}

/* Returns what the cache is for its own key. */
static enum cache_state state_of_cache(const struct texts *key)
{
	struct cache_notes notes;
	enum cache_state state;
	gf_dataset *data;
	gf_error err = {0};

	if (cache_file_read(&data, &notes, &state, CACHE, key, &err))
		fail_msg("%s", err.message);
	gf_dataset_free(data);
	cache_notes_free(&notes);
	return state;
}

/* Makes a cache of words and sparse rows; returns its bytes. */
static char *make_cache(size_t *count)
{
	gf_read_options options;

	gf_read_options_default(&options);
	options.loss = GF_LOSS_bce;
	options.sparse = 1;
	scratch_write("d.txt", "1 1:2 9:3\n0 4:5\n", 16);
	unlink(CACHE);
	gf_dataset_free(read_with("d.txt", options, 1));
	return scratch_read(CACHE, count);
}

static void a_cache_that_is_cut_is_damaged(void **state)
{
	const struct texts key = {0};
	size_t count;
	char *bytes = make_cache(&count);

	(void)state;
	assert_int_equal(state_of_cache(&key), CACHE_other);
	for (size_t cut = count - 1; cut > 0; cut -= cut > 16500 || cut < 300 ? 1 : 100) {
		assert_int_equal(truncate(CACHE, (off_t)cut), 0);
		assert_int_equal(state_of_cache(&key), cut < 8 ? CACHE_foreign : CACHE_damaged);
	}
	free(bytes);
}

static void a_cache_in_which_a_bit_flips_is_damaged(void **state)
{
	const struct texts no_key = {0};
	struct cache_notes notes;
	enum { HEADER = 88 };
	size_t count;
	char *bytes = make_cache(&count);
	gf_dataset *data;
	enum cache_state found;
	gf_error err = {0};

	(void)state;
	assert_int_equal(cache_file_read(&data, &notes, &found, CACHE, &no_key, &err), GF_OK);
	assert_int_equal(found, CACHE_other);
	assert_int_equal(state_of_cache(&notes.key), CACHE_whole);
	for (size_t i = 0; i < count; i += i < HEADER || i > 4 * 4096 ? 1 : i < 4000 ? 4000 : 97) {
		if (i >= HEADER && i < 4096)
			continue;
		bytes[i] ^= (char)(1 << i % 8);
		scratch_write(CACHE, bytes, count);
		found = state_of_cache(&notes.key);
		assert_true(found == CACHE_damaged || (i < 8 && found == CACHE_foreign));
		bytes[i] ^= (char)(1 << i % 8);
	}
	cache_notes_free(&notes);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_array_of_floats_is_used_where_it_stands_in_its_file),
		cmocka_unit_test(an_array_that_is_used_in_place_is_finite),
		cmocka_unit_test(an_array_grows_in_a_file_that_nobody_keeps),
		cmocka_unit_test(a_folder_that_is_not_there_is_named),
		cmocka_unit_test(a_cache_has_all_that_was_read),
		cmocka_unit_test(a_cache_of_other_data_or_options_is_made_anew),
		cmocka_unit_test(a_file_that_is_no_cache_is_left_alone),
		cmocka_unit_test(a_cache_that_is_cut_is_damaged),
		cmocka_unit_test(a_cache_in_which_a_bit_flips_is_damaged),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
