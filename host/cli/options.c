#include "options.h"
#include "error.h"
#include "message.h"
#include "option_rows.h"

#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* ---- --help ---- */

enum { WIDTH = 80 };

static void print_words(const struct option_row *row)
{
	const struct word *word;
	size_t width = 0;

	for (word = row->words; word->word; word++)
		width = strlen(word->word) > width ? strlen(word->word) : width;
	printf("  --%s\n", row->name);
	for (word = row->words; word->word; word++)
		printf("    %-*s %s\n", (int)width, word->word, word->help);
}

/* Lists the words of missing values in lines of at most WIDTH columns. */
static void print_missing_words(void)
{
	const char *word = GF_NA_WORDS;
	size_t column;

	fputs("  --na\n    an empty field, and unless others are given:\n   ", stdout);
	for (column = 3; *word; column += strlen(" ,")) {
		const size_t length = strcspn(word, ",");

		if (column + length + strlen(" ,") > WIDTH) {
			fputs("\n   ", stdout);
			column = 3;
		}
		printf(" %.*s%s", (int)length, word, word[length] ? "," : "\n");
		column += length;
		word += length + (word[length] == ',');
	}
}

/* Lists the words of each option of train that takes one, in the order of the options. */
static void print_all_words(void)
{
	const struct option_row *row;

	puts("\nWords:");
	for (size_t i = 0; (row = option_row_at(i)); i++) {
		if (!(row->commands & TRAIN))
			continue;
		if (row->option == OPT_NA)
			print_missing_words();
		else if (row->words && strcmp(row->metavar, "WORD") == 0)
			print_words(row);
	}
}

static void print_commands(void)
{
	puts("Commands (gpufit COMMAND --help has all options of each):");
	for (const struct command *c = commands; c->name; c++)
		printf("  %-10s %s\n", c->name, c->summary);
}

static const char summary[] =
	"gpufit trains linear models and networks by OpenCL, and proves every step.\n";

/* Examples, the commands, and the options that a first file needs: it all fits a terminal. */
static void print_short_help(void)
{
	puts(summary);
	puts("  gpufit                                            seven points, to see it work\n"
	     "  gpufit houses.csv --target price --standardize -o houses.safetensors\n"
	     "  gpufit iris.csv --loss cross_entropy --standardize -o iris.safetensors\n"
	     "  gpufit evaluate -m houses.safetensors houses.csv\n"
	     "  gpufit predict -m houses.safetensors new.csv >predictions.csv\n");
	print_commands();
	puts("\nOptions for a first file of your own:\n"
	     "  --target COLS     what to predict; default: the last column\n"
	     "  --exclude COLS    what to leave out, such as row numbers\n"
	     "  --one-hot COLS    columns of words\n"
	     "  --missing mean    where values are missing\n"
	     "  --loss WORD       mse: numbers; bce: two classes; cross_entropy: classes; ...\n"
	     "  --standardize     where features differ in size: nearly always better\n"
	     "  --lr auto         where the default learning rate is too large, or too small\n"
	     "  --validation 0.2  a fifth of the rows tells how good the model is");
}

static void print_notes(void)
{
	puts("\nDATA is CSV, TSV, .npy, .npz, svmlight or IDX, plain or compressed (gzip, zstd,\n"
	     "xz, bzip2, lz4); - is standard input.\n"
	     "Exit codes: 0 done, 1 diverged or a check failed, 64 usage, 65 bad data, 66 no\n"
	     "such input, 69 no such device, 70 OpenCL failed, 73 cannot create, 74 I/O error,\n"
	     "75 a rank did not come, 129 130 143 interrupted.");
}

/* All options of the command. */
static void print_help(const struct command *command, poptContext popt)
{
	bool trains = command == commands;

	if (trains)
		puts(summary);
	else
		printf("gpufit %s: %s.\n\n", command->name, command->summary);
	poptSetOtherOptionHelp(popt, command->synopsis);
	poptPrintHelp(popt, stdout, 0);
	if (trains) {
		print_all_words();
		print_notes();
	}
}

