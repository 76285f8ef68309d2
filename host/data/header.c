#include "header.h"
#include "error.h"
#include "text.h"
#include "missing.h"
#include "number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_MISSING, KIND_NUMBER, KIND_NAME, KIND_ODD /* no name, and no number either */ };

#define DIGITS "0123456789"

/* ---- a field ---- */

static int has_letter(const char *text)
{
	for (; *text; text++)
		if ((*text >= 'A' && *text <= 'Z') || (*text >= 'a' && *text <= 'z') ||
			*text == '_' || (unsigned char)*text >= 0x80)
			return 1;
	return 0;
}

static enum kind kind_of(const struct header *h, const char *text)
{
	struct decimal_text plain;
	double value;

	if (na_word(h->options, text, strlen(text)) || number_truth(text, &value))
		return KIND_MISSING;
	if (!decimal_text_of(&plain, text, h->options->decimal) &&
		number_spelt(plain.text, h->c_locale))
		return KIND_NUMBER;
	return has_letter(text) && !strchr(DIGITS "+-.", *text) ? KIND_NAME : KIND_ODD;
}

/* ---- the rows below line 1 ---- */

static size_t count_kind(const struct header *h, size_t column, enum kind kind)
{
	size_t count = 0;

	for (size_t i = 1; i < h->sample->records; i++)
		count += kind_of(h, sample_field(h->sample, i, column)) == kind;
	return count;
}

static int is_whole(const char *text)
{
	size_t digits = strspn(text, DIGITS);

	return digits > 0 && digits < 10 && !text[digits];
}

/* 0, 1, 2, ... or 1, 2, 3, ... */
static int counts_rows(const struct header *h)
{
	long begin = atol(sample_field(h->sample, 1, 0));

	for (size_t i = 1; i < h->sample->records; i++) {
		const char *text = sample_field(h->sample, i, 0);

		if (!is_whole(text) || atol(text) != begin + (long)i - 1)
			return 0;
	}
	return begin <= 1 && h->sample->records > 2;
}

static int all_words(const struct header *h, size_t column)
{
	size_t rows = h->sample->records - 1;

	return rows > 0 && count_kind(h, column, KIND_NAME) == rows;
}

static int all_empty(const struct header *h, size_t column)
{
	for (size_t i = 1; i < h->sample->records; i++)
		if (*sample_field(h->sample, i, column))
			return 0;
	return h->sample->records > 1;
}

static int any_empty(const struct header *h, size_t column)
{
	for (size_t i = 1; i < h->sample->records; i++)
		if (!*sample_field(h->sample, i, column))
			return 1;
	return 0;
}

/* ---- whether line 1 is names ---- */

/* Whole numbers that go up, from that field on. */
static int go_up(const struct texts *first, size_t from)
{
	for (size_t i = from; i < first->count; i++)
		if (!is_whole(texts_at(first, i)) ||
			(i > from && atol(texts_at(first, i)) <= atol(texts_at(first, i - 1))))
			return 0;
	return first->count > from;
}

/* As R and pandas write names that are numbers: without a name for the names of rows. */
static int lacks_first_name(const struct header *h, const struct texts *first)
{
	return first->count > 1 && !*texts_at(first, 0) && go_up(first, 1) &&
	       (counts_rows(h) || all_words(h, 0));
}

static int names_model(const struct header *h, const struct texts *first)
{
	const struct read_options *o = h->options;

	if (o->by_place || o->part == PART_TARGETS || o->wanted_feature_count == 0)
		return 0;
	for (size_t i = 0; i < o->wanted_feature_count; i++) {
		size_t j = 0;

		while (j < first->count && strcmp(texts_at(first, j), o->wanted_features[i]) != 0)
			j++;
		if (j == first->count)
			return 0;
	}
	return 1;
}

/* Whether data may hold words where it is read. */
static int words_expected(const struct read_options *o)
{
	int labels = o->rule >= TARGETS_PROBABILITIES && o->part != PART_FEATURES;

	for (size_t i = 0; o->encoding && i < o->encoding->count; i++)
		if (o->encoding->columns[i].words)
			return 1;
	return labels || o->one_hot;
}

struct counts {
	size_t of[KIND_ODD + 1];
	size_t above_numbers; /* words over a column of numbers */
};

static struct counts count_kinds(const struct header *h, const struct texts *first)
{
	struct counts counts = {0};

