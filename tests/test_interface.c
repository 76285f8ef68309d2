/* test_interface.c: every public call with what a careless caller gives it: an error of an earlier
 * call, NULL, and indices that are not there. */
#include "basics.h"
#include "scratch.h"
#include "gpufitcl_notebook.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const HEADERS[] = {
	"host/include/gpufitcl.h", "host/include/gpufitcl_notebook.h"};
#define MODEL "model.safetensors"
#define CSV   "data.csv"

static char *header_text; /* read before the tests enter a folder of their own */

/* What the calls are made with. */
struct caller {
	gf_dataset *data;
	gf_model *model;
	gf_config config;
	gf_epoch step;
	float parameters[2];
};

/* ---- calls that succeed, and that fail ---- */

/* Each: with wrong 0 it succeeds, with wrong 1 it fails for what its caller gave. */
typedef gf_status call(struct caller *c, int wrong, gf_error *err);

static gf_status dataset_read(struct caller *c, int wrong, gf_error *err)
{
	gf_dataset *data;
	gf_status status = gf_dataset_read(&data, wrong ? NULL : CSV, NULL, err);

	(void)c;
	gf_dataset_free(data);
	return status;
}

static gf_status dataset_new(struct caller *c, int wrong, gf_error *err)
{
	const float x = 1;
	const gf_arrays arrays = {.rows = 1, .features = 1, .x = &x};
	gf_dataset *data;
	gf_status status = gf_dataset_new(&data, wrong ? NULL : &arrays, err);

	(void)c;
	gf_dataset_free(data);
	return status;
}

static gf_status dataset_notebook(struct caller *c, int wrong, gf_error *err)
{
	gf_dataset *data = NULL;
	gf_status status = gf_dataset_notebook(wrong ? NULL : &data, err);

	(void)c;
	gf_dataset_free(data);
	return status;
}

static gf_status device_list(struct caller *c, int wrong, gf_error *err)
{
	gf_device_info *list = NULL;
	size_t count;
	gf_status status = gf_device_list(wrong ? NULL : &list, &count, err);

	(void)c;
	gf_device_list_free(list);
	return status;
}

static gf_status device_find(struct caller *c, int wrong, gf_error *err)
{
	gf_device_info info;

	(void)c;
	return gf_device_find(wrong ? NULL : &info, NULL, err);
}

static gf_status config_check(struct caller *c, int wrong, gf_error *err)
{
	gf_config config = c->config;

	config.momentum = wrong ? -1.0 : 0.5;
	return gf_config_check(&config, err);
}

static gf_status fit(struct caller *c, int wrong, gf_error *err)
{
	gf_model *model;
	gf_status status = gf_fit(&model, wrong ? NULL : c->data, &c->config, NULL, err);

	gf_model_free(model);
	return status;
}

static gf_status theory_new(struct caller *c, int wrong, gf_error *err)
{
	gf_theory *theory;
	gf_status status =
		gf_theory_new(&theory, c->data, GF_LOSS_mse, wrong ? NULL : &c->step, err);

	gf_theory_free(theory);
	return status;
}

static gf_status model_save(struct caller *c, int wrong, gf_error *err)
{
	return gf_model_save(c->model, wrong ? NULL : MODEL, err);
}

static gf_status model_load(struct caller *c, int wrong, gf_error *err)
{
	gf_model *model;
	gf_status status = gf_model_save(c->model, MODEL, NULL);

	if (!status)
		status = gf_model_load(&model, wrong ? NULL : MODEL, err);
	gf_model_free(model);
	return status;
}

static gf_status predict(struct caller *c, int wrong, gf_error *err)
{
	float outputs[7];

	return gf_predict(c->model, c->data, &c->config, wrong ? NULL : outputs, err);
}

static gf_status evaluate(struct caller *c, int wrong, gf_error *err)
{
	gf_metrics metrics;

	return gf_evaluate(c->model, wrong ? NULL : c->data, &c->config, &metrics, err);
}

