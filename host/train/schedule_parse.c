/*
 * schedule_parse.c: reads "WORD:name=value,..." into a struct schedule.
 *
 * A word's parameters and their defaults are its text in GF_SCHEDULE_LIST, parsed by the same code
 * as the user's text; the values that a parameter may have are its line in PARAMETERS.
 */
#define _GNU_SOURCE /* strtod_l */
#include "schedule.h"
#include "catalog.h"
#include "error.h"
#include "text.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct schedule_parameter {
	const char *name;
	const char
		*word; /* the schedule that this line is for; NULL: all that have the parameter */
	int (*take)(const struct schedule_parameter *, struct slice value, locale_t c, void *field);
	enum range range;
	const char *wanted; /* for messages; NULL: the words of the range */
	size_t field;       /* offset in struct schedule */
	const char *choices[2];
};

/* ---- values ---- */

/* Returns the text before the separator, and sets *rest to the text after it.  Without a separator
 * rest->at is NULL. */
static struct slice cut(struct slice text, char separator, struct slice *rest)
{
	const char *found = text.length ? memchr(text.at, separator, text.length) : NULL;
	size_t length = found ? (size_t)(found - text.at) : text.length;

	*rest = found ? (struct slice){found + 1, text.length - length - 1}
		      : (struct slice){NULL, 0};
	return (struct slice){text.at, length};
}

/* Returns 1 if text is a decimal.  strtod alone also accepts "nan", "inf", blanks, hexadecimals. */
static int read_decimal(struct slice text, locale_t c, double *value)
{
	char copy[64], *end;

	if (text.length == 0 || text.length >= sizeof copy)
		return 0;
	memcpy(copy, text.at, text.length);
	copy[text.length] = '\0';
	if (copy[strspn(copy, "0123456789+-.eE")] != '\0')
		return 0;
	*value = strtod_l(copy, &end, c);
	return *end == '\0' && end != copy && isfinite(*value);
}

/* Also accepts a fraction, since no decimal is PyTorch's default of 1/3. */
static int take_number(
	const struct schedule_parameter *p, struct slice text, locale_t c, void *field)
{
	struct slice denominator;
	struct slice numerator = cut(text, '/', &denominator);
	double value, divisor = 1.0;

	if (!read_decimal(numerator, c, &value) ||
		(denominator.at && !read_decimal(denominator, c, &divisor)))
		return 0;
	value /= divisor;
	*(double *)field = value;
	return range_has(p->range, value);
}

static int take_count(
	const struct schedule_parameter *p, struct slice text, locale_t c, void *field)
{
	size_t value = 0, i;

	(void)c;
	for (i = 0; i < text.length; i++) {
		size_t digit = (size_t)(text.at[i] - '0');

		if (digit > 9 || value > (SIZE_MAX - digit) / 10)
			return 0;
		value = value * 10 + digit;
	}
	*(size_t *)field = value;
	return text.length > 0 && range_has(p->range, (double)value);
}

/* "all" is stored as 0, which schedule_bind replaces. */
static int take_total(
	const struct schedule_parameter *p, struct slice text, locale_t c, void *field)
{
	if (!slice_is(text, "all"))
		return take_count(p, text, c, field);
	*(size_t *)field = 0;
	return 1;
}

static int take_choice(
	const struct schedule_parameter *p, struct slice text, locale_t c, void *field)
{
	(void)c;
	*(int *)field = slice_is(text, p->choices[1]);
	return slice_is(text, p->choices[0]) || slice_is(text, p->choices[1]);
}

static int take_milestones(
	const struct schedule_parameter *p, struct slice text, locale_t c, void *field)
{
	struct schedule *s = field;

	for (s->milestone_count = 0; text.at; s->milestone_count++) {
		struct slice one = cut(text, '/', &text);

		if (s->milestone_count == SCHEDULE_MILESTONES ||
			!take_count(p, one, c, &s->milestones[s->milestone_count]))
			return 0;
	}
	return 1;
}

/* ---- the parameters ---- */

#define TAKES(label, kind, member) \
	.name = #label, .take = take_##kind, .field = offsetof(struct schedule, member)
#define NUMBER(member, in) TAKES(member, number, member), .range = (in)
#define COUNT(member)      TAKES(member, count, member), .wanted = "a whole number, 0 or above"
#define SIZE(member) \
	TAKES(member, count, member), .range = RANGE_ABOVE_ZERO, .wanted = "a whole number above 0"
#define CHOICE(label, member, no, yes) \
	TAKES(label, choice, member), .wanted = no " or " yes, .choices[0] = no, .choices[1] = yes
