#include "checkpoint.h"
#include "catalog.h"
#include "config.h"
#include "dataset.h"
#include "error.h"
#include "text.h"
#include "model.h"
#include "number_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- the lines ---- */

#define WORD(word, help) #word,

static const char *const SCHEDULE_PER_WORDS[] = {GF_SCHEDULE_PER_LIST(WORD)};
static const char *const CLASS_WEIGHT_WORDS[] = {GF_CLASS_WEIGHT_LIST(WORD)};
static const char *const INIT_WORDS[] = {GF_INIT_LIST(WORD)};

static void add_word(FILE *out, const char *name, const char *word)
{
	fprintf(out, "%s %s\n", name, word);
}

static void add_number(FILE *out, const char *name, double value)
{
	char text[NUMBER_TEXT_ROOM];

	add_word(out, name, number_text_decimal(text, value));
}

static void add_switch(FILE *out, const char *name, int is_on)
{
	add_word(out, name, is_on ? "on" : "off");
}

static void add_count(FILE *out, const char *name, size_t count)
{
	fprintf(out, "%s %zu\n", name, count);
}

static void add_checksum(FILE *out, const char *name, uLong sum)
{
	fprintf(out, "%s %08lx\n", name, sum);
}

static void add_loss(FILE *out, const gf_config *c)
{
	struct loss_parameters parameters = loss_parameters_of(c);
	double *value;
	const char *name = loss_parameter(c->loss, &parameters, &value);

	add_word(out, "loss", loss_word(c->loss));
	if (name)
		add_number(out, name, *value);
	add_word(out, "class_weight", CLASS_WEIGHT_WORDS[c->class_weight]);
}

/* What this optimiser has that not all of them have. */
static void add_own(FILE *out, const gf_config *c)
{
	const unsigned options = optimizer_of(c->optimizer)->options;

	if (options & OPTIMIZER_MOMENTUM)
		add_number(out, "momentum", c->momentum);
	if (options & OPTIMIZER_DAMPENING)
		add_number(out, "dampening", c->dampening);
	if (options & OPTIMIZER_NESTEROV)
		add_switch(out, "nesterov", c->nesterov);
	if (options & OPTIMIZER_BETAS) {
		add_number(out, "betas[0]", c->betas[0]);
		add_number(out, "betas[1]", c->betas[1]);
	}
	if (options & OPTIMIZER_AMSGRAD)
		add_switch(out, "amsgrad", c->amsgrad);
	if (options & OPTIMIZER_ALPHA)
		add_number(out, "alpha", c->alpha);
	if (options & OPTIMIZER_CENTERED)
		add_switch(out, "centered", c->centered);
	if (options & OPTIMIZER_LR_DECAY)
		add_number(out, "lr_decay", c->lr_decay);
	if (options & OPTIMIZER_EPS)
		add_number(out, "eps", c->eps);
}

static void add_optimizer(FILE *out, const gf_config *c)
{
	add_word(out, "optimizer", optimizer_word(c->optimizer));
	if (c->lr_auto)
		add_word(out, "lr", "auto");
	else
		add_number(out, "lr", c->lr);
	add_own(out, c);
	add_number(out, "weight_decay", c->weight_decay);
	add_switch(out, "maximize", c->maximize);
}

static void add_schedule(FILE *out, const gf_config *c, size_t total_steps)
{
	add_word(out, "schedule", c->schedule ? c->schedule : "none");
	add_word(out, "schedule_per", SCHEDULE_PER_WORDS[c->schedule_per]);
	add_count(out, "warmup", c->warmup);
	if (total_steps)
		add_count(out, "total_steps", total_steps);
}

/* Where a model has its parameters in two forms, both count: which of them a training starts from
 * is another option's. */
static uLong sum_of_model(const gf_model *model)
{
	const size_t D = model->features, P = model_params(D, model->outputs);
	const struct standardization *s = &model->standardization;
	uLong sum = crc32_z(0, (const Bytef *)model->params, P * sizeof *model->params);

	if (!s->center)
		return sum;
	sum = crc32_z(sum, (const Bytef *)s->center, D * sizeof *s->center);
	sum = crc32_z(sum, (const Bytef *)s->scale, D * sizeof *s->scale);
	return crc32_z(sum, (const Bytef *)s->params, P * sizeof *s->params);
}

static void add_start(FILE *out, const gf_config *c)
{
	const gf_model *model = c->init_model;

	add_word(out, "init", model ? "model" : INIT_WORDS[c->init]);
	if (model)
		add_checksum(out, "init_model", sum_of_model(model));
	fprintf(out, "seed %" PRIu64 "\n", c->seed);
}

