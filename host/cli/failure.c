#include "failure.h"
#include "environment.h"
#include "message.h"

#include <stdio.h>
#include <string.h>

/* "gpufit devces" is a file that is not there, but more likely a command misspelt. */
static bool looks_like_command(const char *word)
{
	return word && word[0] && word[strspn(word, "abcdefghijklmnopqrstuvwxyz")] == '\0';
}

static void hint_at_commands(void)
{
	fputs("if that was to be a command: it comes first, and is one of", stderr);
	for (const struct command *c = commands; c->name; c++)
		fprintf(stderr, " %s", c->name);
	fputc('\n', stderr);
}

int failure(const struct options *options, const gf_error *err)
{
	bool device_from_environment = options->config.device && !options->given[OPT_DEVICE];

	int code = exit_code(err->status);

	if (environment_explains(options, err))
		return code;
	say_error(err);
	if (err->status == GF_E_NOINPUT && options->command == commands &&
		looks_like_command(options->operand))
		hint_at_commands();
	if (err->status == GF_E_UNAVAILABLE && device_from_environment)
		say_more("GPUFIT_DEVICE asks for '%s'", options->config.device);
	return code;
}
