/* operands.c: the words of the command line that are no options: the files of DATA, or one word. */
#include "format.h"
#include "message.h"
#include "options.h"
#include "outfile.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define MEMBER ".npz:"

bool operand_status(const char *path, struct stat *info)
{
	const char *member = strstr(path, MEMBER);
	char *file;
	bool found = stat(path, info) == 0;

	if (found || !member)
		return found;
	file = strndup(path, (size_t)(member - path) + strlen(MEMBER) - 1);
	found = file && stat(file, info) == 0;
	free(file);
	return found;
}

bool operand_misspelt(const struct options *options, const char *word)
{
	struct stat info;

	return options->command == commands && word && strcmp(word, "-") != 0 &&
	       !operand_status(word, &info);
}

int say_misspelt(const struct options *options, const char *word)
{
	return say_usage(options->command, "'%s' is neither a command nor a file", word);
}

/* ---- adding ---- */

static int say_no_memory(const struct options *options)
{
	say("cannot allocate the name of %s", options->command->operand);
	return EX_SOFTWARE;
}

static int add(struct options *options, const char *text)
{
	const size_t count = options->operand_count;
	char **operands = realloc(options->operands, (count + 1) * sizeof *operands);

	if (!operands)
		return say_no_memory(options);
	options->operands = operands;
	operands[count] = strdup(text);
	if (!operands[count])
		return say_no_memory(options);
	options->operand_count++;
	options->operand = operands[0];
	return 0;
}

/* True for a pattern of file names, unless a file has it for its name. */
static bool is_pattern(const char *text)
{
	return strpbrk(text, "*?[") && access(text, F_OK) != 0;
}

/* Adds the files that match, sorted by their bytes in the C locale, which the program keeps; where
 * none does, the pattern itself, which no file has for its name. */
static int add_matches(struct options *options, const char *pattern)
{
	glob_t found;
	int code = 0;

	if (glob(pattern, GLOB_NOCHECK, NULL, &found))
		return say_no_memory(options);
	for (size_t i = 0; !code && i < found.gl_pathc; i++)
		code = add(options, found.gl_pathv[i]);
	globfree(&found);
	return code;
}

int operand_take(struct options *options, const char *text)
{
	const struct command *command = options->command;
	const bool is_data = (command->bit & (TRAIN | PREDICT | EVALUATE)) != 0;

	if (operand_misspelt(options, options->operand))
		return say_misspelt(options, options->operand);
	if (!command->operand)
		return say_usage(command, "%s takes options only, found '%s'", command->name, text);
	if (options->operand && !is_data)
		return say_usage(command, "one %s at most, found '%s' and '%s'", command->operand,
			options->operand, text);
	if (!*text)
		return say_usage(command, "%s: wanted a file, found ''", command->operand);
	return is_data && is_pattern(text) ? add_matches(options, text) : add(options, text);
}

void operands_free(struct options *options)
{
	for (size_t i = 0; i < options->operand_count; i++)
		free(options->operands[i]);
	free(options->operands);
}

/* ---- reading ---- */

gf_status operands_read(gf_dataset **data, const struct options *options,
	const gf_read_options *read, gf_error *err)
{
	const char *const *paths = (const char *const *)options->operands;
	gf_error ignored = {0};

	/* This removes what killed processes left beside a cache.  Whether one can be written
	 * matters only if it has to be made, and is told then. */
	if (read->cache)
		(void)outfile_check(read->cache, &ignored);
	return gf_dataset_read_files(data, paths, options->operand_count, read, err);
}

const char *operands_name(const struct options *options, char *text, size_t size)
{
	const size_t others = options->operand_count - 1;

	if (others == 0)
		return options->operand;
	snprintf(text, size, "%s and %s", options->operand, format_count(others, "more file").text);
	return text;
}
