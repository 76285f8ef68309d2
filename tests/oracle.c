#include "oracle.h"

#include "catalog.h"
#include "dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

static const json_t *member(const json_t *object, const char *key)
{
	const json_t *found = json_object_get(object, key);

	if (!found)
		fail_msg("a record has no \"%s\"", key);
	return found;
}

const json_t *oracle_list(const json_t *object, const char *key)
{
	const json_t *list = member(object, key);

	assert_true(json_is_array(list));
	return list;
}

const char *oracle_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(member(object, key));

	if (!text)
		fail_msg("\"%s\" is not a text", key);
	return text;
}

static double number_of(const json_t *value, const char *key)
{
	if (!json_is_number(value))
		fail_msg("\"%s\" is not a number", key);
	return json_number_value(value);
}

double oracle_number(const json_t *object, const char *key)
{
	return number_of(member(object, key), key);
}

static uint64_t whole_of(const json_t *value, const char *key)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		fail_msg("\"%s\" is not a whole number", key);
	return (uint64_t)json_integer_value(value);
}

uint64_t oracle_whole(const json_t *object, const char *key)
{
	return whole_of(member(object, key), key);
}

/* Nested lists are flattened row by row. */
static size_t flatten(const json_t *list, const char *key, double *out)
{
	size_t count = 0, i;

	for (i = 0; i < json_array_size(list); i++) {
		const json_t *value = json_array_get(list, i);

		if (json_is_array(value))
			count += flatten(value, key, out ? out + count : NULL);
		else if (out)
			out[count++] = number_of(value, key);
		else
			count++;
	}
	return count;
}

double *oracle_numbers(const json_t *object, const char *key, size_t *count)
{
	const json_t *list = json_object_get(object, key);
	double *numbers;

	*count = 0;
	if (!list)
		return NULL;
	*count = flatten(list, key, NULL);
	numbers = calloc(*count + 1, sizeof *numbers);
	assert_non_null(numbers);
	flatten(list, key, numbers);
	return numbers;
}

static double *numbers_of(const json_t *object, const char *key, size_t wanted)
{
	size_t count;
	double *numbers = oracle_numbers(object, key, &count);

	if (numbers && count != wanted)
		fail_msg("\"%s\" has %zu numbers, wanted %zu", key, count, wanted);
	return numbers;
}

static float *to_floats(double *numbers, size_t count)
{
	float *floats = calloc(count + 1, sizeof *floats);
	size_t i;

	assert_non_null(floats);
	for (i = 0; i < count; i++)
		floats[i] = (float)numbers[i];
	free(numbers);
	return floats;
}

/* ---- the configuration ---- */

enum kind { REAL, REALS, FLAG, WHOLE, SEED, TEXT, CLASS_WEIGHT, SCHEDULE_PER };

#define OPTION(name, kind)                             \
	{                                              \
#name, kind, offsetof(gf_config, name) \
	}

static const struct option {
	const char *name;
	enum kind kind;
	size_t offset;
} OPTIONS[] = {
	OPTION(negative_slope, REAL),
	OPTION(delta, REAL),
	OPTION(beta, REAL),
	OPTION(epsilon, REAL),
	OPTION(quantile, REAL),
	OPTION(power, REAL),
	OPTION(label_smoothing, REAL),
	OPTION(class_weight, CLASS_WEIGHT),
	OPTION(lr, REAL),
	OPTION(momentum, REAL),
	OPTION(dampening, REAL),
	OPTION(nesterov, FLAG),
	OPTION(weight_decay, REAL),
	OPTION(maximize, FLAG),
	OPTION(betas, REALS),
	OPTION(eps, REAL),
	OPTION(alpha, REAL),
	OPTION(centered, FLAG),
	OPTION(amsgrad, FLAG),
	OPTION(lr_decay, REAL),
	OPTION(schedule, TEXT),
	OPTION(schedule_per, SCHEDULE_PER),
	OPTION(warmup, WHOLE),
	OPTION(epochs, WHOLE),
	OPTION(batch_size, WHOLE),
	OPTION(shuffle, FLAG),
	OPTION(drop_last, FLAG),
	OPTION(seed, SEED),
	OPTION(clip_norm, REAL),
	OPTION(clip_value, REAL),
	OPTION(average, FLAG),
	OPTION(validation, REAL),
	OPTION(patience, WHOLE),
};

#define WORD(word, help) #word,

