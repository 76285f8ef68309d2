/* test_stability.c: the notices before the first epoch on the number of epochs that are needed. */
#include "fixture.h"

#include "dataset.h"

#include <stdio.h>
#include <string.h>

struct notices {
	char text[4][512];
	size_t count;
	size_t epochs_before; /* epochs that had ended when the first notice came */
	size_t epochs;        /* epochs that have ended */
};

static void on_notice(const char *text, void *user)
{
	struct notices *notices = user;

	assert_true(notices->count < COUNT(notices->text));
	if (notices->count == 0)
		notices->epochs_before = notices->epochs;
	snprintf(notices->text[notices->count++], sizeof *notices->text, "%s", text);
}

static void on_epoch(const gf_epoch *epoch, void *user)
{
	struct notices *notices = user;

	(void)epoch;
	notices->epochs++;
}

static int stop(void *user)
{
	(void)user;
	return 1;
}

/* Four rows whose columns are orthogonal: the curvatures are 2, 2 a^2 and 2 b^2. */
static gf_dataset *columns(float a, float b)
{
	const float x[] = {a, b, a, -b, -a, b, -a, -b}, y[] = {1, 2, 3, 5};
	gf_dataset *data;

	data = new_data(4, 2, 1, x, y);
	return data;
}

/* Returns the notices of a training that is stopped in its first epochs. */
static struct notices notices_of(const gf_dataset *data, gf_config config, gf_report *report)
{
	struct notices notices = {.count = 0};
	gf_model *model;

	config.notice = on_notice;
	config.on_epoch = on_epoch;
	config.stop = stop;
	config.user = &notices;
	(void)gf_fit(&model, data, &config, report, NULL);
	gf_model_free(model);
	assert_int_equal(notices.epochs_before, 0);
	return notices;
}

/* The bias needs ln(1e-3) / ln(1 - 2 lr) epochs. */
static void a_notice_of_too_few_epochs_names_options_that_need_fewer(void **state)
{
	gf_dataset *data = columns(1.0f, 1.0f), *apart = columns(1.0f, 300.0f);
	gf_config config = config_for(GF_ENGINE_reference, 1000);
	gf_report report;
	struct notices notices;

	(void)state;
	config.lr = 1e-4;
	notices = notices_of(data, config, &report);
	assert_string_equal(notices.text[0],
		"at lr 0.0001 the least loss is about 35000 epochs away, "
		"and 1000 are run: with "
		"--lr auto it is about 1, and with --standardize it may be far fewer");
	assert_close("epochs needed", report.epochs_needed, 34536.0, 2.0);
	config.lr = 1e-6;
	notices = notices_of(apart, config, &report);
	assert_string_equal(notices.text[0],
		"at lr 1e-06 the least loss is about 3.5 million epochs away, "
		"and 1000 are run: with "
		"--standardize it may be far fewer");
	config.lr_auto = 1;
	notices = notices_of(apart, config, &report);
	assert_string_equal(notices.text[0],
		"at lr 5.556e-06 the least loss is about 620000 epochs away, "
		"and 1000 are run: with "
		"--standardize it may be far fewer");
	config.lr_auto = 0;
	config.standardize = 1;
	notices = notices_of(apart, config, &report);
	assert_string_equal(notices.text[0],
		"at lr 1e-06 the least loss is about 3.5 million epochs away, "
		"and 1000 are run: with "
		"--lr auto it is about 1");
	gf_dataset_free(apart);
	gf_dataset_free(data);
}

static void there_is_no_notice_if_no_option_helps_or_the_epochs_are_few(void **state)
{
	gf_dataset *data = columns(1.0f, 1.0f), *apart = columns(1.0f, 300.0f);
	gf_config config = config_for(GF_ENGINE_reference, 5000);
	gf_report report;

	(void)state;
	assert_int_equal(notices_of(data, config, &report).count, 0);
	config.standardize = config.lr_auto = 1;
	assert_int_equal(notices_of(apart, config, &report).count, 0);
	config.standardize = config.lr_auto = 0;
	config.lr = 1e-4;
	config.epochs = 99;
	assert_int_equal(notices_of(data, config, &report).count, 0);
	gf_dataset_free(apart);
	gf_dataset_free(data);
}

/* 4 rows x 3 parameters x 10^10 epochs are more than 2^36. */
static void a_notice_says_that_epochs_are_far_too_many_unless_patience_ends_them(void **state)
{
	gf_dataset *data = columns(1.0f, 1.0f);
	gf_config config = config_for(GF_ENGINE_reference, 10000000000);
	gf_report report;
	struct notices notices;

	(void)state;
	notices = notices_of(data, config, &report);
	assert_int_equal(notices.count, 1);
	assert_string_equal(notices.text[0],
		"about 340 of the 10000000000 epochs bring the loss within 1e-6 of its least: "
		"--epochs 342 stops there, and Ctrl-C stops at any time and keeps the result");
	config.patience = 5;
	assert_int_equal(notices_of(data, config, &report).count, 0);
	config.patience = 0;
	config.epochs = 1000000000;
	assert_int_equal(notices_of(data, config, &report).count, 0);
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_notice_of_too_few_epochs_names_options_that_need_fewer),
		cmocka_unit_test(there_is_no_notice_if_no_option_helps_or_the_epochs_are_few),
		cmocka_unit_test(
			a_notice_says_that_epochs_are_far_too_many_unless_patience_ends_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
