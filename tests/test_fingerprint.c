/* test_fingerprint.c: a checkpoint of a training with other options or other data is refused,
 * and the message names what differs. */
#include "basics.h"
#include "scratch.h"

#include "checkpoint.h"

enum { N = 3, D = 2 };

static const float X[N * D] = {1, 2, 3, 4, 5, 6}, Y[N] = {1, 0, 1};

static gf_dataset *data_of(const float *x, const float *y, size_t rows, size_t d, size_t k)
{
	gf_dataset *data = NULL;

	assert_int_equal(
		gf_dataset_new(&data,
			&(gf_arrays){.rows = rows, .features = d, .outputs = k, .x = x, .y = y},
			NULL),
		GF_OK);
	return data;
}

static struct fingerprint made_of(const gf_config *config, const gf_dataset *data, size_t steps)
{
	struct fingerprint fingerprint;
	gf_error err = {0};

	assert_int_equal(fingerprint_of(&fingerprint, config, data, steps, &err), GF_OK);
	assert_string_equal(err.message, "");
	assert_int_equal(strlen(fingerprint.text), fingerprint.length);
	return fingerprint;
}

/* Continues a checkpoint of one training in another. */
static gf_status compare(const gf_config *made, const gf_config *now, const gf_dataset *made_data,
	const gf_dataset *now_data, gf_error *err)
{
	struct fingerprint a = made_of(made, made_data, 0), b = made_of(now, now_data, 0);
	gf_status status = fingerprint_compare(&b, a.text, "run.ck", err);

	free(a.text);
	free(b.text);
	return status;
}

/* ---- options ---- */

static gf_config defaults(void)
{
	gf_config config;

	gf_config_default(&config);
	return config;
}

static void with_sgd(gf_config *c)
{
	c->momentum = 0.9;
}

static void with_adam(gf_config *c)
{
	c->optimizer = GF_OPTIMIZER_adam;
}

static void with_rmsprop(gf_config *c)
{
	c->optimizer = GF_OPTIMIZER_rmsprop;
}

static void with_adagrad(gf_config *c)
{
	c->optimizer = GF_OPTIMIZER_adagrad;
}

static void with_schedule(gf_config *c)
{
	c->schedule = "step:step_size=3";
}

static void with_hidden(gf_config *c)
{
	c->hidden[0] = 4;
	c->activation = GF_ACTIVATION_leaky_relu;
}

static void with_huber(gf_config *c)
{
	c->loss = GF_LOSS_huber;
}

static void with_quantile(gf_config *c)
{
	c->loss = GF_LOSS_quantile;
}

static void with_tweedie(gf_config *c)
{
	c->loss = GF_LOSS_tweedie;
}

static void with_entropy(gf_config *c)
{
	c->loss = GF_LOSS_cross_entropy;
}

