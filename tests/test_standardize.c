/*
 * test_standardize.c: --standardize trains and saves the same model: large offsets, features
 * without deviation, rows of weight 0, warm starts, the file.
 */
#include "basics.h"
#include "damage.h"
#include "scratch.h"

#include "dataset.h"
#include "train_data.h"
#include "model.h"

#include <math.h>

#define M "m.safetensors"

enum { ROWS = 64 };

static gf_dataset *dataset_of(const float *x, const float *y, struct shape s)
{
	gf_dataset *data;
	gf_error err = {0};

	if (gf_dataset_new(&data,
		    &(gf_arrays){.rows = s.rows,
			    .features = s.features,
			    .outputs = s.outputs,
			    .x = x,
			    .y = y},
		    &err))
		fail_msg("%s", err.message);
	return data;
}

static gf_config standardized(void)
{
	gf_config config;

	gf_config_default(&config);
	config.engine = GF_ENGINE_reference;
	config.standardize = 1;
	config.lr_auto = 1;
	config.epochs = 300;
	return config;
}

static gf_model *fit(const gf_dataset *data, const gf_config *config, gf_report *report)
{
	gf_model *model;
	gf_error err = {0};

	if (gf_fit(&model, data, config, report, &err))
		fail_msg("%s", err.message);
	return model;
}

static gf_metrics evaluate(const gf_model *model, const gf_dataset *data)
{
	gf_config config;
	gf_metrics metrics;
	gf_error err = {0};

	gf_config_default(&config);
	config.engine = GF_ENGINE_reference;
	if (gf_evaluate(model, data, &config, &metrics, &err))
		fail_msg("%s", err.message);
	return metrics;
}

static void predict(const gf_model *model, const gf_dataset *data, float *outputs)
{
	gf_config config;
	gf_error err = {0};

	gf_config_default(&config);
	config.engine = GF_ENGINE_reference;
	if (gf_predict(model, data, &config, outputs, &err))
		fail_msg("%s", err.message);
}

static gf_model *reload(gf_model *model)
{
	gf_error err = {0};

	if (gf_model_save(model, M, &err))
		fail_msg("%s", err.message);
	gf_model_free(model);
	if (gf_model_load(&model, M, &err))
		fail_msg("%s", err.message);
	return model;
}

/* ---- large offsets ---- */

/* t = 1e7 + 3 i, which floats hold, z, and y = i / 2 + z and a little that no line explains. */
static gf_dataset *with_offset(void)
{
	float x[2 * ROWS], y[ROWS];

	for (int i = 0; i < ROWS; i++) {
		x[2 * i] = 10000000.0f + 3.0f * (float)i;
		x[2 * i + 1] = ((float)(i * 37 % ROWS) - 31.5f) / 8.0f;
		y[i] = 0.5f * (float)i + x[2 * i + 1] + (i % 4 == 0 ? 1.0f : (float)(-1.0 / 3.0));
	}
	return dataset_of(x, y, (struct shape){ROWS, 2, 1});
}

/* scikit-learn 1.9.1, StandardScaler and LinearRegression on with_offset. */
static void the_answer_is_that_of_scikit_learn_beside_an_offset_of_1e7(void **state)
{
	gf_dataset *data = with_offset();
	const gf_config config = standardized();
	gf_report report;
	gf_model *model = fit(data, &config, &report);
	float z[ROWS];

	(void)state;
	predict(model, data, z);
	/* Descent stops within some roundings of 31, the largest output: 2e-6 each. */
	assert_close("first", (double)z[0], -3.84963374, 1e-5);
	assert_close("last", (double)z[ROWS - 1], 30.8998426, 1e-5);
	assert_close("mse", evaluate(model, data).mse, 0.33193873, 1e-6);
	assert_close("mean", gf_model_center(model)[0], 10000094.5, 0.0);
	assert_close("scale", gf_model_scale(model)[0], 55.41885961, 1e-8);
	assert_close("weight", (double)gf_model_standardized_weight(model)[0], 9.2107122, 1e-5);
	gf_model_free(model);
	gf_dataset_free(data);
}

static void the_reports_loss_is_that_of_the_model_as_saved(void **state)
{
	gf_dataset *data = with_offset();
	const gf_config config = standardized();
	gf_report report;
	gf_model *model = reload(fit(data, &config, &report));

	(void)state;
	/* Outputs up to 31 are rounded by 2^-20, and the residuals, about 0.6, pass on twice that
	 * times themselves. */
	assert_close("loss", evaluate(model, data).loss, (double)report.loss, 1e-6);
	gf_model_free(model);
	gf_dataset_free(data);
}

