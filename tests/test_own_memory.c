/*
 * test_own_memory.c: a device with memory of its own, as most GPUs have, gets copies of rows: also
 * of rows that the caller keeps, and of those that a predictor gets again and again.
 *
 * The linker routes clGetDeviceInfo here (--wrap, in the Makefile), so that this device is one.
 */
#include "fixture.h"
#include "scratch.h"

#include "model.h"

#include <CL/cl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__typeof__(clGetDeviceInfo) __real_clGetDeviceInfo, __wrap_clGetDeviceInfo;

static int own_memory;
static cl_ulong memory; /* of the device; 0: as much as it has */

cl_int __wrap_clGetDeviceInfo(
	cl_device_id device, cl_device_info property, size_t size, void *value, size_t *size_used)
{
	const cl_int code = __real_clGetDeviceInfo(device, property, size, value, size_used);

	if (own_memory && !code && value && property == CL_DEVICE_HOST_UNIFIED_MEMORY)
		memset(value, 0, size);
	if (memory && !code && value && property == CL_DEVICE_GLOBAL_MEM_SIZE)
		memcpy(value, &memory, sizeof memory);
	return code;
}

static gf_config checked(gf_engine engine)
{
	gf_config config = config_for(engine, 3);

	config.check = GF_CHECK_every;
	return config;
}

/* The device has the rows without anything behind them on the host. */
static void rows_that_the_caller_keeps_are_copied_to_the_device(void **state)
{
	static const gf_engine engines[] = {
		GF_ENGINE_resident, GF_ENGINE_streaming, GF_ENGINE_moments};
	const size_t rows = 130, features = 17;
	gf_dataset *copied = random_data(rows, features, 1), *borrowed;
	float *x = malloc(rows * features * sizeof *x);

	(void)state;
	assert_non_null(x);
	memcpy(x, gf_dataset_x(copied), rows * features * sizeof *x);
	assert_int_equal(gf_dataset_new(&borrowed,
				 &(gf_arrays){.rows = rows,
					 .features = features,
					 .outputs = 1,
					 .x = x,
					 .y = gf_dataset_y(copied),
					 .borrow_x = 1},
				 NULL),
		GF_OK);
	for (size_t i = 0; i < COUNT(engines); i++) {
		const gf_config config = checked(engines[i]);
		gf_model *wanted, *found;

		own_memory = 0;
		wanted = fit_model(copied, &config, NULL);
		own_memory = 1;
		found = fit_model(borrowed, &config, NULL);
		assert_same_params(found, wanted->params);
		gf_model_free(wanted);
		gf_model_free(found);
	}
	gf_dataset_free(borrowed);
	gf_dataset_free(copied);
	free(x);
}

static void a_predictor_sends_the_rows_of_each_call(void **state)
{
	static const size_t counts[] = {7, 300, 64, 1, 299};
	const gf_config config = checked(GF_ENGINE_auto);
	gf_dataset *data = random_data(300, 5, 2);
	gf_model *model = new_model(5, 2);
	gf_predictor *predictor;
	float wanted[600], z[600];
	gf_error err;

	(void)state;
	init_params(model, 1);
	own_memory = 0;
	assert_int_equal(gf_predict(model, data, &config, wanted, NULL), GF_OK);
	own_memory = 1;
	assert_int_equal(gf_predictor_open(&predictor, model, &config, NULL), GF_OK);
	for (size_t i = 0; i < COUNT(counts); i++) {
		/* The last rows, so that each call has others. */
		const size_t first = 300 - counts[i];
		const gf_arrays rows = {
			.rows = counts[i], .features = 5, .x = gf_dataset_x(data) + first * 5};

		if (gf_predictor_run(predictor, &rows, z, &err))
			fail_msg("%s", err.message);
		assert_memory_equal(z, wanted + 2 * first, 2 * counts[i] * sizeof *z);
	}
	gf_predictor_free(predictor);
	gf_model_free(model);
	gf_dataset_free(data);
}

/* Returns a dataset whose features are those of another one. */
static gf_dataset *borrow_rows(const gf_dataset *from)
{
	const gf_arrays arrays = {.rows = gf_dataset_rows(from),
		.features = gf_dataset_features(from),
		.outputs = gf_dataset_outputs(from),
		.x = gf_dataset_x(from),
		.y = gf_dataset_y(from),
		.borrow_x = 1};
	gf_dataset *data;

	assert_int_equal(gf_dataset_new(&data, &arrays, NULL), GF_OK);
	return data;
}

static void rows_that_its_memory_has_no_room_for_take_turns(void **state)
{
	static const gf_engine engines[] = {GF_ENGINE_auto, GF_ENGINE_streaming, GF_ENGINE_moments};
	gf_dataset *copied = random_data(9000, 5, 1), *borrowed = borrow_rows(copied);

	(void)state;
	for (size_t i = 0; i < COUNT(engines); i++) {
		const gf_config config = checked(engines[i]);
		gf_model *wanted, *found;
		gf_report report;

		own_memory = 0;
		wanted = fit_model(copied, &config, NULL);
		own_memory = 1;
		/* 7/8 of it are 386 KB, of which 216 are for targets and weights: x has 180, and
		 * two parts with two leaves of engine moments each have 165. */
		memory = 441000;
		found = fit_model(i == 0 ? copied : borrowed, &config, &report);
		memory = 0;
		assert_true(report.parts_held < report.parts);
		assert_same_params(found, wanted->params);
		gf_model_free(wanted);
		gf_model_free(found);
	}
	gf_dataset_free(borrowed);
	gf_dataset_free(copied);
}

static gf_dataset *sparse_data(void)
{
	gf_read_options options;
	gf_dataset *data;
	FILE *file = fopen("rows.svm", "w");

	assert_non_null(file);
	for (int i = 0; i < 130; i++)
		fprintf(file, "%d %d:%d 17:%d\n", i % 7, 1 + i % 16, i, i % 5);
	assert_int_equal(fclose(file), 0);
	gf_read_options_default(&options);
	options.sparse = 1;
	assert_int_equal(gf_dataset_read(&data, "rows.svm", &options, NULL), GF_OK);
	return data;
}

static void sparse_rows_are_copied_to_the_device(void **state)
{
	const gf_config config = checked(GF_ENGINE_streaming);
	gf_dataset *data = sparse_data();
	gf_model *wanted, *found;

	(void)state;
	own_memory = 0;
	wanted = fit_model(data, &config, NULL);
	own_memory = 1;
	found = fit_model(data, &config, NULL);
	assert_same_params(found, wanted->params);
	gf_model_free(wanted);
	gf_model_free(found);
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_that_the_caller_keeps_are_copied_to_the_device),
		cmocka_unit_test(rows_that_its_memory_has_no_room_for_take_turns),
		cmocka_unit_test(a_predictor_sends_the_rows_of_each_call),
		cmocka_unit_test(sparse_rows_are_copied_to_the_device),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
