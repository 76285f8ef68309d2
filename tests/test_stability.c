/* test_stability.c: what a training says before its first epoch of how many epochs it takes. */
#include "fixture.h"

#include "dataset.h"

#include <stdio.h>
#include <string.h>

struct told {
	char text[4][512];
	size_t count, epochs; /* notices; epochs that had ended when the first of them came */
	size_t ended;
};

static void on_notice(const char *text, void *user)
{
	struct told *told = user;

	assert_true(told->count < COUNT(told->text));
	if (told->count == 0)
		told->epochs = told->ended;
	snprintf(told->text[told->count++], sizeof *told->text, "%s", text);
}

static void on_epoch(const gf_epoch *epoch, void *user)
{
	struct told *told = user;

	(void)epoch;
	told->ended++;
}

static int stop(void *user)
{
	(void)user;
	return 1;
}

/* Six rows whose columns are orthogonal: curvatures 2, 2 a^2, 2 b^2. */
static gf_dataset *columns(float a, float b)
{
	const float x[] = {a, b, a, -b, -a, b, -a, -b}, y[] = {1, 2, 3, 5};
	gf_dataset *data;

	data = new_data(4, 2, 1, x, y);
	return data;
}

/* Tells of a training of that config, which is stopped in its first epochs. */
static struct told tell(const gf_dataset *data, gf_config config, gf_report *report)
{
	struct told told = {.count = 0};
	gf_model *model;

	config.notice = on_notice;
	config.on_epoch = on_epoch;
	config.stop = stop;
	config.user = &told;
	(void)gf_fit(&model, data, &config, report, NULL);
	gf_model_free(model);
	assert_int_equal(told.epochs, 0);
	return told;
}

/* ln(1e-3) / ln(1 - 2 lr) for the bias */
static void too_few_epochs_are_told_with_what_needs_fewer(void **state)
{
	gf_dataset *data = columns(1.0f, 1.0f), *apart = columns(1.0f, 300.0f);
	gf_config config = config_for(GF_ENGINE_reference, 1000);
	gf_report report;
	struct told told;

	(void)state;
	config.lr = 1e-4;
	told = tell(data, config, &report);
	assert_string_equal(told.text[0],
		"at lr 0.0001 the least loss is about 35000 epochs away, "
		"and 1000 are run: with "
		"--lr auto it is about 1, and with --standardize it may be far fewer");
	assert_close("epochs needed", report.epochs_needed, 34536.0, 2.0);
	config.lr = 1e-6;
	told = tell(apart, config, &report);
	assert_string_equal(told.text[0],
		"at lr 1e-06 the least loss is about 3.5 million epochs away, "
		"and 1000 are run: with "
		"--standardize it may be far fewer");
	config.lr_auto = 1;
	told = tell(apart, config, &report);
	assert_string_equal(told.text[0],
		"at lr 5.556e-06 the least loss is about 620000 epochs away, "
		"and 1000 are run: with "
		"--standardize it may be far fewer");
	config.lr_auto = 0;
	config.standardize = 1;
	told = tell(apart, config, &report);
	assert_string_equal(told.text[0],
		"at lr 1e-06 the least loss is about 3.5 million epochs away, "
		"and 1000 are run: with "
		"--lr auto it is about 1");
	gf_dataset_free(apart);
	gf_dataset_free(data);
}

static void nothing_is_told_where_nothing_helps_or_the_run_is_a_look(void **state)
{
	gf_dataset *data = columns(1.0f, 1.0f), *apart = columns(1.0f, 300.0f);
	gf_config config = config_for(GF_ENGINE_reference, 5000);
	gf_report report;

	(void)state;
	assert_int_equal(tell(data, config, &report).count, 0);
	config.standardize = config.lr_auto = 1;
	assert_int_equal(tell(apart, config, &report).count, 0);
	config.standardize = config.lr_auto = 0;
	config.lr = 1e-4;
	config.epochs = 99;
	assert_int_equal(tell(data, config, &report).count, 0);
	gf_dataset_free(apart);
	gf_dataset_free(data);
}

/* 4 rows x 3 parameters x 10^10 epochs are more than 2^36. */
static void far_too_many_epochs_are_told_unless_something_else_ends_them(void **state)
{
	gf_dataset *data = columns(1.0f, 1.0f);
	gf_config config = config_for(GF_ENGINE_reference, 10000000000);
	gf_report report;
	struct told told;

	(void)state;
	told = tell(data, config, &report);
	assert_int_equal(told.count, 1);
	assert_string_equal(told.text[0],
		"about 340 of the 10000000000 epochs bring the loss within 1e-6 of its least: "
		"--epochs 342 stops there, and Ctrl-C stops at any time and keeps the result");
	config.patience = 5;
	assert_int_equal(tell(data, config, &report).count, 0);
	config.patience = 0;
	config.epochs = 1000000000;
	assert_int_equal(tell(data, config, &report).count, 0);
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(too_few_epochs_are_told_with_what_needs_fewer),
		cmocka_unit_test(nothing_is_told_where_nothing_helps_or_the_run_is_a_look),
		cmocka_unit_test(far_too_many_epochs_are_told_unless_something_else_ends_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
