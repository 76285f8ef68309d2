/* test_outfile.c: an output file is written whole, or not at all. */
#include "scratch.h"

#include "outfile.h"

#include <fcntl.h>
#include <pthread.h>

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

/* Opens a file in place of an old one, without a commit. */
static void open_over_old(struct outfile *out)
{
	gf_error err = {0};

	write_out("f", "old");
	assert_int_equal(outfile_open(out, "f", &err), GF_OK);
}

/* Nothing was committed: the old file is the only one. */
static void assert_only_old(void)
{
	assert_file_holds("f", "old");
	assert_int_equal(scratch_files(), 1);
	unlink("f");
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
	assert_file_holds("new", "one\n");
	assert_int_equal(scratch_files(), 1);
	unlink("new");
}

static void the_old_file_stays_until_the_commit(void **state)
{
	struct outfile out;
	gf_error err = {0};

	(void)state;
	open_over_old(&out);
	fputs("new", out.file);
	fflush(out.file);
	assert_file_holds("f", "old");
	assert_int_equal(outfile_commit(&out, &err), GF_OK);
	assert_file_holds("f", "new");
	unlink("f");
}

static void an_abort_leaves_the_old_file_and_nothing_else(void **state)
{
	struct outfile out;

	(void)state;
	open_over_old(&out);
	fputs("new", out.file);
	outfile_abort(&out);
	outfile_abort(&out);
	assert_only_old();
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
	assert_file_holds("a", "in a");
	assert_file_holds("b", "in b");
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
	assert_file_holds("sub/f", "new");
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
	assert_file_holds(name, "x");
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
	assert_file_holds("-", "x");
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

/* Once the text fits into the stream's buffer, so that the flush fails, and once it is far
 * longer. */
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
	open_over_old(&out);

	int full = open("/dev/full", O_WRONLY);

	/* The disk of the temporary file is full from here on. */
	assert_true(dup2(full, fileno(out.file)) >= 0);
	close(full);
	fputs("new", out.file);
	assert_failure(outfile_commit(&out, &err), &err, GF_E_IO,
		"f: cannot write: No space left on device");
	assert_only_old();
}

static void a_write_that_failed_once_fails_the_commit(void **state)
{
	struct outfile out;
	gf_error err = {0};

	(void)state;
	open_over_old(&out);

	int full = open("/dev/full", O_WRONLY), fd = fileno(out.file), room = dup(fd);

	assert_true(dup2(full, fd) >= 0);
	fputs("lost", out.file);
	assert_int_equal(fflush(out.file), EOF);
	assert_true(dup2(room, fd) >= 0); /* later writes would succeed */
	close(full);
	close(room);
	assert_failure(
		outfile_commit(&out, &err), &err, GF_E_IO, "f: cannot write: Input/output error");
	assert_only_old();
}

/* To open the pipe and close it again would end its reader. */
static void a_check_does_not_open_a_pipe(void **state)
{
	char text[8] = "";
	pthread_t reader;
	gf_error err = {0};

	(void)state;
	assert_int_equal(mkfifo("fifo", 0666), 0);
	assert_int_equal(pthread_create(&reader, NULL, read_fifo, text), 0);
	assert_int_equal(outfile_check("fifo", &err), GF_OK);
	write_out("fifo", "through");
	pthread_join(reader, NULL);
	assert_string_equal(text, "through");
	unlink("fifo");
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
		cmocka_unit_test(a_check_does_not_open_a_pipe),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
