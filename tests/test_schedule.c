/*
 * test_schedule.c: the rate of each step is PyTorch's, and an option that PyTorch refuses is
 * refused.
 */
#include "oracle.h"
#include "scratch.h"

#include "catalog.h"
#include "config.h"
#include "schedule.h"

#include <float.h>
#include <math.h>

static gf_config config_for(const char *text)
{
	gf_config config;

	gf_config_default(&config);
	config.lr = 0.1;
	config.schedule = text;
	return config;
}

static struct schedule parsed(const gf_config *given)
{
	gf_config config = *given;
	struct schedule schedule;
	gf_error err = {0};

	config_resolve(&config);
	if (schedule_parse(&schedule, &config, &err))
		fail_msg("%s", err.message);
	return schedule;
}

/* ---- records of PyTorch ---- */

/* PyTorch computes most rates from the rate before: after t steps of at most four roundings each it
 * is off by 2 t eps of the largest rate so far.  Ours has fewer than eight roundings, a pow and a
 * cos included. */
static double tolerance(size_t t, double largest)
{
	return (2.0 * (double)t + 4.0) * DBL_EPSILON * largest;
}

static void compare(const json_t *one, const char *key, struct schedule schedule,
	double (*ours)(const struct schedule *, size_t, size_t))
{
	size_t count, loss_count, t;
	double *wanted = oracle_numbers(one, key, &count), largest = 0.0;
	double *losses = oracle_numbers(one, "losses", &loss_count);
	char what[256];

	for (t = 0; t < count; t++) {
		double found = schedule.per_step ? ours(&schedule, 0, t) : ours(&schedule, t, t);

		largest = fmax(largest, fabs(wanted[t]));
		snprintf(what, sizeof what, "%s: %s[%zu]",
			json_string_value(
				json_object_get(json_object_get(one, "options"), "schedule")),
			key, t);
		assert_close(what, found, wanted[t], tolerance(t, largest));
		if (losses)
			schedule_epoch(&schedule, losses[t]);
	}
	free(wanted);
	free(losses);
}

static void every_rate_and_momentum_is_the_same_as_pytorchs(void **state)
{
	struct oracle *oracle = oracle_open("schedules.json");
	const size_t positions = oracle_whole(oracle->record, "positions");
	int seen[GF_SCHEDULE_COUNT] = {0};
	size_t i;

	(void)state;
	for (i = 0; i < oracle->count; i++) {
		const json_t *one = json_array_get(oracle->cases, i);
		gf_config config = oracle_config(one);
		struct schedule schedule = parsed(&config);

		assert_int_equal(schedule_bind(&schedule, 1, positions, NULL), GF_OK);
		compare(one, "rates", schedule, schedule_lr);
		compare(one, "momenta", schedule, schedule_momentum);
		assert_int_equal(schedule_moves_momentum(&schedule),
			json_object_get(one, "momenta") != NULL);
		if (schedule.given)
			seen[schedule.word] = 1;
	}
	for (i = 0; i < GF_SCHEDULE_COUNT; i++)
		if (!seen[i])
			fail_msg("no record has the word %s", schedule_word((gf_schedule)i));
	oracle_close(oracle);
}

static void options_that_pytorch_refuses_are_refused(void **state)
{
	struct oracle *oracle = oracle_open("schedules.json");
	const json_t *refused = oracle_list(oracle->record, "refused");
	size_t i;

	(void)state;
	for (i = 0; i < json_array_size(refused); i++) {
		gf_config config = oracle_config(json_array_get(refused, i));
		struct schedule schedule;
		gf_error err = {0};
		gf_status status;

		config_resolve(&config);
		status = schedule_parse(&schedule, &config, &err);
		if (!status)
			status = schedule_bind(&schedule, 1, 60, &err);
		if (status != GF_E_USAGE)
			fail_msg("%s with %s is accepted", config.schedule,
				optimizer_word(config.optimizer));
		assert_begins(err.message, "schedule ");
	}
	assert_true(i > 0);
	oracle_close(oracle);
}

/* ---- messages ---- */

