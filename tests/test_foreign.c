/* test_foreign.c: the formats of other programs are known by their first bytes, and missing values
 * by words. */
#include "csv_rows.h"
#include "formats.h"
#include "missing.h"

#include <string.h>

static void pandas_words_are_missing_values(void **state)
{
	static const char *const words[] = {"", " ", " NA ", "#N/A", "#N/A N/A", "#NA", "-1.#IND",
		"-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NULL", "None",
		"n/a", "nan", "null", "?"};

	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		assert_true(na_word(&csv_plain, words[i], strlen(words[i])));
	assert_false(na_word(&csv_plain, "-1", 2));
	assert_false(na_word(&csv_plain, "Nantes", 6));
}

static void foreign_formats_are_named(void **state)
{
	static const struct {
		const char *bytes, *what;
	} files[] = {
		{"\x28\xb5\x2f\xfd", "zstd -dc data | gpufit -"},
		{"BZh9", "bzip2 -dc data | gpufit -"},
		{"PK\x03\x04", "unzip -p data | gpufit -"},
		{"PAR1", "a Parquet file"},
		{"% c\n@relation t\n", "an ARFF file"},
		{"{\"x\": 1}\n", "JSON"},
		{"1 |f price:.23\n", "Vowpal Wabbit's format"},
		{"1 0:1:1 1:3:0.5\n", "libffm's label field:index:value"},
	};
	gf_error err;

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
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
		cmocka_unit_test(pandas_words_are_missing_values),
		cmocka_unit_test(foreign_formats_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
