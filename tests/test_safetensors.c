/* test_safetensors.c: the container: what is written reads back, and nothing wrong is read. */
#include "scratch.h"

#include "safetensors.h"

#include <math.h>

#define M "m.safetensors"

/* ---- files ---- */

/* The length and the text of a header, then count bytes of zeros. */
static void write_file(const char *header, size_t count)
{
	size_t length = strlen(header);
	char *bytes = calloc(1, 8 + length + count);

	assert_non_null(bytes);
	for (int i = 0; i < 8; i++)
		bytes[i] = (char)((uint64_t)length >> 8 * i);
	memcpy(bytes + 8, header, length);
	scratch_write(M, bytes, 8 + length + count);
	free(bytes);
}

static void assert_refused(gf_status wanted, const char *message)
{
	struct safetensors *file = (void *)1;
	gf_error err = {0};

	assert_failure(safetensors_read(&file, M, &err), &err, wanted, message);
	assert_null(file);
}

/* A file of that header and count bytes is refused with those words after its name. */
static void assert_header_refused(const char *header, size_t count, const char *words)
{
	char message[1024];

	write_file(header, count);
	snprintf(message, sizeof message, "%s: %s", M, words);
	assert_refused(GF_E_DATA, message);
}

static struct safetensors *read_good(void)
{
	struct safetensors *file = NULL;
	gf_error err = {0};

	if (safetensors_read(&file, M, &err))
		fail_msg("%s", err.message);
	return file;
}

static const float W[6] = {1, -2.5f, 0x1p-149f, 0x1.fffffep+127f, -0.0f, 0.1f};
static const float B[3] = {NAN, INFINITY, -INFINITY};

static void write_good(void)
{
	const struct safetensors_tensor tensors[] = {
		{"weight", 2, {3, 2}, W},
		{"bias", 1, {3}, B},
	};
	const struct safetensors_pair metadata[] = {
		{"format", "pt"}, {"who", "gr\xc3\xb6\xc3\x9f\nat"}};
	gf_error err = {0};

	assert_int_equal(safetensors_write(M, tensors, 2, metadata, 2, &err), GF_OK);
}

static void assert_same_floats(const float *found, const float *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(&found[i], &wanted[i], sizeof *found) != 0)
			fail_msg("[%zu] is %a, wanted %a", i, (double)found[i], (double)wanted[i]);
}

/* ---- what is right ---- */

static void what_is_written_reads_back_bit_for_bit(void **state)
{
	struct safetensors *file;
	const struct safetensors_tensor *weight, *bias;

	(void)state;
	write_good();
	file = read_good();
	weight = safetensors_find(file, "weight");
	bias = safetensors_find(file, "bias");
	assert_int_equal(safetensors_count(file), 2);
	assert_ptr_equal(safetensors_at(file, 0), weight);
	assert_ptr_equal(safetensors_at(file, 1), bias);
	assert_null(safetensors_find(file, "weigh"));
	assert_int_equal(weight->rank, 2);
	assert_int_equal(weight->shape[0], 3);
	assert_int_equal(weight->shape[1], 2);
	assert_int_equal(bias->rank, 1);
	assert_int_equal(bias->shape[0], 3);
	assert_same_floats(weight->values, W, 6);
	assert_same_floats(bias->values, B, 3);
	assert_string_equal(safetensors_metadata(file, "format"), "pt");
	assert_string_equal(safetensors_metadata(file, "who"), "gr\xc3\xb6\xc3\x9f\nat");
	assert_null(safetensors_metadata(file, "whom"));
	safetensors_free(file);
}

static void the_bytes_are_those_of_the_format(void **state)
{
	static const char header[] =
		"{\"__metadata__\":{\"format\":\"pt\",\"who\":\"gr\xc3\xb6\xc3\x9f\\nat\"},"
		"\"weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]},"
		"\"bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[24,36]}}      ";
	static const char one[] = {0, 0, (char)0x80, 0x3f}; /* 1.0f, little-endian */
	size_t count;
	char *bytes;

	(void)state;
	write_good();
	bytes = scratch_read(M, &count);
	assert_int_equal(strlen(header) % 8, 0);
	assert_int_equal((unsigned char)bytes[0], strlen(header) % 256);
	assert_int_equal((unsigned char)bytes[1], strlen(header) / 256);
	assert_memory_equal(bytes + 2, "\0\0\0\0\0\0", 6);
	assert_memory_equal(bytes + 8, header, strlen(header));
	assert_memory_equal(bytes + 8 + strlen(header), one, 4);
	assert_int_equal(count, 8 + strlen(header) + 36);
	free(bytes);
}

