/*
 * scratch.h: an empty folder that is the current one while a program's tests run.
 *
 *	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
 *
 * Tests then name files without a path, and messages about them can be compared as they are.
 */
#ifndef GF_SCRATCH_H
#define GF_SCRATCH_H

#include "gpufitcl.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch_folder[] = "/tmp/gpufit-test-XXXXXX";

static inline int scratch_enter(void **state)
{
	(void)state;
	return mkdtemp(scratch_folder) && chdir(scratch_folder) == 0 ? 0 : -1;
}

/* Removes everything in the current folder, and in the folders in it. */
static inline void scratch_clear(void)
{
	DIR *folder = opendir(".");

	assert_non_null(folder);
	for (struct dirent *entry; (entry = readdir(folder));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlink(entry->d_name) == 0)
			continue;
		assert_int_equal(chdir(entry->d_name), 0);
		scratch_clear();
		assert_int_equal(chdir(".."), 0);
		assert_int_equal(rmdir(entry->d_name), 0);
	}
	closedir(folder);
}

static inline int scratch_leave(void **state)
{
	(void)state;
	scratch_clear();
	return chdir("/") == 0 && rmdir(scratch_folder) == 0 ? 0 : -1;
}

static inline void scratch_write(const char *path, const void *bytes, size_t count)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, count, file), count);
	assert_int_equal(fclose(file), 0);
}

/* Returns the file's bytes and a 0 behind them, for the caller to free; *count: their number. */
static inline char *scratch_read(const char *path, size_t *count)
{
	FILE *file = fopen(path, "rb");
	struct stat st;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);

	char *bytes = calloc(1, (size_t)st.st_size + 1);

	assert_non_null(bytes);
	*count = fread(bytes, 1, (size_t)st.st_size, file);
	assert_int_equal(*count, st.st_size);
	fclose(file);
	return bytes;
}

static inline void assert_file_holds(const char *path, const char *text)
{
	size_t count;
	char *bytes = scratch_read(path, &count);

	assert_string_equal(bytes, text);
	free(bytes);
}

/* The number of files and folders in the current folder. */
static inline size_t scratch_files(void)
{
	DIR *folder = opendir(".");
	size_t count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count - 2; /* "." and ".." */
}

/* Makes and enters a locale that writes 1.5 as "1,5"; skips the test where none can be made. */
static inline void scratch_comma_locale(void)
{
	const char *locale;
	char text[16];

	if (system("localedef -i de_DE -f UTF-8 ./comma >/dev/null 2>&1") == -1)
		skip();
	setenv("LOCPATH", scratch_folder, 1);
	locale = setlocale(LC_ALL, "comma");
	unsetenv("LOCPATH");
	if (!locale) {
		print_message(
			"this machine cannot make a locale with decimal commas: not tested\n");
		skip();
	}
	snprintf(text, sizeof text, "%g", 1.5);
	assert_string_equal(text, "1,5");
}

static inline void scratch_leave_locale(void)
{
	setlocale(LC_ALL, "C");
	scratch_clear();
}

/* Asserts that a function failed with that status and message, and returned the status. */
static inline void assert_failure(
	gf_status returned, const gf_error *err, gf_status wanted, const char *message)
{
	assert_string_equal(err->message, message);
	assert_int_equal(err->status, wanted);
	assert_int_equal(returned, wanted);
}

#endif
