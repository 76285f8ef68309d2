#define _GNU_SOURCE /* strcasestr */
#include "device.h"
#include "driver_notes.h"
#include "memory.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More platforms, or more devices of one platform, are not listed. */
enum { PLATFORMS = 64, DEVICES = 64 };

struct device_list {
	struct device_id *ids; /* owned; (count) */
	size_t count, room;
	gf_error fault;      /* of the first platform that failed, and whose devices are left out */
	struct notes *notes; /* borrowed; gets what is left out; NULL: nobody asks */
};

static gf_status add(struct device_list *list, const struct device_id *id, gf_error *err)
{
	const size_t need = list->count + 1;
	struct device_id *ids = array_reserve(list->ids, &list->room, need, sizeof *ids);

	if (!ids)
		return gf_fail_memory(err, need * sizeof *ids, "the list of devices");
	list->ids = ids;
	ids[list->count++] = *id;
	return GF_OK;
}

static const char *type_word(cl_device_type type)
{
	return type & CL_DEVICE_TYPE_GPU           ? "gpu"
	       : type & CL_DEVICE_TYPE_ACCELERATOR ? "accelerator"
	       : type & CL_DEVICE_TYPE_CPU         ? "cpu"
						   : "custom";
}

/* Drivers pad their strings with spaces. */
static void trim(char *text)
{
	char *start = text + strspn(text, " ");
	size_t n = strlen(start);

	while (n > 0 && isspace((unsigned char)start[n - 1]))
		n--;
	memmove(text, start, n);
	text[n] = '\0';
}

/* A string that does not fit, or that the driver refuses, stays empty: nothing depends on it. */
static void device_text(cl_device_id device, cl_device_info what, char *text, size_t size)
{
	if (clGetDeviceInfo(device, what, size, text, NULL))
		text[0] = '\0';
	text[size - 1] = '\0';
	trim(text);
}

static void platform_text(cl_platform_id platform, char *name, size_t size)
{
	if (clGetPlatformInfo(platform, CL_PLATFORM_NAME, size, name, NULL))
		name[0] = '\0';
	name[size - 1] = '\0';
}

gf_status device_ask(const struct device_id *id, cl_device_info property, void *value, size_t size,
	gf_error *err)
{
	cl_int code = clGetDeviceInfo(id->device, property, size, value, NULL);

	return code ? clerror_fail(err, code, "clGetDeviceInfo", id->info.name) : GF_OK;
}

static gf_status describe(struct device_id *id, gf_error *err)
{
	gf_device_info *info = &id->info;
	cl_device_type type = 0;
	cl_uint units = 0;
	cl_ulong memory = 0, alloc = 0;
	cl_bool unified = CL_FALSE;

	device_text(id->device, CL_DEVICE_NAME, info->name, sizeof info->name);
	device_text(id->device, CL_DEVICE_VERSION, info->version, sizeof info->version);
	device_text(id->device, CL_DRIVER_VERSION, info->driver, sizeof info->driver);
	TRY(device_ask(id, CL_DEVICE_TYPE, &type, sizeof type, err));
	TRY(device_ask(id, CL_DEVICE_VENDOR_ID, &id->vendor, sizeof id->vendor, err));
	TRY(device_ask(id, CL_DEVICE_MAX_COMPUTE_UNITS, &units, sizeof units, err));
	TRY(device_ask(id, CL_DEVICE_GLOBAL_MEM_SIZE, &memory, sizeof memory, err));
	TRY(device_ask(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, &alloc, sizeof alloc, err));
	TRY(device_ask(id, CL_DEVICE_HOST_UNIFIED_MEMORY, &unified, sizeof unified, err));
	snprintf(info->type, sizeof info->type, "%s", type_word(type));
	info->compute_units = units;
	info->memory_bytes = memory;
	info->max_alloc_bytes = alloc;
	info->unified_memory = unified == CL_TRUE;
	return GF_OK;
}

/* The loader (ocl-icd 2.3) and PoCL (3.1) begin their work in the first of these calls, and are not
 * prepared for another thread's at that time: it finds no platform, or crashes. */
static pthread_mutex_t beginning = PTHREAD_MUTEX_INITIALIZER;

static cl_int get_devices(cl_platform_id platform, cl_device_id devices[DEVICES], cl_uint *count)
{
	cl_int code;

	pthread_mutex_lock(&beginning);
	code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, DEVICES, devices, count);
	pthread_mutex_unlock(&beginning);
	return code;
}

static gf_status list_platform(
	struct device_list *list, cl_platform_id platform, size_t number, gf_error *err)
{
	cl_device_id devices[DEVICES];
	cl_uint count = 0;
	char name[sizeof((gf_device_info *)0)->platform_name];
	cl_int code = get_devices(platform, devices, &count);

	if (code == CL_DEVICE_NOT_FOUND)
		return GF_OK;
	platform_text(platform, name, sizeof name);
	if (code)
		return clerror_fail(err, code, "clGetDeviceIDs", name);
	for (cl_uint i = 0; i < count && i < DEVICES; i++) {
		struct device_id id = {.platform = platform, .device = devices[i]};

		id.info.index = list->count;
		id.info.platform = number;
		id.info.device = i;
		snprintf(id.info.platform_name, sizeof id.info.platform_name, "%s", name);
		TRY(describe(&id, err));
		TRY(add(list, &id, err));
	}
	return GF_OK;
}

