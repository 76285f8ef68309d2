/* test_safetensors.c: a safetensors file reads back as it was written, and a damaged one is
 * refused. */
#include "container.h"
#include "damage.h"
#include "scratch.h"

#include "safetensors.h"

#include <math.h>

static struct safetensors *read_good(void)
{
	struct safetensors *file = NULL;
	gf_error err = {0};

	if (safetensors_read(&file, CONTAINER, &err))
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

	assert_int_equal(safetensors_write(CONTAINER, tensors, 2, metadata, 2, &err), GF_OK);
}

static void assert_same_floats(const float *found, const float *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_same_float(found[i], wanted[i], "values", i);
}

/* ---- what is right ---- */

static void tensors_read_back_bit_for_bit(void **state)
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

static void the_file_has_the_bytes_of_the_format(void **state)
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
	bytes = scratch_read(CONTAINER, &count);
	assert_int_equal(strlen(header) % 8, 0);
	assert_int_equal((unsigned char)bytes[0], strlen(header) % 256);
	assert_int_equal((unsigned char)bytes[1], strlen(header) / 256);
	assert_memory_equal(bytes + 2, "\0\0\0\0\0\0", 6);
	assert_memory_equal(bytes + 8, header, strlen(header));
	assert_memory_equal(bytes + 8 + strlen(header), one, 4);
	assert_int_equal(count, 8 + strlen(header) + 36);
	free(bytes);
}

/* The tensor is larger than the chunks in which the file is written and read. */
static void a_large_tensor_reads_back(void **state)
{
	enum { MANY = 100003 };
	float *values = malloc(MANY * sizeof *values);
	const struct safetensors_tensor tensor = {"t", 1, {MANY}, values};
	struct safetensors *file;

	(void)state;
	assert_non_null(values);
	for (size_t i = 0; i < MANY; i++)
		values[i] = (float)i;
	assert_int_equal(safetensors_write(CONTAINER, &tensor, 1, NULL, 0, NULL), GF_OK);
	file = read_good();
	assert_same_floats(safetensors_find(file, "t")->values, values, MANY);
	assert_null(safetensors_metadata(file, "format"));
	safetensors_free(file);
	free(values);
}

