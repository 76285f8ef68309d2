#include "option_rows.h"
#include "gnuplot.h"
#include "gpufitcl.h"

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

/* A character that may be part of a number or that quotes a field cannot separate columns. */
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

/* A comment cannot begin like a number or a quoted field. */
static bool parse_comment(const char *text, const struct option_row *row, void *field)
{
	(void)row;
	*(const char **)field = text;
	return ispunct((unsigned char)text[0]) && !strchr("\"'.+-,", text[0]);
}

/* Digits only: strtoull also takes blanks and a sign, and wraps "-1" around. */
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

static bool parse_above_zero(const char *text, const struct option_row *row, void *field)
{
	return parse_count(text, row, field) && *(size_t *)field > 0;
}

/* "64K", "500M", "2G": of 1024, 1024^2, ... bytes. */
static bool parse_size(const char *text, const struct option_row *row, void *field)
{
	static const char units[] = "KMGT";
	const size_t digits = strspn(text, "0123456789");
	const char *unit = text[digits] ? strchr(units, text[digits]) : NULL;
	const unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	char number[sizeof "18446744073709551615"] = "";
	size_t count;

	if (digits >= sizeof number || (text[digits] && (!unit || text[digits + 1])))
		return false;
	memcpy(number, text, digits);
	if (!parse_above_zero(number, row, &count) || count > SIZE_MAX >> shift)
		return false;
	*(size_t *)field = count << shift;
	return true;
}

/* A batch_size of 0 means all rows. */
static bool parse_batch(const char *text, const struct option_row *row, void *field)
{
	if (strcmp(text, "full") != 0)
		return parse_above_zero(text, row, field);
	*(size_t *)field = 0;
	return true;
}

static bool parse_plot(const char *text, const struct option_row *row, void *field)
{
	(void)row;
	*(const char **)field = text;
	return gnuplot_knows(text);
}

/* ---- lists of widths ---- */

/* Parses the width that begins the list, and stores its length; 0: it is no number above 0. */
static size_t take_width(const char *list, size_t *length)
{
	char text[sizeof "18446744073709551615"] = "";
	size_t width = 0;

	*length = strcspn(list, ",");
	if (*length < sizeof text)
		memcpy(text, list, *length);
	return parse_above_zero(text, NULL, &width) ? width : 0;
}

static const char *wrong_width(const char *text, size_t *length)
{
	while (take_width(text, length)) {
		if (!text[*length])
			return NULL;
		text += *length + 1;
	}
	return text;
}

/* "64,32"; places that a list leaves over are 0. */
static bool parse_hidden(const char *text, const struct option_row *row, void *field)
{
	size_t *widths = field, length, i;

	(void)row;
	memset(widths, 0, GF_HIDDEN_LAYERS * sizeof *widths);
	for (i = 0; i < GF_HIDDEN_LAYERS; i++) {
		widths[i] = take_width(text, &length);
		if (widths[i] == 0 || !text[length])
			return widths[i] != 0;
		text += length + 1;
	}
	return false;
}

/* ---- real numbers ---- */

/* Decimal only: strtod also takes "nan", "inf" and hexadecimal numbers. */
static bool is_number(const char *text, double *value)
{
	char *end;

	*value = strtod(text, &end);
	return !*end && end != text && text[strspn(text, "0123456789+-.eE")] == '\0';
}

/* A number that a float cannot hold would become 0 or infinite on the device. */
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

/* ---- values that fill more than one field: these parsers get the whole struct options ---- */

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

/* The library checks the list of weights. */
static bool parse_class_weight(const char *text, const struct option_row *row, void *field)
{
	struct options *options = field;
	bool is_word = parse_word(text, row, &options->config.class_weight);

	options->config.class_weights = is_word ? NULL : text;
	return is_word || strchr(text, '=');
}

/* The library checks the schedule's parameters. */
static bool parse_schedule(const char *text, const struct option_row *row, void *field)
{
	char word[32];

	snprintf(word, sizeof word, "%.*s", (int)strcspn(text, ":"), text);
	((struct options *)field)->config.schedule = text;
	return word_find(row->words, word) != NULL;
}

/* A word comes before a file of that name, which can be given as "./zeros". */
static bool parse_init(const char *text, const struct option_row *row, void *field)
{
	struct options *options = field;
	bool is_word = parse_word(text, row, &options->config.init);

	options->init_file = is_word ? NULL : text;
	return is_word || access(text, F_OK) == 0;
}

/* A number comes before a file of that name. */
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
#define PICTURE  "a file that ends in .svg, .png or .pdf, or -"
#define SIZE     "bytes, with K, M, G or T for 1024 and its powers, as in 500M"
#define FROM_ONE "a whole number above 0"
_Static_assert(GF_HIDDEN_LAYERS == 15, "options.def says 1 to 15");
#define WIDTHS "whole numbers above 0, separated by commas, as in 64,32"

#define FIELD(name)      offsetof(struct options, name)
#define GIVEN            .parse = NULL
#define FLAG(name)       .parse = parse_flag, .field = FIELD(name)
#define TEXT(name, what) .parse = parse_text, .field = FIELD(name), .wanted = what
#define WORD(name, list) .parse = parse_word, .field = FIELD(name), .words = list
#define NUMBER(name, in) .parse = parse_number, .field = FIELD(name), .range = RANGE_##in
#define COUNT(name) \
	.parse = parse_count, .field = FIELD(name), .wanted = "a whole number, 0 or above"
#define FROM_ONE_ON(name) .parse = parse_above_zero, .field = FIELD(name), .wanted = FROM_ONE

/* " mse" " l1" ...: the words in an option's help */
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

bool option_reads_data(const struct option_row *row)
{
	return row->group == GROUP_COLUMNS || row->group == GROUP_READING;
}

bool option_is_swept(const struct option_row *row)
{
	const bool number = row->parse == parse_number || row->parse == parse_count ||
			    row->parse == parse_above_zero || row->parse == parse_u64 ||
			    row->parse == parse_batch || row->parse == parse_lr;

	return number && row->group >= GROUP_NETWORK && row->group <= GROUP_VALIDATION;
}

bool option_may_differ(const struct option_row *row)
{
	return row->may_differ || row->group == GROUP_WHERE || row->group == GROUP_RESULT;
}

const struct option_row *option_value_row(enum option option)
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

/* Writes what the option accepts, what it has instead and, in a list, which item that is. */
static void complain(const struct option_row *row, const char *text, char *complaint, size_t size)
{
	char words[256] = "", range[128], place[64] = "";
	const char *item;
	size_t length;

	if (row->words)
		words_join(row->words, words, sizeof words);
	item = row->wrong_item ? row->wrong_item(text, &length) : NULL;
	if (item && (item > text || item[length]))
		snprintf(place, sizeof place, "'%.*s' in ", length < 40 ? (int)length : 40, item);
	snprintf(complaint, size, "wanted %s%s, found %s'%s'", wanted_of(row, range, sizeof range),
		words, place, text);
}

bool option_store(struct options *options, enum option option, char *complaint, size_t size)
{
	const struct option_row *row = option_value_row(option);
	const char *text = options->texts[option];

	/* "--log --json" lacks the file; a file of that name can be given as "./--json". */
	bool plausible =
		!text || (text[0] != '\0' && (strncmp(text, "--", 2) != 0 || option == OPT_NA));

	if (!row->parse)
		return true;
	if (plausible && row->parse(text, row, (char *)options + row->field))
		return true;
	complain(row, text, complaint, size);
	return false;
}
