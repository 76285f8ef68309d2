/* test_progress.c: each call tells on_progress its phases in order, and how far they are. */
#include "basics.h"
#include "scratch.h"
#include "gpufitcl_notebook.h"

#include <stdlib.h>
#include <string.h>

enum { PHASES_MOST = 64, ROWS = 200000, EPOCHS = 3, BATCH = 50000, BATCHES = ROWS / BATCH };

#define CSV "rows.csv"

/* The phases that were told, repetitions in a row counted once. */
struct heard {
	gf_phase phases[PHASES_MOST];
	size_t count, calls[GF_PHASE_COUNT];
	gf_progress last[GF_PHASE_COUNT];
};

static void hear(const gf_progress *progress, void *user)
{
	struct heard *heard = user;
	const gf_phase phase = progress->phase;
	const gf_progress *last = &heard->last[phase];

	assert_true(phase < GF_PHASE_COUNT);
	assert_true(progress->total == 0 || progress->done <= progress->total);
	if (heard->calls[phase])
		assert_true(progress->total == last->total && progress->done >= last->done);
	heard->last[phase] = *progress;
	heard->calls[phase]++;
	if (heard->count && heard->phases[heard->count - 1] == phase)
		return;
	assert_true(heard->count < PHASES_MOST);
	heard->phases[heard->count++] = phase;
}

static void assert_phases(const struct heard *heard, const gf_phase *wanted, size_t count)
{
	assert_int_equal(heard->count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(heard->phases[i], wanted[i]);
}

#define ASSERT_PHASES(heard, ...)                             \
	assert_phases(heard, (const gf_phase[]){__VA_ARGS__}, \
		sizeof((const gf_phase[]){__VA_ARGS__}) / sizeof(gf_phase))

/* Writes some MiB of rows with y = 2 x + 1. */
static int write_rows(void **state)
{
	FILE *file;

	if (scratch_enter(state))
		return -1;
	file = fopen(CSV, "w");
	if (!file)
		return -1;
	for (size_t i = 0; i < ROWS; i++)
		fprintf(file, "%.6f,%.6f\n", (double)i / ROWS, 2.0 * (double)i / ROWS + 1.0);
	return fclose(file);
}

static gf_dataset *read_rows(struct heard *heard)
{
	gf_read_options options;
	gf_dataset *data;

	gf_read_options_default(&options);
	options.on_progress = heard ? hear : NULL;
	options.user = heard;
	assert_int_equal(gf_dataset_read(&data, CSV, &options, NULL), GF_OK);
	return data;
}

static gf_config config_hearing(struct heard *heard)
{
	gf_config config;

	gf_config_default(&config);
	config.engine = GF_ENGINE_reference;
	config.epochs = EPOCHS;
	config.on_progress = hear;
	config.user = heard;
	return config;
}

static gf_model *fit(const gf_config *config)
{
	gf_dataset *data = read_rows(NULL);
	gf_model *model;

	assert_int_equal(gf_fit(&model, data, config, NULL, NULL), GF_OK);
	gf_dataset_free(data);
	return model;
}

static void reading_tells_how_much_of_the_file_is_read(void **state)
{
	struct heard heard = {.count = 0};
	struct stat info;

	(void)state;
	assert_int_equal(stat(CSV, &info), 0);
	gf_dataset_free(read_rows(&heard));
	ASSERT_PHASES(&heard, GF_PHASE_reading, GF_PHASE_preparing);
	assert_int_equal(heard.last[GF_PHASE_reading].total, info.st_size);
	/* Reading goes on by 1 MiB at a time. */
	assert_true(heard.last[GF_PHASE_reading].done + (2 << 20) > (uint64_t)info.st_size);
	assert_true(heard.calls[GF_PHASE_reading] > (size_t)info.st_size >> 20);
}

static void a_training_tells_its_steps_and_then_evaluates(void **state)
{
	struct heard heard = {.count = 0};
	gf_config config = config_hearing(&heard);

	(void)state;
	config.batch_size = BATCH;
	gf_model_free(fit(&config));
	ASSERT_PHASES(&heard, GF_PHASE_preparing, GF_PHASE_compiling, GF_PHASE_training,
		GF_PHASE_evaluating);
	assert_int_equal(heard.last[GF_PHASE_training].total, EPOCHS * BATCHES);
	assert_true(heard.last[GF_PHASE_training].done < EPOCHS * BATCHES);
}

static void a_checkpoint_is_saved_in_a_phase_of_its_own(void **state)
{
	struct heard heard = {.count = 0};
	gf_config config = config_hearing(&heard);

	(void)state;
	config.checkpoint = "run.ckpt";
	config.checkpoint_every = EPOCHS;
	gf_model_free(fit(&config));
	ASSERT_PHASES(&heard, GF_PHASE_preparing, GF_PHASE_compiling, GF_PHASE_training,
		GF_PHASE_saving, GF_PHASE_evaluating);
}

static void an_evaluation_predicts_and_evaluates(void **state)
{
	struct heard heard = {.count = 0}, later = {.count = 0};
	gf_config config = config_hearing(&heard);
	gf_model *model = fit(&config);
	gf_dataset *data = read_rows(NULL);
	gf_metrics metrics;

	(void)state;
	config.user = &later;
	config.check = GF_CHECK_off;
	assert_int_equal(gf_evaluate(model, data, &config, &metrics, NULL), GF_OK);
	ASSERT_PHASES(&later, GF_PHASE_preparing, GF_PHASE_compiling, GF_PHASE_predicting,
		GF_PHASE_evaluating);
	gf_dataset_free(data);
	gf_model_free(model);
}

static void a_check_is_a_phase_of_its_own(void **state)
{
	struct heard heard = {.count = 0};
	gf_config config = config_hearing(&heard);
	gf_dataset *data;

	(void)state;
	config.engine = GF_ENGINE_auto;
	config.check = GF_CHECK_every;
	assert_int_equal(gf_dataset_notebook(&data, NULL), GF_OK);

	gf_model *model;

	assert_int_equal(gf_fit(&model, data, &config, NULL, NULL), GF_OK);
	ASSERT_PHASES(&heard, GF_PHASE_preparing, GF_PHASE_compiling, GF_PHASE_training,
		GF_PHASE_checking, GF_PHASE_evaluating, GF_PHASE_checking);
	gf_model_free(model);
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_tells_how_much_of_the_file_is_read),
		cmocka_unit_test(a_training_tells_its_steps_and_then_evaluates),
		cmocka_unit_test(a_checkpoint_is_saved_in_a_phase_of_its_own),
		cmocka_unit_test(an_evaluation_predicts_and_evaluates),
		cmocka_unit_test(a_check_is_a_phase_of_its_own),
	};

	return cmocka_run_group_tests(tests, write_rows, scratch_leave);
}