/* More than the chunks in which the file is written and read. */
static void a_large_tensor_reads_back(void **state)
{
	enum { COUNT = 100003 };
	float *values = malloc(COUNT * sizeof *values);
	const struct safetensors_tensor tensor = {"t", 1, {COUNT}, values};
	struct safetensors *file;

	(void)state;
	assert_non_null(values);
	for (size_t i = 0; i < COUNT; i++)
		values[i] = (float)i;
	assert_int_equal(safetensors_write(M, &tensor, 1, NULL, 0, NULL), GF_OK);
	file = read_good();
	assert_same_floats(safetensors_find(file, "t")->values, values, COUNT);
	assert_null(safetensors_metadata(file, "format"));
	safetensors_free(file);
	free(values);
}

static void tensors_may_stand_in_any_order(void **state)
{
	struct safetensors *file;

	(void)state;
	write_file("{\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]},"
		   "\"empty\":{\"dtype\":\"F32\",\"shape\":[5,0],\"data_offsets\":[4,4]},"
		   "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}",
		12);
	file = read_good();
	assert_string_equal(safetensors_at(file, 0)->name, "a");
	assert_string_equal(safetensors_at(file, 1)->name, "empty");
	assert_string_equal(safetensors_at(file, 2)->name, "b");
	assert_int_equal(safetensors_find(file, "a")->rank, 0);
	safetensors_free(file);
}

static void no_tensors_at_all_are_a_file_too(void **state)
{
	struct safetensors *file;

	(void)state;
	write_file("{}", 0);
	file = read_good();
	assert_int_equal(safetensors_count(file), 0);
	assert_null(safetensors_find(file, "weight"));
	safetensors_free(file);
}

static void a_shape_reads_as_in_python(void **state)
{
	const struct safetensors_tensor tensor = {
		"t", 4, {SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX}, NULL};
	const struct safetensors_tensor number = {"t", 0, {0}, NULL};
	char text[SAFETENSORS_SHAPE_TEXT];

	(void)state;
	assert_string_equal(safetensors_shape(&number, text), "()");
	assert_true(strlen(safetensors_shape(&tensor, text)) < sizeof text);
}

/* ---- what is wrong with the file ---- */

static void a_file_that_cannot_be_opened_is_refused(void **state)
{
	struct safetensors *file;
	gf_error err = {0};

	(void)state;
	assert_failure(safetensors_read(&file, "no/file", &err), &err, GF_E_NOINPUT,
		"no/file: cannot open: No such file or directory");
	err = (gf_error){0};
	assert_failure(safetensors_read(&file, ".", &err), &err, GF_E_NOINPUT,
		".: cannot open: Is a directory");
}

static void a_file_without_a_length_is_refused(void **state)
{
	(void)state;
	scratch_write(M, "", 0);
	assert_refused(
		GF_E_DATA, M ": 0 bytes, wanted at least the 8 that give the header's length");
	scratch_write(M, "1234567", 7);
	assert_refused(
		GF_E_DATA, M ": 7 bytes, wanted at least the 8 that give the header's length");
}

