#include "rows.h"
#include "memory.h"
#include "dataset.h"
#include "error.h"
#include "encoding.h"
#include "number.h"
#include "text.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNREAD SIZE_MAX

static gf_status no_memory(const struct rows *r, size_t line)
{
	return report_no_memory(files_place(r->columns->files, line), r->err);
}

/* ---- the beginning ---- */

static void assign_places(struct rows *r)
{
	const struct column_list *lists[] = {&r->columns->features, &r->columns->weights,
		&r->columns->offsets, &r->columns->targets};
	size_t place = 0;

	for (size_t i = 0; i < r->columns->names.count; i++)
		r->places[i] = UNREAD;
	for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
		for (size_t i = 0; i < lists[l]->count; i++)
			r->places[lists[l]->at[i]] = place++;
}

static gf_status open_targets(struct rows *r)
{
	const struct column_list *list = &r->columns->targets;

	for (size_t k = 0; k < list->count; k++) {
		struct target_options at = {.files = r->columns->files,
			.column = columns_label(r->columns, list->at[k]),
			.columns = list->count,
			.by_row = r->columns->files->by_row};

		TRY(assemble_targets(&r->targets[k], &at, r->options, r->err));
	}
	return GF_OK;
}

/* Adds the words that the model knows, in its order. */
static gf_status add_model_words(struct rows *r)
{
	const struct encoding *encoding = r->options->encoding;

	for (size_t i = 0; encoding && i < r->columns->features.count; i++)
		for (size_t j = 0; j < encoding->columns[i].count; j++) {
			struct label label =
				label_of(encoding->columns[i].words[j], 0, r->c_locale);

			if (label_set_add(&r->words[i], &label))
				return no_memory(r, r->columns->line);
		}
	return GF_OK;
}

static void mark_kept(struct rows *r)
{
	const struct column_list *kept = &r->columns->kept;

	for (size_t i = 0; i < kept->count; i++)
		r->is_kept[kept->at[i]] = 1;
}

static gf_status reserve_row(struct rows *r, size_t line)
{
	if (r->width == 0) /* a file of targets alone */
		return GF_OK;
	if (r->count >= SIZE_MAX / sizeof(float) / r->width - 1)
		return no_memory(r, line);
	TRY(page_array_reserve(
		&r->numbers, (r->count + 1) * r->width * sizeof(float), "what was read", r->err));
	r->row = r->numbers.at + r->count * r->width;
	return GF_OK;
}

gf_status rows_begin(struct rows *r, const struct columns *columns,
	const struct read_options *options, locale_t c_locale, gf_error *err)
{
	size_t features = columns->features.count, targets = columns->targets.count;
	size_t width = features + columns->weights.count + columns->offsets.count;

	*r = (struct rows){.columns = columns,
		.options = options,
		.err = err,
		.c_locale = c_locale,
		.width = width,
		.numbers.beside = options->cache,
		.checks_numbers = options->decimal == ',' || na_has_numbers(options),
		.places = calloc(columns->names.count, sizeof *r->places),
		.is_kept = calloc(columns->names.count, sizeof *r->is_kept),
		.words = calloc(features + 1, sizeof *r->words),
		.targets = calloc(targets + 1, sizeof(struct targets *)),
		.pending_places = calloc(features + targets + 1, sizeof *r->pending_places),
		.pending_numbers = calloc(features + targets + 1, sizeof *r->pending_numbers),
		.precision = precision_new(width + targets, options)};
	if (!r->places || !r->is_kept || !r->words || !r->targets || !r->pending_places ||
		!r->pending_numbers || !r->precision)
		return no_memory(r, columns->line);
	assign_places(r);
	mark_kept(r);
	TRY(missing_check(options, err));
	TRY(open_targets(r));
	TRY(add_model_words(r));
	return reserve_row(r, columns->line);
}

/* ---- a field ---- */

/* The column of the model's encoding; NULL: there is no model, and the rows make an encoding. */
static const struct encoded *known_column(const struct rows *r, size_t place)
{
	return r->options->encoding ? &r->options->encoding->columns[place] : NULL;
}

static int fill_number(struct rows *r, size_t place)
{
	if (!missing_is_filled(r->options, place))
		return 0;
	r->row[place] = NAN;
	r->holes++;
	return 1;
}

