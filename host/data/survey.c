#include "survey.h"

#include <stdint.h>

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
