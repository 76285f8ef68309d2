/* test_decompress.c: files that an installed program decompresses, from a file and from a pipe. */
#include "csv_rows.h"
#include "scratch.h"

#include "dataset.h"
#include "input.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* "a,y\n1,2\n" as each program compresses it. */
#define BYTES(text) text, sizeof(text) - 1

static const struct packed {
	const char *program, *bytes;
	size_t count;
} packed[] = {
	{"zstd", BYTES("\x28\xb5\x2f\xfd\x24\x08\x41\0\0a,y\n1,2\n\x5d\x44\xbe\x86")},
	{"xz", BYTES("\xfd\x37zXZ\0\0\x04\xe6\xd6\xb4\x46\x02\0\x21\x01\x16\0\0\0\x74\x2f\xe5\xa3"
		     "\x01\0\7a,y\n1,2\n\0\xba\x31\x1a\x8c\xa1\x70\x1f\x26\0\x01\x20\x08\xbb\x19"
		     "\xd9\xbb\x1f\xb6\xf3\x7d\x01\0\0\0\0\x04YZ")},
	{"bzip2", BYTES("BZh9\x31\x41\x59\x26\x53\x59\xfd\xfe\xf6\0\0\0\x03\x59\x80\0\x10\0\x04"
			"\x30\0\x20\0\0\x20\x20\0\x30\xc0\x08\x69\xb2\x88\x23\x27\x8b\xb9\x22\x9c"
			"\x28\x48\x7e\xff\x7b\0\0")},
	{"lz4", BYTES("\x04\x22\x4d\x18\x64\x40\xa7\x08\0\0\x80"
		      "a,y\n1,2\n\0\0\0\0\x64\x8e\x23\xae")},
};

static int has_program(const char *name)
{
	char command[64];

	snprintf(command, sizeof command, "command -v %s >found", name);
	return system(command) == 0;
}

/* The format of compress, which gzip reads, with a code of 9 bits for each byte of the text. */
static size_t pack(unsigned char *out, const char *text)
{
	size_t bits = 0;

	memcpy(out, "\x1f\x9d\x90", 3);
	for (; *text; text++, bits += 9)
		for (unsigned bit = 0; bit < 9; bit++) {
			unsigned char *byte = &out[3 + (bits + bit) / 8];

			if ((bits + bit) % 8 == 0)
				*byte = 0;
			*byte |= (unsigned char)(((unsigned char)*text >> bit & 1)
						 << (bits + bit) % 8);
		}
	return 3 + (bits + 7) / 8;
}

static void write_packed(const char *text)
{
	unsigned char bytes[512];

	scratch_write("data.Z", bytes, pack(bytes, text));
}

/* The outcome of reading what the command writes as standard input. */
static const char *outcome_of_pipe(const char *command)
{
	int saved = dup(STDIN_FILENO);
	FILE *pipe = popen(command, "r");
	const char *outcome;

	assert_non_null(pipe);
	dup2(fileno(pipe), STDIN_FILENO);
	outcome = table_outcome("-", &csv_plain);
	dup2(saved, STDIN_FILENO);
	close(saved);
	pclose(pipe);
	return outcome;
}

static void every_compression_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(packed); i++) {
		if (!has_program(packed[i].program)) {
			print_message("%s is not installed: not tested\n", packed[i].program);
			continue;
		}
		scratch_write("data", packed[i].bytes, packed[i].count);
		assert_string_equal(table_outcome("data", &csv_plain), "a > y\n1 > 2");
		assert_string_equal(outcome_of_pipe("cat data"), "a > y\n1 > 2");
	}
	write_packed("a,y\n1,2\n");
	assert_string_equal(table_outcome("data.Z", &csv_plain), "a > y\n1 > 2");
	assert_string_equal(outcome_of_pipe("cat data.Z"), "a > y\n1 > 2");
}

