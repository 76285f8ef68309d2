#include "sample.h"
#include "fields.h"

#include <string.h>

/* The one to prefer first: no text has a tab by chance. */
static const char candidates[] = "\t,;| ";

/* A text, and how it is divided. */
struct scan {
	char *at;
	struct field_scanner scanner;
	char delimiter;
	const struct read_options *options; /* borrowed */
	struct texts *fields;               /* borrowed; NULL: they are only counted */
	int goes_on;                        /* what is at the end may be cut off */
	int cut;                            /* the last record was */
	int failed;                         /* no memory */
};

struct record {
	size_t fields;
	int unclean; /* a field has what may be a delimiter */
};

static int is_blank(char c)
{
	return c == ' ' || c == '\t';
}

int sample_is_comment(const char *text, size_t length, const struct read_options *options)
{
	size_t wanted = options->comment ? strlen(options->comment) : 0;

	while (length > 0 && is_blank(*text)) {
		text++;
		length--;
	}
	return wanted > 0 && length >= wanted && memcmp(text, options->comment, wanted) == 0;
}

/* ---- fields ---- */

/* 1,5 is no sign of a comma that divides. */
static int is_decimal_comma(const char *text, size_t length)
{
	size_t digits = 0, commas = 0;

	for (size_t i = 0; i < length; i++) {
		digits += text[i] >= '0' && text[i] <= '9';
		commas += text[i] == ',';
		if (!strchr("0123456789,+-", text[i]))
			return 0;
	}
	return digits > 0 && commas == 1;
}

static int is_unclean(const struct scan *s, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] && text[i] != s->delimiter && strchr("\t,;|", text[i]))
			return !is_decimal_comma(text, length);
	return 0;
}

static void keep_field(struct scan *s, struct record *record, const struct field *field)
{
	if (s->fields && texts_add(s->fields, field->text, field->length))
		s->failed = 1;
	record->unclean |= !field->quoted && is_unclean(s, field->text, field->length);
	record->fields++;
}

/* ---- records ---- */

/* The next byte of such kinds, or the end. */
static char *skip_to(const struct scan *s, char *at, int kinds)
{
	while (at < s->scanner.end && !(s->scanner.kinds[(unsigned char)*at] & kinds))
		at++;
	return at;
}

/* Blank lines, also where blanks are the delimiter, and comments are no records. */
static void skip_lines(struct scan *s)
{
	while (s->at < s->scanner.end) {
		char *at = s->at;

		while (is_blank(*at))
			at++;
		if (sample_is_comment(at, (size_t)(s->scanner.end - at), s->options))
			at = skip_to(s, at, BYTE_LINE_END);
		if (at < s->scanner.end && !(s->scanner.kinds[(unsigned char)*at] & BYTE_LINE_END))
			return;
		s->at = at + (at < s->scanner.end);
	}
}

/* The reader will say what is wrong with a field; here it ends where a field might. */
static enum field_result next_field(struct scan *s, int row_start, struct field *field)
{
	enum field_result result = field_scan(&s->scanner, s->at, row_start, field);

	if (result == FIELD_TEXT_AFTER_QUOTE || result == FIELD_NUL) {
		s->at = skip_to(s, field->next, BYTE_DELIMITER | BYTE_LINE_END);
		result = field_end(&s->scanner, s->at, field);
	}
	s->at = field->next;
	return result;
}

/* Blanks at the end of a line divide nothing. */
static int is_no_field(const struct scan *s, enum field_result result, const struct field *field)
{
	if (result == FIELD_CUT)
		return s->scanner.runs && !field->quoted && field->length == 0 && !s->goes_on;
	return result == FIELD_NONE;
}

static int take_record(struct scan *s, struct record *record)
{
	enum field_result result = FIELD_INNER;
	struct field field;

	*record = (struct record){0};
	skip_lines(s);
	if (s->at == s->scanner.end)
		return 0;
	while (result == FIELD_INNER) {
		result = next_field(s, record->fields == 0, &field);
		if (!is_no_field(s, result, &field))
			keep_field(s, record, &field);
	}
	s->cut = result == FIELD_CUT;
	return 1;
}

/* The last record may be cut off where the text goes on behind the sample. */
static int is_whole(const struct scan *s)
{
	return !s->cut || !s->goes_on;
}

static int is_enough(const struct scan *s, const char *text, size_t records)
{
	return records == SAMPLE_RECORDS || (s->at - text >= SAMPLE_BYTES && records >= 3);
}

/* ---- the delimiter ---- */

