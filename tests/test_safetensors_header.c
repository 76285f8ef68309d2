/* test_safetensors_header.c: a safetensors file with anything wrong in its header is refused. */
#include "basics.h"
#include "container.h"
#include "scratch.h"

#include "safetensors.h"

/* The middle of these messages comes from jansson. */
static void assert_no_json(const char *header, const char *wanted, const char *end)
{
	struct safetensors *file;
	gf_error err = {0};
	size_t tail = strlen(end);

	container_write(header, 0);
	assert_int_equal(safetensors_read(&file, CONTAINER, &err), GF_E_DATA);
	assert_begins(err.message, wanted);
	assert_string_equal(err.message + strlen(err.message) - tail, end);
}

static void a_header_that_is_not_json_is_refused(void **state)
{
	(void)state;
	assert_no_json("{\"a\":}", CONTAINER ": the header is not JSON: ", " (at byte 14)");
	assert_no_json("{\"a\":1", CONTAINER ": the header is not JSON: ", " (at byte 14)");
	assert_no_json("{} {}", CONTAINER ": the header is not JSON: ", " (at byte 12)");
	assert_no_json("{\"\xff\":1}", CONTAINER ": the header is not JSON: ", " (at byte 10)");
	assert_no_json("{\"\\u0000\":1}", CONTAINER ": the header is not JSON: ", ")");
	assert_no_json("{\"a\":99999999999999999999}", CONTAINER ": the header is not JSON: ", ")");
}

static void a_name_that_comes_twice_is_refused(void **state)
{
	(void)state;
	assert_no_json("{\"a\":1,\"a\":1}",
		CONTAINER ": the header is not JSON: duplicate object key", " (at byte 18)");
}

static void deeply_nested_lists_are_refused(void **state)
{
	enum { DEPTH = 100000 };
	char *header = malloc(DEPTH + 6);

	(void)state;
	assert_non_null(header);
	memcpy(header, "{\"a\":", 5);
	memset(header + 5, '[', DEPTH);
	header[DEPTH + 5] = '\0';
	assert_no_json(header, CONTAINER ": the header is not JSON: ", ")");
	free(header);
}

/* ---- what is wrong in the header ---- */

static void metadata_that_are_no_strings_are_refused(void **state)
{
	(void)state;
	assert_header_refused(
		"{\"__metadata__\":[]}", 0, "\"__metadata__\" is an array, wanted an object");
	assert_header_refused("{\"__metadata__\":{\"a\":\"b\",\"c\":1}}", 0,
		"\"__metadata__\": \"c\" is an integer, wanted a string");
	assert_header_refused("{\"__metadata__\":{\"c\":null}}", 0,
		"\"__metadata__\": \"c\" is null, wanted a string");
}

static void a_tensor_that_is_no_object_is_refused(void **state)
{
	(void)state;
	assert_header_refused("{\"w\":true}", 0, "tensor \"w\": is true, wanted an object");
	assert_header_refused("{\"w\":1.5}", 0, "tensor \"w\": is a real number, wanted an object");
}

static void a_tensor_that_lacks_a_member_is_refused(void **state)
{
	(void)state;
	assert_header_refused(
		"{\"w\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "tensor \"w\": no \"dtype\"");
	assert_header_refused("{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4,
		"tensor \"w\": no \"shape\"");
	assert_header_refused("{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4,
		"tensor \"w\": no \"data_offsets\"");
}

static void a_tensor_with_a_member_of_another_type_is_refused(void **state)
{
	(void)state;
	assert_header_refused("{\"w\":{\"dtype\":32,\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
		"tensor \"w\": \"dtype\" is an integer, wanted a string");
	assert_header_refused("{\"w\":{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}}", 4,
		"tensor \"w\": \"shape\" is an integer, wanted an array");
	assert_header_refused(
		"{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":{\"0\":4}}}", 4,
		"tensor \"w\": \"data_offsets\" is an object, wanted an array");
}

static void a_tensor_of_no_floats_is_refused_by_its_type(void **state)
{
	static const char *const types[] = {"I64", "BOOL", "F8_E4M3", "f32", ""};

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		char header[128], words[128];

		snprintf(header, sizeof header,
			"{\"w\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,8]}}",
			types[i]);
		snprintf(words, sizeof words,
			"tensor \"w\": dtype %s, wanted F32, F64, F16 or BF16", types[i]);
		assert_header_refused(header, 8, words);
	}
}

/* A file of that tensor and count bytes is refused. */
static void assert_tensor_refused(
	const char *shape, const char *offsets, size_t count, const char *words)
{
	char header[256];

	snprintf(header, sizeof header,
		"{\"w\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":%s}}", shape, offsets);
	assert_header_refused(header, count, words);
}

/* Asserts that the shape is refused for a tensor at [0, 4]. */
static void assert_shape_refused(const char *shape, const char *words)
{
	assert_tensor_refused(shape, "[0,4]", 4, words);
}

static void an_impossible_shape_is_refused(void **state)
{
	(void)state;
	assert_shape_refused("[-1]", "tensor \"w\": \"shape\" holds -1, wanted a size");
	assert_shape_refused(
		"[1.0]", "tensor \"w\": \"shape\" holds a real number, wanted an integer");
	assert_shape_refused(
		"[\"1\"]", "tensor \"w\": \"shape\" holds a string, wanted an integer");
	assert_shape_refused("[[1]]", "tensor \"w\": \"shape\" holds an array, wanted an integer");
	assert_shape_refused(
		"[1,1,1,1,1]", "tensor \"w\": a shape of 5 dimensions, wanted at most 4");
	assert_shape_refused("[4611686018427387904]",
		"tensor \"w\": a shape of more numbers than memory can hold");
	assert_shape_refused("[4294967296,4294967296]",
		"tensor \"w\": a shape of more numbers than memory can hold");
	assert_shape_refused("[65536,65536,65536,65537]",
		"tensor \"w\": a shape of more numbers than memory can hold");
}

