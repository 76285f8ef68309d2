#include "commands.h"
#include "failure.h"
#include "format.h"

#include <stdio.h>

static void print_result(const gf_selftest_result *result, void *user)
{
	size_t *cases = user;

	++*cases;
	printf("%-6s  %s: %s\n", result->passed ? "ok" : "FAILED", result->kernel, result->what);
	if (!result->passed)
		printf("        %s\n", result->detail);
}

int run_selftest(const struct options *options)
{
	size_t cases = 0, failed = 0;
	gf_device_info device;
	gf_error err = {0};

	if (gf_device_find(&device, options->device, &err) ||
		gf_selftest(options->device, print_result, &cases, &failed, &err))
		return failure(options, &err);
	printf("%s on %s: ", format_count(cases, "case").text, device.name);
	if (failed == 0)
		puts("all passed");
	else
		printf("%zu FAILED\n", failed);
	return failed > 0;
}
