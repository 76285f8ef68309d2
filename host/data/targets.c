#define _GNU_SOURCE /* uselocale */
#include "targets.h"
#include "advice.h"
#include "error.h"
#include "memory.h"
#include "number.h"
#include "data_report.h"
#include "read_options.h"
#include "text.h"
#include "texts.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct targets {
	struct target_options options;
	int holds_labels; /* 1: values are labels; under TARGETS_PROBABILITIES only until a third
			     label or a fraction shows that they are numbers */
	locale_t c_locale;
	struct label_set labels;
	float *values; /* owned; (count) numbers, or indices into labels */
	size_t count, room;
};

/* ---- the numbers that a loss takes ---- */

int target_allowed(enum loss_targets rule, float y)
{
	switch (rule) {
	case TARGETS_NUMBERS:
		return 1;
	case TARGETS_ZERO_OR_ABOVE:
		return y >= 0.0f;
	case TARGETS_POSITIVE:
		return y > 0.0f;
	case TARGETS_PROBABILITIES:
		return y >= 0.0f && y <= 1.0f;
	case TARGETS_TWO_CLASSES:
		return y == -1.0f || y == 1.0f;
	case TARGETS_CLASSES:
		return y >= 0.0f && y < (float)TARGETS_CLASSES_MAX && y == floorf(y);
	}
	return 0;
}

const char *target_words(enum loss_targets rule)
{
	static const char *const words[] = {
		[TARGETS_NUMBERS] = "a number",
		[TARGETS_ZERO_OR_ABOVE] = "a number, 0 or above",
		[TARGETS_POSITIVE] = "a number, above 0",
		[TARGETS_PROBABILITIES] = "a probability, from 0 to 1",
		[TARGETS_TWO_CLASSES] = "-1 or 1",
		[TARGETS_CLASSES] = "the index of a class, from 0 on",
	};

	return words[rule];
}

/* ---- messages ---- */

static struct data_place column_place(const struct targets *t)
{
	struct data_place place = files_place(t->options.files, 0);

	snprintf(place.part, sizeof place.part, "%s", t->options.column.text);
	return place;
}

/* line: the line or row as the caller counts it; a row may be 0. */
static struct data_place place_of(const struct targets *t, size_t line)
{
	struct data_place place = column_place(t);

	place.path = files_locate(t->options.files, &line);
	if (t->options.by_row)
		snprintf(
			place.part, sizeof place.part, "row %zu, %s", line, t->options.column.text);
	else
		place.line = line;
	return place;
}

static gf_status no_memory(const struct targets *t, gf_error *err)
{
	return report_no_memory(column_place(t), err);
}

static struct quote_list list_classes(const struct label_set *set)
{
	struct quote_list list = {0};

	for (size_t i = 0; i < set->count; i++)
		quote_list_add(&list, set->labels[i].text);
	return list;
}

/* ---- opening ---- */

/* A model file stores the class in JSON, which has no encoding but UTF-8. */
static gf_status add_label(struct targets *t, const struct label *label, gf_error *err)
{
	if (!utf8_valid(label->text, strlen(label->text)))
		return report_error(place_of(t, label->place), err,
			"the class %s is not UTF-8; --encoding latin-1 reads such a file",
			quote_text(label->text).text);
	return label_set_add(&t->labels, label) ? no_memory(t, err) : GF_OK;
}

static gf_status add_known_classes(struct targets *t, gf_error *err)
{
	for (size_t i = 0; i < t->options.known_class_count; i++) {
		struct label label = label_of(t->options.known_classes[i], 0, t->c_locale);

		if (label_set_add(&t->labels, &label))
			return no_memory(t, err);
	}
	return GF_OK;
}

/* Returns 1 if the column holds labels as long as no value says otherwise. */
static int expects_labels(const struct target_options *o)
{
	if (o->rule == TARGETS_PROBABILITIES)
		return o->columns == 1 && !(o->known && o->known_class_count == 0);
	return o->rule >= TARGETS_TWO_CLASSES;
}