/* The loader returns this when no driver is installed. */
#define NO_PLATFORM_INSTALLED -1001

static cl_int get_platforms(cl_platform_id *platforms, cl_uint *count)
{
	cl_int code;

	pthread_mutex_lock(&beginning);
	code = clGetPlatformIDs(PLATFORMS, platforms, count);
	pthread_mutex_unlock(&beginning);
	if (code == NO_PLATFORM_INSTALLED) {
		*count = 0;
		return CL_SUCCESS;
	}
	if (*count > PLATFORMS)
		*count = PLATFORMS;
	return code;
}

size_t gf_platform_names(char *names, size_t room)
{
	cl_platform_id platforms[PLATFORMS];
	cl_uint count = 0;
	size_t used = 0;

	if (!names || !room)
		return 0;
	names[0] = '\0';
	if (get_platforms(platforms, &count))
		return 0;
	for (cl_uint i = 0; i < count && used < room; i++) {
		char name[sizeof((gf_device_info *)0)->platform_name];

		platform_text(platforms[i], name, sizeof name);
		used += (size_t)snprintf(names + used, room - used, "%s%s", i ? ", " : "", name);
	}
	return count;
}

#define OR_POCL "install PoCL (Debian and Ubuntu: apt install pocl-opencl-icd)"

/* Adds what keeps the GPUs of some vendors from being in the list. */
static void note_drivers(struct notes *notes, const struct device_list *list)
{
	unsigned vendors[PLATFORMS];
	size_t count = 0;

	for (size_t i = 0; i < list->count && count < PLATFORMS; i++)
		if (strcmp(list->ids[i].info.type, "gpu") == 0)
			vendors[count++] = list->ids[i].vendor;
	notes_add_drivers(notes, "", vendors, count);
}

static gf_status refuse_no_platform(gf_error *err)
{
	const struct device_list none = {0};
	char text[2048] = "";
	struct notes notes = {.text = text, .room = sizeof text};

	note_drivers(&notes, &none);
	if (notes.count)
		return gf_fail(err, GF_E_UNAVAILABLE,
			"no OpenCL platform found: %s; to run on the CPU, " OR_POCL, text);
	return gf_fail(err, GF_E_UNAVAILABLE,
		"no OpenCL platform found: install your GPU's OpenCL driver or, to run on "
		"the CPU, PoCL (Debian and Ubuntu: apt install pocl-opencl-icd)");
}

/* PoCL shows no device if it cannot write its cache. */
static gf_status refuse_platforms(gf_error *err)
{
	const struct device_list none = {0};
	char names[1024], text[2048] = "";
	struct notes notes = {.text = text, .room = sizeof text};

	gf_platform_names(names, sizeof names);
	if (strstr(names, "Portable Computing Language"))
		return gf_fail(err, GF_E_UNAVAILABLE,
			"PoCL is installed, but shows no device: the environment's POCL_DEVICES "
			"hides them, or it cannot write its cache, for which POCL_CACHE_DIR names "
			"a folder");
	note_drivers(&notes, &none);
	return gf_fail(err, GF_E_UNAVAILABLE,
		"OpenCL is installed (%s), but shows no device%s%s; to run on the CPU " OR_POCL,
		names, notes.count ? ": " : "", text);
}

/* A platform that fails does no harm to the others. */
static gf_status list_or_leave_out(
	struct device_list *list, cl_platform_id platform, size_t number, gf_error *err)
{
	char name[sizeof((gf_device_info *)0)->platform_name];
	gf_error fault = {0};
	gf_status status = list_platform(list, platform, number, &fault);

	if (status == GF_E_MEMORY)
		return gf_fail(err, status, "%s", fault.message);
	if (!status)
		return GF_OK;
	if (!list->fault.status)
		list->fault = fault;
	platform_text(platform, name, sizeof name);
	if (list->notes)
		notes_add(list->notes, "platform %s fails, and its devices are left out: %s", name,
			fault.message);
	return GF_OK;
}

/* Lists the devices of all platforms, or of just enough platforms to have device number `last`. */
static gf_status list_devices(struct device_list *list, size_t last, gf_error *err)
{
	cl_platform_id platforms[PLATFORMS];
	cl_uint count = 0;
	cl_int code = get_platforms(platforms, &count);

	if (code)
		return clerror_fail(err, code, "clGetPlatformIDs", NULL);
	if (count == 0)
		return refuse_no_platform(err);
	for (cl_uint i = 0; i < count && list->count <= last; i++)
		TRY(list_or_leave_out(list, platforms[i], i, err));
	if (list->count == 0 && list->fault.status)
		return gf_fail(err, list->fault.status, "%s", list->fault.message);
	if (list->count == 0)
		return refuse_platforms(err);
	return GF_OK;
}

