#define _GNU_SOURCE /* uselocale */
#include "targets.h"
#include "memory.h"
#include "table_read.h"
#include "error.h"
#include "texts.h"
#include "number.h"
#include "advice.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_TEXT = 32 /* of a double */ };

/* What a column is taken for; probabilities are labels until they cannot be two classes. */
enum kind { NUMBERS, COUNTS, UNIT_INTERVAL, LABELS };

struct targets {
	struct target_options options;
	enum kind kind;
	locale_t c_locale;
	struct label_set labels;
	float *values; /* owned; (count) numbers, or the labels' places in the set */
	size_t count, room;
};

/* ---- messages ---- */

/* "path:17: column 3: ", or "path: row 17, column 3: ", and what was found. */
static gf_status __attribute__((format(printf, 4, 5)))
refuse(const struct targets *t, size_t place, gf_error *err, const char *format, ...)
{
	const struct target_options *o = &t->options;
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return gf_fail(err, GF_E_DATA, o->by_row ? "%s: row %zu, %s: %s" : "%s:%zu: %s: %s",
		o->path, place, o->column.text, text);
}

static gf_status no_memory(const struct targets *t, gf_error *err)
{
	return gf_fail(err, GF_E_MEMORY, "%s: %s: no memory for %zu labels", t->options.path,
		t->options.column.text, t->count + 1);
}

static struct quote shown(const char *text)
{
	return quote_of(text, strlen(text));
}

static struct quote_list list_classes(const struct label_set *set)
{
	struct quote_list list = {0};

	for (size_t i = 0; i < set->count; i++)
		quote_list_add(&list, set->labels[i].text);
	return list;
}

/* ---- a new one ---- */

/* JSON has no other encoding, and evaluate is to find the class again. */
static gf_status add_label(struct targets *t, const struct label *label, gf_error *err)
{
	if (!utf8_valid(label->text, strlen(label->text)))
		return refuse(t, label->place, err,
			"the class %s is not UTF-8; --encoding latin-1 reads such a file",
			shown(label->text).text);
	return label_set_add(&t->labels, label) ? no_memory(t, err) : GF_OK;
}

static gf_status take_known_classes(struct targets *t, gf_error *err)
{
	gf_status status = GF_OK;

	for (size_t i = 0; !status && i < t->options.known_class_count; i++) {
		struct label label = label_of(t->options.known_classes[i], 0, t->c_locale);

		status = label_set_add(&t->labels, &label) ? no_memory(t, err) : GF_OK;
	}
	return status;
}

static enum kind kind_at_first(const struct target_options *o)
{
	switch (o->rule) {
	case TARGETS_NUMBERS:
		return NUMBERS;
	case TARGETS_COUNTS:
		return COUNTS;
	case TARGETS_PROBABILITIES:
		return o->columns > 1 || (o->known && o->known_class_count == 0) ? UNIT_INTERVAL
										 : LABELS;
	default:
		return LABELS;
	}
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
			options->path, options->columns);
	t = calloc(1, sizeof *t);
	if (!t)
		return gf_fail_memory(err, sizeof *t, "a column of targets");
	t->options = *options;
	t->kind = kind_at_first(options);
	t->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!t->c_locale)
		status = gf_fail(err, GF_E_MEMORY, "newlocale(\"C\"): %s", strerror(errno));
	else if (options->known)
		status = take_known_classes(t, err);
	if (status)
		targets_free(t);
	else
		*targets = t;
	return status;
}

/* ---- a row ---- */

static gf_status push(struct targets *t, float value, gf_error *err)
{
	float *values = array_reserve(t->values, &t->room, t->count + 1, sizeof *values);

	if (!values)
		return no_memory(t, err);
	t->values = values;
	values[t->count++] = value;
	return GF_OK;
}

/* What is wanted, where value is not that; else NULL. */
static const char *wanted_number(const struct targets *t, float value)
{
	if (t->kind == COUNTS && value < 0.0f)
		return "a count, 0 or above,";
	if (t->kind == UNIT_INTERVAL && !(value >= 0.0f && value <= 1.0f))
		return "a probability, from 0 to 1,";
	return NULL;
}