/* `start` sets up both trainings, then `change` changes the one that continues the checkpoint. */
#define CASES(X)                                                                                   \
	X(hidden, with_hidden, c->hidden[1] = 3, "hidden 4", "hidden 4,3")                         \
	X(activation, with_hidden, c->activation = GF_ACTIVATION_relu, "activation leaky_relu",    \
		"activation relu")                                                                 \
	X(negative_slope, with_hidden, c->negative_slope = 0.2, "negative_slope 0.01",             \
		"negative_slope 0.2")                                                              \
	X(loss, with_sgd, c->loss = GF_LOSS_l1, "loss mse", "loss l1")                             \
	X(delta, with_huber, c->delta = 1.5, "delta 1", "delta 1.5")                               \
	X(quantile, with_quantile, c->quantile = 0.9, "quantile 0.5", "quantile 0.9")              \
	X(power, with_tweedie, c->power = 1.75, "power 1.5", "power 1.75")                         \
	X(smoothing, with_entropy, c->label_smoothing = 0.1, "label_smoothing 0",                  \
		"label_smoothing 0.1")                                                             \
	X(class_weight, with_entropy, c->class_weight = GF_CLASS_WEIGHT_balanced,                  \
		"class_weight none", "class_weight balanced")                                      \
	X(class_weights, with_entropy, c->class_weights = "0=2", "class_weight none",              \
		"class_weight 0=2")                                                                \
	X(optimizer, with_sgd, c->optimizer = GF_OPTIMIZER_adamw, "optimizer sgd",                 \
		"optimizer adamw")                                                                 \
	X(lr, with_sgd, c->lr = 0.2, "lr 0.01", "lr 0.2")                                          \
	X(lr_close, with_sgd, c->lr = 0.01 + 1e-14, "lr 0.01", "lr 0.010000000000010001")          \
	X(lr_auto, with_sgd, c->lr_auto = 1, "lr 0.01", "lr auto")                                 \
	X(momentum, with_sgd, c->momentum = 0.5, "momentum 0.9", "momentum 0.5")                   \
	X(dampening, with_sgd, c->dampening = -0.1, "dampening 0", "dampening -0.1")               \
	X(nesterov, with_sgd, c->nesterov = 1, "nesterov off", "nesterov on")                      \
	X(weight_decay, with_sgd, c->weight_decay = 1e-5, "weight_decay 0", "weight_decay 1e-05")  \
	X(maximize, with_sgd, c->maximize = 1, "maximize off", "maximize on")                      \
	X(beta1, with_adam, c->betas[0] = 0.8, "betas[0] 0.9", "betas[0] 0.8")                     \
	X(beta2, with_adam, c->betas[1] = 0.99, "betas[1] 0.999", "betas[1] 0.99")                 \
	X(eps, with_adam, c->eps = 1e-6, "eps 1e-08", "eps 1e-06")                                 \
	X(amsgrad, with_adam, c->amsgrad = 1, "amsgrad off", "amsgrad on")                         \
	X(rms_momentum, with_rmsprop, c->momentum = 0.5, "momentum 0", "momentum 0.5")             \
	X(alpha, with_rmsprop, c->alpha = 0.9, "alpha 0.99", "alpha 0.9")                          \
	X(centered, with_rmsprop, c->centered = 1, "centered off", "centered on")                  \
	X(lr_decay, with_adagrad, c->lr_decay = 0.1, "lr_decay 0", "lr_decay 0.1")                 \
	X(adagrad_eps, with_adagrad, c->eps = 1e-8, "eps 1e-10", "eps 1e-08")                      \
	X(schedule, with_sgd, c->schedule = "cosine:t_max=3", "schedule none",                     \
		"schedule cosine:t_max=3")                                                         \
	X(schedules, with_schedule, c->schedule = "step:step_size=4", "schedule step:step_size=3", \
		"schedule step:step_size=4")                                                       \
	X(schedule_per, with_schedule, c->schedule_per = GF_SCHEDULE_PER_step,                     \
		"schedule_per auto", "schedule_per step")                                          \
	X(warmup, with_sgd, c->warmup = 7, "warmup 0", "warmup 7")                                 \
	X(init, with_sgd, c->init = GF_INIT_zeros, "init pytorch", "init zeros")                   \
	X(seed, with_sgd, c->seed = UINT64_MAX, "seed 0", "seed 18446744073709551615")             \
	X(batch_size, with_sgd, c->batch_size = 2, "batch_size full", "batch_size 2")              \
	X(shuffle, with_sgd, c->shuffle = 1, "shuffle off", "shuffle on")                          \
	X(drop_last, with_sgd, c->drop_last = 1, "drop_last off", "drop_last on")                  \
	X(no_bias, with_sgd, c->no_bias = 1, "no_bias off", "no_bias on")                          \
	X(l1, with_sgd, c->l1 = 0.5, "l1 0", "l1 0.5")                                             \
	X(l2, with_sgd, c->l2 = 0.5, "l2 0", "l2 0.5")                                             \
	X(clip_norm, with_sgd, c->clip_norm = 1, "clip_norm 0", "clip_norm 1")                     \
	X(clip_value, with_sgd, c->clip_value = 1, "clip_value 0", "clip_value 1")                 \
	X(average, with_sgd, c->average = 1, "average off", "average on")                          \
	X(standardize, with_sgd, c->standardize = 1, "standardize off", "standardize on")          \
	X(validation, with_sgd, c->validation = 0.25, "validation 0", "validation 0.25")           \
	X(patience, with_sgd, c->patience = 9, "patience 0", "patience 9")                         \
	X(min_delta, with_sgd, c->min_delta = 0.125, "min_delta 0", "min_delta 0.125")             \
	X(tolerance, with_sgd, c->tolerance = 0.125, "tolerance 0", "tolerance 0.125")

