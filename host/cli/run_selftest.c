#include "commands.h"
#include "failure.h"
#include "format.h"
#include "json.h"
#include "print.h"

#include <stdio.h>

/* What has been run so far. */
struct tally {
	size_t cases;
	json_t *results; /* borrowed; NULL: they are printed as they come */
};

static json_t *result_json(const gf_selftest_result *result)
{
	json_t *json = json_object();

	json_object_set_new(json, "kernel", json_text(result->kernel));
	json_object_set_new(json, "what", json_text(result->what));
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
	struct tally *tally = user;

	tally->cases++;
	if (tally->results)
		json_array_append_new(tally->results, result_json(result));
	else
		print_result(result);
}

static void print_verdict(const char *device, size_t cases, size_t failed)
{
	printf("%s on %s: ", format_count(cases, "case").text, device);
	if (failed == 0)
		puts("all passed");
	else
		printf("%zu FAILED\n", failed);
}

/* Takes results over. */
static json_t *verdict_json(const char *device, size_t cases, size_t failed, json_t *results)
{
	json_t *json = json_object();

	json_object_set_new(json, "device", json_text(device));
	json_object_set_new(json, "cases", json_integer((json_int_t)cases));
	json_object_set_new(json, "failed", json_integer((json_int_t)failed));
	json_object_set_new(json, "results", results);
	return json;
}

int run_selftest(const struct options *options)
{
	struct tally tally = {0};
	size_t failed = 0;
	gf_device_info device;
	gf_error err = {0};
	int code = 0;

	if (options->given[OPT_JSON])
		tally.results = json_array();
	if (gf_device_find(&device, options->config.device, &err) ||
		gf_selftest(options->config.device, on_result, &tally, &failed, &err)) {
		json_decref(tally.results);
		return failure(options, &err);
	}
	if (options->given[OPT_JSON])
		code = print_json(verdict_json(device.name, tally.cases, failed, tally.results));
	else
		print_verdict(device.name, tally.cases, failed);
	return code ? code : failed > 0;
}
