/* test_npz.c: NumPy's .npz: which arrays are features and targets, and damaged archives. */
#include "csv_rows.h"
#include "npz_files.h"
#include "scratch.h"
#include "zip.h"

#include "dataset.h"

#include <zlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct npz_file *file_of(const char *name)
{
	size_t i = 0;

	while (i < COUNT(NPZ_FILES) && strcmp(NPZ_FILES[i].name, name) != 0)
		i++;
	assert_true(i < COUNT(NPZ_FILES));
	return &NPZ_FILES[i];
}

static void write_recorded(const char *name)
{
	const struct npz_file *file = file_of(name);

	scratch_write("d.npz", file->bytes, file->count);
}

/* ---- which arrays ---- */

static void x_and_y_are_features_and_targets(void **state)
{
	(void)state;
	write_recorded("pair");
	assert_string_equal(
		table_outcome("d.npz", &csv_plain), "column1 column2 > label\n1 2 > 5\n3 4 > 6");
}

static void two_arrays_without_names_are_features_and_targets(void **state)
{
	(void)state;
	write_recorded("compressed");
	assert_string_equal(
		table_outcome("d.npz", &csv_plain), "column1 column2 > label\n1 2 > 5\n3 4 > 6");
}

static void a_word_behind_the_file_chooses_arrays(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	write_recorded("train_and_test");
	assert_string_equal(table_outcome("d.npz:train", &options),
		"column1 column2 > label\n1 2 > 5\n3 4 > 6");
	assert_string_equal(
		table_outcome("d.npz:test", &options), "column1 column2 > label\n7 8 > 7");
	assert_string_equal(
		table_outcome("d.npz:x_train", &options), "column1 > column2\n1 > 2\n3 > 4");
	assert_string_equal(table_outcome("d.npz", &options),
		"DATA d.npz: the file has the arrays \"x_train\", \"y_train\", \"x_test\", "
		"\"y_test\", and it must be said which are read: x and y are features and "
		"targets; FILE.npz:NAME reads one array, and FILE.npz:train x_train and y_train");
	assert_string_equal(table_outcome("d.npz:valid", &options),
		"DATA d.npz:valid: there is no array valid, nor x_valid and y_valid; the file has "
		"\"x_train\", \"y_train\", \"x_test\", \"y_test\"");
	options.labels = "d.npz:y_train";
	assert_string_equal(table_outcome("d.npz:x_train", &options),
		"column1 column2 > label\n1 2 > 5\n3 4 > 6");
	assert_string_equal(table_outcome("d.npz:train", &options),
		"DATA d.npz:train: has features and targets, and --labels asks for one of them: "
		"FILE.npz:NAME reads one array");
}

static void a_file_of_that_whole_name_has_no_member(void **state)
{
	(void)state;
	scratch_write("e.npz:train", "1,2\n", 4);
	assert_string_equal(table_outcome("e.npz:train", &csv_plain), "column1 > column2\n1 > 2");
	scratch_write("e.npz", "1,2\n", 4);
	assert_string_equal(table_outcome("e.npz:test", &csv_plain),
		"DATA e.npz:test: is csv, in which no array has a name");
	scratch_clear();
}

static void several_files_have_no_npz_among_them(void **state)
{
	static const char *const paths[] = {"d.npz", "d.npz"};

	(void)state;
	write_recorded("pair");
	assert_string_equal(files_outcome(paths, 2, &csv_plain),
		"DATA d.npz: is an .npz file, which is not read among several files");
}

static void a_pair_is_read_for_features_alone(void **state)
{
	struct read_options options = csv_plain;

	(void)state;
	options.with_target = 0;
	write_recorded("pair");
	assert_string_equal(table_outcome("d.npz", &options), "column1 column2\n1 2\n3 4");
}

/* ---- damage ---- */

static void a_file_that_breaks_off_anywhere_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(NPZ_FILES); i++)
		for (unsigned count = 300; count < NPZ_FILES[i].count; count += 7) {
			scratch_write("d.npz", NPZ_FILES[i].bytes, count);
			assert_string_equal(table_outcome("d.npz", &csv_plain),
				"DATA d.npz: the zip archive is damaged: it has no directory, as "
				"if it broke off");
		}
}

static void a_changed_number_is_found_by_its_checksum(void **state)
{
	static const char *const names[] = {"pair", "compressed"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct npz_file *file = file_of(names[i]);
		char *bytes = malloc(file->count);

		assert_non_null(bytes);
		memcpy(bytes, file->bytes, file->count);
		bytes[i ? 120 : 180] ^= 1;
		scratch_write("d.npz", bytes, file->count);
		assert_string_equal(table_outcome("d.npz", &csv_plain),
			i ? "DATA d.npz: \"arr_0\" is damaged" : "DATA d.npz: \"X\" is damaged");
		free(bytes);
	}
}

/* ---- archives of one member, made here ---- */

struct archive {
	unsigned char bytes[1024];
	size_t count;
};

static void put(struct archive *a, const char *signature, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	memcpy(a->bytes + a->count, signature, 4);
	a->count += 4;
	for (; *format; format++) { /* each digit is the size of a number */
		unsigned long long number = va_arg(args, unsigned long long);

		for (int i = 0; i < *format - '0'; i++, number >>= 8)
			a->bytes[a->count++] = (unsigned char)number;
	}
	va_end(args);
}

