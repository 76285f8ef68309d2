/* fingerprint.c: the fingerprint of a training, and how two of them differ. */
#include "checkpoint.h"
#include "catalog.h"
#include "checksum.h"
#include "config.h"
#include "dataset.h"
#include "error.h"
#include "text.h"
#include "model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- the lines of a fingerprint ---- */

#define WORD(word, help) #word,

static const char *const SCHEDULE_PER_WORDS[] = {GF_SCHEDULE_PER_LIST(WORD)};
static const char *const CLASS_WEIGHT_WORDS[] = {GF_CLASS_WEIGHT_LIST(WORD)};
static const char *const INIT_WORDS[] = {GF_INIT_LIST(WORD)};

/* Whole permutations are "on", as in checkpoints from before there were others. */
static const char *const SHUFFLE_WORDS[GF_SHUFFLE_COUNT] = {
	[GF_SHUFFLE_no] = "off", [GF_SHUFFLE_rows] = "on", [GF_SHUFFLE_blocks] = "blocks"};

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

/* A linear model has no lines of a network, so that checkpoints from before hidden layers match. */
static void add_hidden(FILE *out, const gf_config *c)
{
	const struct hidden hidden = config_hidden(c);
	char widths[HIDDEN_TEXT];

	if (hidden.count == 0)
		return;
	hidden_text(&hidden, widths);
	add_word(out, "hidden", widths);
	add_word(out, "activation", activation_word(hidden.activation));
	if (hidden.activation == GF_ACTIVATION_leaky_relu)
		add_number(out, "negative_slope", hidden.negative_slope);
}

static void add_loss(FILE *out, const gf_config *c)
{
	struct loss_parameters parameters = loss_parameters_of(c);
	double *value;
	const char *name = loss_parameter(c->loss, &parameters, &value);

	add_word(out, "loss", loss_word(c->loss));
	if (name)
		add_number(out, name, *value);
	add_word(out, "class_weight",
		c->class_weights ? c->class_weights : CLASS_WEIGHT_WORDS[c->class_weight]);
}

static void add_optimizer_options(FILE *out, const gf_config *c)
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
	add_optimizer_options(out, c);
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

static uLong sum_floats(uLong sum, const float *values, size_t count)
{
	return values ? crc32_z(sum, (const Bytef *)values, count * sizeof *values) : sum;
}

static uLong sum_doubles(uLong sum, const double *values, size_t count)
{
	return crc32_z(sum, (const Bytef *)values, count * sizeof *values);
}

/* A standardized model has its parameters in two forms.  The sum covers both, since another option
 * decides from which of them a training starts. */
static uLong sum_model(const gf_model *model)
{
	const size_t D = model->features, P = model_params(model);
	const struct standardization *s = &model->standardization;
	uLong sum = sum_floats(0, model->params, P);

	if (!s->center)
		return sum;
	sum = sum_doubles(sum, s->center, D);
	sum = sum_doubles(sum, s->scale, D);
	return sum_floats(sum, s->params, P);
}

static void add_start(FILE *out, const gf_config *c)
{
	const gf_model *model = c->init_model;

	add_word(out, "init", model ? "model" : INIT_WORDS[c->init]);
	if (model)
		add_checksum(out, "init_model", sum_model(model));
	fprintf(out, "seed %" PRIu64 "\n", c->seed);
}

static void add_step(FILE *out, const gf_config *c)
{
	if (c->batch_size)
		add_count(out, "batch_size", c->batch_size);
	else
		add_word(out, "batch_size", "full");
	add_word(out, "shuffle", SHUFFLE_WORDS[c->shuffle]);
	add_switch(out, "drop_last", c->drop_last);
	add_switch(out, "no_bias", c->no_bias);
	add_number(out, "l1", c->l1);
	add_number(out, "l2", c->l2);
	add_number(out, "clip_norm", c->clip_norm);
	add_number(out, "clip_value", c->clip_value);
	add_switch(out, "average", c->average);
	add_switch(out, "standardize", c->standardize);
}

static gf_status sum_data(
	struct checksum *sum, gf_comm *comm, const gf_dataset *data, gf_error *err)
{
	const size_t shape[] = {data->rows, data->features, data->outputs, data->weights != NULL};
	struct byte_ranges ranges = {.count = 0};

