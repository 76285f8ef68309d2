#include "sample.h"
#include "fields.h"

#include <string.h>

/* If several divide the text equally well, the first of them counts: few texts have tabs that are
 * not delimiters. */
static const char candidates[] = "\t,;| ";

/* Reads a text row by row, divided by one delimiter. */
struct scan {
	char *at;
	struct field_scanner scanner;
	char delimiter;
	const struct read_options *options; /* borrowed */
	struct texts *fields;               /* borrowed; NULL: fields are only counted */
	int goes_on;                        /* the text's end may be in the middle of a row */
	int cut;    /* the last row ended with the text, not with its line */
	int failed; /* there was no memory */
};

struct sampled_row {
	size_t fields;
	int mixed; /* a field contains another candidate */
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

/* The comma in 1,5 does not tell that commas divide the text. */
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

/* Returns 1 if the field contains another candidate for the delimiter. */
static int is_mixed(const struct scan *s, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] && text[i] != s->delimiter && strchr("\t,;|", text[i]))
			return !is_decimal_comma(text, length);
	return 0;
}

static void keep_field(struct scan *s, struct sampled_row *row, const struct csv_field *field)
{
	if (s->fields && texts_add(s->fields, field->text, field->length))
		s->failed = 1;
	row->mixed |= !field->quoted && is_mixed(s, field->text, field->length);
	row->fields++;
}

/* ---- rows ---- */

/* The next byte of one of the kinds, or the end of the text. */
static char *skip_to(const struct scan *s, char *at, int kinds)
{
	while (at < s->scanner.end && !(s->scanner.kinds[(unsigned char)*at] & kinds))
		at++;
	return at;
}

/* Skips comments, and blank lines even where blanks are the delimiter. */
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

/* Reads a field.  One that is an error ends where a field might; the reader will report it. */
static enum field_result next_field(struct scan *s, int row_start, struct csv_field *field)
{
	enum field_result result = field_scan(&s->scanner, s->at, row_start, field);

	if (result == FIELD_TEXT_AFTER_QUOTE || result == FIELD_NUL) {
		s->at = skip_to(s, field->next, BYTE_DELIMITER | BYTE_LINE_END);
		result = field_end(&s->scanner, s->at, field);
	}
	s->at = field->next;
	return result;
}

/* Where blanks are the delimiter, those at the end of a line do not begin another field. */
static int is_no_field(
	const struct scan *s, enum field_result result, const struct csv_field *field)
{
	if (result == FIELD_CUT)
		return s->scanner.runs && !field->quoted && field->length == 0 && !s->goes_on;
	return result == FIELD_NONE;
}

/* Reads the next row.  Returns 0 at the end of the text. */
static int read_row(struct scan *s, struct sampled_row *row)
{
	enum field_result result = FIELD_INNER;
	struct csv_field field;

	*row = (struct sampled_row){0};
	skip_lines(s);
	if (s->at == s->scanner.end)
		return 0;
	while (result == FIELD_INNER) {
		result = next_field(s, row->fields == 0, &field);
		if (!is_no_field(s, result, &field))
			keep_field(s, row, &field);
	}
	s->cut = result == FIELD_CUT;
	return 1;
}

/* The last row may not be whole where the text goes on behind the sample. */
static int is_whole(const struct scan *s)
{
	return !s->cut || !s->goes_on;
}

static int is_enough(const struct scan *s, const char *text, size_t rows)
{
	return rows == SAMPLE_ROWS || (s->at - text >= SAMPLE_BYTES && rows >= 3);
}

/* ---- the delimiter ---- */

/* How one delimiter divides the text. */
struct division {
	size_t rows;
	size_t first_width; /* fields in the first row */
	size_t width;       /* the most common number of fields in the rows after the first */
	size_t same_width;  /* how many rows after the first have it */
	int mixed;          /* 1: a field contains another candidate */
};

/* The most common width, the first one of equals. */
static size_t most_common(const size_t *widths, size_t count)
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
	struct sampled_row row;
	size_t widths[SAMPLE_ROWS], skip;

	begin(&s, text, length, delimiter, options);
	while (!is_enough(&s, text, d.rows) && read_row(&s, &row) &&
		(d.rows == 0 || is_whole(&s))) {
		widths[d.rows++] = row.fields;
		d.mixed |= row.mixed;
	}
	if (d.rows == 0)
		return d;
	d.first_width = widths[0];
	skip = d.rows > 1;
	d.width = most_common(widths + skip, d.rows - skip);
	for (size_t i = skip; i < d.rows; i++)
		d.same_width += widths[i] == d.width;
	return d;
}

/* Returns 1 if all rows after the first have one width.  The first may be one field shorter, where
 * the column of row names has no name or all other rows end in a delimiter, or one longer. */
static int all_agree(const struct division *d)
{
	size_t rest = d->rows - (d->rows > 1);

	return d->width > 1 && d->first_width > 1 && d->same_width == rest &&
	       d->first_width + 1 >= d->width && d->first_width <= d->width + 1;
}

static int most_agree(const struct division *d)
{
	return d->width > 1 && 2 * d->same_width >= d->rows - (d->rows > 1);
}

/* How much a division looks like a table: the higher the more, and 0 is not at all. */
static int rank(const struct division *d, char delimiter)
{
	if (delimiter == ' ')
		return all_agree(d) ? 3 : most_agree(d) ? 1 : 0;
	if (all_agree(d) && d->first_width == d->width)
		return d->mixed ? 6 : 7;
	if (all_agree(d))
		return 5;
	if (most_agree(d))
		return d->first_width > 1 ? 4 : 2;
	return d->first_width > 1;
}

char sample_delimiter(char *text, size_t length, const struct read_options *options)
{
	char best = options->decimal == ',' ? ';' : ',';
	int highest = 0;

	for (const char *c = candidates; *c; c++) {
		struct division d = divide(text, length, *c, options);
		int this_rank = rank(&d, *c);

		if (this_rank > highest && !(*c == ',' && options->decimal == ',')) {
			highest = this_rank;
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
	struct sampled_row row;

	*sample = (struct sample){.delimiter = delimiter};
	begin(&s, text, length, delimiter, options);
	s.fields = &sample->fields;
	while (!is_enough(&s, text, sample->rows) && read_row(&s, &row) &&
		(sample->rows == 0 || is_whole(&s)))
		sample->ends[sample->rows++] = sample->fields.count;
	return s.failed ? -1 : 0;
}

static size_t begin_of(const struct sample *sample, size_t row)
{
	return row > 0 ? sample->ends[row - 1] : 0;
}

size_t sample_width(const struct sample *sample, size_t row)
{
	return row < sample->rows ? sample->ends[row] - begin_of(sample, row) : 0;
}

const char *sample_field(const struct sample *sample, size_t row, size_t column)
{
	if (column >= sample_width(sample, row))
		return "";
	return texts_at(&sample->fields, begin_of(sample, row) + column);
}

size_t sample_rest_width(const struct sample *sample)
{
	size_t width = sample_width(sample, 1);

	for (size_t i = 2; i < sample->rows; i++)
		if (sample_width(sample, i) != width)
			return 0;
	return width;
}

void sample_free(struct sample *sample)
{
	texts_free(&sample->fields);
	*sample = (struct sample){0};
}
