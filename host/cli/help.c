#include "help.h"
#include "words.h"

#include <stdio.h>
#include <string.h>

/* Longer words push their help aside. */
enum { WORD_WIDTH = 13 };

static void print_words(const char *option, const struct word *list)
{
	const struct word *word;
	size_t width = 0;

	for (word = list; word->word; word++)
		width = strlen(word->word) > width ? strlen(word->word) : width;
	width = width < WORD_WIDTH ? width : WORD_WIDTH;
	printf("  %s\n", option);
	for (word = list; word->word; word++)
		printf("    %-*s %s\n", (int)width, word->word, word->help);
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
	print_words("--unseen", unseen_words);
	print_words("--header", header_words);
	print_words("--encoding", encoding_words);
	print_words("--index-base", index_base_words);
}

static void print_commands(void)
{
	puts("Commands (gpufit COMMAND --help says more):");
	for (const struct command *c = commands; c->name; c++)
		printf("  %-10s %s\n", c->name, c->summary);
	putchar('\n');
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

	if (trains) {
		puts("gpufit trains linear models on any OpenCL device, and proves every step.\n");
		print_commands();
	} else {
		printf("gpufit %s: %s.\n\n", command->name, command->summary);
	}
	poptSetOtherOptionHelp(popt, command->synopsis);
	poptPrintHelp(popt, stdout, 0);
	if (trains) {
		print_all_words();
		print_notes();
	}
}
