/* test_json.c: JSON is written as one line of valid UTF-8 in every locale. */
#include "scratch.h"

#include "json.h"

#include <math.h>

/* Returns what json_line writes, for the caller to free. */
static char *line_of(json_t *json)
{
	gf_error err = {0};
	char *text = NULL;
	size_t count;
	FILE *file = open_memstream(&text, &count);

	assert_non_null(file);
	assert_int_equal(json_line(json, file, "memory", &err), GF_OK);
	fclose(file);
	return text;
}

static void assert_line(json_t *json, const char *wanted)
{
	char *line = line_of(json);

	assert_string_equal(line, wanted);
	free(line);
}

static void an_object_is_one_line_in_the_order_of_its_keys(void **state)
{
	const float w[] = {1.5f, -2, 0.1f, 1e-30f, 3e38f, 0};

	(void)state;
	assert_line(json_pack("{s:i, s:o, s:o, s:o}", "epoch", 7, "loss", json_number(0.25),
			    "weight", json_rows(w, 3, 2), "bias", json_floats(w, 1)),
		"{\"epoch\":7,\"loss\":0.25,\"weight\":[[1.5,-2.0],[0.100000001,1e-30],"
		"[3.00000001e38,0.0]],\"bias\":[1.5]}\n");
}

static void a_number_that_is_not_finite_is_null(void **state)
{
	const float values[] = {NAN, INFINITY, -INFINITY, -0.0f};

	(void)state;
	assert_line(json_number(NAN), "null\n");
	assert_line(json_floats(values, 4), "[null,null,null,-0.0]\n");
}

static void an_empty_list_is_a_list(void **state)
{
	(void)state;
	assert_line(json_floats(NULL, 0), "[]\n");
	assert_line(json_rows(NULL, 0, 3), "[]\n");
}

static float float_of(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

/* The step between the floats is a prime, so that all exponents, subnormals and both signs come
 * up. */
static void assert_floats_read_back(void)
{
	for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 999983) {
		float value = float_of((uint32_t)bits);

		if (!isfinite(value))
			continue;

		char *line = line_of(json_number(value));
		json_t *back = json_loads(line, JSON_DECODE_ANY, NULL);
		float found = (float)json_real_value(back);

		if (!json_is_real(back) || found != value || !signbit(found) != !signbit(value))
			fail_msg("%a was written as %s and read as %a", (double)value, line,
				(double)found);
		json_decref(back);
		free(line);
	}
}

static void every_float_reads_back_the_same(void **state)
{
	(void)state;
	assert_floats_read_back();
}

static void a_locale_with_a_decimal_comma_changes_nothing(void **state)
{
	(void)state;
	scratch_comma_locale();
	assert_line(json_number(1.5), "1.5\n");
	assert_floats_read_back();
	scratch_leave_locale();
}

static void text_in_utf8_stays_as_it_is(void **state)
{
	(void)state;
	assert_line(json_text("a\"\\\n\x7f"), "\"a\\\"\\\\\\n\x7f\"\n");
	assert_line(json_text("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf"),
		"\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf\"\n");
	assert_line(json_text("\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xe0\xa0\x80\xf0\x90\x80\x80"),
		"\"\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xe0\xa0\x80\xf0\x90\x80\x80\"\n");
	assert_line(json_text(""), "\"\"\n");
}

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static void bytes_that_are_not_utf8_become_the_replacement_character(void **state)
{
	static const struct {
		const char *text, *wanted, *what;
	} cases[] = {
		{"gr\xf6\xdf", "\"gr" BAD BAD "\"\n", "Latin-1"},
		{"\xc3", "\"" BAD "\"\n", "cut after one byte of two"},
		{"\xe2\x82", "\"" BAD BAD "\"\n", "cut after two bytes of three"},
		{"\xf0\x9f\x98", "\"" BAD BAD BAD "\"\n", "cut after three bytes of four"},
		{"\xc0\xaf", "\"" BAD BAD "\"\n", "ASCII in two bytes"},
		{"\xe0\x9f\xbf", "\"" BAD BAD BAD "\"\n", "two bytes' worth in three"},
		{"\xf0\x8f\xbf\xbf", "\"" BAD BAD BAD BAD "\"\n", "three bytes' worth in four"},
		{"\xed\xa0\x80", "\"" BAD BAD BAD "\"\n", "the first surrogate"},
		{"\xed\xbf\xbf", "\"" BAD BAD BAD "\"\n", "the last surrogate"},
		{"\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\"\n", "beyond Unicode"},
		{"\x80", "\"" BAD "\"\n", "a continuation alone"},
		{"\xff", "\"" BAD "\"\n", "a byte that is never used"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char *line = line_of(json_text(cases[i].text));

		if (strcmp(line, cases[i].wanted) != 0)
			fail_msg("%s: %s, wanted %s", cases[i].what, line, cases[i].wanted);
		free(line);
	}
}

/* Every sequence of two, three and four bytes becomes a text that jansson accepts. */
static void any_bytes_make_a_valid_text(void **state)
{
	static const unsigned char bytes[] = {0x01, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0,
		0xc1, 0xc2, 0xdf, 0xe0, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
	const unsigned n = sizeof bytes;

	(void)state;
	for (unsigned i = 0; i < n * n * n * n; i++) {
		char text[5] = {(char)bytes[i % n], (char)bytes[i / n % n],
			(char)bytes[i / n / n % n], (char)bytes[i / n / n / n], 0};
		json_t *plain = json_string(text);
		json_t *clean = json_text(text);
		json_t *again = json_string(json_string_value(clean));

		if (!again || !!plain != !strcmp(text, json_string_value(clean)))
			fail_msg("%02x %02x %02x %02x: became %s", text[0] & 0xff, text[1] & 0xff,
				text[2] & 0xff, text[3] & 0xff, json_string_value(clean));
		json_decref(plain);
		json_decref(clean);
		json_decref(again);
	}
}

static void a_line_on_a_full_disk_is_an_error_of_writing(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	gf_error err = {0};

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	assert_failure(json_line(json_number(1), full, "run.log", &err), &err, GF_E_IO,
		"run.log: cannot write: No space left on device");
	fclose(full);
}

static void a_line_that_could_not_be_built_is_an_error_of_memory(void **state)
{
	gf_error err = {0};

	(void)state;
	assert_failure(json_line(NULL, stdout, "run.log", &err), &err, GF_E_MEMORY,
		"run.log: cannot allocate a line of JSON");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_is_one_line_in_the_order_of_its_keys),
		cmocka_unit_test(a_number_that_is_not_finite_is_null),
		cmocka_unit_test(an_empty_list_is_a_list),
		cmocka_unit_test(every_float_reads_back_the_same),
		cmocka_unit_test(a_locale_with_a_decimal_comma_changes_nothing),
		cmocka_unit_test(text_in_utf8_stays_as_it_is),
		cmocka_unit_test(bytes_that_are_not_utf8_become_the_replacement_character),
		cmocka_unit_test(any_bytes_make_a_valid_text),
		cmocka_unit_test(a_line_on_a_full_disk_is_an_error_of_writing),
		cmocka_unit_test(a_line_that_could_not_be_built_is_an_error_of_memory),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
