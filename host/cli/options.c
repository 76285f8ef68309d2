#include "options.h"
#include "check_options.h"
#include "help.h"
#include "message.h"
#include "option_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static void set_defaults(struct options *options, const struct command *command)
{
	const char *device = getenv("GPUFIT_DEVICE");

	*options = (struct options){.command = command};
	gf_config_default(&options->config);
	gf_read_options_default(&options->read);
	if (device && *device)
		options->config.device = device;
}

/* popt would take the word after an optional value's option for that value,
 * and "--trace FILE" would lose its FILE: so the plain ones get their default here. */
static const char *with_default(const char *argument)
{
	if (strcmp(argument, "--trace") == 0)
		return "--trace=3";
	if (strcmp(argument, "--explain") == 0)
		return "--explain=0";
	return argument;
}

/* argv as popt is to see it, ended by NULL; the caller's to free. */
static const char **prepare(int argc, char **argv)
{
	const char **copy = calloc((size_t)argc + 2, sizeof *copy);
	bool options_ended = false;

	if (!copy)
		return NULL;
	copy[0] = "gpufit";
	for (int i = 0; i < argc; i++) {
		options_ended = options_ended || strcmp(argv[i], "--") == 0;
		copy[i + 1] = options_ended ? argv[i] : with_default(argv[i]);
	}
	return copy;
}

/* A list of columns that is given again goes on: one list a line.  text is taken over. */
static char *add_columns(char *before, char *text)
{
	size_t size;
	char *both;

	if (!before || !text)
		return text;
	size = strlen(before) + strlen(text) + 2;
	both = malloc(size);
	if (both)
		snprintf(both, size, "%s\n%s", before, text);
	free(text);
	return both;
}

/* One option: 0, or the exit code. */
static int take_option(struct options *options, poptContext popt, enum option option)
{
	const struct option_row *row = option_row(options->command, option);
	char *text = poptGetOptArg(popt);
	char wanted[512];
	int code = 0;

	options->given[option] = true;
	if (row->accumulates)
		text = add_columns(options->texts[option], text);
	free(options->texts[option]);
	options->texts[option] = text;
	if (!option_store(options, option, wanted, sizeof wanted))
		code = say_usage(
			options->command, "--%s: wanted %s, found '%s'", row->name, wanted, text);
	return code;
}

/* A word that stands where a command could, and is neither one nor a file: "evalute". */
static bool misspelt(const struct options *options, const char *word)
{
	return options->command == commands && word && strcmp(word, "-") != 0 &&
	       access(word, F_OK) != 0;
}

static int say_misspelt(const struct options *options, const char *word)
{
	return say_usage(options->command, "'%s' is neither a command nor a file", word);
}

static int take_operand(struct options *options, const char *text)
{
	const struct command *command = options->command;

	if (misspelt(options, options->operand))
		return say_misspelt(options, options->operand);
	if (!command->operand)
		return say_usage(
			options->command, "%s takes options only, found '%s'", command->name, text);
	if (options->operand)
		return say_usage(options->command, "one %s at most, found '%s' and '%s'",
			command->operand, options->operand, text);
	if (!*text)
		return say_usage(options->command, "%s: wanted a file, found ''", command->operand);
	options->operand = strdup(text);
	if (options->operand)
		return 0;
	say("cannot allocate the name of %s", command->operand);
	return EX_SOFTWARE;
}

static int take_operands(struct options *options, poptContext popt)
{
	const char *text;
	int code = 0;

	while (!code && (text = poptGetArg(popt)))
		code = take_operand(options, text);
	return code;
}

/* True: --help or --version was asked for, and answered. */
static bool answered(const struct options *options, poptContext popt)
{
	if (options->given[OPT_HELP] && options->named)
		help_print(options->command, popt);
	else if (options->given[OPT_HELP])
		help_print_short();
	else if (options->given[OPT_VERSION])
		puts("gpufit " GF_VERSION);
	else
		return false;
	return true;
}

/* All of the command line: 0, or the exit code; *end when there is no more to do. */
static int parse(struct options *options, poptContext popt, bool *end)
{
	int option;

	while ((option = poptGetNextOpt(popt)) > 0) {
		int code = take_option(options, popt, (enum option)option);

		*end = code || answered(options, popt);
		if (*end)
			return code;
	}
	*end = true;
	if (option < -1 && misspelt(options, poptPeekArg(popt)))
		return say_misspelt(options, poptPeekArg(popt));
	if (option < -1)
		return say_usage(options->command, "%s: %s",
			poptBadOption(popt, POPT_BADOPTION_NOALIAS), poptStrerror(option));

	int code = take_operands(options, popt);

	if (!code)
		code = options_check(options);
	*end = code != 0;
	return code;
}

bool options_parse(struct options *options, const struct command *command, bool named, int argc,
	char **argv, int *code)
{
	const char **arguments = prepare(argc, argv);
	struct option_tables tables;
	poptContext popt = NULL;
	bool end = true;

	set_defaults(options, command);
	options->named = named;
	if (arguments)
		popt = poptGetContext(
			NULL, argc + 1, arguments, option_tables_of(&tables, command), 0);
	if (popt) {
		*code = parse(options, popt, &end);
	} else {
		say("cannot allocate the table of options");
		*code = EX_SOFTWARE;
	}
	poptFreeContext(popt);
	free(arguments);
	return !end;
}

void options_free(struct options *options)
{
	free(options->operand);
	for (size_t i = 0; i < OPTION_COUNT; i++)
		free(options->texts[i]);
}

gf_read_options options_read(const struct options *options)
{
	gf_read_options read = options->read;

	read.loss = options->config.loss;
	return read;
}
