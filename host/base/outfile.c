#include "outfile.h"
#include "error.h"
#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

		char *next = temporary_beside(target, name);

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

	int fd = temporary_create(out->target, &out->temporary);

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

	temporary_sweep(out->target);
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

/* Of two paths that both end in no file yet: do they name the same one to be? */
static int same_new(const char *one, const char *other)
{
	char *a = temporary_beside(one, "."), *b = temporary_beside(other, ".");
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
	char *folder = temporary_beside(path, ".");

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
