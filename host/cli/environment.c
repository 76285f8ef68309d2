#include "environment.h"
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sysexits.h>
#include <unistd.h>

#define POCL "Portable Computing Language"

/* What one build of the kernels takes of the cache, rounded up. */
enum { CACHE_BYTES = 1 << 20, CACHE_FILE_BYTES = 1 << 16 };

struct cache {
	char folder[PATH_MAX];
	char found[PATH_MAX]; /* the folder, else the nearest above it that there is */
	const char *variable; /* names the folder; NULL: none is set */
	int code;             /* errno: why PoCL cannot write there; 0: it can */
};

/* The rules are PoCL's own, the same in versions 1.0 to 6.0. */
static void find_folder(struct cache *cache)
{
	const char *named = getenv("POCL_CACHE_DIR"), *caches = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	const size_t room = sizeof cache->folder;

	cache->variable = named               ? "POCL_CACHE_DIR"
			  : caches && *caches ? "XDG_CACHE_HOME"
			  : home              ? "HOME"
					      : NULL;
	if (named)
		snprintf(cache->folder, room, "%s", named);
	else if (caches && *caches)
		snprintf(cache->folder, room, "%s/pocl/kcache", caches);
	else if (home)
		snprintf(cache->folder, room, "%s/.cache/pocl/kcache", home);
	else
		snprintf(cache->folder, room, "/tmp/pocl/kcache");
}

/* "a/b" of "a/b/c", "/" of "/a", "." of "a"; path may have slashes at its end. */
static void go_up(char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n > 0 && path[n - 1] != '/')
		n--;
	while (n > 1 && path[n - 1] == '/')
		n--;
	path[n] = '\0';
	if (n == 0)
		strcpy(path, ".");
}

/* A file of the size that PoCL's have tells a full disk and a used up quota too. */
static int try_to_write(const char *folder)
{
	static const char zeros[CACHE_FILE_BYTES];
	char name[PATH_MAX + 32];
	int fd, code = 0;

	snprintf(name, sizeof name, "%s/.gpufit-XXXXXX", folder);
	fd = mkstemp(name);
	if (fd < 0)
		return errno;
	errno = 0;
	if (write(fd, zeros, sizeof zeros) != (ssize_t)sizeof zeros)
		code = errno ? errno : ENOSPC;
	if (close(fd) && !code)
		code = errno;
	unlink(name);
	return code;
}

/* Where the folder is still to be made, that which it comes to stand in must be writable. */
static void find_problem(struct cache *cache)
{
	struct stat info;
	struct statvfs disk;

	find_folder(cache);
	strcpy(cache->found, cache->folder);
	while ((cache->code = stat(cache->found, &info) ? errno : 0) == ENOENT &&
		strcmp(cache->found, ".") != 0)
		go_up(cache->found);
	if (!cache->code && !S_ISDIR(info.st_mode))
		cache->code = ENOTDIR;
	if (!cache->code && strcmp(cache->found, cache->folder) == 0)
		cache->code = try_to_write(cache->folder);
	else if (!cache->code)
		cache->code = access(cache->found, W_OK | X_OK) ? errno : 0;
	if (!cache->code && statvfs(cache->found, &disk) == 0 &&
		(double)disk.f_bavail * (double)disk.f_frsize < CACHE_BYTES)
		cache->code = ENOSPC;
}

static void say_cache(const struct cache *cache)
{
	char place[PATH_MAX + 32] = "";

	if (strcmp(cache->found, cache->folder) != 0)
		snprintf(place, sizeof place, "cannot be made in \"%s\": ", cache->found);
	say("PoCL cannot write in its cache folder \"%s\" (%s%s): %s%s; POCL_CACHE_DIR=FOLDER "
	    "gpufit ... takes another, %s",
		cache->folder, cache->variable ? "from " : "",
		cache->variable ? cache->variable : "HOME is not set", place, strerror(cache->code),
		cache->code == ENOSPC ? "on a disk with room" : "which you may write in");
}

/* Without PoCL its cache is not the cause, nor is POCL_DEVICES. */
static bool explains_no_device(void)
{
	const char *vendors = getenv("OCL_ICD_VENDORS"), *shown = getenv("POCL_DEVICES");
	struct cache cache;
	char names[1024];

	if (gf_platform_names(names, sizeof names) == 0) {
		if (vendors && *vendors)
			say("no OpenCL platform found: OCL_ICD_VENDORS is \"%s\", and drivers are "
			    "looked for there only; unset it, and those that are installed are "
			    "found",
				vendors);
		return vendors && *vendors;
	}
	if (!strstr(names, POCL))
		return false;
	find_problem(&cache);
	if (cache.code)
		say_cache(&cache);
	else if (shown)
		say("PoCL is installed, but shows no device: POCL_DEVICES is \"%s\", which names "
		    "none that it has; unset it, and PoCL shows the CPU",
			shown);
	return cache.code || shown;
}

static bool explains_failed_call(const struct options *options)
{
	gf_device_info device;
	struct cache cache;

	if (gf_device_find(&device, options->config.device, NULL) ||
		!strstr(device.platform_name, POCL))
		return false;
	find_problem(&cache);
	if (cache.code)
		say_cache(&cache);
	return cache.code;
}

bool environment_explains(const struct options *options, const gf_error *err)
{
	gf_device_info *list = NULL;
	size_t count = 0;
	bool none;

	if (err->status == GF_E_OPENCL)
		return explains_failed_call(options);
	if (err->status != GF_E_UNAVAILABLE)
		return false;
	none = gf_device_list(&list, &count, NULL) == GF_E_UNAVAILABLE;
	gf_device_list_free(list);
	return none && explains_no_device();
}

/* Beside that of signals.c the only state that outlives a call: a handler of exit takes none. */
static bool exit_is_ours;

static void on_exit_of_driver(void)
{
	struct cache cache;

	if (exit_is_ours)
		return;
	say("the OpenCL driver ended the program; what it said, if anything, is above");
	find_problem(&cache);
	if (cache.code)
		say_cache(&cache);
	_exit(EX_SOFTWARE);
}

void environment_watch_exit(void)
{
	atexit(on_exit_of_driver);
}

void environment_exit_is_ours(void)
{
	exit_is_ours = true;
}