	for (size_t i = 0; i < first->count; i++) {
		enum kind kind = kind_of(h, texts_at(first, i));

		counts.of[kind]++;
		counts.above_numbers += kind >= KIND_NAME && count_kind(h, i, KIND_NUMBER) > 0;
	}
	return counts;
}

/* A missing value is no sign of a header, nor is a number that will be refused: taken for
 * names, a faulty row would vanish.  So would a row of numbers and words, where words are data. */
static gf_status find_names(
	const struct header *h, const struct texts *first, struct columns *columns)
{
	struct counts counts = count_kinds(h, first);
	size_t words = counts.of[KIND_NAME] + counts.of[KIND_ODD];
	size_t numbers = counts.of[KIND_NUMBER];

	columns->header = h->options->header;
	if (columns->header >= 0)
		return GF_OK;
	columns->header = counts.of[KIND_NAME] > 0 || (words > 0 && counts.above_numbers > 0) ||
			  lacks_first_name(h, first) || names_model(h, first);
	if (!words || !numbers || names_model(h, first))
		return GF_OK;
	if (!words_expected(h->options) && counts.of[KIND_ODD] == 0 &&
		(counts.above_numbers > 0 || h->sample->records < 2))
		return GF_OK;
	return gf_fail(h->err, GF_E_DATA,
		"%s:%zu: %zu of %zu fields are numbers: are these names, or data?  "
		"--header yes or --header no",
		h->name, h->line, numbers, first->count);
}

/* ---- the names ---- */

static gf_status refuse_comment(const struct header *h, const char *mark)
{
	return gf_fail(h->err, GF_E_DATA,
		"%s:%zu: begins with %s, as comments do: --comment '%s' leaves such lines out, "
		"--header yes takes this one for names",
		h->name, h->line, mark, mark);
}

/* "#chrom" may be a name, but "# x y" is a comment of numpy.savetxt. */
static gf_status check_comment(const struct header *h, const struct texts *first)
{
	const char *text = texts_at(first, 0);
	size_t rest = sample_rest_width(h->sample);

	if (h->options->header >= 0 || h->options->comment)
		return GF_OK;
	if (strncmp(text, "//", 2) == 0)
		return refuse_comment(h, "//");
	if (*text != '#' && *text != '%')
		return GF_OK;
	if (text[1] && !strchr(" \t#%", text[1]) && rest == first->count)
		return GF_OK;
	return refuse_comment(h, *text == '#' ? "#" : "%");
}

/* One column has no feature beside its target, and is more often another delimiter's work. */
static gf_status check_divided(const struct header *h, const struct texts *first)
{
	const char *text = texts_at(first, 0);
	size_t next = sample_width(h->sample, 1);

	if (first->count > 1 || h->options->part != PART_ALL || h->options->wanted_features)
		return GF_OK;
	if (next > 1)
		return gf_fail(h->err, GF_E_DATA,
			"%s:%zu: one field (%s), but the next row has %zu; if it is a title, "
			"--skip-lines %zu leaves it out",
			h->name, h->line, quote_of(text, strlen(text)).text, next, h->line);
	return gf_fail(h->err, GF_E_DATA,
		"%s:%zu: one column was found, in %s, and none is left for the features; "
		"--delimiter C says what separates columns",
		h->name, h->line, quote_of(text, strlen(text)).text);
}

static gf_status add_name(const struct header *h, struct columns *columns, const char *name)
{
	char place[32];

	if (!columns->header || !*name) {
		snprintf(place, sizeof place, "column%zu", columns->names.count + 1);
		name = place;
	}
	if (texts_add(&columns->names, name, strlen(name)))
		return gf_fail(h->err, GF_E_MEMORY, "%s:%zu: no memory for what was read", h->name,
			h->line);
	return GF_OK;
}

/* R's names are one fewer than the fields of the rows, which begin with their own.  Where a row
 * ends in an empty field, it may end in a delimiter too many as well. */
static int lacks_row_names(const struct header *h, const struct texts *first)
{
	size_t rest = sample_rest_width(h->sample);

	return h->sample->records > 2 && rest == first->count + 1 && !any_empty(h, rest - 1);
}

/* Where all lines end in a delimiter, or line 1 alone, a last field is no column. */
static int ends_in_delimiter(const struct header *h, const struct texts *first)
{
	size_t rest = sample_rest_width(h->sample);

	if (first->count < 2 || *texts_at(first, first->count - 1))
		return 0;
	return (rest == first->count || rest + 1 == first->count) && all_empty(h, first->count - 1);
}

