/* test_interface.c: every public call that takes an error fills it in anew, whatever an earlier
 * call left there. */
#include "basics.h"
#include "arrow_tables.h"
#include "caller.h"
#include "scratch.h"
#include "gpufitcl_notebook.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const HEADERS[] = {"host/include/gpufitcl.h", "host/include/gpufitcl_arrow.h",
	"host/include/gpufitcl_notebook.h"};

static char *header_text; /* read before the tests enter a folder of their own */

/* ---- calls that succeed, and that fail ---- */

/* Succeeds where wrong is 0; where it is 1 an argument is wrong, and the call fails. */
typedef gf_status call(struct caller *c, int wrong, gf_error *err);

static gf_status dataset_read_files(struct caller *c, int wrong, gf_error *err)
{
	static const char *const paths[] = {CSV, CSV}, *const hole[] = {CSV, NULL};
	gf_dataset *data;
	gf_status status = gf_dataset_read_files(&data, wrong ? hole : paths, 2, NULL, err);

	(void)c;
	gf_dataset_free(data);
	return status;
}

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

static gf_status device_check(struct caller *c, int wrong, gf_error *err)
{
	(void)c;
	return gf_device_check(wrong ? "no such device" : "0", err);
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
	gf_status status = gf_theory_new(&theory, c->data, NULL, wrong ? NULL : &c->epoch, err);

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

static gf_status model_export(struct caller *c, int wrong, gf_error *err)
{
	return gf_model_export(c->model, wrong ? "model" : "model.onnx", err);
}

static gf_status export_check(struct caller *c, int wrong, gf_error *err)
{
	(void)c;
	return gf_export_check(wrong ? NULL : "model.c", err);
}

static gf_status set_activation(struct caller *c, int wrong, gf_error *err)
{
	const struct hidden hidden = {.widths = {2}, .count = 1, .activation = GF_ACTIVATION_COUNT};
	gf_model *network = new_network(1, &hidden, 1);
	gf_status status =
		gf_model_set_activation(wrong ? c->model : network, GF_ACTIVATION_tanh, 0.0, err);

	gf_model_free(network);
	return status;
}

static gf_status predict(struct caller *c, int wrong, gf_error *err)
{
	float outputs[7];

	return gf_predict(c->model, c->data, &c->config, wrong ? NULL : outputs, err);
}

static gf_status predictor_open(struct caller *c, int wrong, gf_error *err)
{
	gf_predictor *predictor = NULL;
	gf_status status = gf_predictor_open(&predictor, wrong ? NULL : c->model, &c->config, err);

	gf_predictor_free(predictor);
	return status;
}

static gf_status predictor_run(struct caller *c, int wrong, gf_error *err)
{
	const float x = 1;
	const gf_arrays rows = {.rows = 1, .features = 1, .x = &x};
	float outputs[1];
	gf_predictor *predictor;
	gf_status status;

	assert_int_equal(gf_predictor_open(&predictor, c->model, &c->config, NULL), GF_OK);
	status = gf_predictor_run(predictor, wrong ? NULL : &rows, outputs, err);
	gf_predictor_free(predictor);
	return status;
}

/* One row of a feature and a target, which are the same number. */
static gf_status dataset_arrow(struct caller *c, int wrong, gf_error *err)
{
	static const double x = 1;
	struct arrow_table table = {.schema = {.format = NULL}};
	gf_dataset *data;
	gf_status status;

	(void)c;
	arrow_add(&table, "x", "g", 1, NULL, &x, NULL);
	arrow_add(&table, "y", "g", 1, NULL, &x, NULL);
	status = gf_dataset_arrow(&data, &table.schema, wrong ? NULL : &table.array, NULL, err);
	gf_dataset_free(data);
	return status;
}

static gf_status dataset_arrow_stream(struct caller *c, int wrong, gf_error *err)
{
	gf_dataset *data;

	(void)c;
	(void)wrong;
	return gf_dataset_arrow_stream(&data, NULL, NULL, err);
}

static gf_status predict_intervals(struct caller *c, int wrong, gf_error *err)
{
	const float outputs[7] = {0};
	double lower[7], upper[7];

	return gf_predict_intervals(
		c->model, c->data, wrong ? 1.0 : 0.9, outputs, lower, upper, err);
}

static gf_status evaluate(struct caller *c, int wrong, gf_error *err)
{
	gf_metrics metrics;

	return gf_evaluate(c->model, wrong ? NULL : c->data, &c->config, &metrics, err);
}

static gf_status evaluate_outputs(struct caller *c, int wrong, gf_error *err)
{
	const float outputs[7] = {0};
	gf_metrics metrics;

	return gf_evaluate_outputs(c->model, c->data, wrong ? NULL : outputs, &metrics, err);
}

/* Two rows of two classes, and a model of them. */
static void fit_classes(struct caller *c, gf_dataset **data, gf_model **model)
{
	const float x[] = {1, 2}, y[] = {0, 1};
	const gf_arrays arrays = {
		.rows = 2, .features = 1, .outputs = 1, .x = x, .y = y, .loss = GF_LOSS_bce};
	gf_config config = c->config;

	config.loss = GF_LOSS_bce;
	assert_int_equal(gf_dataset_new(data, &arrays, NULL), GF_OK);
	assert_int_equal(gf_fit(model, *data, &config, NULL, NULL), GF_OK);
}

static gf_status probabilities(struct caller *c, int wrong, gf_error *err)
{
	const float z = 0;
	gf_dataset *data;
	gf_model *model;
	double p[2];
	gf_status status;

	fit_classes(c, &data, &model);
	status = gf_model_probabilities(model, wrong ? NULL : &z, p, err);
	gf_model_free(model);
	gf_dataset_free(data);
	return status;
}

static gf_status confusion(struct caller *c, int wrong, gf_error *err)
{
	const float z[2] = {-1, 1};
	gf_dataset *data;
	gf_model *model;
	size_t counts[4];
	gf_status status;

	fit_classes(c, &data, &model);
	status = gf_confusion(wrong ? c->model : model, data, z, counts, err);
	gf_model_free(model);
	gf_dataset_free(data);
	return status;
}

/* It only fails here: its success, which builds every kernel, is tested by cli/devices.bats. */
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
	{"gf_dataset_read_files", dataset_read_files, 0},
	{"gf_dataset_new", dataset_new, 0},
	{"gf_dataset_arrow", dataset_arrow, 0},
	{"gf_dataset_arrow_stream", dataset_arrow_stream, 1},
	{"gf_dataset_notebook", dataset_notebook, 0},
	{"gf_device_list", device_list, 0},
	{"gf_device_find", device_find, 0},
	{"gf_device_check", device_check, 0},
	{"gf_config_check", config_check, 0},
	{"gf_fit", fit, 0},
	{"gf_theory_new", theory_new, 0},
	{"gf_model_save", model_save, 0},
	{"gf_model_load", model_load, 0},
	{"gf_model_export", model_export, 0},
	{"gf_export_check", export_check, 0},
	{"gf_model_set_activation", set_activation, 0},
	{"gf_predict", predict, 0},
	{"gf_predictor_open", predictor_open, 0},
	{"gf_predictor_run", predictor_run, 0},
	{"gf_predict_intervals", predict_intervals, 0},
	{"gf_evaluate", evaluate, 0},
	{"gf_evaluate_outputs", evaluate_outputs, 0},
	{"gf_confusion", confusion, 0},
	{"gf_model_probabilities", probabilities, 0},
	{"gf_selftest", selftest, 1},
};

