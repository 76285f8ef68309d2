/*
 * test_no_double.c: on a device without double precision all works but the engine of moments, which
 * says why it does not.
 *
 * The linker routes clGetDeviceInfo here (--wrap, in the Makefile).  That kernels without moments
 * compile there is for tests/lint to see, as the compiler of this device does not know.
 */
#include "fixture.h"

#include <CL/cl.h>
#include <stdlib.h>
#include <string.h>

__typeof__(clGetDeviceInfo) __real_clGetDeviceInfo, __wrap_clGetDeviceInfo;

cl_int __wrap_clGetDeviceInfo(
	cl_device_id device, cl_device_info property, size_t size, void *value, size_t *size_used)
{
	const cl_int code = __real_clGetDeviceInfo(device, property, size, value, size_used);

	if (!code && value && property == CL_DEVICE_DOUBLE_FP_CONFIG)
		memset(value, 0, size);
	return code;
}

static gf_status fit_by(gf_engine engine, gf_report *report, gf_error *err)
{
	gf_dataset *data = random_data(50, 3, 1);
	gf_config config;
	gf_model *model = NULL;
	gf_status status;

	gf_config_default(&config);
	config.device = getenv("GPUFIT_TEST_DEVICE");
	config.engine = engine;
	config.epochs = 3;
	config.check = GF_CHECK_every;
	status = gf_fit(&model, data, &config, report, err);
	gf_model_free(model);
	gf_dataset_free(data);
	return status;
}

static void moments_without_double_say_why(void **state)
{
	static const char wanted[] = "has no double precision, which its sums need";
	gf_report report;
	gf_error err = {0};

	(void)state;
	assert_int_equal(fit_by(GF_ENGINE_moments, &report, &err), GF_E_UNAVAILABLE);
	assert_begins(err.message, "engine moments: device ");
	if (!strstr(err.message, wanted))
		fail_msg("\"%s\", wanted \"%s\"", err.message, wanted);
}

static void other_engines_train_without_double(void **state)
{
	static const gf_engine engines[] = {
		GF_ENGINE_auto, GF_ENGINE_streaming, GF_ENGINE_resident};
	gf_report report;
	gf_error err = {0};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(engines); i++)
		if (fit_by(engines[i], &report, &err))
			fail_msg("%s", err.message);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_without_double_say_why),
		cmocka_unit_test(other_engines_train_without_double),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