static void a_saved_model_predicts_the_same_bits(void **state)
{
	gf_dataset *data = with_offset();
	const gf_config config = standardized();
	gf_model *model = fit(data, &config, NULL);
	float before[ROWS], after[ROWS];

	(void)state;
	predict(model, data, before);
	model = reload(model);
	predict(model, data, after);
	for (size_t i = 0; i < ROWS; i++)
		assert_same_float(after[i], before[i], "output", i);
	gf_model_free(model);
	gf_dataset_free(data);
}

static void keep_notice(const char *text, void *user)
{
	snprintf(user, 1024, "%s", text);
}

static void notice_of(gf_dataset *data, char *text)
{
	gf_config config = standardized();

	config.notice = keep_notice;
	config.user = text;
	text[0] = '\0';
	gf_model_free(fit(data, &config, NULL));
}

static void it_is_said_where_the_folded_form_predicts_otherwise(void **state)
{
	gf_dataset *data = with_offset();
	char text[1024];

	(void)state;
	notice_of(data, text);
	assert_begins(text, "programs that read the model's weight and bias alone will predict "
			    "with an error of about ");
	assert_non_null(strstr(text, "since the mean of feature \"x1\", 10000094.5, takes up"));
	for (size_t i = 0; i < ROWS; i++)
		data->x[2 * i] -= 10000000.0f;
	notice_of(data, text);
	assert_string_equal(text, "");
	gf_dataset_free(data);
}

/* ---- features without deviation ---- */

/* Three columns: a constant that no double is the mean of, but by its own sum; i; a time stamp. */
static gf_dataset *with_constants(void)
{
	float x[3 * ROWS], y[ROWS];

	for (int i = 0; i < ROWS; i++) {
		x[3 * i] = 0.1f;
		x[3 * i + 1] = (float)(i % 7);
		x[3 * i + 2] = 1735689600.0f;
		y[i] = 1.0f + 2.0f * x[3 * i + 1];
	}
	return dataset_of(x, y, (struct shape){ROWS, 3, 1});
}

static void are_zero(const gf_model *model, const char *what)
{
	const float *forms[] = {gf_model_weight(model), gf_model_standardized_weight(model)};

	for (size_t i = 0; i < COUNT(forms); i++) {
		assert_same_float(forms[i][0], 0.0f, what, 0);
		assert_same_float(forms[i][2], 0.0f, what, 2);
	}
}

static void gives_1_to_13(const gf_model *model, const gf_dataset *data, double tolerance)
{
	float z[ROWS];

	predict(model, data, z);
	for (int i = 0; i < ROWS; i++)
		assert_close("output", (double)z[i], 1.0 + 2.0 * (i % 7), tolerance);
}

static void a_feature_without_deviation_has_weight_0(void **state)
{
	gf_dataset *data = with_constants();
	const gf_config config = standardized();
	gf_model *model = fit(data, &config, NULL);

	(void)state;
	are_zero(model, "trained");
	gives_1_to_13(model, data, 4e-6);
	model = reload(model);
	are_zero(model, "saved");
	gives_1_to_13(model, data, 4e-6);
	gf_model_free(model);
	gf_dataset_free(data);
}

static void it_stays_0_whatever_moves_parameters(void **state)
{
	gf_dataset *data = with_constants();
	gf_model *model;

	(void)state;
	for (int optimizer = 0; optimizer < GF_OPTIMIZER_COUNT; optimizer++) {
		gf_config config = standardized();

		config.optimizer = (gf_optimizer)optimizer;
		config.lr_auto = 0;
		config.lr = 0.01;
		config.l1 = 0.01;
		config.l2 = 0.1;
		config.weight_decay = 0.1;
		config.average = 1;
		config.patience = 100;
		model = fit(data, &config, NULL);
		are_zero(model, "with penalties");
		gf_model_free(model);
	}
	gf_dataset_free(data);
}

