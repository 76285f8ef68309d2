/*
 * test_config.c: the library refuses numbers of a configuration that are out of their range,
 * before it sees any data. The command line's own refusals are in
 * tests/cli/training_options.bats.
 */
#include "basics.h"

#include "config.h"
#include "text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

struct refusal {
	const char *name;
	size_t at; /* offset of the member in gf_config */
	double value;
	const char *message;
};

#define MEMBER(name, value, message)                             \
	{                                                        \
#name, offsetof(gf_config, name), value, message \
	}
#define FROM_ZERO(name)                                          \
	MEMBER(name, -0.5, "-0.5; wanted: 0 or a number above"), \
		MEMBER(name, 1e39, "1e+39; wanted: ")

static const struct refusal REFUSALS[] = {
	MEMBER(lr, 0, "0; wanted: a number above 0"),
	MEMBER(lr, -1, "-1; wanted: a number above 0"),
	MEMBER(lr, INFINITY, "inf; wanted: a number above 0"),
	MEMBER(lr, 1e-39, "1e-39, which is 0 in float"),
	MEMBER(delta, 0, "0; wanted: a number above 0"),
	FROM_ZERO(beta),
	FROM_ZERO(epsilon),
	MEMBER(power, 1, "1; wanted: a number above 1 and below 2"),
	MEMBER(power, 2, "2; wanted: a number above 1 and below 2"),
	MEMBER(power, 1.99999999, "2; wanted: a number above 1 and below 2"),
	MEMBER(quantile, 0, "0; wanted: a number above 0 and below 1"),
	MEMBER(quantile, 1, "1; wanted: a number above 0 and below 1"),
	MEMBER(quantile, NAN, "nan; wanted: a number above 0 and below 1"),
	MEMBER(label_smoothing, 1, "1; wanted: a number from 0 on, below 1"),
	FROM_ZERO(momentum),
	FROM_ZERO(weight_decay),
	MEMBER(betas[0], 1, "1; wanted: a number from 0 on, below 1"),
	MEMBER(betas[1], -0.5, "-0.5; wanted: a number from 0 on, below 1"),
	FROM_ZERO(eps),
	MEMBER(alpha, -0.5, "-0.5; wanted: a number from 0 to 1"),
	MEMBER(alpha, 1.5, "1.5; wanted: a number from 0 to 1"),
	FROM_ZERO(lr_decay),
	FROM_ZERO(l1),
	FROM_ZERO(l2),
	FROM_ZERO(clip_norm),
	FROM_ZERO(clip_value),
	MEMBER(validation, 1, "1; wanted: a share of the rows, from 0 on, below 1"),
	FROM_ZERO(min_delta),
	FROM_ZERO(tolerance),
	MEMBER(dampening, NAN, "nan; wanted: a number"),
	MEMBER(negative_slope, INFINITY, "inf; wanted: a number"),
};

static void each_number_out_of_its_range_is_refused_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(REFUSALS); i++) {
		const struct refusal *r = &REFUSALS[i];
		gf_error err = {0};
		gf_config config;
		char wanted[128];

		gf_config_default(&config);
		*(double *)((char *)&config + r->at) = r->value;
		snprintf(wanted, sizeof wanted, "%s is %s", r->name, r->message);
		assert_int_equal(gf_config_check(&config, &err), GF_E_USAGE);
		assert_begins(err.message, wanted);
	}
}

static void the_ends_of_a_closed_range_are_accepted(void **state)
{
	gf_config config;

	(void)state;
	gf_config_default(&config);
	assert_int_equal(gf_config_check(&config, NULL), GF_OK);
	config.alpha = 1;
	config.beta = config.epsilon = config.eps = config.betas[0] = config.betas[1] = 0;
	config.lr = (double)FLT_MIN;
	config.l2 = (double)FLT_MAX;
	assert_int_equal(gf_config_check(&config, NULL), GF_OK);
}

static void a_word_beyond_its_list_is_refused(void **state)
{
	gf_error err = {0};
	gf_config config;
	char wanted[64];

	(void)state;
	snprintf(wanted, sizeof wanted, "loss is %d, which is none of its %d words", GF_LOSS_COUNT,
		GF_LOSS_COUNT);
	gf_config_default(&config);
	config.loss = GF_LOSS_COUNT;
	assert_int_equal(gf_config_check(&config, &err), GF_E_USAGE);
	assert_string_equal(err.message, wanted);
}

/* ---- weights of classes ---- */