static void a_header_longer_than_the_format_allows_is_refused(void **state)
{
	(void)state;
	scratch_write(M, "\x01\xe1\xf5\x05\0\0\0\0{", 9);
	assert_refused(GF_E_DATA, M ": a header of 100000001 bytes, wanted at most 100000000");
	scratch_write(M, "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10);
	assert_refused(
		GF_E_DATA, M ": a header of 18446744073709551615 bytes, wanted at most 100000000");
}

static void a_header_longer_than_the_file_is_refused(void **state)
{
	(void)state;
	scratch_write(M, "\x03\0\0\0\0\0\0\0{}", 10);
	assert_refused(GF_E_DATA, M ": a header of 3 bytes, but only 2 follow");
	scratch_write(M, "\x00\xe1\xf5\x05\0\0\0\0{}", 10);
	assert_refused(GF_E_DATA, M ": a header of 100000000 bytes, but only 2 follow");
}

static void a_header_that_is_no_object_is_refused(void **state)
{
	static const char words[] = "the header does not begin with '{', wanted a JSON object";

	(void)state;
	assert_header_refused("", 0, words);
	assert_header_refused("[]", 0, words);
	assert_header_refused(" {}", 0, words);
	assert_header_refused("\x1f\x8b\x08", 0, words);
}

/* The middle of these messages is jansson's. */
static void assert_no_json(const char *header, const char *wanted, const char *end)
{
	struct safetensors *file;
	gf_error err = {0};
	size_t tail = strlen(end);

	write_file(header, 0);
	assert_int_equal(safetensors_read(&file, M, &err), GF_E_DATA);
	if (strncmp(err.message, wanted, strlen(wanted)) != 0)
		fail_msg("\"%s\", wanted \"%s...\"", err.message, wanted);
	assert_string_equal(err.message + strlen(err.message) - tail, end);
}

static void a_header_that_is_no_json_is_refused(void **state)
{
	(void)state;
	assert_no_json("{\"a\":}", M ": the header is not JSON: ", " (at byte 14)");
	assert_no_json("{\"a\":1", M ": the header is not JSON: ", " (at byte 14)");
	assert_no_json("{} {}", M ": the header is not JSON: ", " (at byte 12)");
	assert_no_json("{\"\xff\":1}", M ": the header is not JSON: ", " (at byte 10)");
	assert_no_json("{\"\\u0000\":1}", M ": the header is not JSON: ", ")");
	assert_no_json("{\"a\":99999999999999999999}", M ": the header is not JSON: ", ")");
}

static void a_name_that_comes_twice_is_refused(void **state)
{
	(void)state;
	assert_no_json("{\"a\":1,\"a\":1}", M ": the header is not JSON: duplicate object key",
		" (at byte 18)");
}

static void a_nest_of_lists_is_refused(void **state)
{
	enum { DEPTH = 100000 };
	char *header = malloc(DEPTH + 6);

	(void)state;
	assert_non_null(header);
	memcpy(header, "{\"a\":", 5);
	memset(header + 5, '[', DEPTH);
	header[DEPTH + 5] = '\0';
	assert_no_json(header, M ": the header is not JSON: ", ")");
	free(header);
}

/* ---- what is wrong in the header ---- */

static void metadata_that_are_not_texts_are_refused(void **state)
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

static void a_tensor_that_is_not_f32_is_refused_by_its_type(void **state)
{
	static const char *const types[] = {"F64", "F16", "BF16", "I64", "f32", ""};

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		char header[128], words[128];

		snprintf(header, sizeof header,
			"{\"w\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,8]}}",
			types[i]);
		snprintf(words, sizeof words, "tensor \"w\": dtype %s, wanted F32", types[i]);
		assert_header_refused(header, 8, words);
	}
}

/* The shape of a tensor at [0, 4]. */
static void assert_shape_refused(const char *shape, const char *words)
{
	char header[256];

	snprintf(header, sizeof header,
		"{\"w\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[0,4]}}", shape);
	assert_header_refused(header, 4, words);
}

static void a_shape_that_cannot_be_is_refused(void **state)
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

/* The data_offsets of a tensor of two numbers, in a file of 8 bytes. */
static void assert_offsets_refused(const char *offsets, const char *words)
{
	char header[256];

	snprintf(header, sizeof header,
		"{\"w\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":%s}}", offsets);
	assert_header_refused(header, 8, words);
}

static void offsets_that_cannot_be_are_refused(void **state)
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

static void tensors_that_do_not_begin_at_the_beginning_are_refused(void **state)
{
	(void)state;
	assert_offsets_refused(
		"[1,9]", "tensor \"w\": begins at byte 1, wanted 0, where the one before it ends");
	assert_offsets_refused("[9223372036854775799,9223372036854775807]",
		"tensor \"w\": begins at byte 9223372036854775799, wanted 0, "
		"where the one before it ends");
}

/* Two tensors: a of one number at [0, 4], b of two where offsets say. */
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
		"tensor \"b\": begins at byte 0, wanted 4, where the one before it ends");
	assert_second_refused("[3,11]", 12,
		"tensor \"b\": begins at byte 3, wanted 4, where the one before it ends");
}

