#include "advice.h"
#include "table_read.h"
#include "error.h"
#include "text.h"
#include "number.h"
#include "rows.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- fields that are no numbers ---- */

#define DIGITS "0123456789"

/* Characters that look like parts of a number, and are none. */
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
	/* Latin-1, read as it stands. */
	return *text == '\xa0' || text[strlen(text) - 1] == '\xa0' ? "a no-break space (0xA0)"
								   : NULL;
}

static size_t skip_sign(const char *text)
{
	return *text == '+' || *text == '-';
}

/* 1,234 or 1.234.567 or 1'234 or 1 234: groups of three digits. */
static int has_groups(const char *text, char separator)
{
	size_t digits, groups = 0;

	text += skip_sign(text);
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

	text += skip_sign(text);
	digits = strspn(text, DIGITS);
	if (text[digits] != ',')
		return 0;
	text += digits + 1;
	digits = strspn(text, DIGITS);
	return digits > 0 && (!text[digits] || strchr("eE", text[digits]));
}

/* Words that mean that nothing is there, beside those that are taken so. */
static int means_nothing(const char *text)
{
	static const char *const words[] = {"na", "nan", "nil", "null", "none", "n.a.", "missing",
		"unknown", "not available", "empty", "\\N", "inf", "-inf"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(text, words[i]) == 0)
			return 1;
	return (*text == '#' && text[strcspn(text, "!?")]) || text[strspn(text, ".-*_/?")] == 0;
}

/* What the lines under a table and between its names and its rows begin with. */
static int is_no_row(const char *text)
{
	static const char *const words[] = {
		"total", "sum", "average", "mean", "source", "note", "[", "("};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strncasecmp(text, words[i], strlen(words[i])) == 0)
			return 1;
	return 0;
}

const char *advice_of(
	char advice[ADVICE_ROOM], const char *text, size_t line, const struct read_options *options)
{
	const char *strange = lookalike(text);
	struct quote shown = quote_of(text, strlen(text));

	advice[0] = 0;
	if (strange)
		snprintf(advice, ADVICE_ROOM, "; it has %s", strange);
	else if (is_decimal_comma(text) && has_groups(text, ','))
		snprintf(advice, ADVICE_ROOM,
			"; separators of thousands are not read, "
			"and --decimal , reads a decimal comma");
	else if (is_decimal_comma(text))
		snprintf(advice, ADVICE_ROOM, "; --decimal , reads a decimal comma");
	else if (has_groups(text, ',') || has_groups(text, '\'') || has_groups(text, ' ') ||
		 has_groups(text, '.') || has_groups(text, '_'))
		snprintf(advice, ADVICE_ROOM, "; separators of thousands are not read");
	else if (*text == '#' && !options->comment && strchr(" \t#", text[1]) && text[1])
		snprintf(advice, ADVICE_ROOM, "; --comment '#' leaves out lines that begin so");
	else if (means_nothing(text))
		snprintf(
			advice, ADVICE_ROOM, "; --na %s would make it a missing value", shown.text);
	else if (is_no_row(text))
		snprintf(advice, ADVICE_ROOM,
			"; if line %zu is no row, sed %zud FILE | gpufit - leaves it out", line,
			line);
	return advice;
}

/* ---- columns that have words ---- */

enum {
	FEW_WORDS = 10, /* of which nobody can say how often they repeat */
	FEW_NAMES = 5   /* of which nobody can say that they never do */
};

static void add(struct survey *s, const char *word)
{
	struct label label = {.text = word};

	s->words++;
	/* Without memory for it the advice is a poorer one. */
	if (label_set_find(&s->distinct, word) == SIZE_MAX)
		label_set_add(&s->distinct, &label);
}

void survey_want(struct survey *s, size_t column, const char *word)
{
	s->wanted = 1;
	s->column = column;
	add(s, word);
}

void survey_take(struct survey *s, const char *text, int is_number)
{
	if (is_number)
		s->numbers++;
	else
		add(s, text);
}

int survey_end_row(struct survey *s)
{
	s->on = 1;
	return ++s->rows >= SURVEY_ROWS;
}

