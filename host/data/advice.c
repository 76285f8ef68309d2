#include "advice.h"
#include "read_options.h"
#include "error.h"
#include "text.h"
#include "encoding.h"
#include "number.h"
#include "rows.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- fields that are no numbers ---- */

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"

enum { ADVICE_ROOM = 320 };

/* Characters that look like parts of a number, but are not. */
static const struct {
	const char *bytes, *name;
} lookalikes[] = {
	{"\xc2\xa0", "a no-break space (U+00A0)"},
	{"\xe2\x80\xaf", "a narrow no-break space (U+202F)"},
	{"\xe2\x80\x89", "a thin space (U+2009)"},
	{"\xe2\x88\x92", "a minus sign that is no hyphen (U+2212)"},
	{"\xe2\x80\x93", "a dash that is no hyphen (U+2013)"},
	{"\xe2\x80\x8b", "a zero-width space (U+200B)"},
	{"\xef\xbb\xbf", "a byte order mark (U+FEFF)"},
};

static const char *lookalike(const char *text)
{
	if (!strpbrk(text, DIGITS))
		return NULL;
	for (size_t i = 0; i < sizeof lookalikes / sizeof *lookalikes; i++)
		if (strstr(text, lookalikes[i].bytes))
			return lookalikes[i].name;
	/* Latin-1 that is read as UTF-8. */
	return *text == '\xa0' || text[strlen(text) - 1] == '\xa0' ? "a no-break space (0xA0)"
								   : NULL;
}

static size_t sign_length(const char *text)
{
	return *text == '+' || *text == '-';
}

/* 1,234 or 1.234.567 or 1'234 or 1 234: groups of three digits. */
static int has_groups(const char *text, char separator)
{
	size_t digits, groups = 0;

	text += sign_length(text);
	digits = strspn(text, DIGITS);
	if (digits == 0 || digits > 3)
		return 0;
	for (text += digits; *text == separator && strspn(text + 1, DIGITS) == 3; text += 4)
		groups++;
	if (*text && strchr(".,", *text) && *text != separator)
		text += 1 + strspn(text + 1, DIGITS);
	return groups > 0 && !*text;
}

static int is_decimal_comma(const char *text)
{
	size_t digits;

	text += sign_length(text);
	digits = strspn(text, DIGITS);
	if (text[digits] != ',')
		return 0;
	text += digits + 1;
	digits = strspn(text, DIGITS);
	return digits > 0 && (!text[digits] || strchr("eE", text[digits]));
}

/* Returns 1 if text may stand for a missing value, though it is not read as one. */
static int may_be_missing(const char *text)
{
	static const char *const words[] = {"na", "nan", "nil", "null", "none", "n.a.", "missing",
		"unknown", "not available", "empty", "\\N", "inf", "-inf"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(text, words[i]) == 0)
			return 1;
	return (*text == '#' && text[strcspn(text, "!?")]) || text[strspn(text, ".-*_/?")] == 0;
}

/* Returns 1 if text begins as lines of sums, units or notes around a table do. */
static int begins_note(const char *text)
{
	static const char *const words[] = {
		"total", "sum", "average", "mean", "source", "note", "[", "("};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strncasecmp(text, words[i], strlen(words[i])) == 0)
			return 1;
	return 0;
}

static int has_thousands(const char *text)
{
	for (const char *separator = ",' ._"; *separator; separator++)
		if (has_groups(text, *separator))
			return 1;
	return 0;
}

/* The end of a message about a field: "; --decimal , reads a decimal comma"; "": no advice.  line
 * 0: the table has no lines. */
static const char *field_advice(
	char advice[ADVICE_ROOM], const char *text, size_t line, const struct read_options *options)
{
	const char *character = lookalike(text);

	advice[0] = 0;
	if (character)
		snprintf(advice, ADVICE_ROOM, "; it has %s", character);
	else if (is_decimal_comma(text) && has_groups(text, ','))
		snprintf(advice, ADVICE_ROOM,
			"; separators of thousands are not read, "
			"and --decimal , reads a decimal comma");
	else if (is_decimal_comma(text))
		snprintf(advice, ADVICE_ROOM, "; --decimal , reads a decimal comma");
	else if (has_thousands(text))
		snprintf(advice, ADVICE_ROOM, "; separators of thousands are not read");
	else if (*text == '#' && !options->comment && strchr(" \t#", text[1]) && text[1])
		snprintf(advice, ADVICE_ROOM, "; --comment '#' leaves out such lines");
	else if (may_be_missing(text))
		snprintf(advice, ADVICE_ROOM, "; --na %s would make it a missing value",
			quote_text(text).text);
	else if (line && begins_note(text))
		snprintf(advice, ADVICE_ROOM,
			"; if line %zu is no row, sed %zud FILE | gpufit - leaves it out", line,
			line);
	return advice;
}

/* ---- surveys ---- */