gf_status targets_new(struct targets **targets, const struct target_options *options, gf_error *err)
{
	struct targets *t;
	gf_status status = GF_OK;

	*targets = NULL;
	if (options->rule >= TARGETS_TWO_CLASSES && options->columns > 1)
		return gf_fail(err, GF_E_DATA,
			"%s: %zu target columns; a loss of classes takes one column of labels; "
			"numpy.argmax(y, axis=1) makes it of one-hot targets",
			options->files->name, options->columns);
	t = calloc(1, sizeof *t);
	if (!t)
		return gf_fail_memory(err, sizeof *t, "a column of targets");
	t->options = *options;
	t->holds_labels = expects_labels(options);
	t->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!t->c_locale)
		status = gf_fail(err, GF_E_MEMORY, "newlocale(\"C\"): %s", strerror(errno));
	else if (options->known)
		status = add_known_classes(t, err);
	if (status)
		targets_free(t);
	else
		*targets = t;
	return status;
}

/* ---- one row ---- */

static gf_status append(struct targets *t, float value, gf_error *err)
{
	float *values = array_reserve(t->values, &t->room, t->count + 1, sizeof *values);

	if (!values)
		return no_memory(t, err);
	t->values = values;
	values[t->count++] = value;
	return GF_OK;
}

/* Names what is wanted if value is a number that the loss does not take; else NULL. */
static const char *wanted_instead(const struct targets *t, float value)
{
	const enum loss_targets rule = t->options.rule;

	return t->holds_labels || target_allowed(rule, value) ? NULL : target_words(rule);
}

static int has_known_classes(const struct targets *t)
{
	return t->options.known && t->options.known_class_count > 0;
}

static gf_status refuse_unknown(struct targets *t, const struct label *label, gf_error *err)
{
	struct quote_list list = list_classes(&t->labels);

	return report_error(place_of(t, label->place), err,
		"%s is not a class of the model; its classes are %s", quote_text(label->text).text,
		quote_list_text(&list));
}

static gf_status refuse_too_many(struct targets *t, const struct label *label, gf_error *err)
{
	struct quote_list list = list_classes(&t->labels);

	if (t->options.rule == TARGETS_CLASSES)
		return report_error(place_of(t, label->place), err,
			"more than %d classes; is this a column of numbers, for --loss mse?",
			TARGETS_CLASSES_MAX);
	return report_error(place_of(t, label->place), err,
		"a third class, %s, after %s; two are wanted (--loss cross_entropy takes more)",
		quote_text(label->text).text, quote_list_text(&list));
}

static int is_probability(const struct label *label)
{
	return label->is_number && label->value >= 0.0 && label->value <= 1.0;
}

/* Makes probabilities of the labels so far and of next, which may be NULL.  Refuses the first in
 * the file that is no probability. */
static gf_status turn_to_probabilities(struct targets *t, const struct label *next, gf_error *err)
{
	size_t count = t->labels.count + (next != NULL);

	for (size_t i = 0; i < count; i++) {
		const struct label *label = i < t->labels.count ? &t->labels.labels[i] : next;

		if (!is_probability(label))
			return report_error(place_of(t, label->place), err,
				"%s; more than two labels, or fractions, must be probabilities "
				"from 0 to 1 (--loss cross_entropy takes more than two classes)",
				quote_text(label->text).text);
	}
	for (size_t i = 0; i < t->count; i++)
		t->values[i] = (float)t->labels.labels[(size_t)t->values[i]].value;
	t->holds_labels = 0;
	return next ? append(t, (float)next->value, err) : GF_OK;
}

static int may_be_probabilities(const struct targets *t)
{
	return t->options.rule == TARGETS_PROBABILITIES && t->labels.words == 0;
}

