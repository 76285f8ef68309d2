#include "message.h"
#include "process.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sysexits.h>
#include <unistd.h>

enum { MESSAGE_ROOM = 2 * sizeof(((gf_error *)0)->message) };

/* Paths and options' values may hold anything: escapes what a terminal would obey. */
static void print_message(const char *prefix, const char *format, va_list args)
{
	char text[MESSAGE_ROOM], clean[MESSAGE_ROOM];

	vsnprintf(text, sizeof text, format, args);
	clean_text(clean, sizeof clean, text);
	fprintf(stderr, "%s%s\n", prefix, clean);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message("gpufit: ", format, args);
	va_end(args);
}

/* Prints a line below a message, without "gpufit: ". */
__attribute__((format(printf, 1, 2))) static void say_more(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message("", format, args);
	va_end(args);
}

int say_usage(const struct command *command, const char *format, ...)
{
	bool default_command = command == commands;
	va_list args;

	va_start(args, format);
	print_message("gpufit: ", format, args);
	va_end(args);
	fprintf(stderr, "try 'gpufit%s%s --help'\n", default_command ? "" : " ",
		default_command ? "" : command->name);
	return EX_USAGE;
}

int exit_code(gf_status status)
{
	static const int codes[] = {
		[GF_OK] = 0,
		[GF_E_DIVERGED] = 1,
		[GF_E_CHECK] = 1,
		[GF_E_USAGE] = EX_USAGE,
		[GF_E_DATA] = EX_DATAERR,
		[GF_E_NOINPUT] = EX_NOINPUT,
		[GF_E_UNAVAILABLE] = EX_UNAVAILABLE,
		[GF_E_OPENCL] = EX_SOFTWARE,
		[GF_E_MEMORY] = EX_SOFTWARE,
		[GF_E_CANTCREATE] = EX_CANTCREAT,
		[GF_E_IO] = EX_IOERR,
		[GF_E_INTERRUPTED] = 128 + 2, /* as a shell reports SIGINT */
		[GF_E_RANK] = EX_TEMPFAIL,
	};

	return status == GF_E_INTERRUPTED && interrupt_signal() ? 128 + interrupt_signal()
								: codes[status];
}

int say_error(const gf_error *err)
{
	say("%s", err->message);
	return exit_code(err->status);
}

/* ---- PoCL and the environment ---- */

#define POCL "Portable Computing Language"

/* The size of one build of the kernels in the cache, rounded up. */
enum { CACHE_BYTES = 1 << 20, CACHE_FILE_BYTES = 1 << 16 };

struct cache {
	char folder[PATH_MAX];
	char found[PATH_MAX]; /* the folder, or the nearest existing one above it */
	const char *variable; /* the environment's variable that names it; NULL: none is set */
	int code;             /* the errno of PoCL's failure to write there; 0: it can */
};

/* PoCL's own rules, the same in versions 1.0 to 6.0. */
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

/* Cuts the last part: "a/b/c" becomes "a/b", "/a" becomes "/", "a" becomes ".".  Slashes at the end
 * do not count. */
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

/* Writes a file as large as PoCL's, which also detects a full disk or quota.  Returns errno or
 * 0. */
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

/* If the folder does not exist, PoCL must be able to make it in the one above. */
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

/* Says why PoCL cannot write in its cache. */
static void say_cache(const struct cache *cache)
{
	char place[PATH_MAX + 32] = "";

	if (strcmp(cache->found, cache->folder) != 0)
		snprintf(place, sizeof place, "cannot be made in \"%s\": ", cache->found);
	say("PoCL cannot write in its cache folder \"%s\" (%s%s): %s%s; set POCL_CACHE_DIR to a "
	    "folder %s",
		cache->folder, cache->variable ? "from " : "",
		cache->variable ? cache->variable : "HOME is not set", place, strerror(cache->code),
		cache->code == ENOSPC ? "on a disk with room" : "that you may write in");
}

/* True if a variable of the environment or PoCL's cache is the cause, which is then said. */
static bool explains_no_device(void)
{
	const char *vendors = getenv("OCL_ICD_VENDORS"), *shown = getenv("POCL_DEVICES");
	struct cache cache;
	char names[1024];

	if (gf_platform_names(names, sizeof names) == 0) {
		if (vendors && *vendors)
			say("no OpenCL platform found: OCL_ICD_VENDORS is \"%s\", the only place "
			    "to look for drivers; unset it to find the installed ones",
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
		    "no device that it has; unset it to use the CPU",
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

/* If OCL_ICD_VENDORS, POCL_DEVICES or an unwritable cache of PoCL is the cause of err, says so and
 * returns true. */
static bool environment_explains(const struct options *options, const gf_error *err)
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

/* ---- devices that are left out ---- */

/* Variables of the loader hide the drivers that the system has: it is no news then that those show
 * no device. */
void say_device_notes(void)
{
	const bool hidden = getenv("OCL_ICD_VENDORS") || getenv("OPENCL_VENDOR_PATH");
	char notes[4096], *line = notes;

	gf_device_notes(notes, sizeof notes, !hidden);
	for (char *end; *line; line = end + (*end == '\n')) {
		end = line + strcspn(line, "\n");
		say("%.*s", (int)(end - line), line);
	}
}

/* ---- a failed command ---- */

/* "gpufit devces" names a file that does not exist, but is more likely a misspelt command. */
static bool looks_like_command(const char *word)
{
	return word && word[0] && word[strspn(word, "abcdefghijklmnopqrstuvwxyz")] == '\0';
}

static void hint_at_commands(void)
{
	fputs("if you meant a command: it comes first, and is one of", stderr);
	for (const struct command *c = commands; c->name; c++)
		fprintf(stderr, " %s", c->name);
	fputc('\n', stderr);
}

int say_failure(const struct options *options, const gf_error *err)
{
	bool device_from_environment = options->config.device && !options->given[OPT_DEVICE];
	int code = exit_code(err->status);

	if (environment_explains(options, err))
		return code;
	say_error(err);
	if (err->status == GF_E_NOINPUT && options->command == commands &&
		options->operand_count == 1 && looks_like_command(options->operand))
		hint_at_commands();
	if (err->status == GF_E_UNAVAILABLE && device_from_environment)
		say_more("GPUFIT_DEVICE asks for '%s'", options->config.device);
	return code;
}

/* ---- exit() in a driver ---- */

/* A global, because a handler of exit takes no argument. */
static bool exit_is_ours;

static void on_exit_of_driver(void)
{
	struct cache cache;

	if (exit_is_ours)
		return;
	say("the OpenCL driver ended the program; its messages, if any, are above");
	find_problem(&cache);
	if (cache.code)
		say_cache(&cache);
	_exit(EX_SOFTWARE);
}

void driver_exit_watch(void)
{
	atexit(on_exit_of_driver);
}

void driver_exit_unwatch(void)
{
	exit_is_ours = true;
}

void say_export(const gf_model *model, const char *path)
{
	for (size_t i = 0; i < gf_model_columns(model); i++) {
		const gf_column column = gf_model_column(model, i);

		if (!column.words && isnan(column.mean))
			continue;
		say("%s takes the %zu features as numbers: only the model's own file turns words "
		    "and missing values into numbers",
			path, gf_model_features(model));
		return;
	}
}
