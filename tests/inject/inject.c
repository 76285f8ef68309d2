/* inject.c: which call fails, and the calls for memory and files. */
#define _GNU_SOURCE /* newlocale and O_DIRECTORY */
#include "wrap.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

struct injection inject;

void inject_start(enum inject_kind kind, size_t at, const char *always)
{
	inject.kind = kind;
	inject.at = at;
	inject.always = always;
	inject.calls = 0;
	inject.failed = inject.code = NULL;
	inject.harmless = inject.running = 0;
	inject.last = inject.asked = NULL;
}

void inject_stop(void)
{
	inject.at = 0;
	inject.always = NULL;
}

int inject_fails(enum inject_kind kind, const char *call)
{
	if (inject.always && strcmp(inject.always, call) == 0)
		return 1;
	if (inject.kind != kind || ++inject.calls != inject.at)
		return 0;
	inject.failed = call;
	return 1;
}

/* ---- memory ---- */

WRAP(realloc)
WRAP(free)
WRAP(freelocale)
WRAP(gzdopen)
WRAP(gzclose)

static int memory_fails(const char *call)
{
	if (!inject_fails(INJECT_MEMORY, call))
		return 0;
	errno = ENOMEM;
	return 1;
}

static void *allocated(void *memory)
{
	inject.allocations += memory != NULL;
	return memory;
}

#define ALLOCATE(name, type, parameters, arguments)                                     \
	WRAP(name)                                                                      \
	type __wrap_##name parameters                                                   \
	{                                                                               \
		return memory_fails(#name) ? NULL : allocated(__real_##name arguments); \
	}

ALLOCATE(malloc, void *, (size_t size), (size))
ALLOCATE(calloc, void *, (size_t count, size_t size), (count, size))

void *__wrap_realloc(void *old, size_t size)
{
	void *memory = memory_fails("realloc") ? NULL : __real_realloc(old, size);

	return old ? memory : allocated(memory);
}

ALLOCATE(aligned_alloc, void *, (size_t alignment, size_t size), (alignment, size))
ALLOCATE(strdup, char *, (const char *text), (text))

void __wrap_free(void *memory)
{
	inject.allocations -= memory != NULL;
	__real_free(memory);
}

ALLOCATE(newlocale, locale_t, (int mask, const char *name, locale_t base), (mask, name, base))

void __wrap_freelocale(locale_t locale)
{
	inject.allocations--;
	__real_freelocale(locale);
}

gzFile __wrap_gzdopen(int fd, const char *mode)
{
	return memory_fails("gzdopen") ? NULL : __real_gzdopen(fd, mode);
}

/* zlib closes the file. */
int __wrap_gzclose(gzFile file)
{
	inject.files--;
	return __real_gzclose(file);
}

void *inject_json_malloc(size_t size)
{
	return inject_fails(INJECT_JSON, "malloc in jansson") ? NULL
							      : allocated(__real_malloc(size));
}

void inject_json_free(void *memory)
{
	__wrap_free(memory);
}

/* ---- files ---- */

WRAP(open)
WRAP(dup)
WRAP(pipe2)
WRAP(socketpair)
WRAP(posix_spawnp)
WRAP(waitpid)
WRAP(close)
WRAP(fopen)
WRAP(fdopen)
WRAP(fflush)
WRAP(fsync)
WRAP(fclose)
WRAP(rename)

static int file_fails(const char *call)
{
	if (!inject_fails(INJECT_FILE, call))
		return 0;
	errno = EIO;
	return 1;
}

static int opened(int fd)
{
	inject.files += fd >= 0;
	return fd;
}

/* A failed close loses nothing where a file was only read or has no name any longer, nor with a
 * pipe or a socket. */
static int loses_nothing(int fd)
{
	struct stat info;

	return (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY ||
	       (fstat(fd, &info) == 0 && (!S_ISREG(info.st_mode) || info.st_nlink == 0));
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	unsigned mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, unsigned) : 0;
	va_end(args);
	if (!file_fails("open"))
		return opened(__real_open(path, flags, mode));
	inject.harmless |= (flags & O_DIRECTORY) != 0; /* a folder is opened only to sync it */
	return -1;
}

int __wrap_dup(int fd)
{
	return file_fails("dup") ? -1 : opened(__real_dup(fd));
}

int __wrap_pipe2(int ends[2], int flags)
{
	if (file_fails("pipe2") || __real_pipe2(ends, flags))
		return -1;
	inject.files += 2;
	return 0;
}

int __wrap_socketpair(int domain, int type, int protocol, int ends[2])
{
	if (file_fails("socketpair") || __real_socketpair(domain, type, protocol, ends))
		return -1;
	inject.files += 2;
	return 0;
}

int __wrap_posix_spawnp(pid_t *pid, const char *program, const posix_spawn_file_actions_t *actions,
	const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[])
{
	return file_fails("posix_spawnp") ? EIO
					  : __real_posix_spawnp(pid, program, actions, attributes,
						    arguments, environment);
}

/* The process is waited for even where the call fails. */
pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
	const int failed = file_fails("waitpid");
	const pid_t ended = __real_waitpid(pid, status, options);

	if (failed)
		errno = EIO;
	return failed ? -1 : ended;
}

/* Linux closes the file even where it reports a failure. */
int __wrap_close(int fd)
{
	int failed = file_fails("close");

	inject.harmless |= failed && loses_nothing(fd);
	inject.files--;
	return __real_close(fd) || failed ? -1 : 0;
}

WRAP(mmap)
WRAP(munmap)
WRAP(posix_fallocate)
WRAP(ftruncate)
WRAP(pread)

/* With MAP_FIXED it takes the place of a part of what is mapped. */
void *__wrap_mmap(void *at, size_t bytes, int access, int flags, int fd, off_t offset)
{
	void *map =
		file_fails("mmap") ? MAP_FAILED : __real_mmap(at, bytes, access, flags, fd, offset);

	inject.maps += map != MAP_FAILED && !(flags & MAP_FIXED);
	return map;
}

int __wrap_munmap(void *at, size_t bytes)
{
	inject.maps--;
	return __real_munmap(at, bytes);
}

int __wrap_posix_fallocate(int fd, off_t offset, off_t bytes)
{
	return file_fails("posix_fallocate") ? EIO : __real_posix_fallocate(fd, offset, bytes);
}

int __wrap_ftruncate(int fd, off_t bytes)
{
	return file_fails("ftruncate") ? -1 : __real_ftruncate(fd, bytes);
}

ssize_t __wrap_pread(int fd, void *to, size_t bytes, off_t offset)
{
	return file_fails("pread") ? -1 : __real_pread(fd, to, bytes, offset);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	FILE *file = file_fails("fopen") ? NULL : __real_fopen(path, mode);

	inject.files += file != NULL;
	return file;
}

FILE *__wrap_fdopen(int fd, const char *mode)
{
	return file_fails("fdopen") ? NULL : __real_fdopen(fd, mode);
}

int __wrap_fflush(FILE *file)
{
	return file_fails("fflush") ? EOF : __real_fflush(file);
}

int __wrap_fsync(int fd)
{
	return file_fails("fsync") ? -1 : __real_fsync(fd);
}

int __wrap_fclose(FILE *file)
{
	int failed = file_fails("fclose");

	inject.harmless |= failed && loses_nothing(fileno(file));
	inject.files--;
	if (__real_fclose(file) == 0 && !failed)
		return 0;
	errno = EIO;
	return EOF;
}

int __wrap_rename(const char *from, const char *to)
{
	return file_fails("rename") ? -1 : __real_rename(from, to);
}