/* Without a bias the mean stays: 0.1 in each row is then what a bias would be. */
static void without_a_bias_a_constant_is_one(void **state)
{
	gf_dataset *data = with_constants();
	gf_config config = standardized();
	gf_model *model;

	(void)state;
	data->x[0] = data->x[3 * (ROWS - 1)] = 0.1f;
	for (size_t i = 0; i < ROWS; i++)
		data->x[3 * i + 2] = 0.0f;
	config.no_bias = 1;
	model = fit(data, &config, NULL);
	assert_close("center", gf_model_center(model)[0], 0.0, 0.0);
	assert_close("scale", gf_model_scale(model)[0], (double)0.1f, 1e-12);
	assert_close("weight", (double)gf_model_weight(model)[0], 10.0, 1e-3);
	assert_same_float(gf_model_weight(model)[2], 0.0f, "weight of zeros", 2);
	gives_1_to_13(model, data, 1e-4);
	gf_model_free(model);
	gf_dataset_free(data);
}

/* Two floats of 1735689600, 128 apart, in one row of 64: that is data, however little. */
static void a_deviation_of_one_float_in_one_row_is_one(void **state)
{
	gf_dataset *data = with_constants();
	const gf_config config = standardized();
	gf_model *model;

	(void)state;
	data->x[3 * 5 + 2] += 128.0f;
	model = fit(data, &config, NULL);
	assert_close("center", gf_model_center(model)[2], 1735689602.0, 0.0);
	assert_close("scale", gf_model_scale(model)[2], sqrt(63.0 * 4 + 126.0 * 126) / 8.0, 1e-12);
	gf_model_free(model);
	gf_dataset_free(data);
}

/* ---- rows of weight 0 ---- */

static void rows_of_weight_0_do_not_count(void **state)
{
	gf_dataset *few = with_offset(), *all;
	const gf_config config = standardized();
	gf_model *a = fit(few, &config, NULL), *b;
	float x[2 * (ROWS + 2)], y[ROWS + 2];

	(void)state;
	memcpy(x, few->x, 2 * ROWS * sizeof *x);
	memcpy(y, few->y, ROWS * sizeof *y);
	x[2 * ROWS] = x[2 * ROWS + 3] = 1e9f;
	x[2 * ROWS + 1] = x[2 * ROWS + 2] = -7e5f;
	y[ROWS] = y[ROWS + 1] = 1e6f;
	all = dataset_of(x, y, (struct shape){ROWS + 2, 2, 1});
	all->weights = calloc(ROWS + 2, sizeof *all->weights);
	assert_non_null(all->weights);
	for (size_t i = 0; i < ROWS; i++)
		all->weights[i] = 1.0f;
	b = fit(all, &config, NULL);
	for (size_t j = 0; j < 2; j++) {
		assert_true(gf_model_center(a)[j] == gf_model_center(b)[j]);
		assert_true(gf_model_scale(a)[j] == gf_model_scale(b)[j]);
		assert_close("weight", (double)gf_model_standardized_weight(b)[j],
			(double)gf_model_standardized_weight(a)[j], 2e-6);
	}
	gf_model_free(a);
	gf_model_free(b);
	gf_dataset_free(few);
	gf_dataset_free(all);
}

static void classes_are_balanced_without_rows_of_weight_0(void **state)
{
	const float x[] = {1, 2, 3, 4, 5}, y[] = {0, 1, 0, 0, 0};
	gf_dataset *data = dataset_of(x, y, (struct shape){5, 1, 1});
	gf_config config = standardized();
	struct train_data m;

	(void)state;
	config.standardize = 0;
	config.loss = GF_LOSS_bce;
	config.class_weight = GF_CLASS_WEIGHT_balanced;
	data->weights = calloc(5, sizeof *data->weights);
	assert_non_null(data->weights);
	data->weights[0] = data->weights[1] = data->weights[2] = 1.0f;
	assert_int_equal(train_data_new(&m, data, &config, 1, NULL, NULL), GF_OK);
	assert_close("of the class of two", (double)m.weights[0], 0.75, 1e-7);
	assert_close("of the class of one", (double)m.weights[1], 1.5, 1e-7);
	assert_close("of weight 0", (double)m.weights[4], 0.0, 0.0);
	train_data_free(&m);
	gf_dataset_free(data);
}