static void add_step(FILE *out, const gf_config *c)
{
	if (c->batch_size)
		add_count(out, "batch_size", c->batch_size);
	else
		add_word(out, "batch_size", "full");
	add_switch(out, "shuffle", c->shuffle);
	add_switch(out, "drop_last", c->drop_last);
	add_switch(out, "no_bias", c->no_bias);
	add_number(out, "l1", c->l1);
	add_number(out, "l2", c->l2);
	add_number(out, "clip_norm", c->clip_norm);
	add_number(out, "clip_value", c->clip_value);
	add_switch(out, "average", c->average);
	add_switch(out, "standardize", c->standardize);
}

static uLong sum_floats(uLong sum, const float *values, size_t count)
{
	return values ? crc32_z(sum, (const Bytef *)values, count * sizeof *values) : sum;
}

static uLong sum_of(const gf_dataset *data)
{
	const size_t shape[] = {data->rows, data->features, data->outputs, data->weights != NULL};
	uLong sum = crc32_z(0, (const Bytef *)shape, sizeof shape);

	sum = sum_floats(sum, data->x, data->rows * data->features);
	sum = sum_floats(sum, data->y, data->rows * data->outputs);
	return sum_floats(sum, data->weights, data->rows);
}

static void add_validation(FILE *out, const gf_config *c)
{
	add_number(out, "validation", c->validation);
	if (c->validation_data)
		add_checksum(out, "validation_data", sum_of(c->validation_data));
	else
		add_word(out, "validation_data", "none");
	add_count(out, "patience", c->patience);
	add_number(out, "min_delta", c->min_delta);
	add_number(out, "tolerance", c->tolerance);
}

/* After the options, since some of them decide what is read as data. */
static void add_data(FILE *out, const gf_dataset *data)
{
	add_count(out, "rows", data->rows);
	add_count(out, "features", data->features);
	add_count(out, "outputs", data->outputs);
	add_checksum(out, "numbers", sum_of(data));
}

gf_status fingerprint_of(struct fingerprint *fingerprint, const gf_config *config,
	const gf_dataset *data, size_t total_steps, gf_error *err)
{
	gf_config resolved = *config;
	FILE *out;
	int failed;

	*fingerprint = (struct fingerprint){0};
	out = open_memstream(&fingerprint->text, &fingerprint->length);
	if (!out)
		return gf_fail(err, GF_E_MEMORY, "cannot allocate what a checkpoint belongs to");
	config_resolve(&resolved);
	add_loss(out, &resolved);
	add_optimizer(out, &resolved);
	add_schedule(out, &resolved, total_steps);
	add_start(out, &resolved);
	add_step(out, &resolved);
	add_validation(out, &resolved);
	add_data(out, data);
	failed = ferror(out);
	failed |= fclose(out);
	if (!failed)
		return GF_OK;
	free(fingerprint->text);
	*fingerprint = (struct fingerprint){0};
	return gf_fail(err, GF_E_MEMORY, "cannot allocate what a checkpoint belongs to");
}

/* ---- what differs ---- */

struct line {
	struct slice name, value;
};

