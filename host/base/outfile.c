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
 * They are called ".gpufit-PID-N.tmp" and are in the target's folder.  The process that writes one
 * holds an flock on it.  One without a lock was left behind by a process that was killed, and
 * remove_stale_files() removes it.  The PID cannot tell whether the process lives: it may be one of
 * another container, and PIDs are reused.  On a file system without locks nothing is removed.
 */

#define PREFIX ".gpufit-"
#define SUFFIX ".tmp"

enum { NAMES_MAX = 100 };

/* The length of the folder's name in path, including its last slash; 0: the current folder. */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* The path of name in the folder of path, to be freed; NULL: no memory. */
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

static int is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Returns 1 if the open file still has that name: another process may have removed it before it was
 * locked. */
static int is_named(int fd, const char *name)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && lstat(name, &named) == 0 && is_same_file(&opened, &named);
}

/* Locks the file.  Returns 0 if another process holds the lock, or the name is gone.  On a file
 * system without locks the file is written without one. */
static int claim(int fd, const char *name)
{
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
		return 0;
	return is_named(fd, name);
}

/* Creates and locks a temporary file in the target's folder.  Returns its descriptor, and *name, to
 * be freed; -1: see errno.  mkstemp would ignore the umask, which open applies.  The file can be
 * read, too, since one cannot be mapped to be written only. */