#define CHANGE(name, start, change, made, now)  \
	static void change_##name(gf_config *c) \
	{                                       \
		change;                         \
	}
CASES(CHANGE)

#define ROW(name, start, change, made, now) {start, change_##name, made, now},

static const struct difference {
	void (*start)(gf_config *c);
	void (*change)(gf_config *c);
	const char *made, *now;
} DIFFERENCES[] = {CASES(ROW)};

static void an_option_that_differs_is_named_with_both_values(void **state)
{
	gf_dataset *data = data_of(X, Y, N, D, 1);

	(void)state;
	for (size_t i = 0; i < COUNT(DIFFERENCES); i++) {
		const struct difference *d = &DIFFERENCES[i];
		gf_config made = defaults(), now;
		gf_error err = {0};
		char message[256];

		d->start(&made);
		now = made;
		d->change(&now);
		snprintf(message, sizeof message,
			"run.ck: the checkpoint was made with %s; this training has %s", d->made,
			d->now);
		assert_failure(compare(&made, &now, data, data, &err), &err, GF_E_DATA, message);
	}
	gf_dataset_free(data);
}

static unsigned wants(size_t epoch, void *user)
{
	(void)epoch;
	(void)user;
	return 0;
}

static void options_that_no_step_uses_may_differ(void **state)
{
	gf_dataset *data = data_of(X, Y, N, D, 1), *same = data_of(X, Y, N, D, 1);
	gf_config made = defaults(), now = made;
	gf_error err = {0};

	(void)state;
	now.epochs = 9;
	now.device = "cpu";
	now.engine = GF_ENGINE_reference;
	now.check = GF_CHECK_off;
	now.checkpoint = "new.ck";
	now.checkpoint_every = 3;
	now.resume = "run.ck";
	now.output_rows = 0;
	now.profile = 1;
	now.wants = wants;
	/* The optimizer or the loss does not use these. */
	now.betas[0] = 0.5;
	now.alpha = 0.5;
	now.eps = 1e-3;
	now.delta = 3;
	/* These are the defaults, given as numbers. */
	now.lr = 0.01;
	now.weight_decay = 0;
	assert_int_equal(compare(&made, &now, data, same, &err), GF_OK);
	assert_string_equal(err.message, "");
	gf_dataset_free(data);
	gf_dataset_free(same);
}

static void a_long_or_strange_value_does_no_harm(void **state)
{
	gf_dataset *data = data_of(X, Y, N, D, 1);
	gf_config config = defaults();
	struct fingerprint now = made_of(&config, data, 0);
	char text[8192];
	gf_error err = {0};

	(void)state;
	snprintf(text, sizeof text, "loss \x1b[31mred\nlr 3\n");
	assert_failure(fingerprint_compare(&now, text, "run.ck", &err), &err, GF_E_DATA,
		"run.ck: the checkpoint was made with loss \"\\x1b[31mred\"; this training has "
		"loss mse");
	err = (gf_error){0};
	snprintf(text, sizeof text, "loss %04000d\n", 7);
	assert_failure(fingerprint_compare(&now, text, "run.ck", &err), &err, GF_E_DATA,
		"run.ck: the checkpoint was made with loss "
		"\"0000000000000000000000000000000000000000\"...; this training has loss mse");
	free(now.text);
	gf_dataset_free(data);
}

/* ---- lines that are not there, or too many ---- */

static void assert_lines_refused(const char *made, const char *message)
{
	char text[] = "loss mse\nlr 0.5\n";
	const struct fingerprint now = {.text = text, .length = strlen(text)};
	gf_error err = {0};

	assert_failure(fingerprint_compare(&now, made, "run.ck", &err), &err, GF_E_DATA, message);
}