enum {
	SURVEY_ROWS = 1000,
	FIRST_TRY_ROWS = 20, /* a survey of fewer rows does not tell what a file needs */
	FEW_WORDS = 10,      /* fewer words that mostly differ may yet repeat */
	FEW_NAMES = 5        /* fewer words that all differ may yet repeat */
};

enum verdict {
	VERDICT_ONE_HOT, /* words that repeat */
	VERDICT_NAMES,   /* words most of which are different */
	VERDICT_NUMBERS  /* numbers, perhaps with words among them */
};

static void add_word(struct column_survey *c, const char *word)
{
	struct label label = {.text = word};

	c->words++;
	/* A word that there is no memory for is not counted: this is only advice. */
	if (label_set_find(&c->distinct, word) == SIZE_MAX)
		label_set_add(&c->distinct, &label);
}

static enum verdict verdict_of(const struct column_survey *c)
{
	if (c->words == 0 || c->numbers > c->words)
		return VERDICT_NUMBERS;
	if (c->distinct.count == c->words && c->words >= FEW_NAMES)
		return VERDICT_NAMES;
	return 2 * c->distinct.count > c->words && c->words >= FEW_WORDS ? VERDICT_NAMES
									 : VERDICT_ONE_HOT;
}

void survey_free(struct survey *s)
{
	for (size_t i = 0; i < s->count; i++)
		label_set_free(&s->column[i].distinct);
	free(s->column);
	*s = (struct survey){0};
}

/* Begins a survey, where there is memory for it.  word: the field that cannot be read, or NULL
 * for a missing value. */
static void begin_survey(struct rows *r, size_t column, const char *word)
{
	struct survey *s = &r->survey;

	s->column = calloc(r->columns->features.count, sizeof *s->column);
	if (!s->column)
		return;
	s->count = r->columns->features.count;
	s->wanted = 1;
	s->fault_is_word = word != NULL;
	s->feature = r->places[column];
	if (word)
		add_word(&s->column[s->feature], word);
	else
		s->column[s->feature].missing++;
}

static void survey_field(struct rows *r, size_t feature, const char *text)
{
	const size_t column = r->columns->features.at[feature];
	struct column_survey *c = &r->survey.column[feature];
	struct decimal_text plain = {.text = text};
	double truth;

	if (na_word(r->options, text, strlen(text)))
		c->missing++;
	else if (r->columns->roles[column] != COLUMN_FEATURE)
		return;
	else if (!decimal_text_of(&plain, text, r->options->decimal) &&
		 (number_spelt(plain.text, r->c_locale) || number_truth(text, &truth)))
		c->numbers++;
	else
		add_word(c, text);
}

/* ---- faults of rows ---- */

void advice_note_fault(struct rows *r, size_t column, size_t line, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	report_error(columns_place(r->columns, line, column), &r->fault, "%s", text);
}

void advice_note_word(
	struct rows *r, size_t column, size_t line, const char *what, const char *text)
{
	int first = r->fault.status == GF_OK;
	char advice[ADVICE_ROOM];

	advice_note_fault(r, column, line, "%s: %s%s", what, quote_text(text).text,
		field_advice(advice, text, files_place(r->columns->files, line).line, r->options));
	if (first && !*advice && !r->options->wanted_features && !strchr("0123456789+-.", *text) &&
		!number_spelt(text, r->c_locale))
		begin_survey(r, column, text);
}

void advice_note_missing(struct rows *r, size_t column, size_t line, const char *text)
{
	const enum column_role role = r->columns->roles[column];
	const char *empty = r->columns->files->by_row ? "null" : "an empty field";
	const int first = r->fault.status == GF_OK;

	advice_note_fault(r, column, line, "a missing value (%s); %s",
		*text ? quote_text(text).text : empty, missing_advice(r->options, role));
	if (first && !r->options->wanted_features &&
		(role == COLUMN_FEATURE || role == COLUMN_ONE_HOT))
		begin_survey(r, column, NULL);
}

/* The column in quotes as options take it: its name, or its number where it has no name or one that
 * is too long. */
static struct quote quote_column(const struct rows *r, size_t column)
{
	struct quote number;

	if (r->columns->header && strlen(texts_at(&r->columns->names, column)) <= QUOTE_BYTES)
		return columns_name(r->columns, column);
	snprintf(number.text, sizeof number.text, "%zu", column + 1);
	return number;
}

/* The column in a list of an option: its name where that needs no quotes, else its number. */
static void print_column(const struct rows *r, size_t column, char *text, size_t size)
{
	const char *name = r->columns->header ? texts_at(&r->columns->names, column) : "";
	const int plain = *name && !name[strspn(name, LETTERS DIGITS)] && !strchr(DIGITS, *name);

	if (plain && strlen(name) < QUOTE_BYTES)
		snprintf(text, size, "%s", name);
	else
		snprintf(text, size, "%zu", column + 1);
}