static void a_hole_between_tensors_is_refused(void **state)
{
	(void)state;
	assert_second_refused("[8,16]", 16,
		"tensor \"b\": begins at byte 8, wanted 4, where the one before it ends");
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

/* A terabyte that is not there costs neither memory nor time. */
static void a_tensor_far_larger_than_the_file_is_refused(void **state)
{
	(void)state;
	assert_header_refused("{\"w\":{\"dtype\":\"F32\",\"shape\":[274877906944],"
			      "\"data_offsets\":[0,1099511627776]}}",
		100000, "the tensors take 1099511627776 bytes, but the file has only 100000");
}

/* ---- any damage ---- */

static void a_file_cut_at_any_byte_is_refused(void **state)
{
	size_t count;
	char *bytes;

	(void)state;
	write_good();
	bytes = scratch_read(M, &count);
	for (size_t cut = 0; cut < count; cut++) {
		struct safetensors *file;
		gf_error err = {0};

		scratch_write(M, bytes, cut);
		if (safetensors_read(&file, M, &err) != GF_E_DATA)
			fail_msg("cut at byte %zu of %zu: status %d \"%s\"", cut, count,
				(int)err.status, err.message);
	}
	free(bytes);
}

/* Not every flip is an error (one letter of a name for another), but none is a crash. */
static void a_file_with_any_bit_flipped_does_no_harm(void **state)
{
	size_t count, read = 0;
	char *bytes;

	(void)state;
	write_good();
	bytes = scratch_read(M, &count);
	for (size_t bit = 0; bit < 8 * count; bit++) {
		struct safetensors *file;
		gf_error err = {0};

		bytes[bit / 8] ^= (char)(1 << bit % 8);
		scratch_write(M, bytes, count);
		if (safetensors_read(&file, M, &err) == GF_OK)
			read++;
		else if (err.status != GF_E_DATA || strncmp(err.message, M ": ", strlen(M) + 2))
			fail_msg("bit %zu of byte %zu: status %d \"%s\"", bit % 8, bit / 8,
				(int)err.status, err.message);
		safetensors_free(file);
		bytes[bit / 8] ^= (char)(1 << bit % 8);
	}
	/* Any bit of the numbers is a number. */
	assert_true(read >= 8 * 36 && read < 8 * count);
	free(bytes);
}

/* ---- writing ---- */

static void a_file_that_cannot_be_created_is_an_error(void **state)
{
	const struct safetensors_tensor tensor = {"w", 1, {3}, B};
	gf_error err = {0};

	(void)state;
	assert_failure(safetensors_write("no/file", &tensor, 1, NULL, 0, &err), &err,
		GF_E_CANTCREATE, "no/file: cannot create: No such file or directory");
}

static void a_full_disk_is_an_error(void **state)
{
	const struct safetensors_tensor tensor = {"w", 1, {3}, B};
	gf_error err = {0};

	(void)state;
	assert_failure(safetensors_write("/dev/full", &tensor, 1, NULL, 0, &err), &err, GF_E_IO,
		"/dev/full: cannot write: No space left on device");
}

static void a_header_that_no_reader_would_take_is_not_written(void **state)
{
	enum { LENGTH = 100000000 };
	char *text = malloc(LENGTH + 1);
	const struct safetensors_pair pair = {"k", text};
	gf_error err = {0};

	(void)state;
	assert_non_null(text);
	memset(text, 'x', LENGTH);
	text[LENGTH] = '\0';
	/* {"__metadata__":{"k":"..."}} adds 25 to the text */
	assert_failure(safetensors_write("big", NULL, 0, &pair, 1, &err), &err, GF_E_DATA,
		"big: a header of 100000025 bytes, and the format allows only 100000000");
	assert_int_equal(access("big", F_OK), -1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_reads_back_bit_for_bit),
		cmocka_unit_test(the_bytes_are_those_of_the_format),
		cmocka_unit_test(a_large_tensor_reads_back),
		cmocka_unit_test(tensors_may_stand_in_any_order),
		cmocka_unit_test(no_tensors_at_all_are_a_file_too),
		cmocka_unit_test(a_shape_reads_as_in_python),
		cmocka_unit_test(a_file_that_cannot_be_opened_is_refused),
		cmocka_unit_test(a_file_without_a_length_is_refused),
		cmocka_unit_test(a_header_longer_than_the_format_allows_is_refused),
		cmocka_unit_test(a_header_longer_than_the_file_is_refused),
		cmocka_unit_test(a_header_that_is_no_object_is_refused),
		cmocka_unit_test(a_header_that_is_no_json_is_refused),
		cmocka_unit_test(a_name_that_comes_twice_is_refused),
		cmocka_unit_test(a_nest_of_lists_is_refused),
		cmocka_unit_test(metadata_that_are_not_texts_are_refused),
		cmocka_unit_test(a_tensor_that_is_no_object_is_refused),
		cmocka_unit_test(a_tensor_that_lacks_a_member_is_refused),
		cmocka_unit_test(a_tensor_with_a_member_of_another_type_is_refused),
		cmocka_unit_test(a_tensor_that_is_not_f32_is_refused_by_its_type),
		cmocka_unit_test(a_shape_that_cannot_be_is_refused),
		cmocka_unit_test(offsets_that_cannot_be_are_refused),
		cmocka_unit_test(offsets_that_do_not_fit_the_shape_are_refused),
		cmocka_unit_test(tensors_that_do_not_begin_at_the_beginning_are_refused),
		cmocka_unit_test(tensors_that_overlap_are_refused),
		cmocka_unit_test(a_hole_between_tensors_is_refused),
		cmocka_unit_test(a_file_of_fewer_or_more_bytes_than_its_tensors_is_refused),
		cmocka_unit_test(a_tensor_far_larger_than_the_file_is_refused),
		cmocka_unit_test(a_file_cut_at_any_byte_is_refused),
		cmocka_unit_test(a_file_with_any_bit_flipped_does_no_harm),
		cmocka_unit_test(a_file_that_cannot_be_created_is_an_error),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(a_header_that_no_reader_would_take_is_not_written),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