static int has_known_classes(const struct targets *t)
{
	return t->options.known && t->options.known_class_count > 0;
}

static gf_status refuse_unknown(struct targets *t, const struct label *label, gf_error *err)
{
	struct quote_list list = list_classes(&t->labels);

	return refuse(t, label->place, err, "%s is no class of the model, whose classes are %s",
		shown(label->text).text, quote_list_text(&list));
}

static gf_status refuse_one_more(struct targets *t, const struct label *label, gf_error *err)
{
	struct quote_list list = list_classes(&t->labels);

	if (t->options.rule == TARGETS_CLASSES)
		return refuse(t, label->place, err,
			"more than %d classes; is this a column of numbers, as --loss mse takes "
			"them?",
			TARGETS_CLASSES_MAX);
	return refuse(t, label->place, err,
		"a third class, %s, beside %s; two are wanted (--loss cross_entropy takes more)",
		shown(label->text).text, quote_list_text(&list));
}

static int is_probability(const struct label *label)
{
	return label->is_number && label->value >= 0.0 && label->value <= 1.0;
}

/* Labels in the order of the file, with one that may come next: classes no more.  Where all are
 * numbers, the first in the file that is no probability is the one at fault. */
static gf_status turn_to_probabilities(struct targets *t, const struct label *next, gf_error *err)
{
	size_t count = t->labels.count + (next != NULL);

	for (size_t i = 0; i < count; i++) {
		const struct label *label = i < t->labels.count ? &t->labels.labels[i] : next;

		if (!is_probability(label))
			return refuse(t, label->place, err,
				"%s; with more than two labels, or ones that are not whole, "
				"probabilities from 0 to 1 are wanted (--loss cross_entropy takes "
				"more classes than two)",
				shown(label->text).text);
	}
	for (size_t i = 0; i < t->count; i++)
		t->values[i] = (float)t->labels.labels[(size_t)t->values[i]].value;
	t->kind = UNIT_INTERVAL;
	return next ? push(t, (float)next->value, err) : GF_OK;
}

/* label's text is there. */
static gf_status take_new_label(struct targets *t, const struct label *label, gf_error *err)
{
	size_t most = t->options.rule == TARGETS_CLASSES ? TARGETS_CLASSES_MAX : 2;
	gf_status status;

	if (has_known_classes(t))
		return refuse_unknown(t, label, err);
	if (label_set_distinct_with(&t->labels, label) > most ||
		t->labels.count == TARGETS_CLASSES_MAX)
		return t->options.rule == TARGETS_PROBABILITIES && label->is_number &&
				       t->labels.words == 0
			       ? turn_to_probabilities(t, label, err)
			       : refuse_one_more(t, label, err);
	status = add_label(t, label, err);
	return status ? status : push(t, (float)(t->labels.count - 1), err);
}

/* A label by its bytes, else as a number in another spelling of one that the model knows. */
static gf_status take_label(struct targets *t, const char *text, size_t line, gf_error *err)
{
	size_t found = label_set_find(&t->labels, text);
	struct label label;

	if (found != SIZE_MAX)
		return push(t, (float)found, err);
	label = label_of(text, line, t->c_locale);
	if (has_known_classes(t))
		found = label_set_find_number(&t->labels, &label);
	return found != SIZE_MAX ? push(t, (float)found, err) : take_new_label(t, &label, err);
}

/* A column of words has one in its first row. */
static int seems_a_class(const struct targets *t, const char *text)
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
		return refuse(t, line, err, "an empty field, not a %s",
			t->kind == LABELS ? "label" : "number");
	if (t->kind == LABELS)
		return take_label(t, text, line, err);
	what = number_parse(&value, text, t->c_locale);
	if (what)
		return refuse(t, line, err, "%s: %s%s", what, shown(text).text,
			seems_a_class(t, text)
				? "; if these are classes: --loss bce or hinge for two of them, "
				  "cross_entropy for any number"
				: "");
	what = wanted_number(t, value);
	return what ? refuse(t, line, err, "%s; %s is wanted", shown(text).text, what)
		    : push(t, value, err);
}

