#include "option_rows.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- values ---- */

static bool parse_flag(const char *text, const struct option_row *row, void *field)
{
	(void)text, (void)row;
	*(int *)field = 1;
	return true;
}

static bool parse_text(const char *text, const struct option_row *row, void *field)
{
	(void)row;
	*(const char **)field = text;
	return true;
}

static bool parse_word(const char *text, const struct option_row *row, void *field)
{
	const struct word *found = word_find(row->words, text);

	if (found)
		*(int *)field = found->value;
	return found != NULL;
}

/* Whatever may stand in a number or around a quoted field separates nothing. */
static bool parse_delimiter(const char *text, const struct option_row *row, void *field)
{
	const struct word *found = word_find(row->words, text);
	bool separates = ispunct((unsigned char)text[0]) && !strchr("\"'.+-", text[0]);

	if (!found && (text[1] != '\0' || !(separates || text[0] == '\t' || text[0] == ' ')))
		return false;
	if (found)
		*(char *)field = (char)found->value;
	else
		*(char *)field = text[0];
	return true;
}

static bool parse_decimal(const char *text, const struct option_row *row, void *field)
{
	(void)row;
	*(char *)field = text[0];
	return strcmp(text, ".") == 0 || strcmp(text, ",") == 0;
}

/* What begins a number or a quoted field begins no comment. */
static bool parse_comment(const char *text, const struct option_row *row, void *field)
{
	(void)row;
	*(const char **)field = text;
	return ispunct((unsigned char)text[0]) && !strchr("\"'.+-,", text[0]);
}

/* Digits only: strtoull would take blanks and a sign, and wrap "-1" around. */
static bool parse_u64(const char *text, const struct option_row *row, void *field)
{
	unsigned long long value;

	(void)row;
	if (text[strspn(text, "0123456789")] != '\0')
		return false;
	errno = 0;
	value = strtoull(text, NULL, 10);
	if (errno == ERANGE || value > UINT64_MAX)
		return false;
	*(uint64_t *)field = value;
	return true;
}

static bool parse_count(const char *text, const struct option_row *row, void *field)
{
	uint64_t value;

	if (!parse_u64(text, row, &value) || value > SIZE_MAX)
		return false;
	*(size_t *)field = (size_t)value;
	return true;
}

static bool parse_above_none(const char *text, const struct option_row *row, void *field)
{
	return parse_count(text, row, field) && *(size_t *)field > 0;
}

/* In config 0 rows stand for all of them. */
static bool parse_batch(const char *text, const struct option_row *row, void *field)
{
	if (strcmp(text, "full") != 0)
		return parse_above_none(text, row, field);
	*(size_t *)field = 0;
	return true;
}

/* Decimal only: strtod would take "nan", "inf" and hexadecimals. */
static bool is_number(const char *text, double *value)
{
	char *end;

	*value = strtod(text, &end);
	return !*end && end != text && text[strspn(text, "0123456789+-.eE")] == '\0';
}

/* What a float cannot hold would be 0 or infinite on the device. */
static bool parse_in_range(const char *text, enum range range, double *value)
{
	errno = 0;
	if (!is_number(text, value) || errno == ERANGE || !range_has(range, *value))
		return false;
	return *value == 0.0 ||
	       (fabs(*value) >= (double)FLT_MIN && fabs(*value) <= (double)FLT_MAX);
}

static bool parse_number(const char *text, const struct option_row *row, void *field)
{
	return parse_in_range(text, row->range, field);
}

/* ---- what fills more than one field: all of struct options is theirs ---- */

static bool parse_lr(const char *text, const struct option_row *row, void *field)
{
	struct options *options = field;

	(void)row;
	options->config.lr_auto = strcmp(text, "auto") == 0;
	return options->config.lr_auto ||
	       parse_in_range(text, RANGE_ABOVE_ZERO, &options->config.lr);
}

/* "0.9,0.999" */
static bool parse_betas(const char *text, const struct option_row *row, void *field)
{
	double *betas = ((struct options *)field)->config.betas;
	const char *comma = strchr(text, ',');
	char first[64];

	(void)row;
	if (!comma || (size_t)(comma - text) >= sizeof first)
		return false;
	snprintf(first, sizeof first, "%.*s", (int)(comma - text), text);
	return parse_in_range(first, RANGE_BELOW_ONE, &betas[0]) &&
	       parse_in_range(comma + 1, RANGE_BELOW_ONE, &betas[1]);
}

