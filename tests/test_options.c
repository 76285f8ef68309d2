/* test_options.c: what options.def says of a resumed training is what the fingerprint does. */
#include "basics.h"

#include "checkpoint.h"
#include "option_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARGUMENT_COUNT = 16, ARGUMENT_ROOM = 64 };

/* The rows belong to these commands, of which none is run. */
const struct command commands[] = {
	{.name = "train", .bit = TRAIN, .operand = "DATA"}, {.name = NULL}};

struct arguments {
	char text[ARGUMENT_COUNT][ARGUMENT_ROOM];
	int count;
};

/* ---- arguments that give an option a value other than its default ---- */

static const struct {
	const char *metavar, *value;
} VALUES[] = {
	{"N", "7"},
	{"X", "0.25"},
	{"W", "0=2"},
	{"S", "7"},
	{"SIZE", "5M"},
	{"K", "3"},
	{"NAME=LIST", "lr=0.1,0.01"},
	{"C", ","},
	{"D", "cpu"},
	{"EPOCH", "0"},
	{"FILE", "file.c"},
	{"PLUGIN", "mpi.so"},
	{"SECONDS", "9"},
	{"LEVEL", "0.9"},
	{"COL", "a"},
	{"COLS", "a,b"},
	{"TEXT", "#"},
	{"WORDS", "none"},
	{"WIDTHS", "3,2"},
	{"B1,B2", "0.8,0.95"},
	{"WORD:...", "step:step_size=3"},
};

static const char *value_of(const struct option_row *row)
{
	if (row->words && strcmp(row->metavar, "WORD") == 0)
		return row->words[1].word;
	if (row->option == OPT_PLOT)
		return "picture.svg";
	if (row->range == RANGE_ONE_TO_TWO)
		return "1.25";
	for (size_t i = 0; i < COUNT(VALUES); i++)
		if (strcmp(VALUES[i].metavar, row->metavar) == 0)
			return VALUES[i].value;
	fail_msg("no value for --%s %s", row->name, row->metavar);
	return NULL;
}

static void add(struct arguments *arguments, const char *name, const char *value)
{
	assert_true(arguments->count < ARGUMENT_COUNT);
	snprintf(arguments->text[arguments->count++], ARGUMENT_ROOM, "--%s%s%s", name,
		value ? "=" : "", value ? value : "");
}

static void add_option(struct arguments *arguments, const struct option_row *row)
{
	add(arguments, row->name, row->metavar ? value_of(row) : NULL);
}

static void add_loss(struct arguments *arguments, const struct option_row *row)
{
	gf_loss loss = GF_LOSS_cross_entropy;

	if (row->loss_parameter)
		for (loss = 0; !loss_of(loss)->parameter ||
			       strcmp(loss_of(loss)->parameter, row->loss_parameter) != 0;)
			loss++;
	add(arguments, "loss", loss_of(loss)->word);
}

static void add_optimizer(struct arguments *arguments, const struct option_row *row)
{
	gf_optimizer optimizer = 0;

	while (!(optimizer_of(optimizer)->options & row->optimizer_option))
		optimizer++;
	add(arguments, "optimizer", optimizer_of(optimizer)->word);
}

static void add_activation(struct arguments *arguments, const struct option_row *row)
{
	gf_activation activation = 0;

	while (!(row->activations >> activation & 1u))
		activation++;
	add(arguments, "activation", activation_word(activation));
}

/* Adds what the option needs to have an effect. */
static void add_needs(struct arguments *arguments, const struct option_row *row)
{
	if (option_reads_data(row))
		snprintf(arguments->text[arguments->count++], ARGUMENT_ROOM, "data.csv");
	if (row->option == OPT_UNSEEN)
		add(arguments, "validation", "other.csv"); /* a share has no effect on it */
	else if (row->needs)
		add_option(arguments, option_row(commands, row->needs));
	if (row->loss_parameter || row->of_classes)
		add_loss(arguments, row);
	if (row->optimizer_option)
		add_optimizer(arguments, row);
	if (row->activations)
		add_activation(arguments, row);
}

/* ---- fingerprints ---- */

static const float X[] = {1, 2, 3}, Y[] = {1, 0, 1};

/* The fingerprint of a training with these arguments, for the caller to free. */
static char *fingerprint_with(const struct arguments *arguments)
{
	const gf_arrays arrays = {.rows = 3, .features = 1, .outputs = 1, .x = X, .y = Y};
	char *texts[ARGUMENT_COUNT];
	struct fingerprint fingerprint;
	struct options options;
	gf_dataset *data = NULL;
	int code = 0;

	for (int i = 0; i < arguments->count; i++)
		texts[i] = (char *)arguments->text[i];
	assert_true(options_parse(&options, commands, true, arguments->count, texts, &code));
	assert_int_equal(gf_dataset_new(&data, &arrays, NULL), GF_OK);
	assert_int_equal(fingerprint_of(&fingerprint, &options.config, data, 0, NULL), GF_OK);
	gf_dataset_free(data);
	options_free(&options);
	return fingerprint.text;
}

static void assert_row_is_true(const struct option_row *row)
{
	struct arguments arguments = {0};
	char *without, *with;
	const bool wanted = !option_may_differ(row) && !option_reads_data(row);
	bool differs;

	add_needs(&arguments, row);
	without = fingerprint_with(&arguments);
	add_option(&arguments, row);
	with = fingerprint_with(&arguments);
	differs = strcmp(without, with) != 0;
	if (differs != wanted)
		fail_msg("--%s: the fingerprint %s this option, but by options.def a resumed "
			 "training may %s another value",
			row->name, differs ? "has" : "does not have", wanted ? "not have" : "have");
	free(without);
	free(with);
}

static void the_fingerprint_has_the_options_that_options_def_says(void **state)
{
	const struct option_row *row;
	size_t count = 0;

	(void)state;
	for (size_t i = 0; (row = option_row_at(i)); i++) {
		if (!(row->commands & TRAIN) || row->group == GROUP_HELP)
			continue;
		assert_row_is_true(row);
		count++;
	}
	assert_true(count > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fingerprint_has_the_options_that_options_def_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