/* A linear model has no line of a network, as in checkpoints from before there were any. */
static void a_network_and_a_linear_model_do_not_resume_each_other(void **state)
{
	gf_dataset *data = data_of(X, Y, N, D, 1);
	gf_config linear = defaults(), network = defaults();
	struct fingerprint lines;
	gf_error err = {0};

	(void)state;
	with_hidden(&network);
	linear.activation = GF_ACTIVATION_silu;
	lines = made_of(&linear, data, 0);
	assert_begins(lines.text, "loss mse\n");
	assert_null(strstr(lines.text, "activation"));
	free(lines.text);
	assert_failure(compare(&linear, &network, data, data, &err), &err, GF_E_DATA,
		"run.ck: the checkpoint was made without hidden; this training has 4");
	err = (gf_error){0};
	assert_failure(compare(&network, &linear, data, data, &err), &err, GF_E_DATA,
		"run.ck: the checkpoint was made with hidden 4; this training has none");
	gf_dataset_free(data);
}

static void lines_that_are_missing_or_too_many_are_refused(void **state)
{
	static const char order[] =
		"run.ck: the checkpoint's options are not in their order, or twice there";

	(void)state;
	assert_lines_refused(
		"", "run.ck: the checkpoint was made without loss; this training has mse");
	assert_lines_refused(
		"loss mse\n", "run.ck: the checkpoint was made without lr; this training has 0.5");
	assert_lines_refused("loss mse\nlr",
		"run.ck: the checkpoint was made with lr \"\"; this training has lr 0.5");
	assert_lines_refused("loss mse\nlr 0.5\ntotal_steps 30\n",
		"run.ck: the checkpoint was made with total_steps 30; this training has none");
	assert_lines_refused("lr 0.5\nloss mse\n", order);
	assert_lines_refused("loss mse\nlr 0.5\nlr 0.5\n", order);
	assert_lines_refused("loss mse\nlr 0.5", order);
}

static void total_steps_matter_to_one_cycle_alone(void **state)
{
	gf_dataset *data = data_of(X, Y, N, D, 1);
	gf_config config = defaults();
	struct fingerprint made, now;
	gf_error err = {0};

	(void)state;
	config.schedule = "one_cycle:max_lr=0.5";
	made = made_of(&config, data, 30);
	now = made_of(&config, data, 60);
	assert_failure(fingerprint_compare(&now, made.text, "run.ck", &err), &err, GF_E_DATA,
		"run.ck: the checkpoint was made with total_steps 30; this training has "
		"total_steps 60");
	free(made.text);
	free(now.text);
	gf_dataset_free(data);
}

/* ---- data ---- */

/* A checkpoint of a training on those data is refused by one on X and Y. */
static void assert_data_refused(gf_dataset *made, const char *difference)
{
	gf_dataset *now = data_of(X, Y, N, D, 1);
	gf_config config = defaults();
	gf_error err = {0};
	char message[256];

	snprintf(message, sizeof message, "run.ck: the checkpoint was made on other data: %s",
		difference);
	assert_failure(compare(&config, &config, made, now, &err), &err, GF_E_DATA, message);
	gf_dataset_free(made);
	gf_dataset_free(now);
}

static void other_data_are_refused(void **state)
{
	static const float x[N * D] = {1, 2, 3, 4, 5, 6.5f}, y[N] = {1, 0, 0}, zero[8];

	(void)state;
	assert_data_refused(data_of(zero, zero, 4, D, 1), "4 rows, now 3");
	assert_data_refused(data_of(X, Y, 1, D, 1), "1 row, now 3");
	assert_data_refused(data_of(X, Y, N, 1, 1), "1 feature, now 2");
	assert_data_refused(data_of(X, X, N, D, 2), "2 outputs, now 1");
	assert_data_refused(data_of(x, Y, N, D, 1), "other numbers in the same shape");
	assert_data_refused(data_of(X, y, N, D, 1), "other numbers in the same shape");
}

/* Reads a file whose third column holds the weights of its rows; NULL: it is a feature. */
static gf_dataset *read_weighted(const char *weights)
{
	gf_read_options options;
	gf_dataset *data = NULL;
	gf_error err = {0};

	gf_read_options_default(&options);
	options.features = "1";
	options.target = "2";
	options.sample_weight = weights;
	scratch_write("d.csv", "1,2,1,2\n3,4,1,1\n", 16);
	assert_int_equal(gf_dataset_read(&data, "d.csv", &options, &err), GF_OK);
	return data;
}

