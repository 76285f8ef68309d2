#include "header.h"
#include "error.h"
#include "text.h"
#include "encoding.h"
#include "number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* KIND_ODD is neither a number nor a usual name: 5th, +x, (a). */
enum field_kind { KIND_MISSING, KIND_NUMBER, KIND_NAME, KIND_ODD };

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

static enum field_kind kind_of(const struct header_finder *h, const char *text)
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

/* ---- the rows below the first ---- */

static size_t count_kind(const struct header_finder *h, size_t column, enum field_kind kind)
{
	size_t count = 0;

	for (size_t i = 1; i < h->sample->rows; i++)
		count += kind_of(h, sample_field(h->sample, i, column)) == kind;
	return count;
}

static int is_whole_number(const char *text)
{
	size_t digits = strspn(text, DIGITS);

	return digits > 0 && digits < 10 && !text[digits];
}

/* Returns 1 if the first column is 0, 1, 2, ... or 1, 2, 3, ... */
static int counts_rows(const struct header_finder *h)
{
	long begin = atol(sample_field(h->sample, 1, 0));

	for (size_t i = 1; i < h->sample->rows; i++) {
		const char *text = sample_field(h->sample, i, 0);

		if (!is_whole_number(text) || atol(text) != begin + (long)i - 1)
			return 0;
	}
	return begin <= 1 && h->sample->rows > 2;
}

static int column_is_words(const struct header_finder *h, size_t column)
{
	size_t rows = h->sample->rows - 1;

	return rows > 0 && count_kind(h, column, KIND_NAME) == rows;
}

static int column_is_empty(const struct header_finder *h, size_t column)
{
	for (size_t i = 1; i < h->sample->rows; i++)
		if (*sample_field(h->sample, i, column))
			return 0;
	return h->sample->rows > 1;
}

static int column_has_empty(const struct header_finder *h, size_t column)
{
	for (size_t i = 1; i < h->sample->rows; i++)
		if (!*sample_field(h->sample, i, column))
			return 1;
	return 0;
}

/* ---- whether the first row names the columns ---- */

/* Returns 1 if the first row's fields from that one on are whole numbers that increase. */
static int numbers_go_up(const struct header_finder *h, size_t from)
{
	for (size_t i = from; i < h->first->count; i++)
		if (!is_whole_number(texts_at(h->first, i)) ||
			(i > from &&
				atol(texts_at(h->first, i)) <= atol(texts_at(h->first, i - 1))))
			return 0;
	return h->first->count > from;
}

/* Returns 1 if the names are increasing numbers and the column of row names has no name, as R and
 * pandas write tables. */
static int lacks_first_name(const struct header_finder *h)
{
	return h->first->count > 1 && !*texts_at(h->first, 0) && numbers_go_up(h, 1) &&
	       (counts_rows(h) || column_is_words(h, 0));
}

/* Returns 1 if the first row has the names of all the model's features. */
static int has_model_names(const struct header_finder *h)
{
	const struct read_options *o = h->options;

	if (o->by_place || o->part == PART_TARGETS || o->wanted_feature_count == 0)
		return 0;
	for (size_t i = 0; i < o->wanted_feature_count; i++) {
		size_t j = 0;

		while (j < h->first->count &&
			strcmp(texts_at(h->first, j), o->wanted_features[i]) != 0)
			j++;
		if (j == h->first->count)
			return 0;
	}
	return 1;
}

/* Returns 1 if some column that is read may hold words. */
static int words_expected(const struct read_options *o)
{
	int labels = o->rule >= TARGETS_PROBABILITIES && o->part != PART_FEATURES;

	for (size_t i = 0; o->encoding && i < o->encoding->count; i++)
		if (o->encoding->columns[i].words)
			return 1;
	return labels || o->one_hot;
}

/* The numbers of fields of the first row. */
struct kind_counts {
	size_t of[KIND_ODD + 1]; /* of each kind */
	size_t above_numbers;    /* words above a column that has a number */
};

static struct kind_counts count_kinds(const struct header_finder *h)
{
	struct kind_counts counts = {0};

