#include "outfile.h"
#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 40, NAMES_MAX = 100 }; /* links: as the Linux kernel has it */

/* The length of the folder in path, with its last slash; 0: the current folder. */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* name in the folder of path; an absolute name stands for itself.  NULL: no memory. */
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

/* A new file beside the target, open for writing; -1: see errno.  Not mkstemp: the kernel
 * applies the umask, which cannot be read without setting it for every thread. */
static int create_beside(struct outfile *out)
{
	for (int i = 0; i < NAMES_MAX; i++) {
		char name[64];

		/* short, since the target's own name may already be as long as names can be */
		snprintf(name, sizeof name, ".gpufit-%ld-%d.tmp", (long)getpid(), i);
		out->temporary = beside(out->target, name);
		if (!out->temporary)
			return -1;

		int fd = open(out->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

		if (fd >= 0)
			return fd;
		free(out->temporary);
		out->temporary = NULL;
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

/* A temporary file that will replace the target, with the permissions of old, the file that it
 * replaces, or NULL.  -1: see errno. */
static int open_replacement(struct outfile *out, const struct stat *old)
{
	/* A rename would get round the protection of the file itself. */
	if (old && access(out->target, W_OK) != 0)
		return -1;

	int fd = create_beside(out);

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

/* Not every file system can sync; there is nothing better to do on one that cannot. */
static int sync_fd(int fd)
{
	return fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP ? -1 : 0;
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

	if (!failed && out->temporary)
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

gf_status outfile_commit(struct outfile *out, gf_error *err)
{
	const char *path = out->path;
	gf_status status = GF_OK;

	if (finish(out) != 0 || (out->temporary && replace(out) != 0))
		status = gf_fail(err, GF_E_IO, "%s: cannot write: %s", path, strerror(errno));
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