static int same(struct slice a, struct slice b)
{
	return a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

/* The line at *at, which then is the next one; 0: there is none. */
static int take_line(struct line *line, const char **at)
{
	const char *start = *at;
	size_t length = strcspn(start, "\n"), name = strcspn(start, " \n");
	size_t value = name < length ? name + 1 : length;

	line->name = (struct slice){start, name};
	line->value = (struct slice){start + value, length - value};
	*at = start + length + (start[length] == '\n');
	return *at != start;
}

static int find_line(struct line *line, struct slice name, const char *text)
{
	while (take_line(line, &text))
		if (same(line->name, name))
			return 1;
	return 0;
}

enum { SHOWN_WHOLE = 200 }; /* bytes of a value at most, else an excerpt */

struct shown {
	char text[SHOWN_WHOLE + QUOTE_ROOM];
};

static int is_plain(struct slice value)
{
	for (size_t i = 0; i < value.length; i++)
		if (value.at[i] < ' ' || value.at[i] > '~')
			return 0;
	return value.length > 0 && value.length <= SHOWN_WHOLE;
}

/* A number with that many digits; whole ones, such as a seed, with all of them.  Of the rest, what
 * the file could have for a terminal to obey is not shown as it is. */
static struct shown show(struct slice value, int digits)
{
	struct shown shown;
	char copy[NUMBER_TEXT_ROOM] = "";
	double number;

	if (!is_plain(value)) {
		strcpy(shown.text, quote_of(value.at, value.length).text);
		return shown;
	}
	if (value.length < sizeof copy)
		memcpy(copy, value.at, value.length);
	if (copy[strspn(copy, "0123456789")] != '\0' && number_text_parse(copy, &number))
		snprintf(shown.text, sizeof shown.text, "%.*g", digits, number);
	else
		snprintf(shown.text, sizeof shown.text, "%.*s", (int)value.length, value.at);
	return shown;
}

/* Both values, with so few digits as tell them apart. */
static void show_both(struct shown shown[2], struct slice made, struct slice now)
{
	shown[0] = show(made, 9);
	shown[1] = show(now, 9);
	if (strcmp(shown[0].text, shown[1].text) != 0)
		return;
	shown[0] = show(made, 17);
	shown[1] = show(now, 17);
}

static gf_status refuse_data(
	const struct line *made, const struct line *now, const char *path, gf_error *err)
{
	int one = slice_is(made->value, "1"); /* "1 row" */

	if (slice_is(now->name, "numbers"))
		return gf_fail(err, GF_E_DATA,
			"%s: the checkpoint was made on other data: other numbers in the same "
			"shape",
			path);
	return gf_fail(err, GF_E_DATA,
		"%s: the checkpoint was made on other data: %s %.*s, now %.*s", path,
		show(made->value, 9).text, (int)now->name.length - one, now->name.at,
		(int)now->value.length, now->value.at);
}

/* Where a checksum says no more than that they are not the same. */
static gf_status refuse_checksum(
	const struct line *made, const struct line *now, const char *path, gf_error *err)
{
	int length = (int)now->name.length;
	const char *name = now->name.at;

	if (slice_is(made->value, "none"))
		return gf_fail(err, GF_E_DATA,
			"%s: the checkpoint was made without %.*s; this training has some", path,
			length, name);
	if (slice_is(now->value, "none"))
		return gf_fail(err, GF_E_DATA,
			"%s: the checkpoint was made with %.*s; this training has none", path,
			length, name);
	return gf_fail(
		err, GF_E_DATA, "%s: the checkpoint was made with other %.*s", path, length, name);
}

static int is_data(struct slice name)
{
	return slice_is(name, "rows") || slice_is(name, "features") || slice_is(name, "outputs") ||
	       slice_is(name, "numbers");
}

static gf_status refuse_line(
	const struct line *made, const struct line *now, const char *path, gf_error *err)
{
	struct shown values[2];
	int length = (int)now->name.length;

	if (is_data(now->name))
		return refuse_data(made, now, path, err);
	if (slice_is(now->name, "init_model") || slice_is(now->name, "validation_data"))
		return refuse_checksum(made, now, path, err);
	show_both(values, made->value, now->value);
	return gf_fail(err, GF_E_DATA,
		"%s: the checkpoint was made with %.*s %s; this training has %.*s %s", path, length,
		now->name.at, values[0].text, length, now->name.at, values[1].text);
}

/* The first line of text whose name the other has not. */
static int find_extra(struct line *line, const char *text, const char *other)
{
	struct line found;

	while (take_line(line, &text))
		if (!find_line(&found, line->name, other))
			return 1;
	return 0;
}

/* The first line of now that was made with another value. */
static int find_difference(
	struct line *made, struct line *now, const char *made_text, const char *now_text)
{
	while (take_line(now, &now_text))
		if (find_line(made, now->name, made_text) && !same(made->value, now->value))
			return 1;
	return 0;
}

gf_status fingerprint_compare(
	const struct fingerprint *fingerprint, const char *text, const char *path, gf_error *err)
{
	struct line made, now;

	if (strcmp(text, fingerprint->text) == 0)
		return GF_OK;
	if (find_difference(&made, &now, text, fingerprint->text))
		return refuse_line(&made, &now, path, err);
	if (find_extra(&now, fingerprint->text, text))
		return gf_fail(err, GF_E_DATA,
			"%s: the checkpoint was made without %.*s; this training has %s", path,
			(int)now.name.length, now.name.at, show(now.value, 9).text);
	if (find_extra(&made, text, fingerprint->text))
		return gf_fail(err, GF_E_DATA,
			"%s: the checkpoint was made with %s %s; this training has none", path,
			show(made.name, 9).text, show(made.value, 9).text);
	return gf_fail(err, GF_E_DATA,
		"%s: the checkpoint's options are not in their order, or twice there", path);
}