static int fill_word(struct rows *r, size_t place)
{
	const struct encoded *known = known_column(r, place);
	size_t word = known ? encoded_fill_word(known, r->options->missing) : 0;

	if (r->options->missing <= GF_MISSING_drop || (known && !word))
		return 0;
	r->row[place] = known ? (float)(word - 1) : NAN;
	r->holes += !known;
	return 1;
}

/* Keeps a word or target until its row ends. */
static gf_status add_pending(struct rows *r, size_t place, const char *text, size_t line)
{
	r->pending_places[r->pending.count] = place;
	r->pending_numbers[r->pending.count] = NAN;
	return texts_add(&r->pending, text, strlen(text)) ? no_memory(r, line) : GF_OK;
}

static gf_status store_missing(struct rows *r, size_t column, const char *text, size_t line)
{
	enum column_role role = r->columns->roles[column];
	size_t place = r->places[column];

	if (r->options->missing == GF_MISSING_drop)
		r->drops_row = 1;
	else if (role == COLUMN_ONE_HOT && r->options->missing == GF_MISSING_category &&
		 !r->options->encoding)
		return add_pending(r, place, ENCODING_ABSENT, line);
	else if (!(role == COLUMN_FEATURE && fill_number(r, place)) &&
		 !(role == COLUMN_ONE_HOT && fill_word(r, place)))
		advice_note_missing(r, column, line, text);
	return GF_OK;
}

static const char *parse_number(const struct rows *r, float *number, const char *text)
{
	struct decimal_text plain;
	const char *what = decimal_text_of(&plain, text, r->options->decimal);

	return what ? what : number_parse(number, plain.text, r->c_locale);
}

static void notice_truth(struct rows *r, size_t column, size_t line)
{
	if (!r->truths++)
		report_notice(columns_place(r->columns, line, column), r->options,
			"true and false are read as 1 and 0");
}

static gf_status store_feature(struct rows *r, size_t column, const char *text, size_t line)
{
	float *number = &r->row[r->places[column]];
	const char *what = parse_number(r, number, text);
	double truth;

	if (what && number_truth(text, &truth)) {
		*number = (float)truth;
		notice_truth(r, column, line);
		return GF_OK;
	}
	if ((what || r->checks_numbers) && na_word(r->options, text, strlen(text)))
		return store_missing(r, column, text, line);
	if (what)
		advice_note_word(r, column, line, what, text);
	else
		precision_add_text(&r->precision[r->places[column]], *number, text, r->c_locale);
	return GF_OK;
}

/* Stores a sample weight, an offset or an exposure. */
static void store_beside(struct rows *r, size_t column, const char *text, size_t line)
{
	const int is_weight = r->columns->roles[column] == COLUMN_WEIGHT;
	const int is_exposure = !is_weight && r->options->takes_exposure;
	const char *noun = is_weight ? "a weight" : is_exposure ? "an exposure" : "an offset";
	float *number = &r->row[r->places[column]];
	const char *what = parse_number(r, number, text);

	if (!what && is_weight && *number < 0.0f)
		what = "a weight below 0";
	if (!what && is_exposure && !(*number > 0.0f))
		what = "an exposure that is not above 0";
	if (!*text)
		advice_note_fault(r, column, line, "an empty field, not %s", noun);
	else if (what)
		advice_note_fault(r, column, line, "%s: %s", what, quote_text(text).text);
}

static gf_status keep(struct rows *r, const char *text, size_t line)
{
	return texts_add(&r->kept, text, strlen(text)) ? no_memory(r, line) : GF_OK;
}

/* Adds a word of a feature, or a target. */
static gf_status add_label(struct rows *r, size_t column, const char *text, size_t line)
{
	int number = r->columns->roles[column] == COLUMN_TARGET &&
		     r->options->rule <= TARGETS_PROBABILITIES;
	struct decimal_text plain = {.text = text};
	const char *what = number ? decimal_text_of(&plain, text, r->options->decimal) : NULL;

	if (what)
		advice_note_fault(r, column, line, "%s: %s", what, quote_text(text).text);
	return add_pending(r, r->places[column], plain.text, line);
}