#define FLAG(member) CHOICE(member, member, "0", "1")

static const struct schedule_parameter PARAMETERS[] = {
	{SIZE(step_size)},
	{NUMBER(gamma, RANGE_ZERO_OR_ABOVE)},
	{.name = "milestones",
		.take = take_milestones,
		.wanted = "at most 64 whole numbers with / between them, as in 30/80"},
	{SIZE(t_max)},
	{NUMBER(eta_min, RANGE_ZERO_OR_ABOVE)},
	{SIZE(t_0)},
	{SIZE(t_mult)},
	{NUMBER(start_factor, RANGE_UP_TO_ONE)},
	{NUMBER(end_factor, RANGE_ZERO_TO_ONE)},
	{SIZE(total_iters)},
	/* PyTorch divides by constant's factor at the end, so it must not be 0. */
	{NUMBER(factor, RANGE_UP_TO_ONE), .word = "constant"},
	{NUMBER(factor, RANGE_BELOW_ONE), .word = "plateau"},
	{NUMBER(power, RANGE_ZERO_OR_ABOVE)},
	{NUMBER(max_lr, RANGE_ABOVE_ZERO)},
	{TAKES(total_steps, total, total_steps), .range = RANGE_ABOVE_ZERO,
		.wanted = "a whole number above 0, or all"},
	{NUMBER(pct_start, RANGE_ZERO_TO_ONE)},
	{CHOICE(anneal, anneal_linear, "cos", "linear")},
	{FLAG(cycle_momentum)},
	{NUMBER(base_momentum, RANGE_BELOW_ONE)},
	{NUMBER(max_momentum, RANGE_BELOW_ONE)},
	{NUMBER(div_factor, RANGE_ABOVE_ZERO)},
	{NUMBER(final_div_factor, RANGE_ABOVE_ZERO)},
	{FLAG(three_phase)},
	{COUNT(patience)},
	{NUMBER(threshold, RANGE_ZERO_OR_ABOVE)},
	{CHOICE(threshold_mode, threshold_abs, "rel", "abs")},
	{COUNT(cooldown)},
	{NUMBER(min_lr, RANGE_ZERO_OR_ABOVE)},
	{NUMBER(eps, RANGE_ZERO_OR_ABOVE)},
};

enum { PARAMETER_COUNT = sizeof PARAMETERS / sizeof *PARAMETERS };

static const struct schedule_parameter *find(struct slice name, const char *word)
{
	size_t i;

	for (i = 0; i < PARAMETER_COUNT; i++) {
		const struct schedule_parameter *p = &PARAMETERS[i];

		if (slice_is(name, p->name) && (!p->word || strcmp(p->word, word) == 0))
			return p;
	}
	return NULL;
}

/* ---- a word and its parameters ---- */

#define PARAMETERS_OF(word, parameters) [GF_SCHEDULE_##word] = (parameters),

static const char *const PARAMETER_LISTS[GF_SCHEDULE_COUNT] = {GF_SCHEDULE_LIST(PARAMETERS_OF)};

struct schedule_parser {
	struct schedule *schedule;
	const char *word;
	const char *parameters; /* the word's, with defaults: "step_size,gamma=0.1" */
	locale_t c;
	unsigned char given[PARAMETER_COUNT];
	gf_error *err;
};

static struct slice all_of(const char *text)
{
	return (struct slice){text, strlen(text)};
}

/* Returns the word's parameter of that name, or NULL if the word has none. */
static const struct schedule_parameter *find_of_word(
	const struct schedule_parser *r, struct slice name)
{
	struct slice rest = all_of(r->parameters);

	while (rest.at) {
		struct slice unused, known = cut(cut(rest, ',', &rest), '=', &unused);

		if (known.length == name.length && memcmp(known.at, name.at, name.length) == 0)
			return find(name, r->word);
	}
	return NULL;
}

static void *field_of(const struct schedule_parser *r, const struct schedule_parameter *p)
{
	return (char *)r->schedule + p->field;
}

static gf_status take_one(struct schedule_parser *r, struct slice one)
{
	struct slice value;
	struct slice name = cut(one, '=', &value);
	const struct schedule_parameter *p = find_of_word(r, name);

	if (!p)
		return gf_fail(r->err, GF_E_USAGE,
			"schedule %s: no parameter %s; its parameters are: %s", r->word,
			quote_of(name.at, name.length).text, r->parameters);
	if (r->given[p - PARAMETERS]++)
		return gf_fail(
			r->err, GF_E_USAGE, "schedule %s: %s is given twice", r->word, p->name);
	if (!value.at || !p->take(p, value, r->c, field_of(r, p)))
		return gf_fail(r->err, GF_E_USAGE, "schedule %s: %s is %s; wanted: %s", r->word,
			p->name, quote_of(value.at ? value.at : "", value.length).text,
			p->wanted ? p->wanted : range_words(p->range));
	return GF_OK;
}