/* Adds a label whose bytes are not in the set; label->text is not NULL. */
static gf_status add_new_label(struct targets *t, const struct label *label, gf_error *err)
{
	size_t most = t->options.rule == TARGETS_CLASSES ? TARGETS_CLASSES_MAX : 2;

	if (has_known_classes(t))
		return refuse_unknown(t, label, err);
	if (label_set_distinct_with(&t->labels, label) > most ||
		t->labels.count == TARGETS_CLASSES_MAX)
		return may_be_probabilities(t) && label->is_number
			       ? turn_to_probabilities(t, label, err)
			       : refuse_too_many(t, label, err);
	TRY(add_label(t, label, err));
	return append(t, (float)(t->labels.count - 1), err);
}

/* Finds the label by its bytes; a model's class also by its number in another spelling. */
static gf_status add_row_label(struct targets *t, const char *text, size_t line, gf_error *err)
{
	size_t found = label_set_find(&t->labels, text);
	struct label label;

	if (found != SIZE_MAX)
		return append(t, (float)found, err);
	label = label_of(text, line, t->c_locale);
	if (has_known_classes(t))
		found = label_set_find_number(&t->labels, &label);
	return found != SIZE_MAX ? append(t, (float)found, err) : add_new_label(t, &label, err);
}

/* Returns 1 if a word in place of a number looks like a class: it is in the first row, as in a
 * column of words. */
static int looks_like_class(const struct targets *t, const char *text)
{
	const struct target_options *o = &t->options;

	return t->count == 0 && o->rule == TARGETS_NUMBERS && o->columns == 1 && !o->known &&
	       (isalpha((unsigned char)*text) || strchr("<>=_", *text)) &&
	       !number_spelt(text, t->c_locale);
}

gf_status targets_add(struct targets *t, const char *text, size_t line, gf_error *err)
{
	const char *what;
	float value;

	if (text[strspn(text, " \t")] == 0)
		return report_error(place_of(t, line), err, "an empty field, not a %s",
			t->holds_labels ? "label" : "number");
	if (t->holds_labels)
		return add_row_label(t, text, line, err);
	what = number_parse(&value, text, t->c_locale);
	if (what)
		return report_error(place_of(t, line), err, "%s: %s%s", what, quote_text(text).text,
			looks_like_class(t, text)
				? "; if these are classes: --loss bce or hinge for two of them, "
				  "cross_entropy for any number"
				: "");
	what = wanted_instead(t, value);
	return what ? report_error(place_of(t, line), err, "%s; %s, is wanted",
			      quote_text(text).text, what)
		    : append(t, value, err);
}

gf_status targets_add_number(struct targets *t, double value, size_t row, gf_error *err)
{
	struct label label = {.is_number = 1, .value = value, .place = row};
	char text[NUMBER_ROOM] = "";
	const char *wanted = wanted_instead(t, (float)value);
	size_t found = t->holds_labels ? label_set_find_number(&t->labels, &label) : SIZE_MAX;

	if (!isfinite(value))
		return report_error(place_of(t, row), err, "not a finite number");
	if (!isfinite((float)value))
		return report_error(place_of(t, row), err, "beyond float's range");
	if (found != SIZE_MAX)
		return append(t, (float)found, err);
	if (!t->holds_labels && !wanted)
		return append(t, (float)value, err);
	number_spell(text, value, 0, t->c_locale);
	return wanted ? report_error(place_of(t, row), err, "%s; %s, is wanted", text, wanted)
		      : add_row_label(t, text, row, err);
}

int targets_of_numbers(const struct targets *t)
{
	return t->options.rule == TARGETS_NUMBERS;
}

size_t targets_count(const struct targets *t)
{
	return t->count;
}

/* ---- finishing ---- */

static gf_status refuse_one_class(const struct targets *t, gf_error *err)
{
	return report_error(column_place(t), err,
		"only one class, %s; two are wanted, since one leaves nothing to learn",
		quote_text(t->labels.labels[0].text).text);
}