/* The shortest text that reads as the same double, whatever the user's locale is. */
static void spell(const struct targets *t, double value, char text[NUMBER_TEXT])
{
	locale_t users = uselocale(t->c_locale);

	for (int digits = 6; digits <= 17; digits++) {
		snprintf(text, NUMBER_TEXT, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	if (fabs(value) < 1e15 && value == floor(value))
		snprintf(text, NUMBER_TEXT, "%.0f", value + 0.0);
	uselocale(users);
}

gf_status targets_add_number(struct targets *t, double value, size_t row, gf_error *err)
{
	struct label label = {.is_number = 1, .value = value, .place = row};
	char text[NUMBER_TEXT] = "";
	const char *wanted = wanted_number(t, (float)value);
	size_t found = t->kind == LABELS ? label_set_find_number(&t->labels, &label) : SIZE_MAX;

	if (!isfinite(value))
		return refuse(t, row, err, "not a finite number");
	if (!isfinite((float)value))
		return refuse(t, row, err, "beyond float's range");
	if (found != SIZE_MAX)
		return push(t, (float)found, err);
	if (t->kind != LABELS && !wanted)
		return push(t, (float)value, err);
	spell(t, value, text);
	return wanted ? refuse(t, row, err, "%s; %s is wanted", text, wanted)
		      : take_label(t, text, row, err);
}

int targets_of_numbers(const struct targets *t)
{
	return t->kind == NUMBERS;
}

size_t targets_count(const struct targets *t)
{
	return t->count;
}

/* ---- the end ---- */

static gf_status refuse_one_class(const struct targets *t, gf_error *err)
{
	return gf_fail(err, GF_E_DATA,
		"%s: %s: only one class, %s; two are wanted, since one leaves nothing to learn",
		t->options.path, t->options.column.text, shown(t->labels.labels[0].text).text);
}

/* What one or two labels are.  Nobody calls a class 0.1: such numbers are probabilities. */
static gf_status settle_labels(struct targets *t, gf_error *err)
{
	if (has_known_classes(t))
		return GF_OK;
	if (t->options.rule == TARGETS_PROBABILITIES && t->labels.words == 0 &&
		label_set_has_fraction(&t->labels))
		return turn_to_probabilities(t, NULL, err);
	return label_set_distinct(&t->labels) == 1 ? refuse_one_class(t, err) : GF_OK;
}

static void tell_respelt(const struct targets *t)
{
	const struct label *respelt = label_set_respelt(&t->labels);

	if (respelt && t->options.reader && !has_known_classes(t))
		data_notice(t->options.reader,
			"%s: %s: %s and %s are one number, and so one class, spelt in two ways",
			t->options.path, t->options.column.text,
			shown(t->labels.labels[respelt->same].text).text,
			shown(respelt->text).text);
}

static void advise(const struct targets *t)
{
	const struct target_options *o = &t->options;

	if (!o->reader || o->known || o->columns > 1)
		return;
	if (o->rule == TARGETS_NUMBERS)
		advise_on_numbers(o, t->values, t->count);
	else if (o->rule == TARGETS_CLASSES)
		advise_on_classes(o, &t->labels, t->count);
}

static void free_names(char **names, size_t count)
{
	for (size_t i = 0; names && i < count; i++)
		free(names[i]);
	free(names);
}

static gf_status copy_names(struct targets *t, const size_t *ranks, char ***names, gf_error *err)
{
	size_t count = t->labels.count;
	char **copies = calloc(count, sizeof *copies);

	for (size_t i = 0; copies && i < count; i++) {
		if (copies[ranks[i]]) /* has its first spelling */
			continue;
		copies[ranks[i]] = strdup(t->labels.labels[i].text);
		if (!copies[ranks[i]]) {
			free_names(copies, count);
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

/* A model's classes keep their order, even where the model has them otherwise than sorted. */
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
	gf_status status = GF_OK;

	*names = NULL;
	*classes = 0;
	if (t->kind == LABELS && t->labels.count)
		status = settle_labels(t, err);
	if (status)
		return status;
	if (t->kind == LABELS && t->labels.count)
		tell_respelt(t);
	advise(t);
	if (t->kind == LABELS && t->labels.count)
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
