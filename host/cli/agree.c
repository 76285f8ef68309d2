#include "agree.h"
#include "message.h"

#include <string.h>

static int check_required(const struct options *o)
{
	const struct command *command = o->command;

	if (command->model_required && !o->model)
		return say_usage(command, "no model: give one with -m MODEL");
	if (!command->operand_required || o->operand)
		return 0;
	if (strcmp(command->operand, "DATA") == 0)
		return say_usage(command, "no DATA: give a file, or - for standard input");
	return say_usage(command, "no %s: give a file", command->operand);
}

static int check_pointless(const struct options *o)
{
	bool columns = o->given[OPT_TARGET] || o->given[OPT_FEATURES];
	bool reading = o->given[OPT_HEADER] || o->given[OPT_DELIMITER];

	if (!o->operand && (columns || reading))
		return say_usage(o->command,
			"--target, --features, --header and --delimiter need DATA: the built-in "
			"points have one feature and one target");
	if (o->given[OPT_LOG_PARAMS] && !o->log)
		return say_usage(o->command, "--log-params needs --log FILE");
	if (o->given[OPT_EXPLAIN] && o->explain >= o->epochs)
		return say_usage(o->command,
			"--explain: no epoch %zu: they count from 0, and there are %zu", o->explain,
			o->epochs);
	return 0;
}

static int check_contradictions(const struct options *o)
{
	if (o->given[OPT_QUIET] && o->given[OPT_VERBOSE])
		return say_usage(o->command, "--quiet and --verbose contradict each other");
	if (o->given[OPT_JSON] && (o->given[OPT_TRACE] || o->given[OPT_EXPLAIN]))
		return say_usage(o->command,
			"--json leaves no room for the tables of --trace and --explain; "
			"--log FILE --log-params has their numbers");
	if (o->log && o->output && strcmp(o->log, o->output) == 0)
		return say_usage(o->command, "--log and --output name the same file");
	return 0;
}

/* Where a file is replaced whole, "-" would be a file of that name. */
static int check_files(const struct options *o)
{
	bool trains = !o->command->model_required;

	if (trains && o->output && strcmp(o->output, "-") == 0)
		return say_usage(o->command, "--output: wanted a file, found '-'");
	if (o->log && strcmp(o->log, "-") == 0)
		return say_usage(o->command, "--log: wanted a file, found '-'");
	return 0;
}

int options_agree(const struct options *options)
{
	static int (*const checks[])(const struct options *) = {
		check_required, check_pointless, check_contradictions, check_files};
	int code = 0;

	for (size_t i = 0; !code && i < sizeof checks / sizeof checks[0]; i++)
		code = checks[i](options);
	return code;
}