/* Its parameters are the library's to read. */
static bool parse_schedule(const char *text, const struct option_row *row, void *field)
{
	char word[32];

	snprintf(word, sizeof word, "%.*s", (int)strcspn(text, ":"), text);
	((struct options *)field)->config.schedule = text;
	return word_find(row->words, word) != NULL;
}

/* A word before a file of that name, which is "./zeros". */
static bool parse_init(const char *text, const struct option_row *row, void *field)
{
	struct options *options = field;
	bool is_word = parse_word(text, row, &options->config.init);

	options->init_file = is_word ? NULL : text;
	return is_word || access(text, F_OK) == 0;
}

/* A number before a file of that name. */
static bool parse_validation(const char *text, const struct option_row *row, void *field)
{
	struct options *options = field;
	double value;
	bool number = is_number(text, &value);

	(void)row;
	options->config.validation = 0.0;
	options->validation_file = number ? NULL : text;
	return !number || parse_in_range(text, RANGE_INSIDE, &options->config.validation);
}

/* ---- the rows ---- */

#define COLUMNS  "columns, as in price,3-7"
#define FROM_ONE "a whole number above 0"

#define FIELD(name)      offsetof(struct options, name)
#define GIVEN            .parse = NULL
#define FLAG(name)       .parse = parse_flag, .field = FIELD(name)
#define TEXT(name, what) .parse = parse_text, .field = FIELD(name), .wanted = what
#define WORD(name, list) .parse = parse_word, .field = FIELD(name), .words = list
#define NUMBER(name, in) .parse = parse_number, .field = FIELD(name), .range = RANGE_##in
#define COUNT(name) \
	.parse = parse_count, .field = FIELD(name), .wanted = "a whole number, 0 or above"
#define FROM_ONE_ON(name) .parse = parse_above_none, .field = FIELD(name), .wanted = FROM_ONE

/* " mse" " l1" ...: the words of an option in its help */
#define IN_HELP(word, help) " " #word

#define OPTION(id, text, in, of, ...) \
	{.option = OPT_##id, .name = text, .commands = in, .group = of, __VA_ARGS__},
#define AGAIN OPTION

static const struct option_row ROWS[] = {
#include "options.def"
};

enum { ROW_COUNT = sizeof ROWS / sizeof *ROWS };

const struct option_row *option_row_at(size_t i)
{
	return i < ROW_COUNT ? &ROWS[i] : NULL;
}

const struct option_row *option_row(const struct command *command, enum option option)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (ROWS[i].option == option && (ROWS[i].commands & command->bit))
			return &ROWS[i];
	return NULL;
}

/* The row that says how its value is read: a command that has another help text has no other
 * value. */
static const struct option_row *value_row(enum option option)
{
	const struct option_row *found = NULL;

	for (size_t i = 0; i < ROW_COUNT; i++)
		if (ROWS[i].option == option && (!found || ROWS[i].parse))
			found = &ROWS[i];
	return found;
}

static const char *wanted_of(const struct option_row *row, char *text, size_t size)
{
	const bool open = row->range == RANGE_ANY || row->range == RANGE_ABOVE_ZERO ||
			  row->range == RANGE_ZERO_OR_ABOVE;

	if (row->wanted)
		return row->wanted;
	if (row->parse != parse_number)
		return "";
	snprintf(text, size, "%s%s", range_words(row->range), open ? " that a float can hold" : "");
	return text;
}

static void describe(const struct option_row *row, char *wanted, size_t size)
{
	char words[256] = "", range[128];

	if (row->words)
		words_join(row->words, words, sizeof words);
	snprintf(wanted, size, "%s%s", wanted_of(row, range, sizeof range), words);
}

bool option_store(struct options *options, enum option option, char *wanted, size_t wanted_size)
{
	const struct option_row *row = value_row(option);
	const char *text = options->texts[option];

	/* "--log --json" has forgotten the file; one of that name is "./--json". */
	bool plausible =
		!text || (text[0] != '\0' && (strncmp(text, "--", 2) != 0 || option == OPT_NA));

	if (!row->parse)
		return true;
	if (plausible && row->parse(text, row, (char *)options + row->field))
		return true;
	describe(row, wanted, wanted_size);
	return false;
}
