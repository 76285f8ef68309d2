/* cmd_completion.c: completions for shells, from the tables of commands and options. */
#include "message.h"
#include "option_rows.h"

#include <stdio.h>
#include <string.h>

/* ---- what completes a value ---- */

static bool is_file(const struct option_row *row)
{
	const char *wanted = option_value_row(row->option)->wanted;

	return wanted && strstr(wanted, "file");
}

/* The words that --device takes beside numbers and names. */
static const struct word device_words[] = {
	{"gpu", NULL, 0}, {"cpu", NULL, 0}, {"accelerator", NULL, 0}, {NULL, NULL, 0}};

static const struct word *words_of(const struct option_row *row)
{
	return row->option == OPT_DEVICE ? device_words : option_value_row(row->option)->words;
}

static void print_word_list(const struct word *words)
{
	for (const struct word *word = words; word && word->word; word++)
		printf("%s%s", word == words ? "" : " ", word->word);
}

/* The length of the help without its list of words and its default. */
static int short_help(const struct option_row *row)
{
	return (int)strcspn(row->help, row->words ? ":;" : ";");
}

/* Prints text between single quotes; `escaped` are characters that get a backslash. */
static void print_quoted(const char *text, int length, const char *escaped)
{
	for (int i = 0; i < length; i++)
		if (text[i] == '\'')
			fputs("'\\''", stdout);
		else
			printf("%s%c", strchr(escaped, text[i]) ? "\\" : "", text[i]);
}

/* ---- rows ---- */

/* The next row from *i on that the command has, or NULL. */
static const struct option_row *next_row(const struct command *command, size_t *i)
{
	const struct option_row *row;

	while ((row = option_row_at((*i)++)))
		if (row->commands & command->bit)
			return row;
	return NULL;
}

static void print_command_names(const char *between)
{
	for (const struct command *c = commands; c->name; c++)
		printf("%s%s", c == commands ? "" : between, c->name);
}

/* ---- bash ---- */

static void bash_options(const struct command *command)
{
	const struct option_row *row;

	printf("\t%s) options='", command->name);
	for (size_t i = 0; (row = next_row(command, &i));) {
		if (row->letter)
			printf("-%c ", row->letter);
		printf("--%s ", row->name);
	}
	puts("' ;;");
}

/* Prints how a value of the option is completed, if the option takes one. */
static void bash_value(const struct option_row *row)
{
	if (!row || !row->metavar || row->alone)
		return;
	printf("\t--%s", row->name);
	if (row->letter)
		printf("|-%c", row->letter);
	fputs(") words='", stdout);
	print_word_list(words_of(row));
	printf("' files=%d ;;\n", is_file(row));
}

static void print_bash(void)
{
	puts("# Completes gpufit in bash; made by 'gpufit completion bash'.\n"
	     "_gpufit() {\n"
	     "\tlocal current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
	     "\tlocal command=train options words= files=1\n"
	     "\n"
	     "\t# bash makes three words of --loss=mse.\n"
	     "\tif [[ $current = = ]]; then\n"
	     "\t\tcurrent=\n"
	     "\telif [[ $before = = ]]; then\n"
	     "\t\tbefore=${COMP_WORDS[COMP_CWORD - 2]}\n"
	     "\tfi\n"
	     "\tif ((COMP_CWORD > 1)); then\n"
	     "\t\tcase ${COMP_WORDS[1]} in");
	fputs("\t\t", stdout);
	print_command_names("|");
	puts(") command=${COMP_WORDS[1]} ;;\n"
	     "\t\tesac\n"
	     "\telse");
	fputs("\t\twords='", stdout);
	print_command_names(" ");
	puts("'\n"
	     "\tfi\n"
	     "\tcase $command in");
	for (const struct command *c = commands; c->name; c++)
		bash_options(c);
	puts("\tesac\n"
	     "\tcase $before in");
	for (int option = OPT_NONE; option < OPTION_COUNT; option++)
		bash_value(option_value_row((enum option)option));
	puts("\t*)\n"
	     "\t\t[[ $command != completion ]] || words='bash zsh fish' files=0\n"
	     "\t\t[[ $current != -* ]] || words=$options files=0\n"
	     "\t\t;;\n"
	     "\tesac\n"
	     "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
	     "\tif ((files)); then\n"
	     "\t\tcompopt -o filenames\n"
	     "\t\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$current\")\n"
	     "\tfi\n"
	     "}\n"
	     "complete -F _gpufit gpufit");
}

/* ---- zsh ---- */