/* Prints " --one-hot city,street" with the columns of that verdict.  Returns 0 where there is no
 * room for all. */
static int print_columns(
	const struct rows *r, enum verdict verdict, const char *option, char *text, size_t size)
{
	char name[QUOTE_BYTES + 1];
	size_t used = 0;

	for (size_t i = 0; i < r->survey.count; i++) {
		if (verdict_of(&r->survey.column[i]) != verdict)
			continue;
		print_column(r, r->columns->features.at[i], name, sizeof name);
		used += (size_t)snprintf(text + used, size - used, "%s%s%s", used ? "," : " --",
			used ? "" : option, name);
		if (used >= size)
			return 0;
	}
	return 1;
}

/* Prints "; for a first try add --one-hot city --missing mean --standardize", if the survey has
 * enough rows and its columns have room. */
static void print_first_try(const struct rows *r, char *text, size_t size)
{
	const struct survey *s = &r->survey;
	char one_hot[256] = "", exclude[256] = "";
	int missing = 0;

	*text = 0;
	if (s->rows < FIRST_TRY_ROWS ||
		!print_columns(r, VERDICT_ONE_HOT, "one-hot ", one_hot, sizeof one_hot) ||
		!print_columns(r, VERDICT_NAMES, "exclude ", exclude, sizeof exclude))
		return;
	for (size_t i = 0; i < s->count; i++)
		missing |= s->column[i].missing > 0;
	snprintf(text, size, "; for a first try add%s%s%s --standardize", exclude, one_hot,
		missing && r->options->missing == GF_MISSING_error ? " --missing mean" : "");
}

static gf_status report_fault(struct rows *r)
{
	const struct survey *s = &r->survey;
	const struct column_survey *c = s->wanted ? &s->column[s->feature] : NULL;
	char first_try[640] = "", advice[512] = "";

	if (c && s->fault_is_word && verdict_of(c) == VERDICT_ONE_HOT)
		snprintf(advice, sizeof advice, "; --one-hot %s would encode it",
			quote_column(r, r->columns->features.at[s->feature]).text);
	else if (c && s->fault_is_word && verdict_of(c) == VERDICT_NAMES)
		snprintf(advice, sizeof advice,
			"; --exclude %s leaves it out: %zu of its first %zu words are different",
			quote_column(r, r->columns->features.at[s->feature]).text,
			c->distinct.count, c->words);
	if (c && (!s->fault_is_word || *advice))
		print_first_try(r, first_try, sizeof first_try);
	return gf_fail(r->err, r->fault.status, "%s%s%s", r->fault.message, advice, first_try);
}

gf_status advice_end_row(struct rows *r)
{
	struct survey *s = &r->survey;

	for (size_t i = 0; s->on && i < r->pending.count; i++)
		survey_field(r, r->pending_places[i], texts_at(&r->pending, i));
	r->pending.used = r->pending.count = 0;
	if (!s->wanted)
		return report_fault(r);
	s->on = 1;
	return ++s->rows < SURVEY_ROWS ? GF_OK : report_fault(r);
}

gf_status advice_conclude(struct rows *r, gf_status status)
{
	if (!r->survey.on)
		return status;
	/* The error of the rows after the fault is not the first cause. */
	if (r->err)
		r->err->status = GF_OK;
	return report_fault(r);
}

/* ---- targets ---- */

enum { FEW_ROWS = 4, MANY_CLASSES = 20 };

static int is_whole(float value)
{
	return value == floorf(value);
}

/* Targets that have only two values, both whole numbers, are most often two classes. */
void advise_on_numbers(struct data_place column, const struct read_options *options,
	const float *values, size_t count)
{
	size_t i = 0, other;

	while (i < count && values[i] == values[0])
		i++;
	other = i;
	while (i < count && (values[i] == values[0] || values[i] == values[other]))
		i++;
	if (count < FEW_ROWS || other == count || i < count || !is_whole(values[0]) ||
		!is_whole(values[other]))
		return;
	report_notice(column, options,
		"there are only two values, %.0f and %.0f; if these are classes, --loss bce is "
		"meant",
		(double)fminf(values[0], values[other]) + 0.0,
		(double)fmaxf(values[0], values[other]) + 0.0);
}

/* Where most rows have a class of their own, the classes are names or numbers. */
void advise_on_classes(struct data_place column, const struct read_options *options,
	const struct label_set *labels, size_t rows)
{
	size_t classes = label_set_distinct(labels);
	int numbers = labels->words == 0, most = 2 * classes > rows;
	int fraction = numbers && label_set_has_fraction(labels);

	if (!(fraction && most) && !(classes > MANY_CLASSES && (fraction || most)))
		return;
	report_notice(column, options, "%zu classes in %zu rows; %s", classes, rows,
		numbers ? "if this is a number to predict, --loss mse is meant"
			: "if this is not what to predict, --target names it");
}