static const char *const CLASS_WEIGHTS[] = {GF_CLASS_WEIGHT_LIST(WORD)};
static const char *const SCHEDULE_PERS[] = {GF_SCHEDULE_PER_LIST(WORD)};

static size_t place_of(const json_t *value, const char *const *words, size_t count)
{
	const char *word = json_string_value(value);
	size_t i;

	for (i = 0; word && i < count; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	fail_msg("a record has a word that the library does not have: %s", word ? word : "no text");
	return 0;
}

static void set_option(gf_config *config, const struct option *option, const json_t *value)
{
	void *field = (char *)config + option->offset;

	switch (option->kind) {
	case REAL:
		*(double *)field = number_of(value, option->name);
		break;
	case REALS:
		assert_int_equal(flatten(value, option->name, NULL), 2);
		flatten(value, option->name, field);
		break;
	case FLAG:
		*(int *)field = (int)whole_of(value, option->name);
		break;
	case WHOLE:
		*(size_t *)field = whole_of(value, option->name);
		break;
	case SEED:
		*(uint64_t *)field = whole_of(value, option->name);
		break;
	case TEXT:
		*(const char **)field = json_string_value(value);
		break;
	case CLASS_WEIGHT:
		config->class_weight =
			(gf_class_weight)place_of(value, CLASS_WEIGHTS, GF_CLASS_WEIGHT_COUNT);
		break;
	case SCHEDULE_PER:
		config->schedule_per =
			(gf_schedule_per)place_of(value, SCHEDULE_PERS, GF_SCHEDULE_PER_COUNT);
		break;
	}
}

static const struct option *find_option(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(OPTIONS); i++)
		if (strcmp(name, OPTIONS[i].name) == 0)
			return &OPTIONS[i];
	fail_msg("a record has the option \"%s\", which the reader does not know", name);
	return NULL;
}

static gf_optimizer optimizer_named(const char *word)
{
	size_t i;

	for (i = 0; i < GF_OPTIMIZER_COUNT; i++)
		if (strcmp(word, optimizer_word((gf_optimizer)i)) == 0)
			return (gf_optimizer)i;
	fail_msg("a record has the optimizer \"%s\"", word);
	return GF_OPTIMIZER_COUNT;
}

static void set_hidden(gf_config *config, const json_t *one)
{
	size_t count, i;
	double *widths = oracle_numbers(one, "hidden", &count);

	assert_true(count <= GF_HIDDEN_LAYERS);
	for (i = 0; i < count; i++)
		config->hidden[i] = (size_t)widths[i];
	if (widths)
		assert_true(activation_parse(oracle_text(one, "activation"), &config->activation));
	free(widths);
}

gf_config oracle_config(const json_t *one)
{
	json_t *options = json_object_get(one, "options"), *value;
	gf_config config;
	const char *name;

	gf_config_default(&config);
	config.optimizer = optimizer_named(oracle_text(one, "optimizer"));
	if (json_object_get(one, "loss"))
		assert_true(loss_parse(oracle_text(one, "loss"), &config.loss));
	json_object_foreach(options, name, value)
	{
		set_option(&config, find_option(name), value);
	}
	set_hidden(&config, one);
	return config;
}

/* ---- the data ---- */

static void set_classes(gf_dataset *data, size_t classes)
{
	size_t i;

	data->class_names = calloc(classes, sizeof *data->class_names);
	assert_non_null(data->class_names);
	data->classes = classes;
	for (i = 0; i < classes; i++) {
		data->class_names[i] = calloc(1, 32);
		assert_non_null(data->class_names[i]);
		snprintf(data->class_names[i], 32, "%zu", i);
	}
}

/* Sets targets for the hinge losses as readers of files do: the first class is -1, the second 1. */
static void set_signs(gf_dataset *data)
{
	size_t i;

	for (i = 0; i < data->rows; i++)
		data->y[i] = 2.0f * data->y[i] - 1.0f;
}

static gf_dataset *data_of(const json_t *one)
{
	size_t rows, count;
	double *y = oracle_numbers(one, "y", &rows), *x = oracle_numbers(one, "x", &count);
	double *weights = numbers_of(one, "weight", rows);
	float *x_floats = to_floats(x, count), *y_floats = to_floats(y, rows);
	gf_dataset *data = NULL;
	gf_error err = {0};

	assert_true(rows > 0 && count % rows == 0);
	if (gf_dataset_new(&data,
		    &(gf_arrays){.rows = rows,
			    .features = count / rows,
			    .outputs = 1,
			    .x = x_floats,
			    .y = y_floats},
		    &err))
		fail_msg("%s", err.message);
	free(x_floats);
	free(y_floats);
	if (weights)
		data->weights = to_floats(weights, rows);
	if (json_object_get(one, "classes"))
		set_classes(data, oracle_whole(one, "classes"));
	return data;
}