static const struct refusal {
	const char *text, *message;
} REFUSALS[] = {
	{"stpe:gamma=1",
		"schedule: no word \"stpe\"; wanted one of: step multistep exponential cosine "
		"cosine_restarts linear constant polynomial one_cycle plateau"},
	{"", "schedule: no word \"\"; wanted one of: step multistep exponential cosine "
	     "cosine_restarts linear constant polynomial one_cycle plateau"},
	{"step:step_size=3,gama=1",
		"schedule step: no parameter \"gama\"; its parameters are: step_size,gamma=0.1"},
	{"step:step_size=3,",
		"schedule step: no parameter \"\"; its parameters are: step_size,gamma=0.1"},
	{"step:", "schedule step: no parameter \"\"; its parameters are: step_size,gamma=0.1"},
	{"exponential", "schedule exponential: gamma is missing; its parameters are: gamma"},
	{"step:gamma=0.5",
		"schedule step: step_size is missing; its parameters are: step_size,gamma=0.1"},
	{"multistep", "schedule multistep: milestones is missing; its parameters are: "
		      "milestones=A/B/...,gamma=0.1"},
	{"step:step_size=3,step_size=3", "schedule step: step_size is given twice"},
	{"step:step_size", "schedule step: step_size is \"\"; wanted: a whole number above 0"},
	{"step:step_size=0", "schedule step: step_size is \"0\"; wanted: a whole number above 0"},
	{"step:step_size=-1", "schedule step: step_size is \"-1\"; wanted: a whole number above 0"},
	{"step:step_size=1.5",
		"schedule step: step_size is \"1.5\"; wanted: a whole number above 0"},
	{"step:step_size=99999999999999999999",
		"schedule step: step_size is \"99999999999999999999\"; wanted: a whole number "
		"above 0"},
	{"exponential:gamma=-0.1",
		"schedule exponential: gamma is \"-0.1\"; wanted: 0 or a number above"},
	{"exponential:gamma=nan",
		"schedule exponential: gamma is \"nan\"; wanted: 0 or a number above"},
	{"exponential:gamma=inf",
		"schedule exponential: gamma is \"inf\"; wanted: 0 or a number above"},
	{"exponential:gamma=1e999",
		"schedule exponential: gamma is \"1e999\"; wanted: 0 or a number above"},
	{"exponential:gamma=0x1",
		"schedule exponential: gamma is \"0x1\"; wanted: 0 or a number above"},
	{"exponential:gamma= 1",
		"schedule exponential: gamma is \" 1\"; wanted: 0 or a number above"},
	{"exponential:gamma=1/0",
		"schedule exponential: gamma is \"1/0\"; wanted: 0 or a number above"},
	{"exponential:gamma=0/0",
		"schedule exponential: gamma is \"0/0\"; wanted: 0 or a number above"},
	{"exponential:gamma=1/",
		"schedule exponential: gamma is \"1/\"; wanted: 0 or a number above"},
	{"exponential:gamma=1/2/3",
		"schedule exponential: gamma is \"1/2/3\"; wanted: 0 or a number above"},
	{"exponential:gamma=0.12345678901234567890123456789012345678901234567890123456789012345",
		"schedule exponential: gamma is \"0.12345678901234567890123456789012345678\"...; "
		"wanted: 0 or a number above"},
	{"multistep:milestones=30/",
		"schedule multistep: milestones is \"30/\"; wanted: at most 64 whole numbers with "
		"/ between them, as in 30/80"},
	{"cosine:t_max=5,eta_min=-1",
		"schedule cosine: eta_min is \"-1\"; wanted: 0 or a number above"},
	{"linear:start_factor=0",
		"schedule linear: start_factor is \"0\"; wanted: a number above 0, at most 1"},
	{"constant:factor=0",
		"schedule constant: factor is \"0\"; wanted: a number above 0, at most 1"},
	{"plateau:factor=1",
		"schedule plateau: factor is \"1\"; wanted: a number from 0 on, below 1"},
	{"one_cycle:max_lr=1,pct_start=1.5",
		"schedule one_cycle: pct_start is \"1.5\"; wanted: a number from 0 to 1"},
	{"one_cycle:max_lr=1,total_steps=none",
		"schedule one_cycle: total_steps is \"none\"; wanted: a whole number above 0, or "
		"all"},
	{"one_cycle:max_lr=1,anneal=square",
		"schedule one_cycle: anneal is \"square\"; wanted: cos or linear"},
	{"one_cycle:max_lr=1,three_phase=yes",
		"schedule one_cycle: three_phase is \"yes\"; wanted: 0 or 1"},
	{"plateau:threshold_mode=both",
		"schedule plateau: threshold_mode is \"both\"; wanted: rel or abs"},
};

static void assert_refused(const gf_config *config, const char *message)
{
	struct schedule schedule;
	gf_error err = {0};

	assert_failure(schedule_parse(&schedule, config, &err), &err, GF_E_USAGE, message);
}

static void a_refusal_names_the_value_found_and_the_values_wanted(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(REFUSALS); i++) {
		gf_config config = config_for(REFUSALS[i].text);

		assert_refused(&config, REFUSALS[i].message);
	}
}