	byte_ranges_add(&ranges, shape, sizeof shape);
	byte_ranges_add_x(&ranges, data, data->rows * data->features * sizeof *data->x);
	byte_ranges_add(&ranges, data->y, data->rows * data->outputs * sizeof *data->y);
	byte_ranges_add(&ranges, data->weights, data->rows * sizeof *data->weights);
	byte_ranges_add(&ranges, data->offset, data->rows * sizeof *data->offset);
	return checksum_of(sum, comm, &ranges, err);
}

/* The checksums of the rows, and of the validation data if there is some. */
struct data_sums {
	struct checksum data, validation;
};

static gf_status sum_all(
	struct data_sums *sums, const gf_config *config, const gf_dataset *data, gf_error *err)
{
	const gf_dataset *validation = config->validation_data;

	*sums = (struct data_sums){.data.sum = 0};
	TRY(sum_data(&sums->data, config->comm, data, err));
	return validation ? sum_data(&sums->validation, config->comm, validation, err) : GF_OK;
}

static void add_validation(FILE *out, const gf_config *c, const struct checksum *sum)
{
	add_number(out, "validation", c->validation);
	if (c->validation_data)
		add_checksum(out, "validation_data", sum->sum);
	else
		add_word(out, "validation_data", "none");
	add_count(out, "patience", c->patience);
	add_number(out, "min_delta", c->min_delta);
	add_number(out, "tolerance", c->tolerance);
}

/* Follows the options, so that the first difference found is an option that changes the data. */
static void add_data(FILE *out, const gf_dataset *data, const struct checksum *sum)
{
	add_count(out, "rows", data->rows);
	add_count(out, "features", data->features);
	add_count(out, "outputs", data->outputs);
	if (data->sparse)
		add_switch(out, "sparse", 1);
	add_checksum(out, "numbers", sum->sum);
}

static void add_all(FILE *out, const gf_config *config, const gf_dataset *data,
	const struct data_sums *sums, size_t total_steps)
{
	gf_config resolved = *config;

	config_resolve(&resolved);
	add_hidden(out, &resolved);
	add_loss(out, &resolved);
	add_optimizer(out, &resolved);
	add_schedule(out, &resolved, total_steps);
	add_start(out, &resolved);
	add_step(out, &resolved);
	add_validation(out, &resolved, &sums->validation);
	add_data(out, data, &sums->data);
}

gf_status fingerprint_of(struct fingerprint *fingerprint, const gf_config *config,
	const gf_dataset *data, size_t total_steps, gf_error *err)
{
	struct data_sums sums;
	FILE *out;
	int failed = 1;

	*fingerprint = (struct fingerprint){0};
	TRY(sum_all(&sums, config, data, err));
	out = open_memstream(&fingerprint->text, &fingerprint->length);
	if (out) {
		add_all(out, config, data, &sums, total_steps);
		failed = ferror(out);
		failed |= fclose(out);
	}
	fingerprint->odd = sums.data.odd ? sums.data.odd : sums.validation.odd;
	if (!failed)
		return GF_OK;
	free(fingerprint->text);
	*fingerprint = (struct fingerprint){0};
	return gf_fail(err, GF_E_MEMORY, "cannot allocate the fingerprint of a checkpoint");
}

/* ---- differences ---- */

struct line {
	struct slice name, value;
};

