/*
 * test_fields.c: the scanner finds fields where the grammar of fields.h has them, wherever the text
 * is cut into chunks.
 */
#include "basics.h"
#include "fields.h"

#include <stdio.h>
#include <string.h>

/* The fields of a text: each as [text], a bar after each row, and ! or ? at a fault, which ends the
 * text. */
struct shown {
	char text[4096];
	size_t used;
};

static void show(struct shown *shown, const char *text, size_t length)
{
	assert_true(shown->used + length < sizeof shown->text);
	memcpy(shown->text + shown->used, text, length);
	shown->used += length;
	shown->text[shown->used] = 0;
}

enum state { AT_ROW, AT_FIELD, IN_BARE, IN_QUOTES, AFTER_QUOTES };

/* The grammar a second time, byte by byte, as a state machine: fields.c works in another way. */
struct machine {
	struct shown *shown;
	char delimiter;
	enum state state;
	char field[1024];
	size_t length, blanks; /* blanks at the end of a bare field, or after a quote */
};

static void end_field(struct machine *m)
{
	size_t trailing = m->state == IN_BARE ? m->blanks : 0;

	show(m->shown, "[", 1);
	show(m->shown, m->field, m->length - trailing);
	show(m->shown, "]", 1);
	m->length = m->blanks = 0;
	m->state = AT_FIELD;
}

static void end_row_of(struct machine *m)
{
	int empty_end = m->state == AT_FIELD && m->delimiter == ' ';

	if (m->state == AT_ROW)
		return;
	if (!empty_end)
		end_field(m);
	show(m->shown, "|", 1);
	m->state = AT_ROW;
}

static void add_byte(struct machine *m, char c)
{
	m->field[m->length++] = c;
}

/* A byte outside quotes; 0: it is a fault. */
static int step_outside(struct machine *m, char c)
{
	int blank = c == ' ' || c == '\t', begun = m->state >= IN_BARE;

	if (c == '\n' || c == '\r')
		end_row_of(m);
	else if (blank && m->delimiter == ' ') {
		if (begun)
			end_field(m);
	} else if (c == m->delimiter)
		end_field(m);
	else if (blank && m->state == IN_BARE) {
		add_byte(m, c);
		m->blanks++;
	} else if (blank)
		m->blanks += m->state == AFTER_QUOTES;
	else if (m->state == AFTER_QUOTES)
		return 0;
	else if (c == '"' && !begun)
		m->state = IN_QUOTES;
	else {
		m->state = IN_BARE;
		m->blanks = 0;
		add_byte(m, c);
	}
	return 1;
}

static int step(struct machine *m, char c)
{
	if (m->state == IN_QUOTES && c == '"') {
		m->state = AFTER_QUOTES;
		m->blanks = 0;
	} else if (m->state == IN_QUOTES)
		add_byte(m, c);
	else if (m->state == AFTER_QUOTES && c == '"' && m->blanks == 0) {
		m->state = IN_QUOTES;
		add_byte(m, c);
	} else
		return step_outside(m, c);
	return 1;
}

static void show_by_machine(struct shown *shown, const char *text, char delimiter)
{
	struct machine m = {.shown = shown, .delimiter = delimiter};

	*shown = (struct shown){0};
	for (; *text; text++)
		if (!step(&m, *text)) {
			show(shown, "!", 1);
			return;
		}
	if (m.state == IN_QUOTES)
		show(shown, "?", 1);
}

/* The scanner gets the first bytes of the text, then `more` bytes each time that a field is cut, as
 * from a reader of chunks. */