gf_status rows_add_field(struct rows *r, size_t column, const char *text, size_t line)
{
	enum column_role role = column < r->columns->names.count && r->places[column] != UNREAD
					? r->columns->roles[column]
					: COLUMN_UNUSED;

	if (column >= r->columns->names.count)
		r->has_extra_field |= *text != 0;
	if (r->survey.on) {
		/* The survey counts the field if the row has as many fields as others. */
		return role == COLUMN_FEATURE || role == COLUMN_ONE_HOT
			       ? add_pending(r, r->places[column], text, line)
			       : GF_OK;
	}
	if (column < r->columns->names.count && r->is_kept[column] && keep(r, text, line))
		return GF_E_MEMORY;
	if (role == COLUMN_UNUSED)
		return GF_OK;
	if (role == COLUMN_FEATURE)
		return store_feature(r, column, text, line);
	if (role != COLUMN_WEIGHT && role != COLUMN_OFFSET)
		return na_word(r->options, text, strlen(text))
			       ? store_missing(r, column, text, line)
			       : add_label(r, column, text, line);
	store_beside(r, column, text, line);
	return GF_OK;
}

size_t rows_scan_number(struct rows *r, size_t column, const char *text)
{
	const char *end;

	if (r->checks_numbers || column >= r->columns->names.count ||
		r->columns->roles[column] != COLUMN_FEATURE || r->survey.on || r->is_kept[column])
		return 0;
	end = precision_read(&r->precision[r->places[column]], &r->row[r->places[column]], text);
	return end ? (size_t)(end - text) : 0;
}

int rows_take_column(const struct rows *r, size_t column)
{
	return r->places[column] != UNREAD || r->is_kept[column];
}

/* Keeps a target until its row ends.  Returns 0 where there is no memory for it. */
static int keep_number(struct rows *r, size_t column, double value)
{
	const size_t at = r->pending.count;

	if (texts_add(&r->pending, "", 0))
		return 0;
	r->pending_places[at] = r->places[column];
	r->pending_numbers[at] = value;
	return 1;
}

int rows_add_number(struct rows *r, size_t column, const struct row_number *n)
{
	const enum column_role role = r->columns->roles[column];
	const size_t place = r->places[column];

	if (r->checks_numbers || r->survey.on || r->is_kept[column] || !isfinite((float)n->value))
		return 0;
	if (role == COLUMN_TARGET)
		return n->is_whole_value && keep_number(r, column, n->value);
	if (role != COLUMN_FEATURE && !(role == COLUMN_WEIGHT && n->value >= 0.0))
		return 0;
	r->row[place] = (float)n->value;
	if (role == COLUMN_FEATURE)
		precision_add(&r->precision[place], r->row[place], n->rest);
	return 1;
}

/* ---- the end of a row ---- */

static gf_status refuse_word(
	const struct rows *r, size_t feature, const struct label *label, const char *what)
{
	const size_t column = r->columns->features.at[feature];

	return report_error(columns_place(r->columns, label->place, column), r->err, "%s %s",
		quote_text(label->text).text, what);
}

/* A word that the model has not seen has no feature.  Only the user can say that 0 in all features
 * of the column will do. */
static gf_status refuse_unknown(const struct rows *r, size_t feature, const struct label *label)
{
	const struct label_set *set = &r->words[feature];
	struct quote_list list = {0};
	char text[sizeof list.text + 120];

	for (size_t i = 0; i < set->count; i++)
		quote_list_add(&list, set->labels[i].text);
	snprintf(text, sizeof text,
		"is no word of the model, which knows %s; --unseen zero makes it 0 in all "
		"its features",
		quote_list_text(&list));
	return refuse_word(r, feature, label, text);
}

static gf_status add_word(struct rows *r, size_t feature, const struct label *label)
{
	struct label_set *set = &r->words[feature];

	if (r->options->encoding)
		return refuse_unknown(r, feature, label);
	if (!utf8_valid(label->text, strlen(label->text)))
		return refuse_word(
			r, feature, label, "is not UTF-8; --encoding latin-1 reads such a file");
	if (set->count == ONE_HOT_MAX)
		return refuse_word(r, feature, label,
			"is one word more than 16777216; is this a column of numbers?");
	return label_set_add(set, label) ? no_memory(r, label->place) : GF_OK;
}