static void weights_refused(gf_loss loss, const char *list, const char *message)
{
	gf_error err = {0};
	gf_config config;

	gf_config_default(&config);
	config.loss = loss;
	config.class_weights = list;
	assert_int_equal(gf_config_check(&config, &err), GF_E_USAGE);
	assert_begins(err.message, message);
}

static void a_list_of_weights_has_names_and_numbers(void **state)
{
	static const char *const wrong[] = {"", "a", "=1", "a=", "a=x", "a=-1", "a=inf", "a=nan",
		"a=1e39", "a=1e-39", "a=1,", ",a=1", "\"a=1", "\"a\"1", "\"a\"=1b=2"};
	char message[256];
	gf_config config;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		snprintf(message, sizeof message, "class_weight %s: wanted a class, = and",
			quote_text(wrong[i]).text);
		weights_refused(GF_LOSS_bce, wrong[i], message);
	}
	weights_refused(GF_LOSS_bce, "a\nb=1", "class_weight \"a\\nb=1\": a line break");
	weights_refused(GF_LOSS_bce, "a=1,,b=2", "class_weight \",b=2\": wanted a class, =");
	weights_refused(GF_LOSS_mse, "a=1", "class_weight: loss mse has no classes");
	gf_config_default(&config);
	config.loss = GF_LOSS_hinge;
	config.class_weights = "a=0,b=1e-38,\"c,\"=2";
	assert_int_equal(gf_config_check(&config, NULL), GF_E_USAGE);
	config.class_weights = "a=0,b=2e-38,\"c,\"=2";
	assert_int_equal(gf_config_check(&config, NULL), GF_OK);
	config.class_weight = GF_CLASS_WEIGHT_balanced;
	assert_int_equal(gf_config_check(&config, NULL), GF_E_USAGE);
}

/* ---- hidden layers ---- */

static void set_no_layers(gf_config *config)
{
	config->hidden[0] = 0;
	config->hidden[1] = 3;
}

static void set_lr_auto(gf_config *config)
{
	config->lr_auto = 1;
}

static void set_moments(gf_config *config)
{
	config->engine = GF_ENGINE_moments;
}

static void set_zeros(gf_config *config)
{
	config->init = GF_INIT_zeros;
}

static void set_notebook(gf_config *config)
{
	config->init = GF_INIT_notebook;
}

static void set_activation(gf_config *config)
{
	config->activation = GF_ACTIVATION_COUNT;
}

static const struct {
	void (*set)(gf_config *);
	const char *message;
} OF_NETWORKS[] = {
	{set_no_layers, "hidden[1] is 3, but the layers end with hidden[0], which is 0"},
	{set_lr_auto, "lr auto: the largest curvature of a loss with hidden layers changes"},
	{set_moments, "engine moments: its sums of products give the gradient of a linear model"},
	{set_zeros, "init zeros: with parameters of 0 all units of a hidden layer have the same"},
	{set_notebook, "init notebook: the notebook's start is for a linear model"},
	{set_activation, "activation is 7, which is none of its 7 words"},
};

static void what_a_network_does_not_have_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(OF_NETWORKS); i++) {
		gf_error err = {0};
		gf_config config;

		gf_config_default(&config);
		config.hidden[0] = 4;
		assert_int_equal(gf_config_check(&config, &err), GF_OK);
		OF_NETWORKS[i].set(&config);
		assert_int_equal(gf_config_check(&config, &err), GF_E_USAGE);
		assert_begins(err.message, OF_NETWORKS[i].message);
	}
}

/* All places of config.hidden can be in use, so that no 0 ends them. */
static void as_many_hidden_layers_as_there_are_places_are_accepted(void **state)
{
	gf_config config;

	(void)state;
	gf_config_default(&config);
	for (size_t i = 0; i < GF_HIDDEN_LAYERS; i++)
		config.hidden[i] = 1 + i;
	assert_int_equal(gf_config_check(&config, NULL), GF_OK);
	assert_int_equal(config_hidden(&config).count, GF_HIDDEN_LAYERS);
	assert_int_equal(config_hidden(&config).widths[GF_HIDDEN_LAYERS - 1], GF_HIDDEN_LAYERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_out_of_its_range_is_refused_by_name),
		cmocka_unit_test(the_ends_of_a_closed_range_are_accepted),
		cmocka_unit_test(a_word_beyond_its_list_is_refused),
		cmocka_unit_test(a_list_of_weights_has_names_and_numbers),
		cmocka_unit_test(what_a_network_does_not_have_is_refused),
		cmocka_unit_test(as_many_hidden_layers_as_there_are_places_are_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