/* An error struct as an earlier call left it. */
static gf_error stale_error(void)
{
	gf_error err = {.status = GF_E_IO};

	snprintf(err.message, sizeof err.message, "an error of an earlier call");
	return err;
}

static void an_error_struct_used_again_says_ok_after_a_success(void **state)
{
	struct caller c = new_caller();

	(void)state;
	c.epoch = (gf_epoch){.parameters = 2, .before = c.parameters, .lr = 0.1};
	for (size_t i = 0; i < COUNT(CALLS); i++) {
		gf_error err = stale_error();

		if (CALLS[i].fails_only)
			continue;
		if (CALLS[i].call(&c, 0, &err) || err.status || err.message[0])
			fail_msg("%s: status %d, \"%s\"", CALLS[i].name, (int)err.status,
				err.message);
	}
	free_caller(&c);
}

static void an_error_struct_used_again_says_what_failed_last(void **state)
{
	struct caller c = new_caller();

	(void)state;
	for (size_t i = 0; i < COUNT(CALLS); i++) {
		gf_error err = stale_error();
		gf_status status = CALLS[i].call(&c, 1, &err);

		if (status == GF_OK || status == GF_E_IO || err.status != status ||
			strstr(err.message, "earlier") || !err.message[0])
			fail_msg("%s: status %d, \"%s\"", CALLS[i].name, (int)err.status,
				err.message);
		assert_int_equal(CALLS[i].call(&c, 1, NULL), status);
	}
	free_caller(&c);
}

/* ---- the headers ---- */

/* Replaces comments by blanks. */
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

static void every_call_in_the_headers_that_takes_an_error_is_in_calls(void **state)
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

/* Appends the file to text, which has room for it; 0: it cannot be read. */
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
		cmocka_unit_test(an_error_struct_used_again_says_ok_after_a_success),
		cmocka_unit_test(an_error_struct_used_again_says_what_failed_last),
		cmocka_unit_test(every_call_in_the_headers_that_takes_an_error_is_in_calls),
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