static gf_status probabilities(struct caller *c, int wrong, gf_error *err)
{
	const float x[] = {1, 2}, y[] = {0, 1}, z = 0;
	const gf_arrays arrays = {
		.rows = 2, .features = 1, .outputs = 1, .x = x, .y = y, .loss = GF_LOSS_bce};
	gf_config config = c->config;
	gf_dataset *data;
	gf_model *model;
	double p[2];
	gf_status status;

	config.loss = GF_LOSS_bce;
	assert_int_equal(gf_dataset_new(&data, &arrays, NULL), GF_OK);
	assert_int_equal(gf_fit(&model, data, &config, NULL, NULL), GF_OK);
	status = gf_model_probabilities(model, wrong ? NULL : &z, p, err);
	gf_model_free(model);
	gf_dataset_free(data);
	return status;
}

/* Its success takes every kernel of the device: the program's own selftest is tested elsewhere. */
static gf_status selftest(struct caller *c, int wrong, gf_error *err)
{
	(void)c;
	return wrong ? gf_selftest("no such device", NULL, NULL, NULL, err) : GF_OK;
}

static const struct {
	const char *name;
	call *call;
	int fails_only;
} CALLS[] = {
	{"gf_dataset_read", dataset_read, 0},
	{"gf_dataset_new", dataset_new, 0},
	{"gf_dataset_notebook", dataset_notebook, 0},
	{"gf_device_list", device_list, 0},
	{"gf_device_find", device_find, 0},
	{"gf_config_check", config_check, 0},
	{"gf_fit", fit, 0},
	{"gf_theory_new", theory_new, 0},
	{"gf_model_save", model_save, 0},
	{"gf_model_load", model_load, 0},
	{"gf_predict", predict, 0},
	{"gf_evaluate", evaluate, 0},
	{"gf_model_probabilities", probabilities, 0},
	{"gf_selftest", selftest, 1},
};

static struct caller caller_new(void)
{
	struct caller c = {.parameters = {1, 2}};

	gf_config_default(&c.config);
	c.config.engine = GF_ENGINE_reference;
	c.config.epochs = 2;
	assert_int_equal(gf_dataset_notebook(&c.data, NULL), GF_OK);
	assert_int_equal(gf_fit(&c.model, c.data, &c.config, NULL, NULL), GF_OK);
	scratch_write(CSV, "x,y\n1,2\n2,3\n", 12);
	return c;
}

static void caller_free(struct caller *c)
{
	gf_model_free(c->model);
	gf_dataset_free(c->data);
}

static gf_error stale(void)
{
	gf_error err = {.status = GF_E_IO};

	snprintf(err.message, sizeof err.message, "an error of an earlier call");
	return err;
}

static void an_error_that_is_used_again_says_ok_after_a_success(void **state)
{
	struct caller c = caller_new();

	(void)state;
	c.step = (gf_epoch){.parameters = 2, .before = c.parameters, .lr = 0.1};
	for (size_t i = 0; i < COUNT(CALLS); i++) {
		gf_error err = stale();

		if (CALLS[i].fails_only)
			continue;
		if (CALLS[i].call(&c, 0, &err) || err.status || err.message[0])
			fail_msg("%s: status %d, \"%s\"", CALLS[i].name, (int)err.status,
				err.message);
	}
	caller_free(&c);
}

static void an_error_that_is_used_again_says_what_failed_last(void **state)
{
	struct caller c = caller_new();

	(void)state;
	for (size_t i = 0; i < COUNT(CALLS); i++) {
		gf_error err = stale();
		gf_status status = CALLS[i].call(&c, 1, &err);

		if (status == GF_OK || status == GF_E_IO || err.status != status ||
			strstr(err.message, "earlier") || !err.message[0])
			fail_msg("%s: status %d, \"%s\"", CALLS[i].name, (int)err.status,
				err.message);
		assert_int_equal(CALLS[i].call(&c, 1, NULL), status);
	}
	caller_free(&c);
}

/* ---- none is left out ---- */

/* Blanks in place of comments. */
static void blank_comments(char *text)
{
	for (char *at = text; (at = strstr(at, "/*"));) {
		char *end = strstr(at, "*/");

		assert_non_null(end);
		memset(at, ' ', (size_t)(end + 2 - at));
	}
}

