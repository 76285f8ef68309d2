/* fixture_compare.c: comparisons of trainings, and what they say of a number that differs. */
#include "fixture_engine.h"

#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- places ---- */

/* Names parameter p: "weight[1][0]". */
static void name_parameter(const struct training *t, size_t p, char text[NETWORK_TITLE])
{
	const struct network network = problem_network(&t->problem);

	network_title(&network, p, text);
}

/* Names the number i of an array. */
typedef void name_place(const struct training *t, size_t i, char *text, size_t size);

static void name_loss(const struct training *t, size_t i, char *text, size_t size)
{
	(void)t;
	snprintf(text, size, "loss of step %zu", i);
}

static void name_end(const struct training *t, size_t i, char *text, size_t size)
{
	char parameter[NETWORK_TITLE];

	name_parameter(t, i, parameter);
	snprintf(text, size, "%s at the end", parameter);
}

static void name_state(const struct training *t, size_t i, char *text, size_t size)
{
	char parameter[NETWORK_TITLE];

	name_parameter(t, i % t->parameters, parameter);
	snprintf(text, size, "state %zu of %s at the end", i / t->parameters, parameter);
}

static void name_history(const struct training *t, size_t i, char *text, size_t size)
{
	const size_t step = i / step_floats(t), plane = i % step_floats(t) / t->parameters;
	char parameter[NETWORK_TITLE];

	name_parameter(t, i % t->parameters, parameter);
	if (plane < 2)
		snprintf(text, size, "%s%s at step %zu", plane == 1 ? "gradient of " : "",
			parameter, step);
	else
		snprintf(text, size, "state %zu of %s at step %zu", plane - 2, parameter, step);
}

static void name_output(const struct training *t, size_t i, char *text, size_t size)
{
	const size_t K = t->problem.outputs;

	snprintf(text, size, "output %zu of row %zu", i % K, i / K);
}

/* ---- comparisons ---- */

/* Floats from one to the other: 0, if they are the same number. */
static long long steps_apart(float a, float b)
{
	int32_t i, j;

	memcpy(&i, &a, sizeof i);
	memcpy(&j, &b, sizeof j);
	if (i < 0)
		i = INT32_MIN - i;
	if (j < 0)
		j = INT32_MIN - j;
	return llabs((long long)i - (long long)j);
}

static void fail_different(const struct training *t, const char *place, float found, float wanted,
	size_t different, size_t count)
{
	char text[256], training[TRAINING_TEXT];

	describe_training(t, training, sizeof training);
	snprintf(text, sizeof text,
		"%s is %.9g (%a), wanted %.9g (%a): %lld floats apart; "
		"%zu of %zu numbers differ",
		place, (double)found, (double)found, (double)wanted, (double)wanted,
		steps_apart(found, wanted), different, count);
	fail_msg("%s: %s", training, text);
}

/* Numbers found (count) and wanted (count), the first of which is number `first` of its array. */
static void assert_same(const struct training *t, name_place *name, size_t first,
	const float *found, const float *wanted, size_t count)
{
	size_t i, at = count, different = 0;
	char place[128];

	for (i = count; i-- > 0;)
		if (memcmp(found + i, wanted + i, sizeof(float)) != 0) {
			different++;
			at = i;
		}
	if (!different)
		return;
	name(t, first + at, place, sizeof place);
	fail_different(t, place, found[at], wanted[at], different, count);
}

void assert_same_end(
	const struct training *t, const struct outcome *found, const struct outcome *wanted)
{
	const size_t P = t->parameters;

	assert_same(t, name_loss, 0, found->losses, wanted->losses, t->setup.steps);
	assert_same(t, name_end, 0, found->end, wanted->end, P);
	assert_same(t, name_state, 0, found->end_state, wanted->end_state, t->planes * P);
}

/* The history comes first: it has the first number that went wrong. */
void assert_same_outcome(
	const struct training *t, const struct outcome *found, const struct outcome *wanted)
{
	assert_same(t, name_history, 0, found->history, wanted->history,
		t->setup.steps * step_floats(t));
	assert_same_end(t, found, wanted);
}

void assert_same_outputs(const struct training *t, size_t first, size_t rows, const float *found,
	const float *wanted)
{
	const size_t K = t->problem.outputs;

	assert_same(t, name_output, first * K, found, wanted, rows * K);
}

void assert_same_loss(const struct training *t, const char *what, float found, float wanted)
{
	if (memcmp(&found, &wanted, sizeof found) != 0)
		fail_different(t, what, found, wanted, 1, 1);
}

static void assert_same_mean_loss(const struct training *t, struct engine *engine, const char *what,
	const float *params, float wanted)
{
	const size_t rows = t->problem.data->rows;
	float loss;

	assert_int_equal(
		engine_loss(engine, params, 0, rows, mean_scale(&t->problem), &loss, NULL), GF_OK);
	assert_same_loss(t, what, loss, wanted);
}

/* Outputs and losses at other parameters leave those of the training as they are. */
static void assert_same_evaluations(struct engine *engine, const struct training *t)
{
	const size_t rows = t->problem.data->rows;
	float *z = malloc(rows * t->problem.outputs * sizeof(float));

	assert_same_mean_loss(t, engine, "loss at the end", NULL, t->end_loss);
	assert_int_equal(engine_outputs(engine, t->start, 0, rows, z, NULL), GF_OK);
	assert_same_outputs(t, 0, rows, z, t->outputs);
	assert_same_mean_loss(t, engine, "loss at the start", t->start, t->start_loss);
	assert_same_mean_loss(
		t, engine, "loss at the end, after outputs at the start", NULL, t->end_loss);
	free(z);
}

void assert_training_matches(struct engine *engine, const struct training *t, size_t most_steps)
{
	struct outcome found = run_training(engine, t, most_steps);

	assert_same_outcome(t, &found, &t->expected);
	free_outcome(&found);
	assert_same_evaluations(engine, t);
}