/* Sets the parameters that the user did not give.  Their defaults always parse; a parameter without
 * a default must be given. */
static gf_status take_defaults(struct schedule_parser *r)
{
	struct slice rest = all_of(r->parameters);

	while (rest.at) {
		struct slice value, one = cut(rest, ',', &rest);
		const struct schedule_parameter *p = find(cut(one, '=', &value), r->word);

		if (r->given[p - PARAMETERS])
			continue;
		if (!value.at || !p->take(p, value, r->c, field_of(r, p)))
			return gf_fail(r->err, GF_E_USAGE,
				"schedule %s: %s is missing; its parameters are: %s", r->word,
				p->name, r->parameters);
	}
	return GF_OK;
}

static gf_status take_all(struct schedule_parser *r, struct slice given)
{
	while (given.at)
		TRY(take_one(r, cut(given, ',', &given)));
	return take_defaults(r);
}

static gf_status find_word(struct schedule *schedule, struct slice word, gf_error *err)
{
	size_t i;

	for (i = 0; i < GF_SCHEDULE_COUNT; i++)
		if (slice_is(word, schedule_word((gf_schedule)i))) {
			schedule->word = (gf_schedule)i;
			schedule->given = 1;
			return GF_OK;
		}
	return gf_fail(err, GF_E_USAGE, "schedule: no word %s; wanted one of:%s",
		quote_of(word.at, word.length).text, "" GF_SCHEDULE_LIST(SPACED_WORD));
}

static gf_status read_text(struct schedule *schedule, const char *text, gf_error *err)
{
	struct schedule_parser r = {.schedule = schedule, .err = err};
	struct slice given;
	gf_status status;

	TRY(find_word(schedule, cut(all_of(text), ':', &given), err));
	r.word = schedule_word(schedule->word);
	r.parameters = PARAMETER_LISTS[schedule->word];
	r.c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (!r.c)
		return gf_fail(err, GF_E_MEMORY, "newlocale(\"C\"): %s", strerror(errno));
	status = take_all(&r, given);
	freelocale(r.c);
	return status;
}

/* ---- the rest of the configuration ---- */

static gf_status check_options(
	const struct schedule *schedule, const gf_config *config, gf_error *err)
{
	if (!schedule->given)
		return config->schedule_per == GF_SCHEDULE_PER_auto
			       ? GF_OK
			       : gf_fail(err, GF_E_USAGE, "schedule_per: there is no schedule");
	if (schedule->word == GF_SCHEDULE_plateau && schedule->per_step)
		return gf_fail(err, GF_E_USAGE,
			"schedule plateau: schedule_per is step; wanted: epoch, since it follows "
			"the loss of an epoch");
	if (schedule->cycle_momentum && !optimizer_has(config->optimizer, OPTIMIZER_MOMENTUM) &&
		!optimizer_has(config->optimizer, OPTIMIZER_BETAS))
		return gf_fail(err, GF_E_USAGE,
			"schedule %s: optimizer %s has no momentum to cycle; wanted: "
			"cycle_momentum=0",
			schedule_word(schedule->word), optimizer_word(config->optimizer));
	return GF_OK;
}

static int advances_each_step(const struct schedule *schedule, gf_schedule_per per)
{
	if (per == GF_SCHEDULE_PER_auto)
		return schedule->word == GF_SCHEDULE_one_cycle;
	return per == GF_SCHEDULE_PER_step;
}

gf_status schedule_parse(struct schedule *schedule, const gf_config *config, gf_error *err)
{
	int has_betas = optimizer_has(config->optimizer, OPTIMIZER_BETAS);

	*schedule = (struct schedule){.lr = config->lr,
		.momentum = has_betas ? config->betas[0] : config->momentum,
		.warmup = config->warmup,
		.maximize = config->maximize,
		.plateau = {.lr = config->lr, .best = INFINITY}};
	if (config->schedule)
		TRY(read_text(schedule, config->schedule, err));
	schedule->per_step = schedule->given && advances_each_step(schedule, config->schedule_per);
	return check_options(schedule, config, err);
}
