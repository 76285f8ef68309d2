/* rows_fault.c: what is wrong with a field, and what the other rows say would help. */
#include "advice.h"
#include "error.h"
#include "number.h"
#include "rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

	rows_note_fault(r, column, line, "%s: %s%s", what, excerpt_of(text, strlen(text)).text,
		advice_of(advice, text, line, r->options));
	if (first && !*advice && !r->options->wanted_features && !strchr("0123456789+-.", *text) &&
		!number_spelt(text, r->c_locale))
		survey_want(&r->survey, column, text);
}

/* The column as options take it: its name, or the number of one that is too long or has none. */
static struct excerpt column_option(const struct rows *r, size_t column)
{
	struct excerpt number;

	if (r->columns->header && strlen(texts_at(&r->columns->names, column)) <= EXCERPT_BYTES)
		return columns_name(r->columns, column);
	snprintf(number.text, sizeof number.text, "%zu", column + 1);
	return number;
}

static gf_status refuse(struct rows *r)
{
	const struct survey *s = &r->survey;
	struct excerpt option;

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