static int is_tested(const char *name, size_t length)
{
	for (size_t i = 0; i < COUNT(CALLS); i++)
		if (strlen(CALLS[i].name) == length && !strncmp(CALLS[i].name, name, length))
			return 1;
	return 0;
}

static void every_call_of_the_header_that_takes_an_error_is_tested_here(void **state)
{
	size_t found = 0;

	(void)state;
	blank_comments(header_text);
	for (const char *at = header_text; (at = strstr(at, "gf_")); at++) {
		size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz_");
		const char *end = strchr(at, ';');
		const char *err = strstr(at, "gf_error *err");

		if ((at > header_text && (isalnum((unsigned char)at[-1]) || at[-1] == '_')) ||
			at[length] != '(' || !err || !end || err > end)
			continue;
		found++;
		if (!is_tested(at, length))
			fail_msg("%.*s is not in CALLS", (int)length, at);
	}
	assert_int_equal(found, COUNT(CALLS));
}

/* ---- NULL ---- */

static void no_configuration_means_the_defaults(void **state)
{
	struct caller c = caller_new();
	gf_config config;
	gf_model *plain, *wanted;
	gf_metrics metrics;
	float outputs[7];

	(void)state;
	gf_config_default(&config);
	assert_int_equal(gf_config_check(NULL, NULL), GF_OK);
	assert_int_equal(gf_fit(&plain, c.data, NULL, NULL, NULL), GF_OK);
	assert_int_equal(gf_fit(&wanted, c.data, &config, NULL, NULL), GF_OK);
	assert_same_float(gf_model_weight(plain)[0], gf_model_weight(wanted)[0], "weight", 0);
	assert_same_float(gf_model_bias(plain)[0], gf_model_bias(wanted)[0], "bias", 0);
	assert_int_equal(gf_predict(plain, c.data, NULL, outputs, NULL), GF_OK);
	assert_close("prediction", (double)outputs[0],
		(double)(gf_model_weight(plain)[0] + gf_model_bias(plain)[0]), 1e-6);
	assert_int_equal(gf_evaluate(plain, c.data, NULL, &metrics, NULL), GF_OK);
	assert_int_equal(metrics.rows, 7);
	gf_model_free(wanted);
	gf_model_free(plain);
	caller_free(&c);
}

/* A failure names the call and the argument. */
static void refused(gf_status status, const gf_error *err, const char *message)
{
	assert_int_equal(status, GF_E_USAGE);
	assert_int_equal(err->status, GF_E_USAGE);
	assert_string_equal(err->message, message);
}

static void null_is_refused_where_something_is_wanted(void **state)
{
	struct caller c = caller_new();
	gf_error err;
	gf_metrics metrics;
	gf_model *model = c.model;
	gf_theory *theory;
	float outputs[7];

	(void)state;
	refused(gf_fit(NULL, c.data, NULL, NULL, &err), &err, "gf_fit: model must not be NULL");
	refused(gf_fit(&model, NULL, NULL, NULL, &err), &err, "gf_fit: data must not be NULL");
	assert_null(model);
	refused(gf_predict(NULL, c.data, NULL, outputs, &err), &err,
		"gf_predict: model must not be NULL");
	refused(gf_predict(c.model, NULL, NULL, outputs, &err), &err,
		"gf_predict: data must not be NULL");
	refused(gf_evaluate(NULL, c.data, NULL, &metrics, &err), &err,
		"gf_evaluate: model must not be NULL");
	refused(gf_evaluate(c.model, c.data, NULL, NULL, &err), &err,
		"gf_evaluate: metrics must not be NULL");
	refused(gf_model_save(NULL, MODEL, &err), &err, "gf_model_save: model must not be NULL");
	refused(gf_model_load(NULL, MODEL, &err), &err, "gf_model_load: model must not be NULL");
	refused(gf_theory_new(&theory, NULL, GF_LOSS_mse, &c.step, &err), &err,
		"gf_theory_new: data must not be NULL");
	assert_null(theory);
	caller_free(&c);
}

