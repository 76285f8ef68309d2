/*
 * test_slower_device.c: a notice says that a CPU takes the steps of small batches in less time than
 * a GPU does: as a function of the problem and the device, as a text, and where a CPU is taken for
 * a GPU.
 */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "basics.h"

#include "gpufitcl_notebook.h"
#include "training.h"
#include "variant.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the estimate ---- */

static struct step_seconds seconds_of(size_t rows, size_t features, gf_engine engine, int is_cpu)
{
	const struct device device = {.id.info = {.compute_units = 132}, .is_cpu = is_cpu};
	const gf_dataset data = {.rows = 1000000, .features = features, .outputs = 1};
	const struct problem problem = {.data = &data,
		.train_rows = data.rows,
		.outputs = 1,
		.loss = GF_LOSS_mse,
		.batch_size = rows,
		.update = {.optimizer = GF_OPTIMIZER_sgd}};

	return variant_step_seconds(&problem, engine, &device);
}

/* Near the figures that the estimate is made of: 4.3 ns a row on a CPU at batches of 32, and on a
 * GPU 100 ns; a step of 12 us in launches, which a CPU needs for some 100000 multiply-adds. */
static void small_batches_take_longer_on_a_gpu(void **state)
{
	struct step_seconds s = seconds_of(32, 32, GF_ENGINE_resident, 0);

	(void)state;
	assert_true(s.on_cpu > 0.9 * 32 * 4.3e-9 && s.on_cpu < 1.3 * 32 * 4.3e-9);
	assert_true(s.here > 0.9 * 32 * 1e-7 && s.here < 1.1 * 32 * 1e-7);
	s = seconds_of(1024, 32, GF_ENGINE_streaming, 0);
	assert_true(s.here > 2.0 * s.on_cpu);
	s = seconds_of(3000, 32, GF_ENGINE_streaming, 0);
	assert_true(s.here < s.on_cpu);
	s = seconds_of(1000000, 32, GF_ENGINE_streaming, 0);
	assert_true(s.here < s.on_cpu);
}

static void nothing_is_estimated_on_a_cpu_and_for_moments(void **state)
{
	(void)state;
	assert_true(seconds_of(32, 32, GF_ENGINE_resident, 1).here == 0.0);
	assert_true(seconds_of(1000000, 32, GF_ENGINE_moments, 0).here == 0.0);
}

/* ---- the text ---- */

static const struct {
	struct step_seconds seconds;
	size_t steps;
	long cpu;
	const char *text;
} TEXTS[] = {
	{{3.2e-6, 1.4e-7}, 1000000, 1,
		"a CPU would be faster: by estimate it takes a step of 32 rows in 0.14 us, and "
		"this device in 3.2 us or more; --device 1 is one"},
	{{1.2e-5, 4.4e-6}, 1000000, -1,
		"a CPU would be faster: by estimate it takes a step of 32 rows in 4.4 us, and this "
		"device in 12 us or more; OpenCL finds no CPU here, and PoCL would be one"},
	/* A training of less than a second, and a CPU that is not clearly faster. */
	{{3.2e-6, 1.4e-7}, 300000, 1, ""},
	{{1.2e-5, 6.1e-6}, 1000000, 1, ""},
};

static void the_text_names_both_times_and_a_cpu(void **state)
{
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(TEXTS); i++) {
		slower_device_text(
			text, sizeof text, &TEXTS[i].seconds, TEXTS[i].steps, 32, TEXTS[i].cpu);
		assert_string_equal(text, TEXTS[i].text);
	}
}

/* ---- a training ---- */

static cl_device_type pretended;

/* Takes the place of OpenCL's function, and calls it. */
cl_int clGetDeviceInfo(
	cl_device_id device, cl_device_info what, size_t size, void *value, size_t *got)
{
	__typeof__(clGetDeviceInfo) *real = NULL;
	cl_int code;

	*(void **)&real = dlsym(RTLD_NEXT, "clGetDeviceInfo");
	assert_non_null(*(void **)&real);
	code = real(device, what, size, value, got);
	if (!code && what == CL_DEVICE_TYPE && pretended)
		*(cl_device_type *)value = pretended;
	return code;
}

struct heard {
	size_t notices;
	char text[512];
};

static void hear(const char *text, void *user)
{
	struct heard *heard = user;

	if (!strstr(text, "a CPU would be faster"))
		return;
	heard->notices++;
	snprintf(heard->text, sizeof heard->text, "%s", text);
}

static int stop_at_once(void *user)
{
	(void)user;
	return 1;
}

/* Begins a training of five million epochs of seven rows, and stops it. */
static struct heard train(void)
{
	struct heard heard = {.notices = 0};
	gf_config config;
	gf_dataset *data = NULL;
	gf_model *model = NULL;
	gf_report report;
	gf_error err = {0};

	gf_config_default(&config);
	config.device = getenv("GPUFIT_TEST_DEVICE");
	config.epochs = 5000000;
	config.check = GF_CHECK_off;
	config.notice = hear;
	config.stop = stop_at_once;
	config.user = &heard;
	assert_int_equal(gf_dataset_notebook(&data, &err), GF_OK);
	assert_int_equal(gf_fit(&model, data, &config, &report, &err), GF_E_INTERRUPTED);
	gf_model_free(model);
	gf_dataset_free(data);
	return heard;
}

static void a_training_on_a_gpu_says_once_that_a_cpu_is_faster(void **state)
{
	struct heard heard = train();

	(void)state;
	assert_int_equal(heard.notices, 0);
	pretended = CL_DEVICE_TYPE_GPU;
	heard = train();
	pretended = 0;
	assert_int_equal(heard.notices, 1);
	assert_non_null(strstr(heard.text, "a step of 7 rows"));
	assert_non_null(strstr(heard.text, "OpenCL finds no CPU here"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_batches_take_longer_on_a_gpu),
		cmocka_unit_test(nothing_is_estimated_on_a_cpu_and_for_moments),
		cmocka_unit_test(the_text_names_both_times_and_a_cpu),
		cmocka_unit_test(a_training_on_a_gpu_says_once_that_a_cpu_is_faster),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