static int are_equal(struct slice a, struct slice b)
{
	return a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

/* Splits the line at *at into name and value and moves *at to the next line.  Returns 0 at the
 * end. */
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

/* Finds the line of that name.  Returns 0 if text has none. */
static int find_line(struct line *line, struct slice name, const char *text)
{
	while (take_line(line, &text))
		if (are_equal(line->name, name))
			return 1;
	return 0;
}

enum { VALUE_LIMIT = 200 }; /* a longer value is quoted in part */

struct value_text {
	char text[VALUE_LIMIT + QUOTE_ROOM];
};

static int is_printable(struct slice value)
{
	for (size_t i = 0; i < value.length; i++)
		if (value.at[i] < ' ' || value.at[i] > '~')
			return 0;
	return value.length > 0 && value.length <= VALUE_LIMIT;
}

/* Returns a value as it appears in a message: a number with that many digits, a whole number (a
 * seed) with all its digits, other text as it is.  Bytes that could control a terminal are
 * quoted. */
static struct value_text format_value(struct slice value, int digits)
{
	struct value_text result;
	char copy[NUMBER_TEXT_ROOM] = "";
	double number;

	if (!is_printable(value)) {
		strcpy(result.text, quote_of(value.at, value.length).text);
		return result;
	}
	if (value.length < sizeof copy)
		memcpy(copy, value.at, value.length);
	if (copy[strspn(copy, "0123456789")] != '\0' && number_text_parse(copy, &number))
		snprintf(result.text, sizeof result.text, "%.*g", digits, number);
	else
		snprintf(result.text, sizeof result.text, "%.*s", (int)value.length, value.at);
	return result;
}

/* Formats both values with 9 digits, or with 17 if 9 do not tell them apart. */
static void format_both(struct value_text values[2], struct slice made, struct slice now)
{
	values[0] = format_value(made, 9);
	values[1] = format_value(now, 9);
	if (strcmp(values[0].text, values[1].text) != 0)
		return;
	values[0] = format_value(made, 17);
	values[1] = format_value(now, 17);
}

static gf_status refuse_data(
	const struct line *made, const struct line *now, const char *path, gf_error *err)
{
	int one = slice_is(made->value, "1"); /* 1: "1 row", not "1 rows" */

	if (slice_is(now->name, "numbers"))
		return gf_fail(err, GF_E_DATA,
			"%s: the checkpoint was made on other data: other numbers in the same "
			"shape",
			path);
	return gf_fail(err, GF_E_DATA,
		"%s: the checkpoint was made on other data: %s %.*s, now %.*s", path,
		format_value(made->value, 9).text, (int)now->name.length - one, now->name.at,
		(int)now->value.length, now->value.at);
}

/* Refuses a value that is a checksum, which a message need not show. */
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
	struct value_text values[2];
	int length = (int)now->name.length;

	if (is_data(now->name))
		return refuse_data(made, now, path, err);
	if (slice_is(now->name, "init_model") || slice_is(now->name, "validation_data"))
		return refuse_checksum(made, now, path, err);
	format_both(values, made->value, now->value);
	return gf_fail(err, GF_E_DATA,
		"%s: the checkpoint was made with %.*s %s; this training has %.*s %s", path, length,
		now->name.at, values[0].text, length, now->name.at, values[1].text);
}

/* Finds the first line of text whose name is not in other. */
static int find_extra(struct line *line, const char *text, const char *other)
{
	struct line found;

	while (take_line(line, &text))
		if (!find_line(&found, line->name, other))
			return 1;
	return 0;
}

/* Finds the first name that both texts have with different values. */
static int find_difference(
	struct line *made, struct line *now, const char *made_text, const char *now_text)
{
	while (take_line(now, &now_text))
		if (find_line(made, now->name, made_text) && !are_equal(made->value, now->value))
			return 1;
	return 0;
}

struct slice fingerprint_difference(const char *a, const char *b)
{
	struct line in_a = {{"", 0}, {"", 0}}, in_b = in_a;

	if (find_difference(&in_a, &in_b, a, b) || find_extra(&in_b, b, a))
		return in_b.name;
	return find_extra(&in_a, a, b) ? in_a.name : (struct slice){"", 0};
}

static int is_of_sparse_rows(const char *text)
{
	struct line line;

	return find_line(&line, (struct slice){"sparse", strlen("sparse")}, text);
}

/* Checksums of the same numbers differ where their rows are kept in another way. */
static gf_status compare_rows(const char *now, const char *in_file, const char *path, gf_error *err)
{
	const int sparse = is_of_sparse_rows(now);

	if (is_of_sparse_rows(in_file) == sparse)
		return GF_OK;
	return gf_fail(err, GF_E_DATA,
		"%s: the checkpoint was made on %s rows, and those of this training are %s; "
		"wanted: the same --sparse",
		path, sparse ? "dense" : "sparse", sparse ? "sparse" : "dense");
}

gf_status fingerprint_compare(
	const struct fingerprint *fingerprint, const char *in_file, const char *path, gf_error *err)
{
	struct line made, now;

	if (strcmp(in_file, fingerprint->text) == 0)
		return GF_OK;
	TRY(compare_rows(fingerprint->text, in_file, path, err));
	if (find_difference(&made, &now, in_file, fingerprint->text))
		return refuse_line(&made, &now, path, err);
	if (find_extra(&now, fingerprint->text, in_file))
		return gf_fail(err, GF_E_DATA,
			"%s: the checkpoint was made without %.*s; this training has %s", path,
			(int)now.name.length, now.name.at, format_value(now.value, 9).text);
	if (find_extra(&made, in_file, fingerprint->text))
		return gf_fail(err, GF_E_DATA,
			"%s: the checkpoint was made with %s %s; this training has none", path,
			format_value(made.name, 9).text, format_value(made.value, 9).text);
	return gf_fail(err, GF_E_DATA,
		"%s: the checkpoint's options are not in their order, or twice there", path);
}
