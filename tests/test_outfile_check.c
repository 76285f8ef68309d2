/* test_outfile_check.c: what is found out of output files before anything is written to them. */
#include "scratch.h"

#include "outfile.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

static void a_check_leaves_nothing_behind(void **state)
{
	gf_error err = {0};

	(void)state;
	scratch_write("f", "old", 3);
	assert_int_equal(outfile_check("f", &err), GF_OK);
	assert_int_equal(outfile_check("new", &err), GF_OK);
	assert_file_holds("f", "old");
	assert_int_equal(scratch_files(), 1);
	unlink("f");
}

static void a_check_fails_where_opening_would(void **state)
{
	gf_error err = {0};

	(void)state;
	assert_failure(outfile_check("no/f", &err), &err, GF_E_CANTCREATE,
		"no/f: cannot create: No such file or directory");
	err = (gf_error){0};
	assert_failure(outfile_check("", &err), &err, GF_E_CANTCREATE,
		": cannot create: No such file or directory");
	err = (gf_error){0};
	assert_failure(outfile_check(".", &err), &err, GF_E_CANTCREATE,
		".: cannot create: Is a directory");
}

/* Checks the path as user nobody, in a process of its own; 0: it is refused with that message. */
static int check_as_nobody(const char *path, const char *message)
{
	pid_t child = fork();
	int code;

	if (child == 0) {
		gf_error err = {0};

		_exit(setgid(65534) || setuid(65534) ||
			outfile_check(path, &err) != GF_E_CANTCREATE ||
			strcmp(err.message, message) != 0);
	}
	assert_int_equal(waitpid(child, &code, 0), child);
	return WIFEXITED(code) ? WEXITSTATUS(code) : -1;
}

/* In a sticky folder, as /tmp is, everybody may write to the file, but only its owner may
 * replace it. */
static void a_file_that_cannot_be_replaced_is_refused(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can become another user */
	chmod(".", 0755);
	mkdir("sticky", 0777);
	chmod("sticky", 01777);
	scratch_write("sticky/f", "old", 3);
	chmod("sticky/f", 0666);
	assert_int_equal(check_as_nobody("sticky/f",
				 "sticky/f: the folder does not let it be replaced: Operation not "
				 "permitted; name a file in another folder"),
		0);
	assert_file_holds("sticky/f", "old");
	scratch_clear();
}

static void the_files_of_a_killed_process_are_removed(void **state)
{
	gf_error err = {0};

	(void)state;
	scratch_write(".gufit-1-0.tmp", "not ours", 8);
	scratch_write(".gpufit-1-0.tmp", "half", 4);
	scratch_write(".gpufit-4194305-7.tmp", "half", 4);
	scratch_write(".gpufit-1-0.tmp.bak", "the user's", 10);
	scratch_write(".gpufit-1-.tmp", "the user's", 10);
	assert_int_equal(outfile_check("f", &err), GF_OK);
	assert_int_equal(scratch_files(), 3);
	assert_int_equal(access(".gpufit-1-0.tmp", F_OK), -1);
	assert_int_equal(access(".gpufit-4194305-7.tmp", F_OK), -1);
	scratch_clear();
}

/* The process number in the name may be of another container: only the lock tells. */
static void the_file_of_a_living_process_is_not_removed(void **state)
{
	struct outfile out;
	gf_error err = {0};

	(void)state;
	scratch_write(".gpufit-4194305-0.tmp", "half", 4);

	int other = open(".gpufit-4194305-0.tmp", O_WRONLY);

	assert_int_equal(flock(other, LOCK_EX), 0);
	assert_int_equal(outfile_open(&out, "f", &err), GF_OK);
	assert_int_equal(outfile_check("f", &err), GF_OK);
	assert_int_equal(scratch_files(), 2);
	fputs("whole", out.file);
	assert_int_equal(outfile_commit(&out, &err), GF_OK);
	assert_file_holds("f", "whole");
	assert_file_holds(".gpufit-4194305-0.tmp", "half");
	close(other);
	scratch_clear();
}

static void one_file_has_many_names(void **state)
{
	(void)state;
	mkdir("sub", 0777);
	scratch_write("f", "", 0);
	assert_int_equal(symlink("f", "link"), 0);
	assert_int_equal(symlink("new", "dangling"), 0);
	assert_int_equal(symlink("./new", "dangling too"), 0);
	assert_true(outfile_same("f", "./f"));
	assert_true(outfile_same("f", "sub/../f"));
	assert_true(outfile_same("f", "link"));
	assert_true(outfile_same("new", "./new"));
	assert_true(outfile_same("new", "sub/../new"));
	assert_true(outfile_same("new", "dangling"));
	assert_true(outfile_same("dangling", "dangling too"));
	assert_false(outfile_same("f", "new"));
	assert_false(outfile_same("new", "sub/new"));
	assert_false(outfile_same("new", "newer"));
	assert_false(outfile_same("no/new", "no/newer"));
	assert_false(outfile_same("/dev/null", "/dev/./null"));
	scratch_clear();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_check_leaves_nothing_behind),
		cmocka_unit_test(a_check_fails_where_opening_would),
		cmocka_unit_test(a_file_that_cannot_be_replaced_is_refused),
		cmocka_unit_test(the_files_of_a_killed_process_are_removed),
		cmocka_unit_test(the_file_of_a_living_process_is_not_removed),
		cmocka_unit_test(one_file_has_many_names),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