static void print_version(void)
{
	char build[256];

	gf_build(build, sizeof build);
	printf("gpufit %s\n%s\n", gf_version(), build);
}

/* True if the user asked for help or the version, which are then printed. */
static bool prints_help(const struct options *options, poptContext popt)
{
	if (options->given[OPT_HELP] && options->named)
		print_help(options->command, popt);
	else if (options->given[OPT_HELP])
		print_short_help();
	else if (options->given[OPT_VERSION])
		print_version();
	else
		return false;
	return true;
}

/* ---- popt's table ---- */

static const char *const TITLES[GROUP_COUNT] = {
	[GROUP_MODEL] = "Options:",
	[GROUP_COLUMNS] = "Columns:",
	[GROUP_READING] = "Reading DATA:",
	[GROUP_NETWORK] = "Network:",
	[GROUP_LOSS] = "Loss:",
	[GROUP_OPTIMIZER] = "Optimizer:",
	[GROUP_SCHEDULE] = "Schedule:",
	[GROUP_TRAINING] = "Training:",
	[GROUP_VALIDATION] = "Validation:",
	[GROUP_SEARCH] = "Many trainings:",
	[GROUP_WHERE] = "Device and engine:",
	[GROUP_RESULT] = "Results:",
	[GROUP_HELP] = "Help:",
};

/* Each of popt's tables ends with an entry of zeros. */
enum { POPT_ROOM = GROUP_COUNT + 1 + OPTION_COUNT + GROUP_COUNT };

struct popt_table {
	struct poptOption entries[POPT_ROOM]; /* first the list of groups, then their options */
};

/* popt gets each value as text, and option_rows.c parses it: popt would also take numbers that are
 * hexadecimal, infinite or nan. */
static struct poptOption popt_entry(const struct option_row *row)
{
	int kind = row->metavar ? POPT_ARG_STRING : POPT_ARG_NONE;

	if (row->alone)
		kind |= POPT_ARGFLAG_OPTIONAL;
	return (struct poptOption){.longName = row->name,
		.shortName = row->letter,
		.argInfo = (unsigned)kind,
		.val = (int)row->option,
		.descrip = row->help,
		.argDescrip = row->metavar};
}

/* Stores the group's options from entry on; returns how many the command has. */
static size_t add_group(
	struct poptOption *entry, const struct command *command, enum option_group group)
{
	const struct option_row *row;
	size_t count = 0;

	for (size_t i = 0; (row = option_row_at(i)); i++)
		if (row->group == group && (row->commands & command->bit))
			entry[count++] = popt_entry(row);
	return count;
}

static const struct poptOption *popt_table_of(
	struct popt_table *table, const struct command *command)
{
	struct poptOption *groups = table->entries, *next = groups + GROUP_COUNT + 1;

	*table = (struct popt_table){0};
	for (size_t group = 0; group < GROUP_COUNT; group++) {
		size_t count = add_group(next, command, (enum option_group)group);

		if (count == 0)
			continue;
		*groups++ = (struct poptOption){
			.argInfo = POPT_ARG_INCLUDE_TABLE, .arg = next, .descrip = TITLES[group]};
		next += count + 1;
	}
	return table->entries;
}

/* "--trace" becomes "--trace=3": popt would take the word after "--trace" for its value, and so
 * "--trace FILE" would lose its FILE. */
static const char *with_value(const char *argument)
{
	const struct option_row *row;

	if (strncmp(argument, "--", 2) != 0)
		return argument;
	for (size_t i = 0; (row = option_row_at(i)); i++)
		if (row->alone && strcmp(argument + 2, row->name) == 0)
			return row->alone;
	return argument;
}