gf_status header_find(const struct header *h, const struct texts *first, struct columns *columns)
{
	size_t count = first->count - (size_t)ends_in_delimiter(h, first);
	gf_status status;

	columns->path = h->name;
	columns->line = h->line;
	columns->by_tabs = !h->options->delimiter && h->sample->delimiter == '\t';
	if ((status = check_comment(h, first)) || (status = check_divided(h, first)) ||
		(status = find_names(h, first, columns)))
		return status;
	if (columns->header && lacks_row_names(h, first)) {
		columns->index = 1;
		status = add_name(h, columns, "");
	} else if (columns->header && !*texts_at(first, 0) && first->count > 1 &&
		   (counts_rows(h) || all_words(h, 0))) {
		columns->index = 1;
	}
	for (size_t i = 0; !status && i < count; i++)
		status = add_name(h, columns, texts_at(first, i));
	return status;
}

/* ---- what to tell the user ---- */

static void notice_index(
	const struct header *h, const struct texts *first, const struct columns *columns)
{
	const struct read_options *o = h->options;

	if (!columns->index || columns->roles[0] != COLUMN_UNUSED || o->wanted_features ||
		(o->features && o->part != PART_TARGETS))
		return;
	if (first->count < columns->names.count)
		data_notice(o,
			"%s:%zu: names one column fewer than the rows have: column 1 is taken for "
			"the names of the rows, and left out",
			h->name, h->line);
	else
		data_notice(o, "%s:%zu: column 1 has no name and %s the rows: it is left out",
			h->name, h->line, counts_rows(h) ? "counts" : "names");
}

static int has_points(const struct sample *sample)
{
	for (size_t i = sample_width(sample, 0); i < sample->fields.count; i++)
		if (strchr(texts_at(&sample->fields, i), '.'))
			return 1;
	return 0;
}

/* 0, 1, 2, ... as pandas numbers columns, or years. */
static int may_be_names(const struct header *h, const struct texts *first)
{
	size_t last = first->count - 1;
	long begin, end;

	if (first->count < 2 || !go_up(first, 0))
		return 0;
	begin = atol(texts_at(first, 0));
	end = atol(texts_at(first, last));
	if (begin == 0 && end == (long)last)
		return first->count > 2 || has_points(h->sample);
	return first->count > 2 && begin >= 1500 && end <= 2200;
}

/* Each column holds words, as line 1 does. */
static int only_words(const struct header *h, const struct texts *first)
{
	for (size_t i = 0; i < first->count; i++)
		if (kind_of(h, texts_at(first, i)) != KIND_NAME || !count_kind(h, i, KIND_NAME) ||
			count_kind(h, i, KIND_NUMBER) || count_kind(h, i, KIND_ODD))
			return 0;
	return 1;
}

static void notice_names(const struct header *h, const struct texts *first)
{
	char text[200] = "";
	size_t used = 0, shown = first->count < 4 ? first->count : 4;

	for (size_t i = 0; i < shown && used < sizeof text; i++) {
		const char *name = texts_at(first, i);

		used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? ", " : "",
			quote_of(name, strlen(name)).text);
	}
	data_notice(h->options, "%s:%zu: taken for names: %s%s; --header no takes it for data",
		h->name, h->line, text, shown < first->count ? ", ..." : "");
}

/* Names that were left empty are made up; that of an index is never asked for. */
static void notice_nameless(
	const struct header *h, const struct texts *first, const struct columns *columns)
{
	size_t shift = columns->names.count > first->count, count = 0, place = 0;

	for (size_t i = columns->index; columns->header && i < columns->names.count; i++)
		if (!*texts_at(first, i - shift) && !count++)
			place = i + 1;
	if (count == 1)
		data_notice(h->options, "%s:%zu: column %zu has no name: it is called column%zu",
			h->name, h->line, place, place);
	else if (count)
		data_notice(h->options,
			"%s:%zu: %zu columns have no name: they are called by their places, the "
			"first column%zu",
			h->name, h->line, count, place);
}

void header_notices(
	const struct header *h, const struct texts *first, const struct columns *columns)
{
	notice_index(h, first, columns);
	if (!h->options->wanted_features)
		notice_nameless(h, first, columns);
	if (h->options->header >= 0 || h->options->wanted_features)
		return;
	if (!columns->header && may_be_names(h, first))
		data_notice(h->options,
			"%s:%zu: taken for data, but may be names: --header yes takes it so",
			h->name, h->line);
	else if (columns->header && only_words(h, first))
		notice_names(h, first);
}
