/* test_base.c: output files, JSON, random numbers, the clock, errors. */
#include "scratch.h"

#include "clock.h"
#include "error.h"
#include "json.h"
#include "outfile.h"
#include "rng.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>

/* ---- outfile ---- */

static void assert_holds(const char *path, const char *text)
{
	size_t count;
	char *bytes = scratch_read(path, &count);

	assert_string_equal(bytes, text);
	free(bytes);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void write_out(const char *path, const char *text)
{
	struct outfile out;
	gf_error err = {0};

	assert_int_equal(outfile_open(&out, path, &err), GF_OK);
	assert_true(fputs(text, out.file) >= 0);
	assert_int_equal(outfile_commit(&out, &err), GF_OK);
	assert_string_equal(err.message, "");
}

static void assert_cannot_create(const char *path, const char *message)
{
	struct outfile out;
	gf_error err = {0};

	assert_failure(outfile_open(&out, path, &err), &err, GF_E_CANTCREATE, message);
	assert_null(out.file);
	outfile_abort(&out);
}

static void a_commit_makes_the_file(void **state)
{
	(void)state;
	write_out("new", "one\n");
	assert_holds("new", "one\n");
	assert_int_equal(scratch_files(), 1);
	unlink("new");
}

static void the_old_file_stays_until_the_commit(void **state)
{
	struct outfile out;
	gf_error err = {0};

	(void)state;
	write_out("f", "old");
	assert_int_equal(outfile_open(&out, "f", &err), GF_OK);
	fputs("new", out.file);
	fflush(out.file);
	assert_holds("f", "old");
	assert_int_equal(outfile_commit(&out, &err), GF_OK);
	assert_holds("f", "new");
	unlink("f");
}

static void an_abort_leaves_the_old_file_and_nothing_else(void **state)
{
	struct outfile out;
	gf_error err = {0};

	(void)state;
	write_out("f", "old");
	assert_int_equal(outfile_open(&out, "f", &err), GF_OK);
	fputs("new", out.file);
	outfile_abort(&out);
	outfile_abort(&out);
	assert_holds("f", "old");
	assert_int_equal(scratch_files(), 1);
	unlink("f");
}

static void two_files_can_be_open_in_one_folder(void **state)
{
	struct outfile a, b;
	gf_error err = {0};

	(void)state;
	assert_int_equal(outfile_open(&a, "a", &err), GF_OK);
	assert_int_equal(outfile_open(&b, "b", &err), GF_OK);
	fputs("in a", a.file);
	fputs("in b", b.file);
	assert_int_equal(outfile_commit(&a, &err), GF_OK);
	assert_int_equal(outfile_commit(&b, &err), GF_OK);
	assert_holds("a", "in a");
	assert_holds("b", "in b");
	unlink("a");
	unlink("b");
}

static void a_new_file_has_the_mode_that_the_umask_leaves(void **state)
{
	mode_t mask = umask(027);

	(void)state;
	write_out("f", "");
	umask(mask);
	assert_int_equal(mode_of("f"), 0640);
	unlink("f");
}

static void a_replaced_file_keeps_its_mode(void **state)
{
	(void)state;
	scratch_write("f", "old", 3);
	chmod("f", 0606);
	write_out("f", "new");
	assert_int_equal(mode_of("f"), 0606);
	unlink("f");
}

static void a_link_stays_and_its_file_is_replaced(void **state)
{
	struct stat st;

	(void)state;
	mkdir("sub", 0777);
	scratch_write("sub/f", "old", 3);
	assert_int_equal(symlink("f", "sub/inner"), 0);
	assert_int_equal(symlink("sub/inner", "outer"), 0);
	write_out("outer", "new");
	assert_holds("sub/f", "new");
	assert_int_equal(lstat("outer", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(lstat("sub/inner", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	scratch_clear();
}

static void a_link_to_nothing_makes_the_file_it_points_to(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(symlink("f", "link"), 0);
	write_out("link", "new");
	assert_int_equal(lstat("f", &st), 0);
	assert_true(S_ISREG(st.st_mode));
	scratch_clear();
}

static void links_in_a_circle_are_refused(void **state)
{
	(void)state;
	assert_int_equal(symlink("b", "a"), 0);
	assert_int_equal(symlink("a", "b"), 0);
	assert_cannot_create("a", "a: cannot create: Too many levels of symbolic links");
	scratch_clear();
}

static void a_name_as_long_as_names_can_be_works(void **state)
{
	char name[256];

	(void)state;
	memset(name, 'n', 255);
	name[255] = '\0';
	write_out(name, "x");
	assert_holds(name, "x");
	unlink(name);
}

static void the_null_device_is_written_to_and_stays(void **state)
{
	struct stat st;

	(void)state;
	write_out("/dev/null", "gone");
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

static void *read_fifo(void *text)
{
	FILE *in = fopen("fifo", "r");

	if (in && !fgets(text, 8, in))
		strcpy(text, "nothing");
	if (in)
		fclose(in);
	return NULL;
}

static void a_pipe_is_written_to_and_stays(void **state)
{
	char text[8] = "";
	pthread_t reader;
	struct stat st;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0666), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_fifo, text), 0);
	write_out("fifo", "through");
	pthread_join(reader, NULL);
	assert_string_equal(text, "through");
	assert_int_equal(stat("fifo", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	unlink("fifo");
}

static void a_dash_is_a_name_like_any_other(void **state)
{
	(void)state;
	write_out("-", "x");
	assert_holds("-", "x");
	unlink("-");
}

static void no_such_folder_is_refused(void **state)
{
	(void)state;
	assert_cannot_create("no/f", "no/f: cannot create: No such file or directory");
	assert_cannot_create("f/", "f/: cannot create: No such file or directory");
	assert_cannot_create("", ": cannot create: No such file or directory");
}

static void a_folder_is_refused(void **state)
{
	(void)state;
	mkdir("sub", 0777);
	assert_cannot_create("sub", "sub: cannot create: Is a directory");
	rmdir("sub");
}

static void a_file_for_a_folder_is_refused(void **state)
{
	(void)state;
	scratch_write("f", "", 0);
	assert_cannot_create("f/g", "f/g: cannot create: Not a directory");
	unlink("f");
}

static void a_protected_file_or_folder_is_refused(void **state)
{
	(void)state;
	if (geteuid() == 0)
		skip(); /* nothing is protected from root */
	scratch_write("f", "old", 3);
	chmod("f", 0444);
	assert_cannot_create("f", "f: cannot create: Permission denied");
	mkdir("sub", 0555);
	assert_cannot_create("sub/f", "sub/f: cannot create: Permission denied");
	scratch_clear();
}

/* Once within the stream's buffer, where the flush fails, and once far beyond it. */
static void a_full_disk_is_an_error_of_writing(void **state)
{
	(void)state;
	for (int lines = 1; lines <= 100000; lines += 99999) {
		struct outfile out;
		gf_error err = {0};

		assert_int_equal(outfile_open(&out, "/dev/full", &err), GF_OK);
		for (int i = 0; i < lines; i++)
			fputs("1234567\n", out.file);
		assert_failure(outfile_commit(&out, &err), &err, GF_E_IO,
			"/dev/full: cannot write: No space left on device");
	}
}

static void a_failed_write_leaves_the_old_file(void **state)
{
	struct outfile out;
	gf_error err = {0};

	(void)state;
	write_out("f", "old");
	assert_int_equal(outfile_open(&out, "f", &err), GF_OK);

	int full = open("/dev/full", O_WRONLY);

	/* The temporary file's disk fills up. */
	assert_true(dup2(full, fileno(out.file)) >= 0);
	close(full);
	fputs("new", out.file);
	assert_failure(outfile_commit(&out, &err), &err, GF_E_IO,
		"f: cannot write: No space left on device");
	assert_holds("f", "old");
	assert_int_equal(scratch_files(), 1);
	unlink("f");
}

static void a_write_that_failed_once_fails_the_commit(void **state)
{
	struct outfile out;
	gf_error err = {0};

	(void)state;
	write_out("f", "old");
	assert_int_equal(outfile_open(&out, "f", &err), GF_OK);

	int full = open("/dev/full", O_WRONLY), fd = fileno(out.file), room = dup(fd);

	assert_true(dup2(full, fd) >= 0);
	fputs("lost", out.file);
	assert_int_equal(fflush(out.file), EOF);
	assert_true(dup2(room, fd) >= 0); /* what follows would succeed */
	close(full);
	close(room);
	assert_failure(
		outfile_commit(&out, &err), &err, GF_E_IO, "f: cannot write: Input/output error");
	assert_holds("f", "old");
	assert_int_equal(scratch_files(), 1);
	unlink("f");
}

/* ---- json ---- */

/* What json_line writes; to be freed. */
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

static void what_is_not_finite_is_null(void **state)
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

/* A prime step visits every exponent, the subnormals and both signs. */
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
	char text[16];

	(void)state;
	if (system("localedef -i de_DE -f UTF-8 ./comma >/dev/null 2>&1") == -1)
		skip();
	setenv("LOCPATH", scratch_folder, 1);

	const char *locale = setlocale(LC_ALL, "comma");

	unsetenv("LOCPATH");
	if (!locale) {
		print_message("no such locale on this machine: not tested\n");
		skip();
	}
	snprintf(text, sizeof text, "%g", 1.5);
	assert_string_equal(text, "1,5");
	assert_line(json_number(1.5), "1.5\n");
	assert_floats_read_back();
	setlocale(LC_ALL, "C");
	scratch_clear();
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

static void what_is_no_utf8_becomes_the_replacement_character(void **state)
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

/* Our rule and jansson's agree on every sequence of two, three and four bytes. */
static void no_bytes_make_text_fail(void **state)
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

/* ---- rng ---- */

/* ISO C++ [rand.predef]: the 10000th number of mt19937 with its default seed. */
static void the_generator_is_mt19937(void **state)
{
	struct rng rng;
	uint32_t last = 0;

	(void)state;
	rng_seed(&rng, 5489);
	assert_int_equal(rng_next32(&rng), 3499211612u);
	for (int i = 1; i < 10000; i++)
		last = rng_next32(&rng);
	assert_int_equal(last, 4123659995u);
}

static void only_the_low_32_bits_of_the_seed_count(void **state)
{
	struct rng low, high;

	(void)state;
	rng_seed(&low, 5);
	rng_seed(&high, ((uint64_t)9 << 32) + 5);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(rng_next32(&low), rng_next32(&high));
}

/* torch 2.15.0: torch.manual_seed(42); torch.empty(6).uniform_(-2.5, 7.25) */
static void uniform_is_the_uniform_of_pytorch(void **state)
{
	static const float wanted[] = {0x1.868938p+2f, 0x1.9af664p+2f, 0x1.3ba0cp+0f,
		0x1.b69b52p+2f, 0x1.4e8f0ap+0f, 0x1.adeadap+1f};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 42);
	for (int i = 0; i < 6; i++) {
		float found = rng_uniform(&rng, -2.5f, 7.25f);

		if (found != wanted[i])
			fail_msg("[%d] is %a, wanted %a", i, (double)found, (double)wanted[i]);
	}
}

/* ---- clock and error ---- */

static void the_clock_counts_seconds_forward(void **state)
{
	struct timespec pause = {0, 20000000};
	double start = clock_seconds();

	(void)state;
	nanosleep(&pause, NULL);

	double took = clock_seconds() - start;

	/* At least the pause; a machine under load may take much longer, but not a minute. */
	if (!(took >= 0.02 && took < 60))
		fail_msg("a pause of 0.02 s took %g s", took);
}

static void the_first_cause_of_an_error_stays(void **state)
{
	gf_error err = {0};

	(void)state;
	assert_int_equal(gf_fail(&err, GF_E_DATA, "%s:%d", "f", 1), GF_E_DATA);
	assert_int_equal(gf_fail(&err, GF_E_IO, "later"), GF_E_IO);
	assert_string_equal(err.message, "f:1");
	assert_int_equal(err.status, GF_E_DATA);
	assert_int_equal(gf_fail(NULL, GF_E_IO, "nobody asked"), GF_E_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_commit_makes_the_file),
		cmocka_unit_test(the_old_file_stays_until_the_commit),
		cmocka_unit_test(an_abort_leaves_the_old_file_and_nothing_else),
		cmocka_unit_test(two_files_can_be_open_in_one_folder),
		cmocka_unit_test(a_new_file_has_the_mode_that_the_umask_leaves),
		cmocka_unit_test(a_replaced_file_keeps_its_mode),
		cmocka_unit_test(a_link_stays_and_its_file_is_replaced),
		cmocka_unit_test(a_link_to_nothing_makes_the_file_it_points_to),
		cmocka_unit_test(links_in_a_circle_are_refused),
		cmocka_unit_test(a_name_as_long_as_names_can_be_works),
		cmocka_unit_test(the_null_device_is_written_to_and_stays),
		cmocka_unit_test(a_pipe_is_written_to_and_stays),
		cmocka_unit_test(a_dash_is_a_name_like_any_other),
		cmocka_unit_test(no_such_folder_is_refused),
		cmocka_unit_test(a_folder_is_refused),
		cmocka_unit_test(a_file_for_a_folder_is_refused),
		cmocka_unit_test(a_protected_file_or_folder_is_refused),
		cmocka_unit_test(a_full_disk_is_an_error_of_writing),
		cmocka_unit_test(a_failed_write_leaves_the_old_file),
		cmocka_unit_test(a_write_that_failed_once_fails_the_commit),
		cmocka_unit_test(an_object_is_one_line_in_the_order_of_its_keys),
		cmocka_unit_test(what_is_not_finite_is_null),
		cmocka_unit_test(an_empty_list_is_a_list),
		cmocka_unit_test(every_float_reads_back_the_same),
		cmocka_unit_test(a_locale_with_a_decimal_comma_changes_nothing),
		cmocka_unit_test(text_in_utf8_stays_as_it_is),
		cmocka_unit_test(what_is_no_utf8_becomes_the_replacement_character),
		cmocka_unit_test(no_bytes_make_text_fail),
		cmocka_unit_test(a_line_on_a_full_disk_is_an_error_of_writing),
		cmocka_unit_test(a_line_that_could_not_be_built_is_an_error_of_memory),
		cmocka_unit_test(the_generator_is_mt19937),
		cmocka_unit_test(only_the_low_32_bits_of_the_seed_count),
		cmocka_unit_test(uniform_is_the_uniform_of_pytorch),
		cmocka_unit_test(the_clock_counts_seconds_forward),
		cmocka_unit_test(the_first_cause_of_an_error_stays),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