gf_dataset *oracle_read_classes(const char *path)
{
	gf_read_options options;
	gf_dataset *data = NULL;
	gf_error err = {0};

	gf_read_options_default(&options);
	options.loss = GF_LOSS_cross_entropy;
	if (gf_dataset_read(&data, path, &options, &err))
		fail_msg("%s", err.message);
	return data;
}

/* ---- the records ---- */

struct oracle *oracle_open(const char *name)
{
	struct oracle *oracle = calloc(1, sizeof *oracle);
	json_error_t error;
	char path[256];

	assert_non_null(oracle);
	snprintf(path, sizeof path, "tests/oracle/%s", name);
	oracle->record = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (!oracle->record)
		fail_msg("%s:%d: %s", path, error.line, error.text);
	if (json_object_get(oracle->record, "cases"))
		oracle->cases = oracle_list(oracle->record, "cases");
	oracle->count = json_array_size(oracle->cases);
	return oracle;
}

void oracle_close(struct oracle *oracle)
{
	json_decref(oracle->record);
	free(oracle);
}

static void describe(struct oracle_case *c, const json_t *one)
{
	const json_t *widths = json_object_get(one, "hidden");
	char *options = json_dumps(json_object_get(one, "options"), JSON_COMPACT);
	char *hidden = widths ? json_dumps(widths, JSON_COMPACT) : NULL;
	const char *name = json_string_value(json_object_get(one, "name"));

	assert_non_null(options);
	snprintf(c->what, sizeof c->what, "%s%s%s%s%s%s, %s %s, %s", name ? name : "",
		name ? ": " : "", hidden ? activation_word(c->config.activation) : "",
		hidden ? hidden : "", hidden ? ", " : "", oracle_text(one, "loss"),
		oracle_text(one, "optimizer"), options, oracle_text(one, "data"));
	free(hidden);
	free(options);
}

static void read_run(struct oracle_run *run, const json_t *one, const char *digits, size_t params)
{
	char key[32];

#define KEY(name) (snprintf(key, sizeof key, name "%s", digits), key)
	run->loss = oracle_numbers(one, KEY("loss"), &run->losses);
	run->val_loss = numbers_of(one, KEY("val_loss"), run->losses);
	run->final = numbers_of(one, KEY("final"), params);
	run->average = numbers_of(one, KEY("average"), params);
	run->average_val_loss =
		run->average ? oracle_number(one, KEY("average_val_loss")) : (double)NAN;
#undef KEY
	assert_non_null(run->loss);
	assert_non_null(run->final);
}

static void read_marks(struct oracle_case *c, const json_t *record, const json_t *one)
{
	double *marks = oracle_numbers(record, "marks", &c->marks);
	size_t i;

	c->mark = calloc(c->marks + 1, sizeof *c->mark);
	assert_non_null(c->mark);
	for (i = 0; i < c->marks; i++)
		c->mark[i] = (size_t)marks[i];
	free(marks);
	c->params = numbers_of(one, "params64", c->marks * c->parameters);
}

void oracle_case_read(struct oracle_case *c, const struct oracle *oracle, size_t i)
{
	const json_t *one = json_array_get(oracle->cases, i);
	double *start;

	*c = (struct oracle_case){.config = oracle_config(one)};
	describe(c, one);
	c->data = data_of(member(member(oracle->record, "data"), oracle_text(one, "data")));
	if (loss_targets(c->config.loss) == TARGETS_TWO_CLASSES)
		set_signs(c->data);
	start = oracle_numbers(one, "start", &c->parameters);
	assert_non_null(start);
	c->start = to_floats(start, c->parameters);
	read_run(&c->exact, one, "64", c->parameters);
	read_run(&c->single, one, "32", c->parameters);
	read_marks(c, oracle->record, one);
	if (!json_object_get(json_object_get(one, "options"), "epochs"))
		c->config.epochs = c->exact.losses;
}

static void free_run(struct oracle_run *run)
{
	free(run->loss);
	free(run->val_loss);
	free(run->final);
	free(run->average);
}

void oracle_case_free(struct oracle_case *c)
{
	free_run(&c->exact);
	free_run(&c->single);
	gf_dataset_free(c->data);
	free(c->start);
	free(c->mark);
	free(c->params);
}