static void a_schedule_that_contradicts_another_option_is_refused(void **state)
{
	gf_config config = config_for("one_cycle:max_lr=1");

	(void)state;
	config.optimizer = GF_OPTIMIZER_adagrad;
	assert_refused(&config,
		"schedule one_cycle: optimizer adagrad has no momentum to cycle; wanted: "
		"cycle_momentum=0");
	config = config_for("plateau");
	config.schedule_per = GF_SCHEDULE_PER_step;
	assert_refused(&config,
		"schedule plateau: schedule_per is step; wanted: epoch, since it follows "
		"the loss of an epoch");
	config = config_for(NULL);
	config.schedule_per = GF_SCHEDULE_PER_epoch;
	assert_refused(&config, "schedule_per: there is no schedule");
}

/* ---- the list ---- */

#define TEXT(word, parameters) #word ":" parameters,

static const char *const TEXTS[GF_SCHEDULE_COUNT] = {GF_SCHEDULE_LIST(TEXT)};

/* The list holds placeholders for parameters that must be given, so a text may fail at the value of
 * one; it must not fail because the parser does not know the parameter. */
static void the_parser_knows_every_parameter_of_the_list(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < GF_SCHEDULE_COUNT; i++) {
		gf_config config = config_for(TEXTS[i]);
		struct schedule schedule;
		gf_error err = {0};

		if (schedule_parse(&schedule, &config, &err) && !strstr(err.message, " is \""))
			fail_msg("%s: %s", TEXTS[i], err.message);
		assert_int_equal(schedule.word, i);
	}
}

static void there_are_at_most_64_milestones(void **state)
{
	char text[SCHEDULE_MILESTONES * 8] = "multistep:milestones=0";
	gf_config config = config_for(text);
	size_t i;

	(void)state;
	for (i = 1; i < SCHEDULE_MILESTONES; i++)
		snprintf(text + strlen(text), 8, "/%zu", i);
	assert_int_equal(parsed(&config).milestone_count, SCHEDULE_MILESTONES);
	strcat(text, "/1");
	assert_refused(&config,
		"schedule multistep: milestones is "
		"\"0/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16\"...; wanted: at most 64 whole "
		"numbers with / between them, as in 30/80");
}

/* ---- positions ---- */

static void one_cycle_advances_each_step_and_the_others_each_epoch(void **state)
{
	gf_config config = config_for("exponential:gamma=0.5");
	struct schedule schedule = parsed(&config);

	(void)state;
	assert_close("per epoch", schedule_lr(&schedule, 3, 90), 0.1 / 8.0, 0.0);
	config.schedule_per = GF_SCHEDULE_PER_step;
	schedule = parsed(&config);
	assert_close("per step", schedule_lr(&schedule, 90, 3), 0.1 / 8.0, 0.0);
	config = config_for("one_cycle:max_lr=1");
	assert_true(parsed(&config).per_step);
	config.schedule_per = GF_SCHEDULE_PER_epoch;
	assert_false(parsed(&config).per_step);
}

static void warm_up_counts_steps_under_any_schedule(void **state)
{
	gf_config config = config_for("exponential:gamma=0.5");
	struct schedule schedule;

	(void)state;
	config.warmup = 4;
	schedule = parsed(&config);
	assert_close("first", schedule_lr(&schedule, 0, 0), 0.1 / 4.0, 0.0);
	assert_close("third", schedule_lr(&schedule, 1, 2), 0.05 * 0.75, 0.0);
	assert_close("fourth", schedule_lr(&schedule, 1, 3), 0.05, 0.0);
	assert_close("fifth", schedule_lr(&schedule, 2, 4), 0.025, 0.0);
}

static void rates_are_constant_only_without_schedule_and_warm_up(void **state)
{
	gf_config config = config_for(NULL);
	struct schedule schedule = parsed(&config);

	(void)state;
	assert_true(schedule_is_constant(&schedule));
	config.warmup = 2;
	schedule = parsed(&config);
	assert_false(schedule_is_constant(&schedule));
	config = config_for("plateau");
	schedule = parsed(&config);
	assert_false(schedule_is_constant(&schedule));
}

static void rates_are_finite_at_any_position(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < GF_SCHEDULE_COUNT; i++) {
		static const char *const FAR[GF_SCHEDULE_COUNT] = {
			[GF_SCHEDULE_step] = "step:step_size=1",
			[GF_SCHEDULE_multistep] = "multistep:milestones=1",
			[GF_SCHEDULE_exponential] = "exponential:gamma=0.9",
			[GF_SCHEDULE_cosine] = "cosine:t_max=18446744073709551615",
			[GF_SCHEDULE_cosine_restarts] =
				"cosine_restarts:t_0=1,t_mult=18446744073709551615",
			[GF_SCHEDULE_linear] = "linear",
			[GF_SCHEDULE_constant] = "constant",
			[GF_SCHEDULE_polynomial] = "polynomial",
			[GF_SCHEDULE_one_cycle] = "one_cycle:max_lr=1",
			[GF_SCHEDULE_plateau] = "plateau"};
		gf_config config = config_for(FAR[i]);
		struct schedule schedule = parsed(&config);

		assert_int_equal(schedule_bind(&schedule, SIZE_MAX / 2, 5, NULL), GF_OK);
		assert_true(isfinite(schedule_lr(&schedule, SIZE_MAX - 1, SIZE_MAX - 1)));
	}
}