/* The arguments for popt, ended by NULL; for the caller to free.  NULL: no memory. */
static const char **popt_arguments(int argc, char **argv)
{
	const char **copy = calloc((size_t)argc + 2, sizeof *copy);
	bool options_ended = false;

	if (!copy)
		return NULL;
	copy[0] = "gpufit";
	for (int i = 0; i < argc; i++) {
		options_ended = options_ended || strcmp(argv[i], "--") == 0;
		copy[i + 1] = options_ended ? argv[i] : with_value(argv[i]);
	}
	return copy;
}

/* ---- options and operands ---- */

static void set_defaults(struct options *options, const struct command *command)
{
	const char *device = getenv("GPUFIT_DEVICE");

	*options = (struct options){.command = command};
	gf_config_default(&options->config);
	gf_read_options_default(&options->read);
	if (device && *device)
		options->config.device = device;
}

/* Appends a list of columns to one that was given before, on a line of its own.  Frees text. */
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

/* Returns 0 or the exit code. */
static int take_option(struct options *options, poptContext popt, enum option option)
{
	const struct option_row *row = option_row(options->command, option);
	char *text = poptGetOptArg(popt);
	char complaint[4096];

	options->given[option] = true;
	if (row->accumulates)
		text = add_columns(options->texts[option], text);
	free(options->texts[option]);
	options->texts[option] = text;
	if (option_store(options, option, complaint, sizeof complaint))
		return 0;
	return say_usage(options->command, "--%s: %s", row->name, complaint);
}

static int take_operands(struct options *options, poptContext popt)
{
	const char *text;
	int code = 0;

	while (!code && (text = poptGetArg(popt)))
		code = operand_take(options, text);
	return code;
}

/* Returns 0 or the exit code; *end: the program has nothing more to do. */
static int parse(struct options *options, poptContext popt, bool *end)
{
	int option, code;

	while ((option = poptGetNextOpt(popt)) > 0) {
		code = take_option(options, popt, (enum option)option);
		*end = code || prints_help(options, popt);
		if (*end)
			return code;
	}
	*end = true;
	if (option < -1 && operand_misspelt(options, poptPeekArg(popt)))
		return say_misspelt(options, poptPeekArg(popt));
	if (option < -1)
		return say_usage(options->command, "%s: %s",
			poptBadOption(popt, POPT_BADOPTION_NOALIAS), poptStrerror(option));
	code = take_operands(options, popt);
	if (!code)
		code = options_check(options);
	*end = code != 0;
	return code;
}

bool options_parse(struct options *options, const struct command *command, bool named, int argc,
	char **argv, int *code)
{
	const char **arguments = popt_arguments(argc, argv);
	struct popt_table table;
	poptContext popt = NULL;
	bool end = true;

	set_defaults(options, command);
	options->named = named;
	if (arguments)
		popt = poptGetContext(NULL, argc + 1, arguments, popt_table_of(&table, command), 0);
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
	operands_free(options);
	for (size_t i = 0; i < OPTION_COUNT; i++)
		free(options->texts[i]);
}

gf_init options_init(const struct options *options)
{
	const bool *given = options->given;
	bool chosen = options->operand || given[OPT_INIT] || given[OPT_SEED] || given[OPT_HIDDEN];

	return chosen ? options->config.init : GF_INIT_notebook;
}

gf_read_options options_read(const struct options *options)
{
	gf_read_options read = options->read;

	read.loss = options->config.loss;
	return read;
}

gf_status options_activation(
	const struct options *options, gf_model *model, const char *path, gf_error *err)
{
	const gf_config *c = &options->config;

	if (options->given[OPT_ACTIVATION])
		return gf_model_set_activation(model, c->activation, c->negative_slope, err);
	if (gf_model_layers(model) == 1 || gf_model_activation(model) != GF_ACTIVATION_COUNT)
		return GF_OK;
	return gf_fail(err, GF_E_USAGE,
		"%s does not name the activation after its hidden layers; wanted: --activation "
		"WORD",
		path);
}
