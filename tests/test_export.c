/* test_export.c: a model exported as C computes the bits of the kernels, and compilers find nothing
 * in it. */
#include "fixture.h"
#include "model.h"
#include "order.h"
#include "scratch.h"

#include <dlfcn.h>
#include <math.h>

typedef int predict(const float *x, float *z);

enum { ROWS = 100, MOST_OUTPUTS = 3 };

/* A model, and how far its features reach: the steep parts of an activation and its flat ends. */
struct exported {
	size_t features, hidden[2], outputs;
	gf_activation activation;
	int standardize;
	float reach;
};

static const struct exported MODELS[] = {
	{1, {0}, 1, 0, 0, 3},
	{3, {0}, 2, 0, 0, 3},
	{8, {0}, 1, 0, 1, 1e6f},
	{9, {0}, 3, 0, 0, 3},
	{40, {0}, 1, 0, 0, 3},
	{4, {7}, 3, GF_ACTIVATION_relu, 0, 30},
	{4, {7}, 3, GF_ACTIVATION_leaky_relu, 0, 30},
	{4, {7, 5}, 3, GF_ACTIVATION_tanh, 0, 30},
	{4, {7, 5}, 3, GF_ACTIVATION_tanh, 0, 0.01f},
	{4, {7, 5}, 3, GF_ACTIVATION_sigmoid, 0, 100},
	{4, {7, 5}, 3, GF_ACTIVATION_silu, 0, 30},
	{4, {7, 5}, 3, GF_ACTIVATION_gelu, 0, 10},
	{4, {7, 5}, 3, GF_ACTIVATION_gelu, 0, 0.1f},
	{4, {7, 5}, 3, GF_ACTIVATION_gelu_tanh, 0, 10},
	{300, {3, 270}, 1, GF_ACTIVATION_tanh, 1, 3},
};

static gf_model *model_of(const struct exported *e)
{
	const struct hidden hidden = {.widths = {e->hidden[0], e->hidden[1]},
		.count = e->hidden[1] ? 2 : e->hidden[0] != 0,
		.activation = e->activation,
		.negative_slope = 0.01};
	gf_model *model = new_network(e->features, &hidden, e->outputs);
	double *numbers = malloc(2 * e->features * sizeof *numbers);

	init_params(model, 7);
	for (size_t j = 0; j < e->features; j++) {
		numbers[j] = 0.1 * (double)j;
		numbers[e->features + j] = (double)e->reach / 3.0;
	}
	if (e->standardize)
		assert_int_equal(
			model_standardize(model, numbers, numbers + e->features, NULL), GF_OK);
	free(numbers);
	return model;
}

/* The shared library of all exported files, by the compiler and the options of the build, where
 * they are known. */
static void *compiled(void)
{
	const char *cc = getenv("GPUFIT_CC");
	char command[4096];
	void *library;

	snprintf(command, sizeof command,
		"%s -std=c99 -Wall -Wextra -Wpedantic -Werror -fvisibility=default -fPIC -shared "
		"-o models.so m*.c -lm",
		cc ? cc : "cc -O2 -ffp-contract=off");
	assert_int_equal(system(command), 0);
	library = dlopen("./models.so", RTLD_NOW);
	if (!library)
		fail_msg("%s", dlerror());
	return library;
}

static predict *function_of(void *library, size_t i)
{
	char name[32];
	void *symbol;
	predict *function;

	snprintf(name, sizeof name, "m%zu_predict", i);
	symbol = dlsym(library, name);
	assert_non_null(symbol);
	memcpy(&function, &symbol, sizeof function);
	return function;
}

/* The features of a row: random ones, and at first numbers at which functions are special. */
static gf_dataset *data_for(const struct exported *e)
{
	static const float special[] = {0.0f, -0.0f, 1e-30f, 1e4f, -1e4f};
	float *x = malloc(ROWS * e->features * sizeof *x);
	gf_dataset *data;
	struct rng rng;

	rng_seed(&rng, 3);
	random_floats(&rng, x, ROWS * e->features, e->reach);
	for (size_t i = 0; i < COUNT(special); i++)
		for (size_t j = 0; j < e->features; j++)
			x[i * e->features + j] = special[i];
	data = new_data(ROWS, e->features, 1, x, x);
	free(x);
	return data;
}

/* order_output is a plain loop that the devices' bits are tested against. */
static void assert_predicts(const struct exported *e, predict *function)
{
	gf_model *model = model_of(e);
	gf_dataset *raw = data_for(e), *standardized = NULL;
	float found[MOST_OUTPUTS];
	struct problem problem = {
		.data = raw, .outputs = e->outputs, .hidden = model->hidden, .batch_size = ROWS};

	assert_int_equal(model_standardize_data(&standardized, model, raw, NULL), GF_OK);
	if (standardized)
		problem.data = standardized;
	for (size_t i = 0; i < ROWS; i++) {
		function(gf_dataset_x(raw) + i * e->features, found);
		for (size_t k = 0; k < e->outputs; k++)
			assert_same_float(found[k],
				order_output(&problem, model_own_params(model), i, k),
				"output of row", i);
	}
	gf_dataset_free(standardized);
	gf_dataset_free(raw);
	gf_model_free(model);
}

static void c_computes_the_bits_of_the_kernels(void **state)
{
	char path[32];
	void *library;

	(void)state;
	for (size_t i = 0; i < COUNT(MODELS); i++) {
		gf_model *model = model_of(&MODELS[i]);

		snprintf(path, sizeof path, "m%zu.c", i);
		assert_int_equal(gf_model_export(model, path, NULL), GF_OK);
		gf_model_free(model);
	}
	library = compiled();
	for (size_t i = 0; i < COUNT(MODELS); i++)
		assert_predicts(&MODELS[i], function_of(library, i));
	dlclose(library);
	scratch_clear();
}

static void another_ending_is_refused(void **state)
{
	gf_model *model = new_model(1, 1);
	gf_error err;

	(void)state;
	assert_failure(gf_model_export(model, "model.txt", &err), &err, GF_E_USAGE,
		"wanted a file whose name ends in .onnx or .c, found \"model.txt\"");
	assert_failure(gf_model_export(model, ".c", &err), &err, GF_E_USAGE,
		"wanted a file whose name ends in .onnx or .c, found \".c\"");
	assert_int_equal(scratch_files(), 0);
	gf_model_free(model);
}

static void an_activation_that_is_not_known_is_asked_for(void **state)
{
	const struct hidden hidden = {.widths = {2}, .count = 1, .activation = GF_ACTIVATION_COUNT};
	gf_model *model = new_network(2, &hidden, 1);
	gf_error err;

	(void)state;
	assert_failure(gf_model_export(model, "m.onnx", &err), &err, GF_E_USAGE,
		"the model's file does not name the activation after its hidden layers; "
		"gf_model_set_activation can");
	assert_int_equal(scratch_files(), 0);
	gf_model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_computes_the_bits_of_the_kernels),
		cmocka_unit_test(another_ending_is_refused),
		cmocka_unit_test(an_activation_that_is_not_known_is_asked_for),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