	for (size_t i = 0; i < h->first->count; i++) {
		enum field_kind kind = kind_of(h, texts_at(h->first, i));

		counts.of[kind]++;
		counts.above_numbers += kind >= KIND_NAME && count_kind(h, i, KIND_NUMBER) > 0;
	}
	return counts;
}

/* Decides whether the first row is a header.  A missing value does not make it one, nor does a
 * number that will be refused: a faulty row would vanish as names.  So would a row of numbers and
 * words, where words may be data. */
static gf_status decide_header(const struct header_finder *h, struct columns *columns)
{
	struct kind_counts counts = count_kinds(h);
	size_t words = counts.of[KIND_NAME] + counts.of[KIND_ODD];
	size_t numbers = counts.of[KIND_NUMBER];

	columns->header = h->options->header;
	if (columns->header >= 0)
		return GF_OK;
	columns->header = counts.of[KIND_NAME] > 0 || (words > 0 && counts.above_numbers > 0) ||
			  lacks_first_name(h) || has_model_names(h);
	if (!words || !numbers || has_model_names(h))
		return GF_OK;
	if (!words_expected(h->options) && counts.of[KIND_ODD] == 0 &&
		(counts.above_numbers > 0 || h->sample->rows < 2))
		return GF_OK;
	return report_error(h->place, h->err,
		"%zu of %zu fields are numbers: are these names, or data?  "
		"--header yes or --header no",
		numbers, h->first->count);
}

/* ---- the names ---- */

static gf_status refuse_comment(const struct header_finder *h, const char *mark)
{
	return report_error(h->place, h->err,
		"begins with %s, as comments do: --comment '%s' leaves such lines out, "
		"--header yes takes this one for names",
		mark, mark);
}

/* "#chrom" may be a name, but "# x y" is a comment of numpy.savetxt. */
static gf_status check_comment(const struct header_finder *h)
{
	const char *text = texts_at(h->first, 0);
	size_t rest = sample_rest_width(h->sample);

	if (h->options->header >= 0 || h->options->comment)
		return GF_OK;
	if (strncmp(text, "//", 2) == 0)
		return refuse_comment(h, "//");
	if (*text != '#' && *text != '%')
		return GF_OK;
	if (text[1] && !strchr(" \t#%", text[1]) && rest == h->first->count)
		return GF_OK;
	return refuse_comment(h, *text == '#' ? "#" : "%");
}

/* A single column leaves no feature beside the target; most often the delimiter is another one. */
static gf_status check_divided(const struct header_finder *h)
{
	const char *text = texts_at(h->first, 0);
	size_t next = sample_width(h->sample, 1);

	if (h->first->count > 1 || h->options->part != PART_ALL || h->options->wanted_features)
		return GF_OK;
	if (next > 1)
		return report_error(h->place, h->err,
			"one field (%s), but the next row has %zu; if it is a title, "
			"--skip-lines %zu leaves it out",
			quote_text(text).text, next, h->place.line);
	return report_error(h->place, h->err,
		"one column was found, in %s, and none is left for the features; "
		"--delimiter C says what separates columns",
		quote_text(text).text);
}

static gf_status add_name(const struct header_finder *h, struct columns *columns, const char *name)
{
	char place[32];

	if (!columns->header || !*name) {
		snprintf(place, sizeof place, "column%zu", columns->names.count + 1);
		name = place;
	}
	if (texts_add(&columns->names, name, strlen(name)))
		return report_no_memory(h->place, h->err);
	return GF_OK;
}

/* Returns 1 if the header has one name fewer than the rows have fields, since R does not name the
 * column of row names.  If a row ends in an empty field, the reason may also be a delimiter at its
 * end. */
static int omits_row_names(const struct header_finder *h)
{
	size_t rest = sample_rest_width(h->sample);

	return h->sample->rows > 2 && rest == h->first->count + 1 && !column_has_empty(h, rest - 1);
}

/* Returns 1 if the first row ends in a delimiter with nothing below it: no column follows. */
static int ends_in_delimiter(const struct header_finder *h)
{
	size_t rest = sample_rest_width(h->sample);

	if (h->first->count < 2 || *texts_at(h->first, h->first->count - 1))
		return 0;
	return (rest == h->first->count || rest + 1 == h->first->count) &&
	       column_is_empty(h, h->first->count - 1);
}

