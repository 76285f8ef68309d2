#include "temporary.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX ".gpufit-"
#define SUFFIX ".tmp"

enum { NAMES_MAX = 100 };

/* The length of the folder in path, with its last slash; 0: the current folder. */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

char *temporary_beside(const char *path, const char *name)
{
	size_t folder = name[0] == '/' ? 0 : folder_length(path);
	size_t bytes = strlen(name) + 1;
	char *joined = malloc(folder + bytes);

	if (joined) {
		memcpy(joined, path, folder);
		memcpy(joined + folder, name, bytes);
	}
	return joined;
}

/* Is name still that of the open file?  A sweep may have removed it before it was locked. */
static int is_named(int fd, const char *name)
{
	struct stat open_one, named;

	return fstat(fd, &open_one) == 0 && lstat(name, &named) == 0 &&
	       open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
}

/* 0: the lock is another process's, or the name is gone.  A file system without locks is no
 * reason not to write. */
static int claim(int fd, const char *name)
{
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
		return 0;
	return is_named(fd, name);
}

/* Not mkstemp: the kernel applies the umask, which cannot be read without setting it for every
 * thread. */
int temporary_create(const char *target, char **name)
{
	for (int i = 0; i < NAMES_MAX; i++) {
		char text[64];

		/* short, since the target's own name may already be as long as names can be */
		snprintf(text, sizeof text, PREFIX "%ld-%d" SUFFIX, (long)getpid(), i);
		*name = temporary_beside(target, text);
		if (!*name)
			return -1;

		int fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		int code = errno;

		if (fd >= 0 && claim(fd, *name))
			return fd;
		if (fd >= 0)
			close(fd);
		free(*name);
		*name = NULL;
		errno = code;
		if (fd < 0 && code != EEXIST)
			return -1;
	}
	errno = EEXIST;
	return -1;
}

/* ".gpufit-DIGITS-DIGITS.tmp" */
static int is_temporary(const char *name)
{
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return 0;
	name += strlen(PREFIX);
	for (int i = 0; i < 2; i++) {
		if (!isdigit((unsigned char)*name))
			return 0;
		while (isdigit((unsigned char)*name))
			name++;
		if (i == 0 && *name++ != '-')
			return 0;
	}
	return strcmp(name, SUFFIX) == 0;
}

/* With the lock held the name is checked again: otherwise it could by now be another process's. */
static void remove_stale(const char *name)
{
	struct stat info;
	int fd = open(name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
		is_named(fd, name))
		unlink(name);
	close(fd);
}

void temporary_sweep(const char *target)
{
	char *folder = temporary_beside(target, ".");
	DIR *entries = folder ? opendir(folder) : NULL;
	struct dirent *entry;

	while (entries && (entry = readdir(entries))) {
		char *name = is_temporary(entry->d_name) ? temporary_beside(target, entry->d_name)
							 : NULL;

		if (name)
			remove_stale(name);
		free(name);
	}
	if (entries)
		closedir(entries);
	free(folder);
}