static void tensors_may_stand_in_any_order(void **state)
{
	struct safetensors *file;

	(void)state;
	container_write("{\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]},"
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

static void floats_of_16_and_64_bits_are_read(void **state)
{
	static const char header[] =
		"{\"d\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]},"
		"\"h\":{\"dtype\":\"F16\",\"shape\":[6],\"data_offsets\":[16,28]},"
		"\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[28,32]},"
		"\"f\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[32,36]}}";
	/* 1.5, -0.1; 1, -2, 65504, 2^-24, -0, inf; 3.140625, -1; 0.1f */
	static const unsigned char numbers[] = {0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0x9a, 0x99, 0x99,
		0x99, 0x99, 0x99, 0xb9, 0xbf, 0, 0x3c, 0, 0xc0, 0xff, 0x7b, 1, 0, 0, 0x80, 0, 0x7c,
		0x49, 0x40, 0x80, 0xbf, 0xcd, 0xcc, 0xcc, 0x3d};
	static const float halves[] = {1, -2, 65504, 0x1p-24f, -0.0f, INFINITY};
	unsigned char text[8 + sizeof header - 1 + sizeof numbers] = {
		(sizeof header - 1) & 255, (sizeof header - 1) >> 8};
	struct safetensors *file;

	(void)state;
	memcpy(text + 8, header, sizeof header - 1);
	memcpy(text + 8 + sizeof header - 1, numbers, sizeof numbers);
	scratch_write(CONTAINER, (const char *)text, sizeof text);
	file = read_good();
	assert_true(safetensors_find(file, "d")->values[0] == 1.5f);
	assert_true(safetensors_find(file, "d")->values[1] == -0.1f);
	assert_memory_equal(safetensors_find(file, "h")->values, halves, sizeof halves);
	assert_true(safetensors_find(file, "b")->values[0] == 3.140625f);
	assert_true(safetensors_find(file, "b")->values[1] == -1.0f);
	assert_true(safetensors_find(file, "f")->values[0] == 0.1f);
	safetensors_free(file);
}

static void files_of_other_formats_are_named(void **state)
{
	(void)state;
	scratch_write(CONTAINER, "PK\3\4\0\0\x08\x08\0\0", 10);
	container_refused(GF_E_DATA, CONTAINER
		": a zip archive, as torch.save writes it; safetensors is wanted, as "
		"safetensors.torch.save_file(model.state_dict(), \"model.safetensors\") writes it");
	scratch_write(CONTAINER, "\x80\2}q\0X\6\0\0", 9);
	container_refused(GF_E_DATA, CONTAINER
		": a Python pickle; safetensors is wanted, as "
		"safetensors.torch.save_file(model.state_dict(), \"model.safetensors\") writes it");
}

static void a_file_may_have_no_tensors(void **state)
{
	struct safetensors *file;

	(void)state;
	container_write("{}", 0);
	file = read_good();
	assert_int_equal(safetensors_count(file), 0);
	assert_null(safetensors_find(file, "weight"));
	safetensors_free(file);
}

static void a_shape_is_written_as_in_python(void **state)
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
	scratch_write(CONTAINER, "", 0);
	container_refused(GF_E_DATA,
		CONTAINER ": 0 bytes, wanted at least 8, which give the header's length");
	scratch_write(CONTAINER, "1234567", 7);
	container_refused(GF_E_DATA,
		CONTAINER ": 7 bytes, wanted at least 8, which give the header's length");
}

static void a_header_longer_than_the_format_allows_is_refused(void **state)
{
	(void)state;
	scratch_write(CONTAINER, "\x01\xe1\xf5\x05\0\0\0\0{", 9);
	container_refused(GF_E_DATA,
		CONTAINER ": not a safetensors file: "
			  "its first 8 bytes announce a header of 100000001 bytes, "
			  "wanted at most 100000000");
	scratch_write(CONTAINER, "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10);
	container_refused(GF_E_DATA,
		CONTAINER ": not a safetensors file: "
			  "its first 8 bytes announce a header of 18446744073709551615 bytes, "
			  "wanted at most 100000000");
}

static void a_header_longer_than_the_file_is_refused(void **state)
{
	(void)state;
	scratch_write(CONTAINER, "\x03\0\0\0\0\0\0\0{}", 10);
	container_refused(GF_E_DATA, CONTAINER ": a header of 3 bytes, but only 2 follow");
	scratch_write(CONTAINER, "\x00\xe1\xf5\x05\0\0\0\0{}", 10);
	container_refused(GF_E_DATA, CONTAINER ": a header of 100000000 bytes, but only 2 follow");
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

/* ---- any damage ---- */

static gf_status read_container(const char *path, gf_error *err)
{
	struct safetensors *file;
	gf_status status = safetensors_read(&file, path, err);

	safetensors_free(file);
	return status;
}

static void a_file_cut_at_any_byte_is_refused(void **state)
{
	(void)state;
	write_good();
	cut_at_any_byte(CONTAINER, read_container);
}

/* Not every flip is an error: it may only change a letter of a name. */
static void a_file_with_any_bit_flipped_is_read_or_refused(void **state)
{
	size_t bits, read;

	(void)state;
	write_good();
	read = flip_any_bit(CONTAINER, read_container, &bits);
	/* With any bit of a number flipped the file is still read. */
	assert_true(read >= 8 * 36 && read < bits);
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

static void a_header_longer_than_readers_accept_is_not_written(void **state)
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
		"big: a header of 100000025 bytes, but the format allows only 100000000");
	assert_int_equal(access("big", F_OK), -1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tensors_read_back_bit_for_bit),
		cmocka_unit_test(the_file_has_the_bytes_of_the_format),
		cmocka_unit_test(a_large_tensor_reads_back),
		cmocka_unit_test(tensors_may_stand_in_any_order),
		cmocka_unit_test(floats_of_16_and_64_bits_are_read),
		cmocka_unit_test(files_of_other_formats_are_named),
		cmocka_unit_test(a_file_may_have_no_tensors),
		cmocka_unit_test(a_shape_is_written_as_in_python),
		cmocka_unit_test(a_file_that_cannot_be_opened_is_refused),
		cmocka_unit_test(a_file_without_a_length_is_refused),
		cmocka_unit_test(a_header_longer_than_the_format_allows_is_refused),
		cmocka_unit_test(a_header_longer_than_the_file_is_refused),
		cmocka_unit_test(a_header_that_is_no_object_is_refused),
		cmocka_unit_test(a_file_cut_at_any_byte_is_refused),
		cmocka_unit_test(a_file_with_any_bit_flipped_is_read_or_refused),
		cmocka_unit_test(a_file_that_cannot_be_created_is_an_error),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(a_header_longer_than_readers_accept_is_not_written),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