gf_status header_find(const struct header_finder *h, struct columns *columns)
{
	size_t count = h->first->count - (size_t)ends_in_delimiter(h);

	columns->line = h->place.line;
	columns->found_tabs = !h->options->delimiter && h->sample->delimiter == '\t';
	TRY(check_comment(h));
	TRY(check_divided(h));
	TRY(decide_header(h, columns));
	if (columns->header && omits_row_names(h)) {
		columns->has_row_names = 1;
		TRY(add_name(h, columns, ""));
	} else if (columns->header && !*texts_at(h->first, 0) && h->first->count > 1 &&
		   (counts_rows(h) || column_is_words(h, 0))) {
		columns->has_row_names = 1;
	}
	for (size_t i = 0; i < count; i++)
		TRY(add_name(h, columns, texts_at(h->first, i)));
	return GF_OK;
}

/* ---- notices ---- */

static void notice_row_names(const struct header_finder *h, const struct columns *columns)
{
	const struct read_options *o = h->options;

	if (!columns->has_row_names || columns->roles[0] != COLUMN_UNUSED || o->wanted_features ||
		(o->features && o->part != PART_TARGETS))
		return;
	if (h->first->count < columns->names.count)
		report_notice(h->place, h->options,
			"names one column fewer than the rows have: column 1 is taken for "
			"the names of the rows, and left out");
	else
		report_notice(h->place, h->options,
			"column 1 has no name and %s the rows: it is left out",
			counts_rows(h) ? "counts" : "names");
}

static int has_points(const struct sample *sample)
{
	for (size_t i = sample_width(sample, 0); i < sample->fields.count; i++)
		if (strchr(texts_at(&sample->fields, i), '.'))
			return 1;
	return 0;
}

/* Returns 1 if the first row is 0, 1, 2, ..., as pandas numbers columns, or increasing years. */
static int may_be_names(const struct header_finder *h)
{
	size_t last = h->first->count - 1;
	long begin, end;

	if (h->first->count < 2 || !numbers_go_up(h, 0))
		return 0;
	begin = atol(texts_at(h->first, 0));
	end = atol(texts_at(h->first, last));
	if (begin == 0 && end == (long)last)
		return h->first->count > 2 || has_points(h->sample);
	return h->first->count > 2 && begin >= 1500 && end <= 2200;
}

/* Returns 1 if each column holds words, in the first row and below it. */
static int only_words(const struct header_finder *h)
{
	for (size_t i = 0; i < h->first->count; i++)
		if (kind_of(h, texts_at(h->first, i)) != KIND_NAME ||
			!count_kind(h, i, KIND_NAME) || count_kind(h, i, KIND_NUMBER) ||
			count_kind(h, i, KIND_ODD))
			return 0;
	return 1;
}

static void notice_names(const struct header_finder *h)
{
	struct quote_list names = {0};

	for (size_t i = 0; i < h->first->count; i++)
		quote_list_add(&names, texts_at(h->first, i));
	report_notice(h->place, h->options, "taken for names: %s; --header no takes it for data",
		quote_list_text(&names));
}

/* Tells of columns whose names were empty; a column of row names needs none. */
static void notice_nameless(const struct header_finder *h, const struct columns *columns)
{
	size_t added = columns->names.count > h->first->count, count = 0, first = 0;

	for (size_t i = columns->has_row_names; columns->header && i < columns->names.count; i++)
		if (!*texts_at(h->first, i - added) && !count++)
			first = i + 1;
	if (count == 1)
		report_notice(h->place, h->options,
			"column %zu has no name: it is called column%zu", first, first);
	else if (count)
		report_notice(h->place, h->options,
			"%zu columns have no name: they are called by their places, the "
			"first column%zu",
			count, first);
}

void header_notices(const struct header_finder *h, const struct columns *columns)
{
	notice_row_names(h, columns);
	if (!h->options->wanted_features)
		notice_nameless(h, columns);
	if (h->options->header >= 0 || h->options->wanted_features)
		return;
	if (!columns->header && may_be_names(h))
		report_notice(h->place, h->options,
			"taken for data, but may be names: --header yes takes it for names");
	else if (columns->header && only_words(h))
		notice_names(h);
}
