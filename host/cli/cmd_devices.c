#include "format.h"
#include "json.h"
#include "message.h"
#include "print.h"
#include "progress.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ---- gpufit devices ---- */

/* The length of "OpenCL 3.0": the rest is the vendor's own text, and long. */
static int version_length(const char *version)
{
	const char *number = strchr(version, ' ');

	return number ? (int)(number + 1 + strcspn(number + 1, " ") - version) : INT_MAX;
}

/* A device of the list, and whether it can build a kernel. */
struct tried_device {
	const gf_device_info *info;
	gf_error fault;
};

static struct tried_device try_device(const gf_device_info *info)
{
	struct tried_device tried = {.info = info};
	char spec[24];

	snprintf(spec, sizeof spec, "%zu", info->index);
	gf_device_check(spec, &tried.fault);
	return tried;
}

static void add_device(struct table *table, const gf_device_info *info)
{
	const struct tried_device tried = try_device(info);

	table_cell(table, "%zu", info->index);
	table_cell(table, "%zu:%zu", info->platform, info->device);
	table_cell(table, "%s", info->type);
	table_cell(table, "%s", format_count(info->compute_units, "unit").text);
	table_cell(table, "%s", format_bytes(info->memory_bytes).text);
	table_cell(table, "%.300s", tried.fault.status ? tried.fault.message : info->name);
}

/* Prints the first device's platform and its devices; returns how many they are. */
static size_t print_platform(const gf_device_info *list, size_t count)
{
	struct table table;
	size_t shown = 0;

	printf("%s, %.*s\n", list->platform_name, version_length(list->version), list->version);
	table_init(&table, "rllrrl");
	for (; shown < count && list[shown].platform == list->platform; shown++)
		add_device(&table, &list[shown]);
	table_print(&table, "  ");
	return shown;
}

static void print_list(const gf_device_info *list, size_t count)
{
	for (size_t shown = 0; shown < count;)
		shown += print_platform(list + shown, count - shown);
}

/* --verbose */
static void print_all(const gf_device_info *info)
{
	const struct tried_device tried = try_device(info);

	printf("%zu  %s\n", info->index, info->name);
	printf("   P:D             %zu:%zu\n", info->platform, info->device);
	printf("   type            %s\n", info->type);
	printf("   platform        %s\n", info->platform_name);
	printf("   version         %s\n", info->version);
	printf("   driver          %s\n", info->driver);
	printf("   compute units   %zu\n", info->compute_units);
	printf("   memory          %s, %s\n", format_bytes(info->memory_bytes).text,
		info->unified_memory ? "shared with the host" : "its own");
	printf("   largest buffer  %s\n", format_bytes(info->max_alloc_bytes).text);
	if (tried.fault.status)
		printf("   fault           %s\n", tried.fault.message);
}

static json_t *device_json(const gf_device_info *info)
{
	const struct tried_device tried = try_device(info);
	json_t *json = json_object();

	json_set_count(json, "index", info->index);
	json_set_count(json, "platform", info->platform);
	json_set_count(json, "device", info->device);
	json_set_text(json, "name", info->name);
	json_set_text(json, "platform_name", info->platform_name);
	json_set_text(json, "version", info->version);
	json_set_text(json, "driver", info->driver);
	json_set_text(json, "type", info->type);
	json_set_count(json, "compute_units", info->compute_units);
	json_set_count(json, "memory_bytes", info->memory_bytes);
	json_set_count(json, "max_alloc_bytes", info->max_alloc_bytes);
	json_object_set_new(json, "unified_memory", json_boolean(info->unified_memory));
	json_object_set_new(
		json, "fault", tried.fault.status ? json_text(tried.fault.message) : json_null());
	return json;
}

static json_t *list_json(const gf_device_info *list, size_t count)
{
	json_t *json = json_array();

	for (size_t i = 0; i < count; i++)
		json = json_append(json, device_json(&list[i]));
	return json;
}

int cmd_devices(const struct options *options)
{
	gf_device_info *list;
	size_t count;
	gf_error err = {0};
	int code = 0;

	if (gf_device_list(&list, &count, &err))
		return say_failure(options, &err);
	say_device_notes();
	if (options->given[OPT_JSON])
		code = print_json(list_json(list, count));
	else if (!options->given[OPT_VERBOSE])
		print_list(list, count);
	else
		for (size_t i = 0; i < count; i++)
			print_all(&list[i]);
	gf_device_list_free(list);
	return code;
}

/* ---- gpufit selftest ---- */

/* The cases that have run so far. */
struct selftest_run {
	size_t cases;
	json_t *results; /* owned; NULL: each result is printed as it comes */
	struct progress progress;
};

static json_t *result_json(const gf_selftest_result *result)
{
	json_t *json = json_object();

	json_set_text(json, "kernel", result->kernel);
	json_set_text(json, "what", result->what);
	json_object_set_new(json, "passed", json_boolean(result->passed));
	json_object_set_new(
		json, "detail", result->passed ? json_null() : json_text(result->detail));
	return json;
}

static void print_result(const gf_selftest_result *result)
{
	printf("%-6s  %s: %s\n", result->passed ? "ok" : "FAILED", result->kernel, result->what);
	if (!result->passed)
		printf("        %s\n", result->detail);
}

static void on_result(const gf_selftest_result *result, void *user)
{
	struct selftest_run *run = user;

	run->cases++;
	if (run->results) {
		json_array_append_new(run->results, result_json(result));
	} else {
		progress_clear(&run->progress);
		print_result(result);
	}
	progress_phase(&run->progress, GF_PHASE_checking, result->number, result->total);
}

static void print_verdict(const char *device, size_t cases, size_t failed)
{
	printf("%s on %s: ", format_count(cases, "case").text, device);
	if (failed == 0)
		puts("all passed");
	else
		printf("%zu FAILED\n", failed);
}

/* Frees results with the object it returns. */
static json_t *verdict_json(const char *device, size_t cases, size_t failed, json_t *results)
{
	json_t *json = json_object();

	json_set_text(json, "device", device);
	json_set_count(json, "cases", cases);
	json_set_count(json, "failed", failed);
	json_object_set_new(json, "results", results);
	return json;
}

static gf_status test(struct selftest_run *run, const struct options *options,
	gf_device_info *device, size_t *failed, gf_error *err)
{
	const char *name = options->config.device;

	progress_open(&run->progress, options);
	run->progress.counts = true;
	progress_phase(&run->progress, GF_PHASE_compiling, 0, 0);
	if (gf_device_find(device, name, err) == GF_OK)
		gf_selftest(name, on_result, run, failed, err);
	progress_close(&run->progress);
	return err->status;
}

int cmd_selftest(const struct options *options)
{
	struct selftest_run run = {0};
	size_t failed = 0;
	gf_device_info device;
	gf_error err = {0};
	int code = 0;

	if (options->given[OPT_JSON])
		run.results = json_array();
	if (test(&run, options, &device, &failed, &err)) {
		json_decref(run.results);
		return say_failure(options, &err);
	}
	if (options->given[OPT_JSON])
		code = print_json(verdict_json(device.name, run.cases, failed, run.results));
	else
		print_verdict(device.name, run.cases, failed);
	return code ? code : failed > 0;
}