static void what_asks_nothing_of_nothing_answers(void **state)
{
	double value = 5;

	(void)state;
	gf_config_default(NULL);
	gf_read_options_default(NULL);
	assert_int_equal(gf_dataset_rows(NULL) + gf_dataset_features(NULL) +
				 gf_dataset_outputs(NULL) + gf_dataset_classes(NULL) +
				 gf_dataset_dropped(NULL),
		0);
	assert_null(gf_dataset_x(NULL));
	assert_null(gf_dataset_y(NULL));
	assert_null(gf_dataset_weights(NULL));
	assert_null(gf_dataset_class_name(NULL, 0));
	assert_null(gf_dataset_feature_name(NULL, 0));
	assert_null(gf_dataset_target_name(NULL, 0));
	assert_int_equal(gf_model_features(NULL) + gf_model_outputs(NULL) + gf_model_classes(NULL) +
				 gf_model_targets(NULL) + gf_model_columns(NULL),
		0);
	assert_null(gf_model_weight(NULL));
	assert_null(gf_model_bias(NULL));
	assert_null(gf_model_center(NULL));
	assert_null(gf_model_scale(NULL));
	assert_null(gf_model_standardized_weight(NULL));
	assert_null(gf_model_standardized_bias(NULL));
	assert_int_equal(gf_model_has_bias(NULL), 0);
	assert_int_equal(gf_model_loss(NULL), GF_LOSS_mse);
	assert_int_equal(gf_model_missing(NULL), GF_MISSING_error);
	assert_null(gf_model_class_name(NULL, 0));
	assert_null(gf_model_feature_name(NULL, 0));
	assert_null(gf_model_target_name(NULL, 0));
	assert_null(gf_model_loss_parameter(NULL, &value));
	assert_true(value == 5);
	assert_null(gf_model_column(NULL, 0).name);
	assert_null(gf_model_label(NULL, NULL));
	assert_true(isnan(gf_model_mean(NULL, 1.0f)));
	gf_model_free(NULL);
	gf_dataset_free(NULL);
	gf_theory_free(NULL);
	gf_device_list_free(NULL);
}

static void names_of_platforms_are_cut_to_the_room_they_are_given(void **state)
{
	char names[512] = "x", two[2] = "x", shut[1] = "x";
	gf_device_info info;

	(void)state;
	assert_int_equal(gf_device_find(&info, NULL, NULL), GF_OK);
	assert_int_not_equal(gf_platform_names(names, sizeof names), 0);
	assert_non_null(strstr(names, info.platform_name));
	assert_int_equal(gf_platform_names(two, sizeof two), gf_platform_names(shut, sizeof shut));
	assert_int_equal(two[0], names[0]);
	assert_int_equal(two[1], '\0');
	assert_int_equal(shut[0], '\0');
	assert_int_equal(gf_platform_names(NULL, 5), 0);
	assert_int_equal(gf_platform_names(names, 0), 0);
}

/* ---- indices ---- */

static void an_index_beyond_the_last_finds_nothing(void **state)
{
	struct caller c = caller_new();
	const size_t beyond[] = {1, 2, SIZE_MAX};
	gf_dataset *read;
	gf_model *model;

	(void)state;
	assert_int_equal(gf_dataset_read(&read, CSV, NULL, NULL), GF_OK);
	assert_int_equal(gf_fit(&model, read, &c.config, NULL, NULL), GF_OK);
	assert_int_equal(gf_model_columns(model), 1);
	assert_string_equal(gf_model_column(model, 0).name, "x");
	assert_string_equal(gf_model_feature_name(model, 0), "x");
	assert_string_equal(gf_model_target_name(model, 0), "y");
	for (size_t i = 0; i < COUNT(beyond); i++) {
		gf_column column = gf_model_column(model, beyond[i]);

		assert_null(column.name);
		assert_null(column.word);
		assert_int_equal(column.words, 0);
		assert_true(isnan(column.mean));
		assert_null(gf_model_feature_name(model, beyond[i]));
		assert_null(gf_model_target_name(model, beyond[i]));
		assert_null(gf_model_class_name(model, beyond[i]));
		assert_null(gf_dataset_feature_name(read, beyond[i]));
		assert_null(gf_dataset_target_name(read, beyond[i]));
		assert_null(gf_dataset_class_name(read, beyond[i]));
	}
	assert_null(gf_model_class_name(model, 0));
	assert_null(gf_dataset_class_name(read, 0));
	gf_model_free(model);
	gf_dataset_free(read);
	caller_free(&c);
}