/* Reads a word that the model has not seen.  Returns 0 where it is an error. */
static int store_unseen(struct rows *r, size_t feature, size_t line)
{
	if (!r->options->encoding || r->options->unseen != GF_UNSEEN_zero)
		return 0;
	if (r->unseen++ == 0) {
		r->unseen_line = line;
		r->unseen_feature = feature;
	}
	r->row[feature] = -1.0f;
	return 1;
}

static gf_status store_word(struct rows *r, size_t feature, const char *text, size_t line)
{
	size_t index = label_set_find(&r->words[feature], text);

	if (index == SIZE_MAX) {
		struct label label = label_of(text, line, r->c_locale);

		if (r->options->encoding)
			index = label_set_find_number(&r->words[feature], &label);
		if (index == SIZE_MAX && store_unseen(r, feature, line))
			return GF_OK;
		if (index == SIZE_MAX) {
			TRY(add_word(r, feature, &label));
			index = r->words[feature].count - 1;
		}
	}
	r->row[feature] = (float)index;
	return GF_OK;
}

static gf_status store_target(struct rows *r, size_t place, const char *text, size_t line)
{
	if (targets_of_numbers(r->targets[place - r->width]))
		precision_add_if_number(&r->precision[place], text, r->c_locale);
	return targets_add(r->targets[place - r->width], text, line, r->err);
}

static gf_status store_number(struct rows *r, size_t place, double value, size_t line)
{
	struct targets *targets = r->targets[place - r->width];

	if (targets_of_numbers(targets))
		precision_add(&r->precision[place], (float)value, precision_rest(value));
	return targets_add_number(targets, value, line, r->err);
}

static gf_status store_pending(struct rows *r, size_t line)
{
	for (size_t i = 0; i < r->pending.count; i++) {
		const char *text = texts_at(&r->pending, i);
		size_t place = r->pending_places[i];

		if (!isnan(r->pending_numbers[i])) {
			TRY(store_number(r, place, r->pending_numbers[i], line));
			continue;
		}
		TRY(place < r->width ? store_word(r, place, text, line)
				     : store_target(r, place, text, line));
	}
	return GF_OK;
}

static gf_status drop_row(struct rows *r, size_t line)
{
	size_t *rows = array_reserve(
		r->dropped_rows, &r->dropped_room, r->dropped + 1, sizeof *r->dropped_rows);

	if (!rows)
		return no_memory(r, line);
	r->dropped_rows = rows;
	rows[r->dropped] = r->count + r->dropped;
	r->dropped++;
	return GF_OK;
}

gf_status rows_end(struct rows *r, size_t line)
{
	if (r->fault.status)
		return advice_end_row(r);
	if (r->drops_row) {
		TRY(drop_row(r, line));
	} else {
		TRY(store_pending(r, line));
		r->count++;
		TRY(reserve_row(r, line));
	}
	r->drops_row = r->has_extra_field = 0;
	r->pending.used = r->pending.count = 0;
	return GF_OK;
}

/* ---- whole rows ---- */

gf_status rows_add_row(struct rows *r, const float *numbers, size_t line)
{
	if (r->survey.on) {
		for (size_t i = 0; i < r->survey.count; i++)
			r->survey.column[i].numbers++;
		return advice_end_row(r);
	}
	for (size_t j = 0; j < r->width; j++)
		r->row[j] = numbers[j];
	for (size_t k = 0; k < r->columns->targets.count; k++)
		TRY(targets_add_number(r->targets[k], (double)numbers[r->width + k], line, r->err));
	r->count++;
	return reserve_row(r, line);
}

void rows_free(struct rows *r)
{
	for (size_t i = 0; r->words && i < r->columns->features.count; i++)
		label_set_free(&r->words[i]);
	for (size_t k = 0; r->targets && k < r->columns->targets.count; k++)
		targets_free(r->targets[k]);
	survey_free(&r->survey);
	texts_free(&r->pending);
	texts_free(&r->kept);
	free(r->is_kept);
	free(r->dropped_rows);
	free(r->places);
	free(r->words);
	free(r->targets);
	free(r->pending_places);
	free(r->pending_numbers);
	free(r->precision);
	page_array_free(&r->numbers);
	*r = (struct rows){0};
}
