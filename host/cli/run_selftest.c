#include "commands.h"
#include "failure.h"
#include "format.h"
#include "json.h"
#include "print.h"
#include "progress.h"

#include <stdio.h>

/* What has been run so far. */
struct tally {
	size_t cases;
	json_t *results; /* borrowed; NULL: they are printed as they come */
	struct progress progress;
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
	if (tally->results) {
		json_array_append_new(tally->results, result_json(result));
	} else {
		progress_clear(&tally->progress);
		print_result(result);
	}
	progress_phase(&tally->progress, GF_PHASE_checking, tally->cases, 0);
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

static gf_status test(struct tally *tally, const struct options *options, gf_device_info *device,
	size_t *failed, gf_error *err)
{
	const char *name = options->config.device;

	progress_open(&tally->progress, options);
	tally->progress.noun = "case";
	progress_phase(&tally->progress, GF_PHASE_compiling, 0, 0);
	if (gf_device_find(device, name, err) == GF_OK)
		gf_selftest(name, on_result, tally, failed, err);
	progress_close(&tally->progress);
	return err->status;
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
	if (test(&tally, options, &device, &failed, &err)) {
		json_decref(tally.results);
		return failure(options, &err);
	}
	if (options->given[OPT_JSON])
		code = print_json(verdict_json(device.name, tally.cases, failed, tally.results));
	else
		print_verdict(device.name, tally.cases, failed);
	return code ? code : failed > 0;
}