/* "'(-o --output)'{-o+,--output=}'[save the model]:FILE:_files'" */
static void zsh_option(const struct option_row *row)
{
	const char *value = !row->metavar ? "" : row->alone ? "=-" : "=";

	fputs(" \\\n\t\t", stdout);
	if (row->letter)
		printf("'(-%c --%s)'{-%c%s,--%s%s}'[", row->letter, row->name, row->letter,
			row->metavar ? "+" : "", row->name, value);
	else
		printf("'%s--%s%s[", row->accumulates ? "*" : "", row->name, value);
	print_quoted(row->help, short_help(row), "[]");
	putchar(']');
	if (row->metavar) {
		fputs(row->alone ? "::" : ":", stdout);
		print_quoted(row->metavar, (int)strlen(row->metavar), ":");
		putchar(':');
	}
	if (row->metavar && words_of(row)) {
		putchar('(');
		print_word_list(words_of(row));
		putchar(')');
	} else if (row->metavar && is_file(row)) {
		fputs("_files", stdout);
	}
	putchar('\'');
}

static void zsh_command(const struct command *command)
{
	const struct option_row *row;

	printf("_gpufit_%s() {\n\t_arguments -S", command->name);
	for (size_t i = 0; (row = next_row(command, &i));)
		zsh_option(row);
	if (command->operand)
		printf(" \\\n\t\t'*:%s:%s'", command->operand,
			command->bit == COMPLETION ? "(bash zsh fish)" : "_files");
	puts("\n}\n");
}

static void print_zsh(void)
{
	puts("#compdef gpufit\n"
	     "# Completes gpufit in zsh; made by 'gpufit completion zsh'.\n");
	for (const struct command *c = commands; c->name; c++)
		zsh_command(c);
	puts("_gpufit() {\n\tlocal -a commands=(");
	for (const struct command *c = commands; c->name; c++) {
		printf("\t\t'%s:", c->name);
		print_quoted(c->summary, (int)strlen(c->summary), ":");
		puts("'");
	}
	fputs("\t)\n\n\tif ((CURRENT > 2)) && [[ $words[2] = (", stdout);
	print_command_names("|");
	puts(") ]]; then\n"
	     "\t\tlocal command=$words[2]\n"
	     "\t\tshift words\n"
	     "\t\t((CURRENT--))\n"
	     "\t\t_gpufit_$command\n"
	     "\telse\n"
	     "\t\t((CURRENT != 2)) || _describe command commands\n"
	     "\t\t_gpufit_train\n"
	     "\tfi\n"
	     "}\n\n"
	     "if [[ $funcstack[1] = _gpufit ]]; then\n"
	     "\t_gpufit \"$@\"\n"
	     "else\n"
	     "\tcompdef _gpufit gpufit\n"
	     "fi");
}

/* ---- fish ---- */

/* train is also the command of a line that names none. */
static void fish_condition(const struct command *command)
{
	if (command != commands) {
		printf("complete -c gpufit -n '__fish_seen_subcommand_from %s'", command->name);
		return;
	}
	fputs("complete -c gpufit -n 'not __fish_seen_subcommand_from", stdout);
	for (const struct command *c = commands + 1; c->name; c++)
		printf(" %s", c->name);
	putchar('\'');
}

static void fish_option(const struct command *command, const struct option_row *row)
{
	const struct word *words = row->metavar ? words_of(row) : NULL;

	fish_condition(command);
	printf(" -l %s", row->name);
	if (row->letter)
		printf(" -s %c", row->letter);
	if (row->metavar && !row->alone)
		fputs(is_file(row) ? " -rF" : " -x", stdout);
	if (words) {
		fputs(" -a '", stdout);
		print_word_list(words);
		putchar('\'');
	}
	fputs(" -d '", stdout);
	for (int i = 0; i < short_help(row); i++)
		printf("%s%c", strchr("'\\", row->help[i]) ? "\\" : "", row->help[i]);
	puts("'");
}

static void print_fish(void)
{
	const struct option_row *row;

	puts("# Completes gpufit in fish; made by 'gpufit completion fish'.");
	for (const struct command *c = commands; c->name; c++)
		printf("complete -c gpufit -n __fish_use_subcommand -a %s -d '%s'\n", c->name,
			c->summary);
	puts("complete -c gpufit -n '__fish_seen_subcommand_from completion' -f"
	     " -a 'bash zsh fish'");
	for (const struct command *c = commands; c->name; c++)
		for (size_t i = 0; (row = next_row(c, &i));)
			fish_option(c, row);
}

/* ---- the command ---- */

static const struct shell {
	const char *name;
	void (*print)(void);
} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}, {NULL, NULL}};

int cmd_completion(const struct options *options)
{
	for (const struct shell *shell = shells; shell->name; shell++)
		if (strcmp(shell->name, options->operand) == 0) {
			shell->print();
			return 0;
		}
	return say_usage(
		options->command, "SHELL: wanted bash, zsh or fish, found '%s'", options->operand);
}
