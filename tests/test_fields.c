/*
 * test_fields.c: fields are found where the grammar of fields.h has them, wherever the text is cut;
 * and the fast ways to read numbers read what the scanner alone reads.
 */
#include "csv_rows.h"

#include "dataset.h"
#include "input.h"
#include "rng.h"
#include "scratch.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

static long cores_there = 4;
static int threads_fail;

static int create_or_fail(
	pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *user)
{
	return threads_fail ? EAGAIN : pthread_create(thread, attr, start, user);
}

/* In this program these are the library's, but for a switch. */
#define sysconf(name)    cores_there
#define pthread_create   create_or_fail
#define rows_take_number rows_take_number_itself
#define number_rows_read number_rows_read_itself
#include "fields.c"
#include "rows.c"
#undef rows_take_number
#undef number_rows_read
#undef pthread_create
#undef sysconf

static int by_scanner_alone;
static size_t fast_numbers, number_lines, noticed_files;

size_t rows_take_number(struct rows *rows, size_t column, const char *text)
{
	size_t length = by_scanner_alone ? 0 : rows_take_number_itself(rows, column, text);

	fast_numbers += length > 0;
	return length;
}

size_t number_rows_read(const struct number_rows *rows, char *text, char *end, float *out,
	struct number_part parts[NUMBER_PARTS])
{
	size_t count;

	parts[0] = (struct number_part){text, end, out, 0, text, parts[0].precision};
	if (by_scanner_alone)
		return 1;
	count = number_rows_read_itself(rows, text, end, out, parts);
	for (size_t i = 0; i < count; i++)
		number_lines += parts[i].rows;
	return count;
}

/* ---- the grammar ---- */

/* What a text is, field by field: each is shown as [text], rows are divided by a bar, and a fault
 * ends all. */
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

