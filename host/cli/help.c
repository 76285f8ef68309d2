#include "help.h"
#include "words.h"

#include "gpufitcl.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 80 };

static void print_words(const char *option, const struct word *list)
{
	const struct word *word;
	size_t width = 0;

	for (word = list; word->word; word++)
		width = strlen(word->word) > width ? strlen(word->word) : width;
	printf("  %s\n", option);
	for (word = list; word->word; word++)
		printf("    %-*s %s\n", (int)width, word->word, word->help);
}

/* The words of missing values, in lines of up to 80 columns. */
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

static void print_all_words(void)
{
	puts("\nWords:");
	print_words("--loss", loss_words);
	print_words("--class-weight", class_weight_words);
	print_words("--optimizer", optimizer_words);
	print_words("--schedule-per", schedule_per_words);
	print_words("--init", init_words);
	print_words("--check", check_words);
	print_words("--engine", engine_words);
	print_words("--kernels", kernels_words);
	print_words("--missing", missing_words);
	print_missing_words();
	print_words("--unseen", unseen_words);
	print_words("--header", header_words);
	print_words("--encoding", encoding_words);
	print_words("--index-base", index_base_words);
}

static void print_commands(void)
{
	puts("Commands (gpufit COMMAND --help has all options of each):");
	for (const struct command *c = commands; c->name; c++)
		printf("  %-10s %s\n", c->name, c->summary);
}

static const char summary[] =
	"gpufit trains linear models on any OpenCL device, and proves every step.\n";

void help_print_short(void)
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
	puts("\nDATA is CSV, TSV, .npy, svmlight or IDX, plain or gzip; - is standard input.\n"
	     "Exit codes: 0 done, 1 diverged or a check failed, 64 usage, 65 bad data, 66 no\n"
	     "such input, 69 no such device, 70 OpenCL failed, 73 cannot create, 74 I/O error,\n"
	     "130 interrupted.");
}

void help_print(const struct command *command, poptContext popt)
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