static void show_by_scanner(struct shown *shown, const char *text, size_t length, char delimiter,
	size_t first, size_t more)
{
	struct field_scanner scanner;
	struct csv_field field;
	size_t begin = 0, end = first < length ? first : length, column = 0;

	*shown = (struct shown){0};
	field_scanner_init(&scanner, delimiter, '\n');
	for (;;) {
		char chunk[1024];
		enum field_result result;

		memcpy(chunk, text + begin, end - begin);
		memset(chunk + end - begin, 0, 2);
		scanner.end = chunk + end - begin;
		result = field_scan(&scanner, chunk, column == 0, &field);
		if (result == FIELD_TEXT_AFTER_QUOTE) {
			show(shown, "!", 1);
			return;
		}
		assert_true(result != FIELD_NUL);
		if (result == FIELD_CUT && end == length) {
			show(shown, "?", field.quoted);
			return;
		}
		if (result == FIELD_CUT) {
			end = end + more < length ? end + more : length;
			continue;
		}
		begin += (size_t)(field.next - chunk);
		if (result != FIELD_NONE) {
			field_unquote(&field);
			show(shown, "[", 1);
			show(shown, field.text, field.length);
			show(shown, "]", 1);
			column++;
		}
		if (result != FIELD_INNER && column > 0) {
			show(shown, "|", 1);
			column = 0;
		}
	}
}

static size_t random_text(char *text, size_t room, struct rng *rng, char delimiter)
{
	static const char bytes[] = "\"\"\"\"\n\n\r \t,;ab1";
	size_t length = 1 + rng_next32(rng) % (unsigned)(room - 2);

	for (size_t i = 0; i < length; i++) {
		unsigned pick = rng_next32(rng) % (sizeof bytes + 2);

		text[i] = pick < sizeof bytes - 1 ? bytes[pick] : delimiter;
	}
	text[length] = '\n';
	text[length + 1] = 0;
	return length + 1;
}

static void the_scanner_finds_fields_where_the_grammar_has_them(void **state)
{
	enum { TEXTS = 40000, ROOM = 60 };
	static const char ends[] = "]|!?";
	char text[ROOM + 1];
	struct rng rng;
	size_t seen[sizeof ends] = {0};

	(void)state;
	rng_seed(&rng, 3);
	for (unsigned i = 0; i < TEXTS; i++) {
		char delimiter = ",;\t |"[rng_next32(&rng) % 5];
		size_t length = random_text(text, 3 + i % (ROOM - 3), &rng, delimiter);
		struct shown wanted, found;

		show_by_machine(&wanted, text, delimiter);
		show_by_scanner(&found, text, length, delimiter, length, 1);
		assert_string_equal(found.text, wanted.text);
		/* A line end that is cut between CR and LF becomes a line end and a blank line. */
		show_by_scanner(&found, text, length, delimiter, 1 + i % length, 1 + i % 3);
		assert_string_equal(found.text, wanted.text);
		for (size_t j = 0; j < sizeof ends - 1; j++)
			seen[j] += strchr(wanted.text, ends[j]) != NULL;
	}
	for (size_t j = 0; j < sizeof ends - 1; j++)
		assert_true(seen[j] > TEXTS / 20);
}

static void line_feeds_are_counted_and_nul_bytes_are_seen(void **state)
{
	char text[] = "\"a\n\"\"\nb\" ,c\r\n\rd\0e\n";
	struct field_scanner scanner;
	struct csv_field field;

	(void)state;
	field_scanner_init(&scanner, ',', '\n');
	scanner.end = text + sizeof text - 1;
	assert_int_equal(field_scan(&scanner, text, 1, &field), FIELD_INNER);
	assert_int_equal(field.lines, 2);
	assert_true(field.quoted && field.doubled);
	field_unquote(&field);
	assert_string_equal(field.text, "a\n\"\nb");
	assert_int_equal(field_scan(&scanner, field.next, 0, &field), FIELD_LAST);
	assert_int_equal(field.lines, 1);
	assert_int_equal(field_scan(&scanner, field.next, 1, &field), FIELD_NONE);
	assert_int_equal(field.lines, 0);
	assert_int_equal(field_scan(&scanner, field.next, 1, &field), FIELD_NUL);
	assert_int_equal(*field.next, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_scanner_finds_fields_where_the_grammar_has_them),
		cmocka_unit_test(line_feeds_are_counted_and_nul_bytes_are_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