/* A float counts no further than 16,777,216. */
static void classes_are_counted_beyond_2_24(void **state)
{
	const size_t many = ((size_t)1 << 24) + ((size_t)1 << 20), few = (size_t)1 << 20;
	gf_dataset *data;
	gf_config config = standardized();
	struct train_data m;

	(void)state;
	assert_int_equal(dataset_alloc(&data, many + few, 1, 1, NULL), GF_OK);
	for (size_t i = many; i < many + few; i++)
		data->y[i] = 1.0f;
	config.standardize = 0;
	config.loss = GF_LOSS_cross_entropy;
	config.class_weight = GF_CLASS_WEIGHT_balanced;
	assert_int_equal(train_data_new(&m, data, &config, 2, NULL, NULL), GF_OK);
	assert_close("class 0", (double)m.class_weights[0], 18.0 / 17.0 / 2.0, 1e-7);
	assert_close("class 1", (double)m.class_weights[1], 9.0, 1e-6);
	train_data_free(&m);
	gf_dataset_free(data);
}

/* ---- warm starts ---- */

/* x of with_offset, moved on and stretched, so that center and scale are others. */
static gf_dataset *further_on(const gf_dataset *data)
{
	gf_dataset *other = dataset_of(data->x, data->y, (struct shape){ROWS, 2, 1});

	for (size_t i = 0; i < ROWS; i++) {
		other->x[2 * i] += 1000.0f + (float)i;
		other->x[2 * i + 1] *= 4.0f;
	}
	return other;
}

static gf_model *started_from(const gf_model *from, const gf_dataset *data, int standardize)
{
	gf_config config = standardized();

	config.lr_auto = 0;
	config.standardize = standardize;
	config.init_model = from;
	config.epochs = 0;
	return fit(data, &config, NULL);
}

static void a_warm_start_goes_from_one_center_to_another(void **state)
{
	gf_dataset *data = with_offset(), *other = further_on(data);
	const gf_config config = standardized();
	gf_model *from = fit(data, &config, NULL);
	gf_model *to = started_from(from, other, 1), *same = started_from(from, data, 1);
	float wanted[ROWS], found[ROWS];

	(void)state;
	assert_true(gf_model_center(to)[0] != gf_model_center(from)[0]);
	predict(from, other, wanted);
	predict(to, other, found);
	/* Outputs up to 250, each of a few floats of 2^-17 there. */
	for (size_t i = 0; i < ROWS; i++)
		assert_close("output", (double)found[i], (double)wanted[i], 1e-4);
	for (size_t p = 0; p < 3; p++)
		assert_same_float(model_own_params(same)[p], model_own_params(from)[p], "own", p);
	gf_model_free(to);
	gf_model_free(same);
	gf_model_free(from);
	gf_dataset_free(other);
	gf_dataset_free(data);
}

static void without_standardize_it_starts_from_the_folded_weights(void **state)
{
	gf_dataset *data = with_offset();
	const gf_config config = standardized();
	gf_model *from = fit(data, &config, NULL), *to = started_from(from, data, 0);

	(void)state;
	assert_null(gf_model_center(to));
	for (size_t p = 0; p < 3; p++)
		assert_same_float(gf_model_weight(to)[p], gf_model_weight(from)[p], "folded", p);
	gf_model_free(to);
	gf_model_free(from);
	gf_dataset_free(data);
}

/* What a weight made of a column that no longer varies goes into the bias. */
static void a_warm_start_on_a_constant_keeps_the_outputs(void **state)
{
	gf_dataset *data = with_offset(), *still = with_offset();
	const gf_config config = standardized();
	gf_model *from = fit(data, &config, NULL), *to;
	float wanted[ROWS], found[ROWS];

	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		still->x[2 * i] = 10000030.0f;
	to = started_from(from, still, 1);
	assert_same_float(gf_model_weight(to)[0], 0.0f, "weight", 0);
	predict(from, still, wanted);
	predict(to, still, found);
	for (size_t i = 0; i < ROWS; i++)
		assert_close("output", (double)found[i], (double)wanted[i], 1e-5);
	gf_model_free(to);
	gf_model_free(from);
	gf_dataset_free(still);
	gf_dataset_free(data);
}

/* ---- damaged files ---- */

/* from, once in the file, becomes to, of the same length. */
static void change(const char *from, const char *to)
{
	size_t count;
	char *bytes = scratch_read(M, &count);

	assert_int_equal(strlen(from), strlen(to));
	for (size_t i = 0; i + strlen(from) <= count; i++)
		if (memcmp(bytes + i, from, strlen(from)) == 0) {
			memcpy(bytes + i, to, strlen(to));
			scratch_write(M, bytes, count);
			free(bytes);
			return;
		}
	fail_msg("no %s in the file", from);
}