/* What one delimiter makes of the text. */
struct division {
	size_t first, records;
	size_t width;    /* the most frequent one of the records after the first */
	size_t of_width; /* records that have it */
	size_t mixed;    /* 1: one of the fields has what may be a delimiter */
};

/* The width that most records have; of several the first. */
static size_t frequent(const size_t *widths, size_t count)
{
	size_t best = 0, most = 0;

	for (size_t i = 0; i < count; i++) {
		size_t same = 0;

		for (size_t j = 0; j < count; j++)
			same += widths[j] == widths[i];
		if (same > most) {
			most = same;
			best = widths[i];
		}
	}
	return best;
}

static void begin(struct scan *s, char *text, size_t length, char delimiter,
	const struct read_options *options)
{
	*s = (struct scan){.at = text,
		.delimiter = delimiter,
		.options = options,
		.goes_on = length >= SAMPLE_BYTES};
	field_scanner_init(&s->scanner, delimiter, '\n');
	s->scanner.end = text + length;
}

static struct division divide(
	char *text, size_t length, char delimiter, const struct read_options *options)
{
	struct scan s;
	struct division d = {0};
	struct record record;
	size_t widths[SAMPLE_RECORDS], skip;

	begin(&s, text, length, delimiter, options);
	while (!is_enough(&s, text, d.records) && take_record(&s, &record) &&
		(d.records == 0 || is_whole(&s))) {
		widths[d.records++] = record.fields;
		d.mixed |= (size_t)record.unclean;
	}
	if (d.records == 0)
		return d;
	d.first = widths[0];
	skip = d.records > 1;
	d.width = frequent(widths + skip, d.records - skip);
	for (size_t i = skip; i < d.records; i++)
		d.of_width += widths[i] == d.width;
	return d;
}

/* A first record may be one field shorter, where row names have no name, or where each of the
 * others ends in a delimiter; or one longer. */
static int agrees(const struct division *d)
{
	size_t rest = d->records - (d->records > 1);

	return d->width > 1 && d->first > 1 && d->of_width == rest && d->first + 1 >= d->width &&
	       d->first <= d->width + 1;
}

static int mostly(const struct division *d)
{
	return d->width > 1 && 2 * d->of_width >= d->records - (d->records > 1);
}

/* Descending: how much a division looks like a table.  0: not at all. */
static int rank(const struct division *d, char delimiter)
{
	if (delimiter == ' ')
		return agrees(d) ? 3 : mostly(d) ? 1 : 0;
	if (agrees(d))
		return d->first == d->width && !d->mixed ? 7 : d->first == d->width ? 6 : 5;
	if (mostly(d))
		return d->first > 1 ? 4 : 2;
	return d->first > 1;
}

char sample_delimiter(char *text, size_t length, const struct read_options *options)
{
	char best = options->decimal == ',' ? ';' : ',';
	int highest = 0;

	for (const char *c = candidates; *c; c++) {
		struct division d = divide(text, length, *c, options);
		int found = rank(&d, *c);

		if (found > highest && !(*c == ',' && options->decimal == ',')) {
			highest = found;
			best = *c;
		}
	}
	return best;
}

/* ---- the sample ---- */

int sample_take(struct sample *sample, char *text, size_t length, char delimiter,
	const struct read_options *options)
{
	struct scan s;
	struct record record;

	*sample = (struct sample){.delimiter = delimiter};
	begin(&s, text, length, delimiter, options);
	s.fields = &sample->fields;
	while (!is_enough(&s, text, sample->records) && take_record(&s, &record) &&
		(sample->records == 0 || is_whole(&s)))
		sample->ends[sample->records++] = sample->fields.count;
	return s.failed ? -1 : 0;
}

static size_t begin_of(const struct sample *sample, size_t record)
{
	return record > 0 ? sample->ends[record - 1] : 0;
}

size_t sample_width(const struct sample *sample, size_t record)
{
	return record < sample->records ? sample->ends[record] - begin_of(sample, record) : 0;
}

const char *sample_field(const struct sample *sample, size_t record, size_t column)
{
	if (column >= sample_width(sample, record))
		return "";
	return texts_at(&sample->fields, begin_of(sample, record) + column);
}

size_t sample_rest_width(const struct sample *sample)
{
	size_t width = sample_width(sample, 1);

	for (size_t i = 2; i < sample->records; i++)
		if (sample_width(sample, i) != width)
			return 0;
	return width;
}

void sample_free(struct sample *sample)
{
	texts_free(&sample->fields);
	*sample = (struct sample){0};
}