/* Asserts that the data_offsets are refused for a tensor of two numbers in 8 bytes. */
static void assert_offsets_refused(const char *offsets, const char *words)
{
	assert_tensor_refused("[2,1]", offsets, 8, words);
}

static void impossible_offsets_are_refused(void **state)
{
	(void)state;
	assert_offsets_refused("[]", "tensor \"w\": \"data_offsets\" holds 0 numbers, wanted 2");
	assert_offsets_refused("[8]", "tensor \"w\": \"data_offsets\" holds 1 numbers, wanted 2");
	assert_offsets_refused(
		"[0,4,8]", "tensor \"w\": \"data_offsets\" holds 3 numbers, wanted 2");
	assert_offsets_refused("[-8,0]", "tensor \"w\": \"data_offsets\" holds -8, wanted a size");
	assert_offsets_refused(
		"[0,8.0]", "tensor \"w\": \"data_offsets\" holds a real number, wanted an integer");
	assert_offsets_refused("[8,0]", "tensor \"w\": \"data_offsets\" [8, 0] run backwards");
}

static void offsets_that_do_not_fit_the_shape_are_refused(void **state)
{
	(void)state;
	assert_offsets_refused("[0,4]",
		"tensor \"w\": \"data_offsets\" span 4 bytes, but the shape (2, 1) takes 8");
	assert_offsets_refused("[0,9]",
		"tensor \"w\": \"data_offsets\" span 9 bytes, but the shape (2, 1) takes 8");
	assert_offsets_refused("[0,9223372036854775807]",
		"tensor \"w\": \"data_offsets\" span 9223372036854775807 bytes, "
		"but the shape (2, 1) takes 8");
}

static void tensors_that_do_not_begin_at_0_are_refused(void **state)
{
	(void)state;
	assert_offsets_refused("[1,9]",
		"tensor \"w\": begins at byte 1, wanted 0, where the tensor before it ends");
	assert_offsets_refused("[9223372036854775799,9223372036854775807]",
		"tensor \"w\": begins at byte 9223372036854775799, wanted 0, "
		"where the tensor before it ends");
}

/* Two tensors are refused: a of one number at [0, 4], and b of two numbers at offsets. */
static void assert_second_refused(const char *offsets, size_t count, const char *words)
{
	char header[256];

	snprintf(header, sizeof header,
		"{\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":%s},"
		"\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
		offsets);
	assert_header_refused(header, count, words);
}

static void tensors_that_overlap_are_refused(void **state)
{
	(void)state;
	assert_second_refused("[0,8]", 8,
		"tensor \"b\": begins at byte 0, wanted 4, where the tensor before it ends");
	assert_second_refused("[3,11]", 12,
		"tensor \"b\": begins at byte 3, wanted 4, where the tensor before it ends");
}

static void a_hole_between_tensors_is_refused(void **state)
{
	(void)state;
	assert_second_refused("[8,16]", 16,
		"tensor \"b\": begins at byte 8, wanted 4, where the tensor before it ends");
}

static void a_file_of_fewer_or_more_bytes_than_its_tensors_is_refused(void **state)
{
	(void)state;
	assert_second_refused("[4,12]", 11, "the tensors take 12 bytes, but the file has only 11");
	assert_second_refused("[4,12]", 0, "the tensors take 12 bytes, but the file has only 0");
	assert_second_refused(
		"[4,12]", 13, "the tensors take 12 bytes, but the file goes on after them");
	assert_header_refused("{}", 1, "the tensors take 0 bytes, but the file goes on after them");
}

/* The header claims a terabyte, for which no memory is allocated. */
static void a_tensor_far_larger_than_the_file_is_refused(void **state)
{
	(void)state;
	assert_header_refused("{\"w\":{\"dtype\":\"F32\",\"shape\":[274877906944],"
			      "\"data_offsets\":[0,1099511627776]}}",
		100000, "the tensors take 1099511627776 bytes, but the file has only 100000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_that_is_not_json_is_refused),
		cmocka_unit_test(a_name_that_comes_twice_is_refused),
		cmocka_unit_test(deeply_nested_lists_are_refused),
		cmocka_unit_test(metadata_that_are_no_strings_are_refused),
		cmocka_unit_test(a_tensor_that_is_no_object_is_refused),
		cmocka_unit_test(a_tensor_that_lacks_a_member_is_refused),
		cmocka_unit_test(a_tensor_with_a_member_of_another_type_is_refused),
		cmocka_unit_test(a_tensor_of_no_floats_is_refused_by_its_type),
		cmocka_unit_test(an_impossible_shape_is_refused),
		cmocka_unit_test(impossible_offsets_are_refused),
		cmocka_unit_test(offsets_that_do_not_fit_the_shape_are_refused),
		cmocka_unit_test(tensors_that_do_not_begin_at_0_are_refused),
		cmocka_unit_test(tensors_that_overlap_are_refused),
		cmocka_unit_test(a_hole_between_tensors_is_refused),
		cmocka_unit_test(a_file_of_fewer_or_more_bytes_than_its_tensors_is_refused),
		cmocka_unit_test(a_tensor_far_larger_than_the_file_is_refused),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