static void other_schedules_do_not_change_momentum(void **state)
{
	gf_config config = config_for("exponential:gamma=0.5");
	struct schedule schedule;

	(void)state;
	config.momentum = 0.7;
	schedule = parsed(&config);
	assert_close("momentum", schedule_momentum(&schedule, 3, 3), 0.7, 0.0);
	config.optimizer = GF_OPTIMIZER_adamw;
	schedule = parsed(&config);
	assert_close("betas[0]", schedule_momentum(&schedule, 3, 3), 0.9, 0.0);
	assert_false(schedule_moves_momentum(&schedule));
}

/* ---- the length of one_cycle, and plateau ---- */

static void one_cycle_is_as_long_as_the_training(void **state)
{
	gf_config config = config_for("one_cycle:max_lr=1");
	struct schedule schedule = parsed(&config);
	gf_error err = {0};

	(void)state;
	assert_int_equal(schedule_bind(&schedule, 5, 8, NULL), GF_OK);
	assert_int_equal(schedule.total_steps, 40);
	config.schedule_per = GF_SCHEDULE_PER_epoch;
	schedule = parsed(&config);
	assert_int_equal(schedule_bind(&schedule, 5, 8, NULL), GF_OK);
	assert_int_equal(schedule.total_steps, 8);
	config = config_for("one_cycle:max_lr=1,total_steps=39");
	schedule = parsed(&config);
	assert_failure(schedule_bind(&schedule, 5, 8, &err), &err, GF_E_USAGE,
		"schedule one_cycle: total_steps is 39; wanted: at least the 40 steps of the "
		"training");
	config = config_for("one_cycle:max_lr=1,pct_start=0.25");
	schedule = parsed(&config);
	err = (gf_error){0};
	assert_failure(schedule_bind(&schedule, 2, 2, &err), &err, GF_E_USAGE,
		"schedule one_cycle: pct_start is 0.25 of 4 steps, a rise of no length; wanted: "
		"more or less than one step");
}

static void plateau_takes_a_nan_loss_for_a_worse_one(void **state)
{
	gf_config config = config_for("plateau:patience=0,factor=0.5");
	struct schedule schedule = parsed(&config);

	(void)state;
	schedule_epoch(&schedule, (double)NAN);
	assert_close("after NaN", schedule_lr(&schedule, 1, 1), 0.05, 0.0);
	schedule_epoch(&schedule, 1.0);
	assert_close("after 1", schedule_lr(&schedule, 2, 2), 0.05, 0.0);
}

/* torch 2.15.0, ReduceLROnPlateau(mode="max", patience=0, factor=0.5, threshold=0.1): a value is
 * better when it is more than best * 1.1. */
static void with_maximize_a_larger_loss_is_better_for_plateau(void **state)
{
	gf_config config = config_for("plateau:patience=0,factor=0.5,threshold=0.1");
	struct schedule schedule;

	(void)state;
	config.maximize = 1;
	schedule = parsed(&config);
	schedule_epoch(&schedule, 1.0);
	schedule_epoch(&schedule, 1.2);
	assert_close("after 1.2", schedule_lr(&schedule, 2, 2), 0.1, 0.0);
	schedule_epoch(&schedule, 1.31);
	assert_close("after 1.31", schedule_lr(&schedule, 3, 3), 0.05, 0.0);
	schedule_epoch(&schedule, 1.33);
	assert_close("after 1.33", schedule_lr(&schedule, 4, 4), 0.05, 0.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rate_and_momentum_is_the_same_as_pytorchs),
		cmocka_unit_test(options_that_pytorch_refuses_are_refused),
		cmocka_unit_test(a_refusal_names_the_value_found_and_the_values_wanted),
		cmocka_unit_test(a_schedule_that_contradicts_another_option_is_refused),
		cmocka_unit_test(the_parser_knows_every_parameter_of_the_list),
		cmocka_unit_test(there_are_at_most_64_milestones),
		cmocka_unit_test(one_cycle_advances_each_step_and_the_others_each_epoch),
		cmocka_unit_test(warm_up_counts_steps_under_any_schedule),
		cmocka_unit_test(rates_are_constant_only_without_schedule_and_warm_up),
		cmocka_unit_test(rates_are_finite_at_any_position),
		cmocka_unit_test(other_schedules_do_not_change_momentum),
		cmocka_unit_test(one_cycle_is_as_long_as_the_training),
		cmocka_unit_test(plateau_takes_a_nan_loss_for_a_worse_one),
		cmocka_unit_test(with_maximize_a_larger_loss_is_better_for_plateau),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