enum survey_verdict survey_verdict(const struct survey *s)
{
	if (s->numbers > s->words)
		return SURVEY_NUMBERS;
	if (s->distinct.count == s->words && s->words >= FEW_NAMES)
		return SURVEY_NAMES;
	return 2 * s->distinct.count > s->words && s->words >= FEW_WORDS ? SURVEY_NAMES
									 : SURVEY_ONE_HOT;
}

void survey_free(struct survey *s)
{
	label_set_free(&s->distinct);
	*s = (struct survey){0};
}

/* ---- faults of rows ---- */

void rows_note_fault(struct rows *r, size_t column, size_t line, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	gf_fail(&r->fault, GF_E_DATA, "%s:%zu: %s: %s", r->columns->path, line,
		columns_label(r->columns, column).text, text);
}

void rows_note_word(struct rows *r, size_t column, size_t line, const char *what, const char *text)
{
	int first = r->fault.status == GF_OK;
	char advice[ADVICE_ROOM];

	rows_note_fault(r, column, line, "%s: %s%s", what, quote_of(text, strlen(text)).text,
		advice_of(advice, text, line, r->options));
	if (first && !*advice && !r->options->wanted_features && !strchr("0123456789+-.", *text) &&
		!number_spelt(text, r->c_locale))
		survey_want(&r->survey, column, text);
}

/* The column as options take it: its name, or the number of one that is too long or has none. */
static struct quote column_option(const struct rows *r, size_t column)
{
	struct quote number;

	if (r->columns->header && strlen(texts_at(&r->columns->names, column)) <= QUOTE_BYTES)
		return columns_name(r->columns, column);
	snprintf(number.text, sizeof number.text, "%zu", column + 1);
	return number;
}

static gf_status refuse(struct rows *r)
{
	const struct survey *s = &r->survey;
	struct quote option;

	if (!s->wanted || survey_verdict(s) == SURVEY_NUMBERS)
		return gf_fail(r->err, r->fault.status, "%s", r->fault.message);
	option = column_option(r, s->column);
	if (survey_verdict(s) == SURVEY_ONE_HOT)
		return gf_fail(r->err, r->fault.status, "%s; --one-hot %s would encode it",
			r->fault.message, option.text);
	return gf_fail(r->err, r->fault.status,
		"%s; --exclude %s leaves it out: %zu of its first %zu words are different",
		r->fault.message, option.text, s->distinct.count, s->words);
}

gf_status rows_end_faulty(struct rows *r)
{
	if (r->survey.on && r->held.count) {
		const char *text = texts_at(&r->held, 0);

		survey_take(&r->survey, text, number_spelt(text, r->c_locale));
	}
	r->held.used = r->held.count = 0;
	return r->survey.wanted && !survey_end_row(&r->survey) ? GF_OK : refuse(r);
}

gf_status rows_conclude(struct rows *r, gf_status status)
{
	if (!r->survey.on)
		return status;
	if (r->err)
		r->err->status = GF_OK;
	return refuse(r);
}

/* ---- targets ---- */

enum { FEW_ROWS = 4, MANY_CLASSES = 20 };

static int is_whole(float value)
{
	return value == floorf(value);
}

/* A column of two whole numbers is more often of two classes. */
void advise_on_numbers(const struct target_options *o, const float *values, size_t count)
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
	data_notice(o->reader,
		"%s: %s: there are but two values, %.0f and %.0f; if these are classes, --loss bce "
		"is meant",
		o->path, o->column.text, (double)fminf(values[0], values[other]) + 0.0,
		(double)fmaxf(values[0], values[other]) + 0.0);
}

/* Classes that are almost as many as the rows are names or numbers. */
void advise_on_classes(const struct target_options *o, const struct label_set *labels, size_t rows)
{
	size_t classes = label_set_distinct(labels);
	int numbers = labels->words == 0, most = 2 * classes > rows;
	int fraction = numbers && label_set_has_fraction(labels);

	if (!(fraction && most) && !(classes > MANY_CLASSES && (fraction || most)))
		return;
	data_notice(o->reader, "%s: %s: %zu classes in %zu rows; %s", o->path, o->column.text,
		classes, rows,
		numbers ? "if this is a number to predict, --loss mse is meant"
			: "if this is not what to predict, --target names it");
}