/* Fails with GF_E_UNAVAILABLE: the problem, then the devices, each on a line of its own. */
static gf_status refuse(gf_error *err, const struct device_list *list, const char *problem)
{
	char text[2048];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < list->count && used < sizeof text; i++) {
		const gf_device_info *d = &list->ids[i].info;

		used += (size_t)snprintf(text + used, sizeof text - used,
			"\n  %zu  %zu:%zu  %s  %s, %s", d->index, d->platform, d->device, d->type,
			d->name, d->platform_name);
	}
	return gf_fail(err, GF_E_UNAVAILABLE, "%s; there %s:%s", problem,
		list->count == 1 ? "is" : "are", text);
}

static int is_number(const char *text, size_t *value)
{
	char *end;
	unsigned long n;

	if (!isdigit((unsigned char)text[0]) || strlen(text) > 9)
		return 0;
	n = strtoul(text, &end, 10);
	*value = n;
	return *end == '\0';
}

/* "P:D" */
static int is_pair(const char *text, size_t *platform, size_t *device)
{
	char left[10];
	const char *colon = strchr(text, ':');

	if (!colon || (size_t)(colon - text) >= sizeof left)
		return 0;
	memcpy(left, text, (size_t)(colon - text));
	left[colon - text] = '\0';
	return is_number(left, platform) && is_number(colon + 1, device);
}

static int has_type(const struct device_id *id, const char *type)
{
	return strcmp(id->info.type, type) == 0;
}

static int is_type(const char *word)
{
	return !strcmp(word, "gpu") || !strcmp(word, "cpu") || !strcmp(word, "accelerator");
}

/* True if word is the device's index, its "P:D", its type, or a part of its name or of its
 * platform's, in upper or lower case. */
static int matches(const struct device_id *id, const char *word)
{
	size_t number, platform, device;

	if (is_number(word, &number))
		return id->info.index == number;
	if (is_pair(word, &platform, &device))
		return id->info.platform == platform && id->info.device == device;
	if (is_type(word))
		return has_type(id, word);
	return strcasestr(id->info.name, word) || strcasestr(id->info.platform_name, word);
}

/* A type means the first device of that type; a part of a name must mean one device. */
static gf_status choose(
	struct device_id *found, const struct device_list *all, const char *spec, gf_error *err)
{
	const int by_type = is_type(spec);
	struct device_list matching = {0};
	char problem[600];
	gf_status status = GF_OK;

	for (size_t i = 0; i < all->count && !status; i++)
		if (matches(&all->ids[i], spec) && !(by_type && matching.count))
			status = add(&matching, &all->ids[i], err);
	if (!status && matching.count == 1)
		*found = matching.ids[0];
	else if (!status && matching.count == 0) {
		snprintf(problem, sizeof problem, "no device \"%.256s\"", spec);
		status = refuse(err, all, problem);
	} else if (!status) {
		snprintf(problem, sizeof problem, "\"%.256s\" is part of several devices' names",
			spec);
		status = refuse(err, &matching, problem);
	}
	free(matching.ids);
	return status;
}

/* Like device_find, but lists the devices in *all, which is empty at first; the caller frees it. */
static gf_status find_in(
	struct device_list *all, struct device_id *found, const char *spec, gf_error *err)
{
	size_t last = SIZE_MAX;

	if (spec)
		is_number(spec, &last);
	TRY(list_devices(all, last, err));
	if (spec && !*spec)
		return refuse(err, all, "an empty word names no device");
	if (spec)
		return choose(found, all, spec, err);
	device_default(found, all->ids, all->count);
	return GF_OK;
}

gf_status device_find(struct device_id *found, const char *spec, gf_error *err)
{
	struct device_list all = {0};
	gf_status status = find_in(&all, found, spec, err);

	free(all.ids);
	return status;
}

gf_status gf_device_find(gf_device_info *info, const char *spec, gf_error *err)
{
	struct device_id found;

	error_clear(err);
	if (ERROR_NULL(info, err))
		return GF_E_USAGE;
	TRY(device_find(&found, spec, err));
	*info = found.info;
	return GF_OK;
}

size_t gf_device_notes(char *text, size_t room, int with_drivers)
{
	struct notes notes = {.text = text, .room = room};
	struct device_list all = {.notes = &notes};

	if (!text || !room)
		return 0;
	text[0] = '\0';
	list_devices(&all, SIZE_MAX, NULL);
	if (with_drivers)
		note_drivers(&notes, &all);
	free(all.ids);
	return notes.count;
}

gf_status gf_device_list(gf_device_info **list, size_t *count, gf_error *err)
{
	struct device_list all = {0};
	gf_status status;

	error_clear(err);
	if (ERROR_NULL(list, err) || ERROR_NULL(count, err))
		return GF_E_USAGE;
	*list = NULL;
	*count = 0;
	status = list_devices(&all, SIZE_MAX, err);
	if (!status && !(*list = calloc(all.count, sizeof **list)))
		status = gf_fail_memory(err, all.count * sizeof **list, "the list of devices");
	for (size_t i = 0; !status && i < all.count; i++)
		(*list)[i] = all.ids[i].info;
	if (!status)
		*count = all.count;
	free(all.ids);
	return status;
}

void gf_device_list_free(gf_device_info *list)
{
	free(list);
}