static void a_word_beyond_its_list_is_refused(void **state)
{
	struct caller c = caller_new();
	gf_read_options options;
	gf_dataset *data;
	gf_theory *theory;
	gf_error err;
	float outputs[7];

	(void)state;
	gf_read_options_default(&options);
	options.loss = GF_LOSS_COUNT;
	refused(gf_dataset_read(&data, CSV, &options, &err), &err,
		"loss is 11, which is none of its 11 words");
	options.loss = GF_LOSS_mse;
	options.missing = GF_MISSING_COUNT;
	assert_int_equal(gf_dataset_read(&data, CSV, &options, &err), GF_E_USAGE);
	assert_begins(err.message, "missing is ");
	assert_int_equal(gf_theory_new(&theory, c.data, GF_LOSS_COUNT, &c.step, &err), GF_E_USAGE);
	assert_begins(err.message, "loss is 11");
	c.config.engine = GF_ENGINE_COUNT;
	assert_int_equal(gf_predict(c.model, c.data, &c.config, outputs, &err), GF_E_USAGE);
	assert_begins(err.message, "engine is 5");
	caller_free(&c);
}

static void an_explanation_is_of_rows_that_there_are(void **state)
{
	struct caller c = caller_new();
	gf_theory *theory;
	gf_error err;

	(void)state;
	c.step = (gf_epoch){.parameters = 2, .before = c.parameters, .lr = 0.1, .output_rows = 8};
	assert_int_equal(gf_theory_new(&theory, c.data, GF_LOSS_mse, &c.step, &err), GF_E_USAGE);
	assert_string_equal(err.message, "an explanation of 8 rows of outputs; the data has 7");
	c.step.output_rows = 7;
	assert_int_equal(gf_theory_new(&theory, c.data, GF_LOSS_mse, &c.step, &err), GF_OK);
	gf_theory_free(theory);
	assert_int_equal(
		gf_theory_new(&theory, c.data, GF_LOSS_cross_entropy, &c.step, &err), GF_E_USAGE);
	assert_string_equal(
		err.message, "an explanation is of one output a target; cross_entropy has several");
	caller_free(&c);
}

/* text has room for it. */
static int append_file(char *text, const char *path)
{
	FILE *file = fopen(path, "r");
	size_t count;

	if (!file)
		return 0;
	text += strlen(text);
	count = fread(text, 1, 1 << 19, file);
	fclose(file);
	return count > 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_that_is_used_again_says_ok_after_a_success),
		cmocka_unit_test(an_error_that_is_used_again_says_what_failed_last),
		cmocka_unit_test(every_call_of_the_header_that_takes_an_error_is_tested_here),
		cmocka_unit_test(no_configuration_means_the_defaults),
		cmocka_unit_test(null_is_refused_where_something_is_wanted),
		cmocka_unit_test(what_asks_nothing_of_nothing_answers),
		cmocka_unit_test(names_of_platforms_are_cut_to_the_room_they_are_given),
		cmocka_unit_test(an_index_beyond_the_last_finds_nothing),
		cmocka_unit_test(a_word_beyond_its_list_is_refused),
		cmocka_unit_test(an_explanation_is_of_rows_that_there_are),
	};
	int failed;

	header_text = calloc(1, 1 << 20);
	for (size_t i = 0; i < sizeof HEADERS / sizeof *HEADERS; i++)
		if (!header_text || !append_file(header_text, HEADERS[i])) {
			perror(HEADERS[i]);
			return 1;
		}
	failed = cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
	free(header_text);
	return failed;
}
