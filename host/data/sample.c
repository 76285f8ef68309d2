#include "sample.h"

#include <string.h>

/* The one to prefer first: no text has a tab by chance. */
static const char candidates[] = "\t,;| ";

/* A text, and how it is divided. */
struct scan {
	const char *at, *end;
	char delimiter;
	const struct csv_options *options; /* borrowed */
	struct texts *fields;              /* borrowed; NULL: they are only counted */
	int goes_on;                       /* what is at the end may be cut off */
	int failed;                        /* no memory */
};

struct record {
	size_t fields;
	int unclean; /* a field has what may be a delimiter */
};

static int ends_line(char c)
{
	return c == '\n' || c == '\r';
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int separates(const struct scan *s, char c)
{
	return s->delimiter == ' ' ? is_blank(c) : c == s->delimiter;
}

int sample_is_comment(const char *text, size_t length, const struct csv_options *options)
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

static void keep_field(struct scan *s, const char *text, size_t length)
{
	if (s->fields && texts_add(s->fields, text, length))
		s->failed = 1;
}

static void skip_blanks(struct scan *s)
{
	while (s->at < s->end && is_blank(*s->at) && (s->delimiter == ' ' || !separates(s, *s->at)))
		s->at++;
}

static void take_quoted(struct scan *s)
{
	const char *begin = ++s->at;

	while (s->at < s->end && !(*s->at == '"' && (s->at + 1 == s->end || s->at[1] != '"')))
		s->at += 1 + (*s->at == '"');
	keep_field(s, begin, (size_t)(s->at - begin));
	while (s->at < s->end && !separates(s, *s->at) && !ends_line(*s->at))
		s->at++;
}

static void take_bare(struct scan *s, struct record *record)
{
	const char *begin = s->at, *end;

	while (s->at < s->end && !separates(s, *s->at) && !ends_line(*s->at))
		s->at++;
	for (end = s->at; end > begin && is_blank(end[-1]);)
		end--;
	record->unclean |= is_unclean(s, begin, (size_t)(end - begin));
	keep_field(s, begin, (size_t)(end - begin));
}

/* ---- records ---- */

/* Blank lines and comments. */
static void skip_lines(struct scan *s)
{
	for (;;) {
		const char *line = s->at;

		while (s->at < s->end && is_blank(*s->at))
			s->at++;
		if (s->at == s->end)
			return;
		if (sample_is_comment(s->at, (size_t)(s->end - s->at), s->options))
			while (s->at < s->end && !ends_line(*s->at))
				s->at++;
		else if (!ends_line(*s->at)) {
			s->at = line;
			return;
		}
		while (s->at < s->end && ends_line(*s->at))
			s->at++;
	}
}

static int take_record(struct scan *s, struct record *record)
{
	int more = 1;

	*record = (struct record){0};
	skip_lines(s);
	if (s->at == s->end)
		return 0;
	while (more) {
		skip_blanks(s);
		if (s->at < s->end && *s->at == '"')
			take_quoted(s);
		else
			take_bare(s, record);
		record->fields++;
		more = s->at < s->end && separates(s, *s->at);
		s->at += more;
		if (s->delimiter != ' ')
			continue;
		/* Blanks at the end of a line divide nothing. */
		skip_blanks(s);
		more = more && (s->at < s->end ? !ends_line(*s->at) : s->goes_on);
	}
	return 1;
}

/* Of a text that goes on, the last record may be cut off. */
static int is_whole(const struct scan *s)
{
	return s->at < s->end || !s->goes_on;
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

static struct division divide(
	const char *text, size_t length, char delimiter, const struct csv_options *options)
{
	struct scan s = {text, text + length, delimiter, options, NULL, length >= SAMPLE_BYTES, 0};
	struct division d = {0};
	struct record record;
	size_t widths[SAMPLE_RECORDS], skip;

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

char sample_delimiter(const char *text, size_t length, const struct csv_options *options)
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

int sample_take(struct sample *sample, const char *text, size_t length, char delimiter,
	const struct csv_options *options)
{
	struct scan s = {text, text + length, delimiter, options, &sample->fields,
		length >= SAMPLE_BYTES, 0};
	struct record record;

	*sample = (struct sample){.delimiter = delimiter};
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
