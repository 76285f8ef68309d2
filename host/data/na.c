#include "na.h"
#include "decimal.h"

#include <string.h>

struct word {
	const char *at;
	size_t length;
};

static int is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct word trimmed(const char *text, size_t length)
{
	while (length > 0 && is_blank(text[length - 1]))
		length--;
	while (length > 0 && is_blank(*text)) {
		text++;
		length--;
	}
	return (struct word){text, length};
}

/* The next of a list set apart by commas. */
static struct word next_word(const char **list)
{
	const char *at = *list;
	size_t length = strcspn(at, ",");

	*list = at[length] ? at + length + 1 : NULL;
	return trimmed(at, length);
}

/* Whether a word is a decimal number, which *value then is. */
static int is_number(struct word word, double *value)
{
	char copy[40];

	if (word.length >= sizeof copy)
		return 0;
	memcpy(copy, word.at, word.length);
	copy[word.length] = 0;
	return decimal_is_double(value, copy);
}

static int same(struct word a, struct word b)
{
	double x, y;

	if (a.length == b.length && memcmp(a.at, b.at, a.length) == 0)
		return 1;
	return is_number(a, &x) && is_number(b, &y) && x >= y && x <= y;
}

static int in_list(struct word word, const char *list)
{
	while (list)
		if (same(word, next_word(&list)))
			return 1;
	return 0;
}

int na_word(const struct csv_options *options, const char *text, size_t length)
{
	struct word word = trimmed(text, length);

	if (word.length == 0)
		return 1;
	if (options->na)
		return in_list(word, options->na);
	/* Most fields are told from all words by their first character. */
	return strchr("#-1<?Nn", *word.at) && in_list(word, GF_NA_WORDS);
}

int na_has_numbers(const struct csv_options *options)
{
	const char *list = options->na;
	double value;

	while (list)
		if (is_number(next_word(&list), &value))
			return 1;
	return 0;
}
