#include "help.h"
#include "words.h"

#include <stdio.h>

static void print_words(const char *option, const struct word *list)
{
	printf("  %s\n", option);
	for (; list->word; list++)
		printf("    %-10s %s\n", list->word, list->help);
}

static void print_all_words(void)
{
	puts("\nWords:");
	print_words("--loss", loss_words);
	print_words("--optimizer", optimizer_words);
	print_words("--init", init_words);
	print_words("--check", check_words);
	print_words("--engine", engine_words);
	print_words("--header", header_words);
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
	puts("\nDATA is CSV or TSV, plain or gzip; - is standard input.  Exit codes: 0 done,\n"
	     "1 diverged or a check failed, 64 usage, 65 bad data, 66 no such input, 69 no\n"
	     "such device, 70 OpenCL failed, 73 cannot create, 74 I/O error, 130 interrupted.");
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