/* The grammar once more, a byte at a time: as a table of states, which nothing in fields.c is. */
struct machine {
	struct shown *shown;
	char delimiter;
	enum state state;
	char field[1024];
	size_t length, blanks; /* blanks: those at the end of a bare field, or after a quote */
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

/* Outside quotes.  0: the text has a fault here. */
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

/* Handed out up to `first` bytes of the text, then in steps of `more`, as a reader does that keeps
 * what is cut. */
static void show_by_scanner(struct shown *shown, const char *text, size_t length, char delimiter,
	size_t first, size_t more)
{
	struct field_scanner scanner;
	struct field field;
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

static size_t any_text(char *text, size_t room, struct rng *rng, char delimiter)
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

static void fields_are_found_where_the_grammar_has_them(void **state)
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
		size_t length = any_text(text, 3 + i % (ROOM - 3), &rng, delimiter);
		struct shown wanted, found;

		show_by_machine(&wanted, text, delimiter);
		show_by_scanner(&found, text, length, delimiter, length, 1);
		assert_string_equal(found.text, wanted.text);
		/* A line's end that is cut between its CR and LF is an end and a blank line. */
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
	struct field field;

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

/* ---- the same twice ---- */

static void names_are_the_same(char *const *a, char *const *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_string_equal(a[i], b[i]);
}

static void data_are_the_same(const gf_dataset *a, const gf_dataset *b)
{
	assert_int_equal(a->rows, b->rows);
	assert_int_equal(a->features, b->features);
	assert_int_equal(a->outputs, b->outputs);
	assert_int_equal(a->classes, b->classes);
	assert_int_equal(a->dropped, b->dropped);
	assert_memory_equal(a->x, b->x, a->x_bytes);
	if (a->outputs)
		assert_memory_equal(a->y, b->y, a->rows * a->outputs * sizeof(float));
	if (a->weights)
		assert_memory_equal(a->weights, b->weights, a->rows * sizeof(float));
	names_are_the_same(a->feature_names, b->feature_names, a->features);
	names_are_the_same(a->target_names, b->target_names, a->outputs);
	names_are_the_same(a->class_names, b->class_names, a->classes);
}

struct notices {
	size_t count;
	char last[1024];
};

static void count_notice(const char *text, void *user)
{
	struct notices *notices = user;

	notices->count++;
	snprintf(notices->last, sizeof notices->last, "%s", text);
}

static gf_dataset *read_by(
	int alone, const struct read_options *options, struct notices *notices, gf_error *err)
{
	struct read_options noticed = *options;
	gf_dataset *data;

	by_scanner_alone = alone;
	*notices = (struct notices){0};
	*err = (gf_error){0};
	noticed.notice = count_notice;
	noticed.user = notices;
	csv_read(&data, "data.csv", &noticed, err);
	return data;
}

/* 1 where the file is one that can be read. */
static int file_is_read_the_same(const struct read_options *options)
{
	gf_error fast_err, err;
	struct notices fast_notices, notices;
	gf_dataset *fast = read_by(0, options, &fast_notices, &fast_err);
	gf_dataset *data = read_by(1, options, &notices, &err);
	int read = data != NULL;

	assert_int_equal(fast_err.status, err.status);
	assert_string_equal(fast_err.message, err.message);
	assert_string_equal(fast_notices.last, notices.last);
	assert_int_equal(fast_notices.count, notices.count);
	noticed_files += notices.count > 0;
	if (read)
		data_are_the_same(fast, data);
	gf_dataset_free(fast);
	gf_dataset_free(data);
	return read;
}

/* ---- files at random ---- */

static unsigned below(struct rng *rng, unsigned most)
{
	return rng_next32(rng) % most;
}

#define PICK(rng, list) ((list)[below(rng, COUNT(list))])

static const char *any_field(struct rng *rng, unsigned quirks)
{
	static const char *const numbers[] = {"1", "0", "-2.5", "+3e2", "1e-3", "16777217", "0.1",
		".5", "7.", "123456.789", "9999999999", "0.12345678901234567"};
	static const char *const words[] = {"", "NA", "red", "green", "?", "1e99", "inf", "0x10",
		"3m", "1 2", "-", "1e", "\xc3\xb6", "\"1\"", "\" 2 \"", "\"red\"", "\"\"",
		"\"a,b\"", "\"a\"\"b\"", "\"a\nb\"", " 4", "5 ", "\t6\t", " \"7\" "};
	static const char *const faults[] = {
		"\"", "a\"b", "\"a\"b", "\r", "\r1", "\xff", ",", ";", " ", "\t", "\n"};

	if (quirks > 0 && below(rng, 40) == 0)
		return PICK(rng, faults);
	return quirks > 1 || below(rng, 20) == 0 ? PICK(rng, words) : PICK(rng, numbers);
}

/* quirks: 0, of numbers and few words; 1, faults as well; 2, of words of all kinds. */
static size_t any_file(char *text, size_t room, struct rng *rng, char delimiter, unsigned quirks)
{
	static const char *const line_ends[] = {"\n", "\r\n", "\r", "\n\n", "\n \t\n"};
	unsigned columns = 1 + below(rng, 4), rows = 1 + below(rng, 12), end = below(rng, 3);
	size_t used = 0;

	for (unsigned i = 0; i < rows; i++)
		for (unsigned j = 0; j < columns && used + 40 < room; j++) {
			const char *last = below(rng, 10) ? line_ends[end] : PICK(rng, line_ends);

			used += (size_t)sprintf(text + used, "%s", any_field(rng, quirks));
			if (j + 1 < columns)
				text[used++] = delimiter;
			else if (i + 1 < rows || below(rng, 2))
				used += (size_t)sprintf(text + used, "%s", last);
		}
	if (quirks > 0 && used && below(rng, 50) == 0)
		text[below(rng, (unsigned)used)] = 0;
	return used;
}

static void any_options(struct read_options *options, struct rng *rng, char delimiter)
{
	*options = csv_plain;
	options->header = (int)below(rng, 3) - 1;
	options->delimiter = below(rng, 2) ? delimiter : 0;
	options->missing =
		below(rng, 3) ? GF_MISSING_drop : (gf_missing)below(rng, GF_MISSING_auto);
	options->one_hot = below(rng, 3) ? NULL : "1";
	options->target = below(rng, 4) ? NULL : "1";
	options->features = below(rng, 6) ? NULL : "2";
	options->sample_weight = below(rng, 8) ? NULL : "2";
	options->rule = (enum loss_targets)below(rng, TARGETS_CLASSES + 1);
}

static void small_files_are_read_as_by_the_scanner_alone(void **state)
{
	enum { FILES = 12000, ROOM = 1000 };
	char text[ROOM];
	struct read_options options;
	struct rng rng;
	int read = 0;

	(void)state;
	rng_seed(&rng, 1);
	fast_numbers = 0;
	for (unsigned i = 0; i < FILES; i++) {
		char delimiter = ",;\t |"[below(&rng, 5)];

		unlink("data.csv"); /* some file systems write out a file that is truncated */
		scratch_write("data.csv", text, any_file(text, ROOM, &rng, delimiter, i % 3));
		any_options(&options, &rng, delimiter);
		read += file_is_read_the_same(&options);
	}
	/* Enough of each kind for this to say something. */
	assert_true(read > FILES / 10 && FILES - read > FILES / 10);
	assert_true(fast_numbers > FILES);
}

/* Lines and fields that lie across the chunks of input, at each place once. */
static void large_files_are_read_as_by_the_scanner_alone(void **state)
{
	static const char *const lines[] = {
		"1.25,red,\"3\",-4\r\n", "\"1\",green,\"3\n\",2e1\n", "12345678,\"blue\",3,4\n"};
	struct read_options options = csv_plain;
	char first[40];

	(void)state;
	options.one_hot = "2";
	for (int shift = 0; shift < 20; shift++) {
		FILE *file = fopen("data.csv", "wb");

		memset(first, 'b', sizeof first);
		fprintf(file, "a,%.*s,c,d\n", 1 + shift, first);
		for (int used = 0; used < 3 * INPUT_CHUNK;)
			used += fprintf(file, "%s", lines[used % 7 % COUNT(lines)]);
		fclose(file);
		assert_true(file_is_read_the_same(&options));
	}
}

static void line_longer_than_a_chunk_is_read_as_by_the_scanner_alone(void **state)
{
	FILE *file = fopen("data.csv", "wb");

	(void)state;
	for (int row = 0; row < 3; row++)
		for (int i = 0; i < 40000; i++)
			fprintf(file, "%d.%d%c", i % 977, i % 89, i + 1 < 40000 ? ',' : '\n');
	fclose(file);
	assert_true(file_is_read_the_same(&csv_plain));
}

#define LINES "4\n5,6,7,8\n9,10,11,12\n13,14,15,16\n17,18,19,20\n21,22,23,24\n"

/* Some megabytes, with another kind of line now and then. */
static void write_numbers(const char *other, int period)
{
	enum { ROWS = 60000 };
	FILE *file;

	unlink("data.csv");
	file = fopen("data.csv", "wb");
	assert_non_null(file);
	for (int i = 0; i < ROWS; i++)
		if (i % period == period - 1)
			fputs(other, file);
		else
			fprintf(file, "%d,-%d.%d,\t%de-3 ,%d\n", 1700000000 + i, i % 97, i,
				i % 7919, -i);
	fclose(file);
}

static void numbers_are_read_alike_by_any_number_of_threads(void **state)
{
	static const char *const others[] = {"", "1,NA,3,4\n", "1,2,3\n", "1\n", "1,2,3,4,5\n",
		"\"1\",2,3,4\r\n", "1,x,3,4\n", "1,2,3,\"" LINES LINES LINES LINES "\"\n"};
	static const int periods[] = {41111, 11, 101};
	struct read_options options = csv_plain;

	(void)state;
	options.missing = GF_MISSING_drop;
	options.features = "1,2";
	options.target = "3"; /* the fourth is not read, and may go on over lines */
	number_lines = noticed_files = 0;
	for (int i = 0; i < 24; i++) {
		write_numbers(others[i % COUNT(others)], periods[i % COUNT(periods)]);
		cores_there = 1 + i % 5;
		threads_fail = i % 7 == 6;
		file_is_read_the_same(&options);
	}
	threads_fail = 0;
	assert_true(number_lines > 100000);
	/* Floats lose digits of integers near 1.7e9, which gives a notice, except in files where
	 * another line has a 1 and so makes the column's range wide. */
	assert_true(noticed_files > 0 && noticed_files < 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found_where_the_grammar_has_them),
		cmocka_unit_test(line_feeds_are_counted_and_nul_bytes_are_seen),
		cmocka_unit_test(small_files_are_read_as_by_the_scanner_alone),
		cmocka_unit_test(large_files_are_read_as_by_the_scanner_alone),
		cmocka_unit_test(numbers_are_read_alike_by_any_number_of_threads),
		cmocka_unit_test(line_longer_than_a_chunk_is_read_as_by_the_scanner_alone),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