/* Decides whether labels are classes.  Fractions are probabilities: nobody names a class 0.1. */
static gf_status settle_labels(struct targets *t, gf_error *err)
{
	if (has_known_classes(t))
		return GF_OK;
	if (may_be_probabilities(t) && label_set_has_fraction(&t->labels))
		return turn_to_probabilities(t, NULL, err);
	return label_set_distinct(&t->labels) == 1 ? refuse_one_class(t, err) : GF_OK;
}

static void notice_respelt(const struct targets *t)
{
	const struct label *respelt = label_set_respelt(&t->labels);

	if (respelt && t->options.reader && !has_known_classes(t))
		report_notice(column_place(t), t->options.reader,
			"%s and %s are one number, and so one class, spelt in two ways",
			quote_text(t->labels.labels[respelt->same].text).text,
			quote_text(respelt->text).text);
}

static void advise(const struct targets *t)
{
	const struct target_options *o = &t->options;

	if (!o->reader || o->known || o->columns > 1)
		return;
	if (o->rule == TARGETS_NUMBERS)
		advise_on_numbers(column_place(t), o->reader, t->values, t->count);
	else if (o->rule == TARGETS_CLASSES)
		advise_on_classes(column_place(t), o->reader, &t->labels, t->count);
}

/* *names (distinct labels): each class as it was first spelt. */
static gf_status copy_names(struct targets *t, const size_t *ranks, char ***names, gf_error *err)
{
	size_t count = t->labels.count;
	char **copies = calloc(count, sizeof *copies);

	for (size_t i = 0; copies && i < count; i++) {
		if (copies[ranks[i]])
			continue;
		copies[ranks[i]] = strdup(t->labels.labels[i].text);
		if (!copies[ranks[i]]) {
			names_free(copies, count);
			copies = NULL;
		}
	}
	*names = copies;
	return copies ? GF_OK : no_memory(t, err);
}

static void write_classes(const struct targets *t, const size_t *ranks, float *y, size_t stride)
{
	int signs = t->options.rule == TARGETS_TWO_CLASSES;

	for (size_t i = 0; i < t->count; i++) {
		float index = (float)ranks[(size_t)t->values[i]];

		y[i * stride] = signs ? 2.0f * index - 1.0f : index;
	}
}

/* A model's classes keep the model's order, sorted or not. */
static int rank_labels(const struct targets *t, size_t *ranks)
{
	if (!has_known_classes(t))
		return label_set_rank(&t->labels, ranks);
	for (size_t i = 0; i < t->labels.count; i++)
		ranks[i] = i;
	return 0;
}

static gf_status finish_classes(
	struct targets *t, float *y, size_t stride, char ***names, size_t *classes, gf_error *err)
{
	size_t *ranks = calloc(t->labels.count, sizeof *ranks);
	gf_status status;

	if (!ranks || rank_labels(t, ranks))
		status = no_memory(t, err);
	else
		status = copy_names(t, ranks, names, err);
	if (!status) {
		*classes = has_known_classes(t) ? t->labels.count : label_set_distinct(&t->labels);
		write_classes(t, ranks, y, stride);
	}
	free(ranks);
	return status;
}

gf_status targets_finish(
	struct targets *t, float *y, size_t stride, char ***names, size_t *classes, gf_error *err)
{
	*names = NULL;
	*classes = 0;
	if (t->holds_labels && t->labels.count)
		TRY(settle_labels(t, err));
	if (t->holds_labels && t->labels.count)
		notice_respelt(t);
	advise(t);
	if (t->holds_labels && t->labels.count)
		return finish_classes(t, y, stride, names, classes, err);
	for (size_t i = 0; i < t->count; i++)
		y[i * stride] = t->values[i];
	return GF_OK;
}

void targets_free(struct targets *t)
{
	if (!t)
		return;
	if (t->c_locale)
		freelocale(t->c_locale);
	label_set_free(&t->labels);
	free(t->values);
	free(t);
}
