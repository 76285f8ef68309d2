#include "advice.h"
#include "excerpt.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

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
	char advice[ADVICE_ROOM], const char *text, size_t line, const struct csv_options *options)
{
	const char *strange = lookalike(text);
	struct excerpt shown = excerpt_of(text, strlen(text));

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
