/* engine_open.c: opens the engine that is asked for, or chooses one and says why. */
#include "engine.h"
#include "cl_engine.h"
#include "catalog.h"
#include "reference.h"

#include <stdio.h>
#include <string.h>

/* Returns 0 for a device that is not found: device_open then fails with the reason. */
static int is_cpu(const char *device)
{
	gf_device_info info;

	return gf_device_find(&info, device, NULL) == GF_OK && !strcmp(info.type, "cpu");
}

static void explain_choice(char *why, size_t size, const struct problem *problem, gf_engine word)
{
	const int whole = problem->batch_size == problem->train_rows;
	const int length = snprintf(why, size,
		"%zu rows%s x %zu features x %zu outputs: ", problem->batch_size,
		whole ? "" : " a batch", problem->data->features, problem->outputs);

	if (problem->data->sparse)
		snprintf(why + length, size - (size_t)length,
			"sparse rows, so each epoch is one pass over them and one over columns");
	else if (word == GF_ENGINE_resident)
		snprintf(why + length, size - (size_t)length,
			"small enough for one work-item, so one launch does many %s",
			whole ? "epochs" : "steps");
	else
		snprintf(why + length, size - (size_t)length, "each %s is one pass over its rows",
			whole ? "epoch" : "step");
}

static gf_status open_word(struct engine **engine, gf_engine word, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	switch (word) {
	case GF_ENGINE_reference:
		return reference_open(engine, problem, err);
	case GF_ENGINE_resident:
		return resident_open(engine, problem, options, err);
	case GF_ENGINE_moments:
		return moments_open(engine, problem, options, err);
	default:
		return streaming_open(engine, problem, options, err);
	}
}

static gf_status open_chosen(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	char why[sizeof(*engine)->why] = "asked for";
	gf_engine word = options->engine;
	gf_status status;

	if (word == GF_ENGINE_auto) {
		word = variant_engine(problem, is_cpu(options->device));
		explain_choice(why, sizeof why, problem, word);
	}
	status = open_word(engine, word, problem, options, err);
	/* Only an open device tells whether engine resident fits its kernels, its allocations and
	 * its limit of loops. */
	if (status == GF_E_USAGE && word != options->engine) {
		word = GF_ENGINE_streaming;
		snprintf(why, sizeof why,
			"one work-item of this device cannot take whole steps of batches of %zu "
			"rows, so each step is one pass over its rows",
			problem->batch_size);
		error_clear(err);
		status = open_word(engine, word, problem, options, err);
	}
	TRY(status);
	(*engine)->word = word;
	snprintf((*engine)->why, sizeof(*engine)->why, "%s", why);
	return GF_OK;
}

/* The device that NULL means is found once, since the choice may have to try devices: that of the
 * engine beside this one, or what gf_device_find finds. */
static gf_status find_default(
	gf_device_info *info, const struct engine_options *options, gf_error *err)
{
	const struct engine *beside = options->beside;

	*info = (gf_device_info){0};
	if (options->engine == GF_ENGINE_reference)
		return GF_OK;
	if (!beside || beside->word == GF_ENGINE_reference)
		return gf_device_find(info, NULL, err);
	info->index = beside->device_index;
	snprintf(info->passed_over, sizeof info->passed_over, "%s", beside->passed_over);
	return GF_OK;
}

gf_status engine_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	struct engine_options chosen = *options;
	char index[24];
	gf_device_info info;

	*engine = NULL;
	if (options->device)
		return open_chosen(engine, problem, options, err);
	TRY(find_default(&info, options, err));
	snprintf(index, sizeof index, "%zu", info.index);
	chosen.device = index;
	TRY(open_chosen(engine, problem, &chosen, err));
	snprintf((*engine)->passed_over, sizeof(*engine)->passed_over, "%s", info.passed_over);
	return GF_OK;
}

void engine_close(struct engine *engine)
{
	if (engine)
		engine->class->close(engine);
}