static void put_text(struct archive *a, const char *text, size_t count)
{
	memcpy(a->bytes + a->count, text, count);
	a->count += count;
}

#define N(number) ((unsigned long long)(number))

/* An archive of a file with a name of 5 bytes, stored, whose sizes and offsets zip64 has. */
static void make_zip64(
	struct archive *a, const char *name, const char *data, size_t size, unsigned flags)
{
	const unsigned long long most = 0xffffffff,
				 checksum = crc32(0, (const Bytef *)data, (uInt)size);
	size_t directory, end64;

	*a = (struct archive){.count = 0};
	put(a, "PK\3\4",
		"22222444"
		"22",
		N(45), N(flags), N(0), N(0), N(0), checksum, most, most, N(5), N(0));
	put_text(a, name, 5);
	put_text(a, data, size);
	directory = a->count;
	put(a, "PK\1\2",
		"222222444"
		"22222"
		"44",
		N(45), N(45), N(flags), N(0), N(0), N(0), checksum, most, most, N(5), N(28), N(0),
		N(0), N(0), N(0), most);
	put_text(a, name, 5);
	put_text(a, "\1\0\x18\0", 4);
	put(a, "\0\0\0\0", "");
	a->count -= 4;
	for (int i = 0; i < 2; i++)
		for (int byte = 0; byte < 8; byte++)
			a->bytes[a->count++] = (unsigned char)(N(size) >> 8 * byte);
	a->count += 8; /* the offset 0 */
	end64 = a->count;
	put(a, "PK\6\6",
		"8224488"
		"88",
		N(44), N(45), N(45), N(0), N(0), N(1), N(1), N(end64 - directory), N(directory));
	put(a, "PK\6\7", "484", N(0), N(end64), N(1));
	put(a, "PK\5\6", "2222442", N(0), N(0), N(0xffff), N(0xffff), most, most, N(0));
}

static void sizes_of_zip64_are_read(void **state)
{
	static const char npy[] = "\x93NUMPY\1\0\073\0{'descr': '|u1', "
				  "'fortran_order': False,'shape': (1, 2), }\n\1\2";
	struct archive a;

	(void)state;
	make_zip64(&a, "a.npy", npy, sizeof npy - 1, 0);
	scratch_write("d.npz", a.bytes, a.count);
	assert_string_equal(table_outcome("d.npz", &csv_plain), "column1 > column2\n1 > 2");
	make_zip64(&a, "a.npy", npy, sizeof npy - 1, 1);
	scratch_write("d.npz", a.bytes, a.count);
	assert_string_equal(table_outcome("d.npz", &csv_plain), "DATA d.npz: \"a\" is encrypted");
}

static void an_archive_of_one_file_is_read_as_that_file(void **state)
{
	struct archive a;

	(void)state;
	make_zip64(&a, "a.csv", "x,y\n1,2\n", 8, 0);
	scratch_write("d.zip", a.bytes, a.count);
	assert_string_equal(table_outcome("d.zip", &csv_plain), "x > y\n1 > 2");
	make_zip64(&a, "a.csv", "x,y\n1,q\n", 8, 0);
	scratch_write("d.zip", a.bytes, a.count);
	assert_string_equal(table_outcome("d.zip", &csv_plain),
		"DATA d.zip:2: column 2 (\"y\"): not a number: \"q\"; if these are classes: --loss "
		"bce or hinge for two of them, cross_entropy for any number");
	make_zip64(&a, "text/", "", 0, 0);
	scratch_write("d.zip", a.bytes, a.count);
	assert_string_equal(table_outcome("d.zip", &csv_plain),
		"DATA d.zip: is a zip archive of 0 files, and one is read; unzip -p d.zip NAME | "
		"gpufit - reads one of several");
}

/* No offset, size or length of the archive is trusted: the sanitizers watch. */
static void any_changed_byte_is_survived(void **state)
{
	const struct npz_file *file = file_of("compressed");
	unsigned char *bytes = malloc(file->count);

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < file->count; i++) {
		memcpy(bytes, file->bytes, file->count);
		bytes[i] = i % 2 ? 0xff : (unsigned char)(bytes[i] + 1);
		scratch_write("d.npz", bytes, file->count);
		assert_null(strstr(table_outcome("d.npz", &csv_plain), "OTHER"));
	}
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x_and_y_are_features_and_targets),
		cmocka_unit_test(two_arrays_without_names_are_features_and_targets),
		cmocka_unit_test(a_word_behind_the_file_chooses_arrays),
		cmocka_unit_test(a_file_of_that_whole_name_has_no_member),
		cmocka_unit_test(several_files_have_no_npz_among_them),
		cmocka_unit_test(a_pair_is_read_for_features_alone),
		cmocka_unit_test(a_file_that_breaks_off_anywhere_is_refused),
		cmocka_unit_test(a_changed_number_is_found_by_its_checksum),
		cmocka_unit_test(sizes_of_zip64_are_read),
		cmocka_unit_test(an_archive_of_one_file_is_read_as_that_file),
		cmocka_unit_test(any_changed_byte_is_survived),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