static void compression_within_gzip_is_read(void **state)
{
	(void)state;
	write_packed("a,y\n1,2\n");
	assert_int_equal(system("gzip -f data.Z"), 0);
	assert_string_equal(table_outcome("data.Z.gz", &csv_plain), "a > y\n1 > 2");
}

static void standard_input_is_decompressed_from_its_offset_on(void **state)
{
	int saved = dup(STDIN_FILENO);
	FILE *file;

	(void)state;
	write_packed("a,y\n1,2\n");
	assert_int_equal(system("(printf 'first line\\n'; cat data.Z) >both"), 0);
	file = fopen("both", "rb");
	assert_non_null(file);
	assert_int_equal(lseek(fileno(file), 11, SEEK_SET), 11);
	dup2(fileno(file), STDIN_FILENO);
	assert_string_equal(table_outcome("-", &csv_plain), "a > y\n1 > 2");
	dup2(saved, STDIN_FILENO);
	close(saved);
	fclose(file);
}

/* More than pipes and sockets hold, in both directions. */
static void a_large_file_goes_through_a_pipe(void **state)
{
	int saved = dup(STDIN_FILENO);
	struct input in;
	const char *bytes;
	size_t count, all = 0;
	char *text;
	FILE *pipe;

	(void)state;
	if (!has_program("bzip2"))
		skip();
	pipe = popen("seq 300000 | bzip2", "r");
	assert_non_null(pipe);
	dup2(fileno(pipe), STDIN_FILENO);
	assert_int_equal(input_open(&in, "-", NULL), GF_OK);
	assert_int_equal(input_peek(&in, &bytes, &count, NULL), GF_OK);
	do {
		assert_int_equal(input_read(&in, &text, &count, NULL), GF_OK);
		all += count;
	} while (count > 0);
	assert_int_equal(all, 1988895); /* seq 300000 | wc -c */
	input_close(&in);
	dup2(saved, STDIN_FILENO);
	close(saved);
	pclose(pipe);
}

static void a_file_that_breaks_off_is_refused(void **state)
{
	const char *outcome;

	(void)state;
	if (!has_program("bzip2"))
		skip();
	scratch_write("data.bz2", packed[2].bytes, packed[2].count - 10);
	outcome = table_outcome("data.bz2", &csv_plain);
	assert_memory_equal(outcome, "DATA data.bz2: bzip2 cannot decompress it: bzip2: ", 50);
	outcome = outcome_of_pipe("cat data.bz2");
	assert_memory_equal(outcome, "DATA standard input: bzip2 cannot decompress it: ", 49);
}

/* The program is ended where reading stops before its end. */
static void an_error_in_the_data_names_their_line(void **state)
{
	(void)state;
	write_packed("a,y\n1,2\n1,2,3\n4,5\n");
	assert_string_equal(
		table_outcome("data.Z", &csv_plain), "DATA data.Z:3: 3 columns, but line 1 has 2");
	assert_string_equal(outcome_of_pipe("cat data.Z"),
		"DATA standard input:3: 3 columns, but line 1 has 2");
}

static void a_program_that_is_not_installed_is_named(void **state)
{
	char *path = strdup(getenv("PATH"));

	(void)state;
	assert_non_null(path);
	scratch_write("data", packed[1].bytes, packed[1].count);
	setenv("PATH", "/nowhere", 1);
	assert_string_equal(table_outcome("data", &csv_plain),
		"NOINPUT data: is compressed by xz, and the program xz, which reads that, is not "
		"installed (Debian and Ubuntu: apt install xz-utils)");
	setenv("PATH", path, 1);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_compression_is_read),
		cmocka_unit_test(compression_within_gzip_is_read),
		cmocka_unit_test(standard_input_is_decompressed_from_its_offset_on),
		cmocka_unit_test(a_large_file_goes_through_a_pipe),
		cmocka_unit_test(a_file_that_breaks_off_is_refused),
		cmocka_unit_test(an_error_in_the_data_names_their_line),
		cmocka_unit_test(a_program_that_is_not_installed_is_named),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