static void what_is_wrong_with_center_or_scale_is_said(void **state)
{
	static const struct {
		const char *from, *to, *message;
	} cases[] = {
		{"\"center\"", "\"cenxer\"",
			M ": metadata \"center\" is not there, and the model is one of "
			  "standardized features"},
		{"\"scale\"", "\"scaxe\"",
			M ": metadata \"scale\" is not there, and the model is one of standardized "
			  "features"},
		{"\"standardized_bias\"", "\"standardized_bixs\"",
			M ": metadata \"standardized_bias\" is not there, and the model is one of "
			  "standardized features"},
		{"[0.5,2.0]", "[0.5 2.0]",
			M ": metadata \"scale\" is not the list of 2 numbers that is wanted"},
		{"[0.5,2.0]", "[0.52200]",
			M ": metadata \"scale\" is not the list of 2 numbers that is wanted"},
		{"[0.5,2.0]", "[0.5,[0]]", M ": metadata \"scale\": item 2 is not a finite number"},
		{"[0.5,2.0]", "[0.5,0.0]",
			M ": metadata \"scale\": item 2 is 0, wanted a number above 0"},
		{"[0.5,2.0]", "[0.5,-20]",
			M ": metadata \"scale\": item 2 is -20, wanted a number above 0"},
		{"[[3.0,4.0]]", "[[3.0,4.0 ]",
			M ": metadata \"standardized_weight\" is not the list of 1 lists that is "
			  "wanted"},
		{"[[3.0,4.0]]", "[[3.0,4.5]]",
			M ": the tensors are not what metadata \"standardized_weight\" and "
			  "\"standardized_bias\" come to: another program changed one of them; "
			  "without these, \"center\" and \"scale\" the file is one of the tensors "
			  "alone"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const double center[] = {1.0, -3.0}, scale[] = {0.5, 2.0};
		gf_model *model = new_model(2, 1), *loaded;
		gf_error err = {0};

		model->params[0] = 3.0f;
		model->params[1] = 4.0f;
		model->params[2] = 5.0f;
		assert_int_equal(model_standardize(model, center, scale, NULL), GF_OK);
		assert_int_equal(gf_model_save(model, M, NULL), GF_OK);
		gf_model_free(model);
		change(cases[i].from, cases[i].to);
		assert_failure(gf_model_load(&loaded, M, &err), &err, GF_E_DATA, cases[i].message);
	}
}

static gf_status read_model(const char *path, gf_error *err)
{
	gf_model *model;
	gf_status status = gf_model_load(&model, path, err);

	gf_model_free(model);
	return status;
}

static void a_cut_file_is_refused(void **state)
{
	gf_dataset *data = with_offset();
	const gf_config config = standardized();
	gf_model *model = fit(data, &config, NULL);

	(void)state;
	assert_int_equal(gf_model_save(model, M, NULL), GF_OK);
	cut_at_any_byte(M, read_model);
	gf_model_free(model);
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_is_that_of_scikit_learn_beside_an_offset_of_1e7),
		cmocka_unit_test(the_reports_loss_is_that_of_the_model_as_saved),
		cmocka_unit_test(a_saved_model_predicts_the_same_bits),
		cmocka_unit_test(it_is_said_where_the_folded_form_predicts_otherwise),
		cmocka_unit_test(a_feature_without_deviation_has_weight_0),
		cmocka_unit_test(it_stays_0_whatever_moves_parameters),
		cmocka_unit_test(without_a_bias_a_constant_is_one),
		cmocka_unit_test(a_deviation_of_one_float_in_one_row_is_one),
		cmocka_unit_test(rows_of_weight_0_do_not_count),
		cmocka_unit_test(classes_are_balanced_without_rows_of_weight_0),
		cmocka_unit_test(classes_are_counted_beyond_2_24),
		cmocka_unit_test(a_warm_start_goes_from_one_center_to_another),
		cmocka_unit_test(without_standardize_it_starts_from_the_folded_weights),
		cmocka_unit_test(a_warm_start_on_a_constant_keeps_the_outputs),
		cmocka_unit_test(what_is_wrong_with_center_or_scale_is_said),
		cmocka_unit_test(a_cut_file_is_refused),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
