#include "plain_row.h"

void plain_form_init(struct plain_form *form, char delimiter)
{
	unsigned char *kinds = form->kinds;

	*form = (struct plain_form){.runs = delimiter == ' '};
	kinds[0] = kinds['"'] = PLAIN_QUIRK;
	kinds['\r'] = kinds['\n'] = PLAIN_LINE_END;
	kinds[' '] = kinds['\t'] = PLAIN_BLANK;
	if (form->runs)
		kinds[' '] = kinds['\t'] = PLAIN_BLANK | PLAIN_DELIMITER;
	else
		kinds[(unsigned char)delimiter] = PLAIN_DELIMITER;
}

/* One row on its way. */
struct plain_row {
	const struct plain_form *form; /* borrowed */
	struct rows *rows;             /* borrowed */
	size_t column, line;
	gf_status status;
};

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
		return plain_after_field(p->form, end + 1);
	end = text;
	while (!(plain_kind(p->form, end) & (PLAIN_LINE_END | PLAIN_QUIRK)))
		end++;
	if (*end != '"')
		return NULL;
	after = plain_after_field(p->form, end + 1);
	if (after)
		take_text(p, text, end);
	return after;
}

static char *take_bare(struct plain_row *p, char *text)
{
	char *end = text, *after;

	while (!(plain_kind(p->form, end) & (PLAIN_DELIMITER | PLAIN_LINE_END | PLAIN_QUIRK)))
		end++;
	after = plain_after_field(p->form, end);
	while (end > text && plain_kind(p->form, end - 1) & PLAIN_BLANK)
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
	after = end ? plain_after_field(p->form, end) : NULL;
	return after ? after : take_bare(p, text);
}

gf_status plain_row_take(const struct plain_form *form, struct rows *rows, char *text, size_t line,
	char **next, size_t *columns)
{
	struct plain_row p = {.form = form, .rows = rows, .line = line};
	char *at = plain_skip_blanks(form, text);
	int more = !plain_ends_line(at);

	while (more) {
		at = take_field(&p, at);
		p.column++;
		more = at && !p.status && plain_kind(form, at) & PLAIN_DELIMITER;
		if (more) {
			at = plain_skip_blanks(form, at + 1);
			more = !(form->runs && plain_ends_line(at));
		}
	}
	if (!at)
		rows_forget(rows);
	*next = at ? at + 1 + (*at == '\r') : NULL;
	*columns = p.column;
	return p.status;
}