static int create_temporary(const char *target, char **name)
{
	for (int i = 0; i < NAMES_MAX; i++) {
		char text[64];

		/* The name does not contain the target's, which may have the greatest length. */
		snprintf(text, sizeof text, PREFIX "%ld-%d" SUFFIX, (long)getpid(), i);
		*name = beside(target, text);
		if (!*name)
			return -1;

		int fd = open(*name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
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

/* Returns 1 for ".gpufit-DIGITS-DIGITS.tmp". */
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

/* Removes a temporary file that nobody has locked.  The name is checked once the lock is held,
 * since it may have become another process's file in between. */
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

/* Removes what killed processes left in the target's folder. */
static void remove_stale_files(const char *target)
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

enum { LINKS_MAX = 40 }; /* the Linux kernel's limit */

/* Follows symbolic links, and returns the path of what the last one points to, to be freed; no file
 * need exist there.  NULL: see errno. */
static char *follow_links(const char *path)
{
	char *target = strdup(path);

	for (int links = 0; target && links < LINKS_MAX; links++) {
		char name[PATH_MAX];
		ssize_t length = readlink(target, name, sizeof name - 1);

		if (length < 0)
			return target; /* it is no link, or does not exist yet */
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

/* Opens a temporary file to replace the target, with the permissions of old, the target's file;
 * NULL: it does not exist yet.  Returns its descriptor; -1: see errno. */
static int open_replacement(struct outfile *out, const struct stat *old)
{
	/* A rename would replace a file that is protected against writing. */
	if (old && access(out->target, W_OK) != 0)
		return -1;

	int fd = create_temporary(out->target, &out->temporary);

	if (fd >= 0 && old)
		(void)fchmod(fd, old->st_mode & 0777); /* fails where files have no modes */
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

static gf_status refuse(const struct outfile *out, int code, gf_error *err)
{
	return gf_fail(err, GF_E_CANTCREATE, "%s: cannot create: %s", out->path, strerror(code));
}

gf_status outfile_open(struct outfile *out, const char *path, gf_error *err)
{
	int fd = -1;

	*out = (struct outfile){.path = path, .target = follow_links(path)};
	if (out->target)
		fd = open_target(out);
	if (fd >= 0)
		out->file = fdopen(fd, "w");
	if (out->file)
		return GF_OK;

	refuse(out, errno, err);
	if (fd >= 0)
		close(fd);
	outfile_abort(out);
	return GF_E_CANTCREATE;
}

/* ---- checking before anything is written ---- */

/* Returns 1 if the target may be removed from its folder, which a rename over it does.  rmdir tells
 * it without removing anything: kernels check permissions (sticky folders, immutable and
 * append-only files, read-only file systems) before they find that a file is not a folder. */
static int may_remove(const char *target)
{
	return rmdir(target) == 0 || errno == ENOTDIR || errno == ENOENT;
}

/* Returns 1 if the target is mounted by itself, as containers mount single files: no rename
 * replaces it.  Such a file cannot be linked to link_name in its own folder, which is on another
 * file system. */
static int is_mounted(const char *target, const char *link_name)
{
	const int linked = link(target, link_name) == 0;
	const int mounted = !linked && errno == EXDEV;

	if (linked)
		unlink(link_name);
	return mounted;
}

/* Checks that a temporary file can be made and removed, and that it could replace the target. */
static gf_status try_replacement(struct outfile *out, const struct stat *old, gf_error *err)
{
	int fd;

	remove_stale_files(out->target);
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
	struct outfile out = {.path = path, .target = follow_links(path)};
	gf_error found = {0};

	check(&out, &found);
	outfile_abort(&out);
	return found.status ? gf_fail(err, found.status, "%s", found.message) : GF_OK;
}

/* Returns 1 if two paths of files that do not exist yet will name the same file. */
static int same_new(const char *one, const char *other)
{
	char *folder_a = beside(one, "."), *folder_b = beside(other, ".");
	struct stat a, b;
	const int same = folder_a && folder_b && stat(folder_a, &a) == 0 &&
			 stat(folder_b, &b) == 0 && is_same_file(&a, &b) &&
			 strcmp(one + folder_length(one), other + folder_length(other)) == 0;

	free(folder_a);
	free(folder_b);
	return same;
}

int outfile_same(const char *one, const char *other)
{
	struct stat a, b;
	const int has_a = stat(one, &a) == 0, has_b = stat(other, &b) == 0;

	if (strcmp(one, other) == 0)
		return 1;
	if (has_a && has_b)
		return !S_ISCHR(a.st_mode) && is_same_file(&a, &b);
	if (has_a || has_b)
		return 0;

	char *target_a = follow_links(one), *target_b = follow_links(other);
	const int same = target_a && target_b && same_new(target_a, target_b);

	free(target_a);
	free(target_b);
	return same;
}

/* ---- writing ---- */

/* Returns -1 on an error.  Pipes and some file systems cannot sync, which is not an error. */
static int sync_fd(int fd)
{
	return fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS ? -1 : 0;
}

/* Syncs the folder of path, since a crash could otherwise undo the rename.  A folder that may not
 * be read cannot be opened to be synced; the kernel syncs it later.  Returns -1 on an error. */
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

/* Syncs what was written and closes the file.  Returns -1 on an error: see errno. */
static int finish(struct outfile *out)
{
	/* A write that failed earlier set the stream's error flag, but its errno is lost.  The
	 * flush often meets the same error again, and sets errno. */
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

/* Renames the temporary file over the target.  Returns -1 on an error: see errno. */
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
	TRY(outfile_flush(out, err));
	if (!out->temporary)
		return GF_OK;
	if (sync_fd(fileno(out->file)) != 0 || replace(out) != 0)
		return write_failure(out, err);
	return GF_OK;
}

/* A second descriptor keeps the temporary file locked after its stream is closed, until it has
 * replaced the target: another process could otherwise remove it in between. */
static int finish_and_replace(struct outfile *out)
{
	int lock = dup(fileno(out->file));
	int failed = lock < 0 || finish(out) != 0 || replace(out) != 0;
	int code = errno;

	if (lock >= 0 && close(lock) != 0 && !failed)
		return -1;
	errno = code;
	return failed ? -1 : 0;
}

gf_status outfile_commit(struct outfile *out, gf_error *err)
{
	gf_status status = GF_OK;

	if ((out->temporary ? finish_and_replace(out) : finish(out)) != 0)
		status = write_failure(out, err);
	outfile_abort(out);
	return status;
}

void outfile_unlink(struct outfile *out)
{
	if (out->temporary)
		unlink(out->temporary);
	free(out->temporary);
	out->temporary = NULL;
}

void outfile_abort(struct outfile *out)
{
	if (out->file)
		fclose(out->file); /* an error does not matter: the file is removed */
	outfile_unlink(out);
	free(out->target);
	*out = (struct outfile){0};
}
