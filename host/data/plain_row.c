#include "plain_row.h"

enum kind {
	INNER, /* of a field */
	BLANK = 1,
	DELIMITER = 2,
	LINE_END = 4,
	QUIRK = 8 /* a quote, or what is no text */
};

void plain_form_init(struct plain_form *form, char delimiter)
{
	unsigned char *kinds = form->kinds;

	*form = (struct plain_form){.runs = delimiter == ' '};
	kinds[0] = kinds['"'] = QUIRK;
	kinds['\r'] = kinds['\n'] = LINE_END;
	kinds[' '] = kinds['\t'] = BLANK;
	if (form->runs)
		kinds[' '] = kinds['\t'] = BLANK | DELIMITER;
	else
		kinds[(unsigned char)delimiter] = DELIMITER;
}

/* One row on its way. */
struct plain_row {
	const struct plain_form *form; /* borrowed */
	struct rows *rows;             /* borrowed */
	size_t column, line;
	gf_status status;
};

static int kind_at(const struct plain_row *p, const char *at)
{
	return p->form->kinds[(unsigned char)*at];
}

static char *skip_blanks(const struct plain_row *p, char *at)
{
	while (kind_at(p, at) & BLANK)
		at++;
	return at;
}

/* A carriage return alone ends lines, too, but this is libcsv's to see. */
static int ends_line(const char *at)
{
	return *at == '\n' || (at[0] == '\r' && at[1] == '\n');
}

/* The text of a field ended before at; what follows it, or NULL: no delimiter and no line's end. */
static char *after_field(const struct plain_row *p, char *at)
{
	while (kind_at(p, at) == BLANK)
		at++;
	return kind_at(p, at) & DELIMITER || ends_line(at) ? at : NULL;
}

static void take_text(struct plain_row *p, char *text, char *end)
{
	char saved = *end;

	*end = 0;
	p->status = rows_take(p->rows, p->column, text, p->line);
	*end = saved;
}

/* The end of a number, or NULL: it is something else. */
static char *take_number(struct plain_row *p, char *text)
{
	size_t length = rows_take_number(p->rows, p->column, text);

	return length > 0 ? text + length : NULL;
}

static char *take_quoted(struct plain_row *p, char *text)
{
	char *end = take_number(p, ++text), *after;

	if (end && *end == '"')
		return after_field(p, end + 1);
	end = text;
	while (!(kind_at(p, end) & (LINE_END | QUIRK)))
		end++;
	if (*end != '"')
		return NULL;
	after = after_field(p, end + 1);
	if (after)
		take_text(p, text, end);
	return after;
}

static char *take_bare(struct plain_row *p, char *text)
{
	char *end = text, *after;

	while (!(kind_at(p, end) & (DELIMITER | LINE_END | QUIRK)))
		end++;
	after = after_field(p, end);
	while (end > text && kind_at(p, end - 1) & BLANK)
		end--;
	if (after)
		take_text(p, text, end);
	return after;
}

/* What follows the field, or NULL: it is not plain. */
static char *take_field(struct plain_row *p, char *text)
{
	char *end, *after;

	if (*text == '"')
		return take_quoted(p, text);
	end = take_number(p, text);
	after = end ? after_field(p, end) : NULL;
	return after ? after : take_bare(p, text);
}

gf_status plain_row_take(const struct plain_form *form, struct rows *rows, char *text, size_t line,
	char **next, size_t *columns)
{
	struct plain_row p = {.form = form, .rows = rows, .line = line};
	char *at = skip_blanks(&p, text);
	int more = !ends_line(at);

	while (more) {
		at = take_field(&p, at);
		p.column++;
		more = at && !p.status && kind_at(&p, at) & DELIMITER;
		if (more) {
			at = skip_blanks(&p, at + 1);
			more = !(form->runs && ends_line(at));
		}
	}
	if (!at)
		rows_forget(rows);
	*next = at ? at + 1 + (*at == '\r') : NULL;
	*columns = p.column;
	return p.status;
}