static void other_sample_weights_are_other_data(void **state)
{
	gf_dataset *none = read_weighted(NULL), *ones = read_weighted("3");
	gf_dataset *others = read_weighted("4");
	gf_config config = defaults();

	(void)state;
	assert_int_equal(compare(&config, &config, none, ones, NULL), GF_E_DATA);
	assert_int_equal(compare(&config, &config, ones, others, NULL), GF_E_DATA);
	assert_int_equal(compare(&config, &config, ones, ones, NULL), GF_OK);
	gf_dataset_free(none);
	gf_dataset_free(ones);
	gf_dataset_free(others);
}

/* The option is named first, because it may be the reason for the other data. */
static void an_option_that_differs_is_named_before_data_that_differ(void **state)
{
	gf_dataset *made_data = data_of(X, Y, 1, D, 1), *now_data = data_of(X, Y, N, D, 1);
	gf_config made = defaults(), now = made;
	gf_error err = {0};

	(void)state;
	now.loss = GF_LOSS_bce;
	assert_failure(compare(&made, &now, made_data, now_data, &err), &err, GF_E_DATA,
		"run.ck: the checkpoint was made with loss mse; this training has loss bce");
	gf_dataset_free(made_data);
	gf_dataset_free(now_data);
}

static void assert_validation_refused(
	const gf_dataset *made_rows, const gf_dataset *now_rows, const char *message)
{
	gf_dataset *data = data_of(X, Y, N, D, 1);
	gf_config made = defaults(), now = made;
	gf_error err = {0};

	made.validation_data = made_rows;
	now.validation_data = now_rows;
	assert_failure(compare(&made, &now, data, data, &err), &err, GF_E_DATA, message);
	gf_dataset_free(data);
}

static void other_validation_rows_are_refused(void **state)
{
	gf_dataset *two = data_of(X, Y, 2, D, 1), *three = data_of(X, Y, N, D, 1);

	(void)state;
	assert_validation_refused(
		two, three, "run.ck: the checkpoint was made with other validation_data");
	assert_validation_refused(NULL, three,
		"run.ck: the checkpoint was made without validation_data; this training has some");
	assert_validation_refused(two, NULL,
		"run.ck: the checkpoint was made with validation_data; this training has none");
	gf_dataset_free(two);
	gf_dataset_free(three);
}

static void another_start_model_is_refused(void **state)
{
	gf_dataset *data = data_of(X, Y, N, D, 1);
	gf_model *zeros = new_model(D, 1), *drawn = new_model(D, 1);
	gf_config made = defaults(), now = made;
	gf_error err = {0};

	(void)state;
	init_params(drawn, 1);
	now.init_model = drawn;
	assert_failure(compare(&made, &now, data, data, &err), &err, GF_E_DATA,
		"run.ck: the checkpoint was made with init pytorch; this training has init model");
	made.init_model = zeros;
	made.init = GF_INIT_zeros; /* without effect here */
	err = (gf_error){0};
	assert_failure(compare(&made, &now, data, data, &err), &err, GF_E_DATA,
		"run.ck: the checkpoint was made with other init_model");
	made.init_model = drawn;
	assert_int_equal(compare(&made, &now, data, data, NULL), GF_OK);
	gf_model_free(zeros);
	gf_model_free(drawn);
	gf_dataset_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_option_that_differs_is_named_with_both_values),
		cmocka_unit_test(options_that_no_step_uses_may_differ),
		cmocka_unit_test(a_long_or_strange_value_does_no_harm),
		cmocka_unit_test(a_network_and_a_linear_model_do_not_resume_each_other),
		cmocka_unit_test(lines_that_are_missing_or_too_many_are_refused),
		cmocka_unit_test(total_steps_matter_to_one_cycle_alone),
		cmocka_unit_test(other_data_are_refused),
		cmocka_unit_test(other_sample_weights_are_other_data),
		cmocka_unit_test(an_option_that_differs_is_named_before_data_that_differ),
		cmocka_unit_test(other_validation_rows_are_refused),
		cmocka_unit_test(another_start_model_is_refused),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
