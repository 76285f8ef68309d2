#include "values.h"
#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rule {
	bool (*parse)(const char *text, const struct word *words, void *field);
	size_t field; /* offset in struct options */
	const char *wanted;
	const struct word *words; /* NULL: none */
};

static bool parse_text(const char *text, const struct word *words, void *field)
{
	char **kept = field;

	(void)words;
	free(*kept);
	*kept = strdup(text);
	return *kept != NULL;
}

static bool parse_word(const char *text, const struct word *words, void *field)
{
	const struct word *found = word_find(words, text);

	if (found)
		*(int *)field = found->value;
	return found != NULL;
}

/* Whatever may stand in a number or around a quoted field separates nothing. */
static bool parse_delimiter(const char *text, const struct word *words, void *field)
{
	bool separates = ispunct((unsigned char)text[0]) && !strchr("\"'.+-", text[0]);

	if (parse_word(text, words, field))
		return true;
	if (text[1] != '\0' || !(separates || text[0] == '\t' || text[0] == ' '))
		return false;
	*(int *)field = (unsigned char)text[0];
	return true;
}

/* Digits only: strtoull would take blanks and a sign, and wrap "-1" around. */
static bool parse_u64(const char *text, const struct word *words, void *field)
{
	unsigned long long value;

	(void)words;
	if (text[strspn(text, "0123456789")] != '\0')
		return false;
	errno = 0;
	value = strtoull(text, NULL, 10);
	if (errno == ERANGE || value > UINT64_MAX)
		return false;
	*(uint64_t *)field = value;
	return true;
}

static bool parse_count(const char *text, const struct word *words, void *field)
{
	uint64_t value;

	if (!parse_u64(text, words, &value) || value > SIZE_MAX)
		return false;
	*(size_t *)field = (size_t)value;
	return true;
}

/* Decimal only: strtod would take "nan", "inf" and hexadecimals.  What a float
 * cannot hold would be 0 or infinite on the device. */
static bool parse_rate(const char *text, const struct word *words, void *field)
{
	char *end;
	double value = strtod(text, &end);

	(void)words;
	if (*end || end == text || text[strspn(text, "0123456789+-.eE")] != '\0')
		return false;
	if (!(value >= FLT_MIN && value <= FLT_MAX))
		return false;
	*(double *)field = value;
	return true;
}

#define FIELD(name) offsetof(struct options, name)

static const struct rule rules[OPTIONS] = {
	[OPT_DEVICE] = {parse_text, FIELD(device), "a device", NULL},
	[OPT_ENGINE] = {parse_word, FIELD(engine), NULL, engine_words},
	[OPT_CHECK] = {parse_word, FIELD(check), NULL, check_words},
	[OPT_LOSS] = {parse_word, FIELD(loss), NULL, loss_words},
	[OPT_OPTIMIZER] = {parse_word, FIELD(optimizer), NULL, optimizer_words},
	[OPT_LR] = {parse_rate, FIELD(lr), "a number above 0 that a float can hold", NULL},
	[OPT_EPOCHS] = {parse_count, FIELD(epochs), "a whole number, 0 or above", NULL},
	[OPT_INIT] = {parse_word, FIELD(init), NULL, init_words},
	[OPT_SEED] = {parse_u64, FIELD(seed), "a whole number from 0 to 18446744073709551615",
		NULL},
	[OPT_TARGET] = {parse_text, FIELD(target), "columns, as in price,3-7", NULL},
	[OPT_FEATURES] = {parse_text, FIELD(features), "columns, as in price,3-7", NULL},
	[OPT_HEADER] = {parse_word, FIELD(header), NULL, header_words},
	[OPT_DELIMITER] = {parse_delimiter, FIELD(delimiter),
		"one character that is part of no number, or ", delimiter_words},
	[OPT_MODEL] = {parse_text, FIELD(model), "a file", NULL},
	[OPT_OUTPUT] = {parse_text, FIELD(output), "a file", NULL},
	[OPT_LOG] = {parse_text, FIELD(log), "a file", NULL},
	[OPT_TRACE] = {parse_count, FIELD(trace), "a whole number, 0 or above", NULL},
	[OPT_EXPLAIN] = {parse_count, FIELD(explain), "an epoch, counted from 0", NULL},
};

static void describe(const struct rule *rule, char *wanted, size_t size)
{
	char words[256] = "";

	if (rule->words)
		words_join(rule->words, words, sizeof words);
	snprintf(wanted, size, "%s%s", rule->wanted ? rule->wanted : "", words);
}

bool value_store(struct options *options, enum option option, const char *text, char *wanted,
	size_t wanted_size)
{
	const struct rule *rule = &rules[option];

	/* "--log --json" has forgotten the file; one of that name is "./--json". */
	bool plausible = text[0] != '\0' && strncmp(text, "--", 2) != 0;

	if (plausible && rule->parse(text, rule->words, (char *)options + rule->field))
		return true;
	describe(rule, wanted, wanted_size);
	return false;
}
