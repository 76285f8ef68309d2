#include "outfile.h"
#include "error.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * ---- temporary files ----
 *
 * The name is ".gpufit-PID-N.tmp", in the target's folder.  The process that writes it holds an
 * flock on it, so a temporary file without a lock was left behind by a process that was killed, and
 * sweep() removes it.  The PID cannot tell that: it may belong to another container, and PIDs are
 * reused.  On a file system without locks nothing is swept.
 */

#define PREFIX ".gpufit-"
#define SUFFIX ".tmp"

enum { NAMES_MAX = 100 };

/* The length of the folder in path, with its last slash; 0: the current folder. */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

static char *beside(const char *path, const char *name)
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
static int create(const char *target, char **name)
{
	for (int i = 0; i < NAMES_MAX; i++) {
		char text[64];

		/* short, since the target's own name may already be as long as names can be */
		snprintf(text, sizeof text, PREFIX "%ld-%d" SUFFIX, (long)getpid(), i);
		*name = beside(target, text);
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

static void sweep(const char *target)
{
	char *folder = beside(target, ".");
	DIR *entries = folder ? opendir(folder) : NULL;
	struct dirent *entry;

	while (entries && (entry = readdir(entries))) {
		char *name = is_temporary(entry->d_name) ? beside(target, entry->d_name) : NULL;

		if (name)
			remove_stale(name);
		free(name);
	}
	if (entries)
		closedir(entries);
	free(folder);
}

/* ---- opening ---- */

enum { LINKS_MAX = 40 }; /* as the Linux kernel has it */

/* Where the links of path end, be there a file or not.  NULL: see errno. */
static char *follow(const char *path)
{
	char *target = strdup(path);

	for (int links = 0; target && links < LINKS_MAX; links++) {
		char name[PATH_MAX];
		ssize_t length = readlink(target, name, sizeof name - 1);

		if (length < 0)
			return target; /* no link, or nothing there yet */
		name[length] = '\0';

		char *next = beside(target, name);

		free(target);
		target = next;
	}
	if (target)
		errno = ELOOP;
	free(target);
	return NULL;
}

/* A temporary file that will replace the target, with the permissions of old, the file that it
 * replaces, or NULL.  -1: see errno. */
static int open_replacement(struct outfile *out, const struct stat *old)
{
	/* A rename would get round the protection of the file itself. */
	if (old && access(out->target, W_OK) != 0)
		return -1;

	int fd = create(out->target, &out->temporary);

	if (fd >= 0 && old)
		(void)fchmod(fd, old->st_mode & 0777); /* some file systems have no modes */
	return fd;
}

static int open_target(struct outfile *out)
{
	struct stat old;

	if (stat(out->path, &old) != 0) {
		if (errno != ENOENT || out->path[0] == '\0')
			return -1;
		return open_replacement(out, NULL);
	}
	if (S_ISDIR(old.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if (S_ISREG(old.st_mode))
		return open_replacement(out, &old);
	return open(out->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

gf_status outfile_open(struct outfile *out, const char *path, gf_error *err)
{
	int fd = -1;

	*out = (struct outfile){.path = path, .target = follow(path)};
	if (out->target)
		fd = open_target(out);
	if (fd >= 0)
		out->file = fdopen(fd, "w");
	if (out->file)
		return GF_OK;

	gf_fail(err, GF_E_CANTCREATE, "%s: cannot create: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	outfile_abort(out);
	return GF_E_CANTCREATE;
}

/* ---- before anything is written ---- */

/* May the target be removed from its folder, as a rename over it does?  Kernels look at permissions
 * (sticky folders, files that are immutable or may only grow, file systems that may only be read)
 * before they find that a file is no folder, and this tells without removing it. */
static int may_remove(const char *target)
{
	return rmdir(target) == 0 || errno == ENOTDIR || errno == ENOENT;
}

/* A file that is mounted by itself, as containers do, has a folder on what is another file system,
 * and no rename replaces it.  A link to it fails for that reason; for others it may as well. */
static int is_mounted(const char *target, const char *name)
{
	const int linked = link(target, name) == 0;
	const int mounted = !linked && errno == EXDEV;

	if (linked)
		unlink(name);
	return mounted;
}

static gf_status refuse(const struct outfile *out, int code, gf_error *err)
{
	return gf_fail(err, GF_E_CANTCREATE, "%s: cannot create: %s", out->path, strerror(code));
}

/* Makes a temporary file and removes it, since no file can be replaced in a folder whose files
 * cannot be removed. */
static gf_status try_replacement(struct outfile *out, const struct stat *old, gf_error *err)
{
	int fd;

	sweep(out->target);
	fd = open_replacement(out, old);
	if (fd < 0 || unlink(out->temporary) != 0) {
		refuse(out, errno, err);
	} else if (old && !may_remove(out->target)) {
		gf_fail(err, GF_E_CANTCREATE,
			"%s: the folder does not let it be replaced: %s; name a file in another "
			"folder",
			out->path, strerror(errno));
	} else if (old && is_mounted(out->target, out->temporary)) {
		gf_fail(err, GF_E_CANTCREATE,
			"%s: is mounted by itself and cannot be replaced; name a file in a folder "
			"that is mounted",
			out->path);
	}
	if (fd >= 0)
		close(fd);
	return err->status;
}

static gf_status check(struct outfile *out, gf_error *err)
{
	struct stat old;

	if (!out->target)
		return refuse(out, errno, err);
	if (stat(out->path, &old) != 0) {
		if (errno != ENOENT || out->path[0] == '\0')
			return refuse(out, errno, err);
		return try_replacement(out, NULL, err);
	}
	if (S_ISDIR(old.st_mode))
		return refuse(out, EISDIR, err);
	if (S_ISSOCK(old.st_mode))
		return refuse(out, ENXIO, err);
	if (S_ISREG(old.st_mode))
		return try_replacement(out, &old, err);
	return access(out->path, W_OK) == 0 ? GF_OK : refuse(out, errno, err);
}

gf_status outfile_check(const char *path, gf_error *err)
{
	struct outfile out = {.path = path, .target = follow(path)};
	gf_error found = {0};

	check(&out, &found);
	outfile_abort(&out);
	return found.status ? gf_fail(err, found.status, "%s", found.message) : GF_OK;
}

/* Whether two paths, both of files that do not exist yet, will name the same file. */
static int same_new(const char *one, const char *other)
{
	char *a = beside(one, "."), *b = beside(other, ".");
	const char *slash_a = strrchr(one, '/'), *slash_b = strrchr(other, '/');
	struct stat in_a, in_b;
	const int same = a && b && stat(a, &in_a) == 0 && stat(b, &in_b) == 0 &&
			 in_a.st_dev == in_b.st_dev && in_a.st_ino == in_b.st_ino &&
			 strcmp(slash_a ? slash_a + 1 : one, slash_b ? slash_b + 1 : other) == 0;

	free(a);
	free(b);
	return same;
}

int outfile_same(const char *one, const char *other)
{
	struct stat a, b;
	const int has_a = stat(one, &a) == 0, has_b = stat(other, &b) == 0;

	if (strcmp(one, other) == 0)
		return 1;
	if (has_a && has_b)
		return !S_ISCHR(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
	if (has_a || has_b)
		return 0;

	char *target_a = follow(one), *target_b = follow(other);
	const int same = target_a && target_b && same_new(target_a, target_b);

	free(target_a);
	free(target_b);
	return same;
}

/* ---- writing ---- */

/* Not every file system can sync, nor can a pipe; there is nothing better to do. */
static int sync_fd(int fd)
{
	return fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS ? -1 : 0;
}

/* Without this a crash could undo the rename.  A folder that may be written but not read
 * cannot be opened, so cannot be synced: the kernel will do it in its own time. */
static int sync_folder(const char *path)
{
	char *folder = beside(path, ".");

	if (!folder)
		return -1;

	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int failed = fd >= 0 && sync_fd(fd) != 0;

	if (fd >= 0)
		close(fd);
	free(folder);
	return failed ? -1 : 0;
}

/* Everything written is on its way to the disk, and file is closed; -1: see errno. */
static int finish(struct outfile *out)
{
	/* A write that failed earlier left its mark but not its errno; the flush often meets the
	 * same error again and names it. */
	errno = 0;

	int failed = fflush(out->file) != 0 || ferror(out->file);

	if (!failed)
		failed = sync_fd(fileno(out->file)) != 0;

	int code = errno ? errno : EIO;

	if (fclose(out->file) != 0 && !failed) {
		failed = 1;
		code = errno;
	}
	out->file = NULL;
	errno = code;
	return failed ? -1 : 0;
}

/* The temporary file takes the target's place; -1: see errno. */
static int replace(struct outfile *out)
{
	if (rename(out->temporary, out->target) != 0)
		return -1;
	free(out->temporary);
	out->temporary = NULL;
	return sync_folder(out->target);
}

static gf_status write_failure(const struct outfile *out, gf_error *err)
{
	return gf_fail(err, GF_E_IO, "%s: cannot write: %s", out->path, strerror(errno));
}

gf_status outfile_flush(struct outfile *out, gf_error *err)
{
	errno = 0;
	if (fflush(out->file) == 0 && !ferror(out->file))
		return GF_OK;
	errno = errno ? errno : EIO;
	return write_failure(out, err);
}

gf_status outfile_replace(struct outfile *out, gf_error *err)
{
	gf_status status = outfile_flush(out, err);

	if (status || !out->temporary)
		return status;
	if (sync_fd(fileno(out->file)) != 0 || replace(out) != 0)
		return write_failure(out, err);
	return GF_OK;
}

/* A second descriptor keeps the temporary file locked, past the end of the stream, until it has
 * taken the target's place: a sweep could take it away in between. */
static int finish_and_replace(struct outfile *out)
{
	int held = dup(fileno(out->file));
	int failed = held < 0 || finish(out) != 0 || replace(out) != 0;
	int code = errno;

	if (held >= 0 && close(held) != 0 && !failed)
		return -1;
	errno = code;
	return failed ? -1 : 0;
}

gf_status outfile_commit(struct outfile *out, gf_error *err)
{
	gf_status status = GF_OK;

	if ((out->temporary ? finish_and_replace(out) : finish(out)) != 0)
		status = gf_fail(err, GF_E_IO, "%s: cannot write: %s", out->path, strerror(errno));
	outfile_abort(out);
	return status;
}

void outfile_abort(struct outfile *out)
{
	if (out->file)
		fclose(out->file); /* what it could not write is not wanted */
	if (out->temporary)
		unlink(out->temporary);
	free(out->temporary);
	free(out->target);
	*out = (struct outfile){0};
}
