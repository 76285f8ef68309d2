/* engine_open.c: opens the engine that is asked for, or chooses one and says why. */
#include "engine.h"
#include "cl_engine.h"
#include "catalog.h"
#include "reference.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

/* What a rank's device has chosen. */
struct choice {
	uint32_t word, kernels;
};

/* The sums of a network are laid out in memory for the kernels of a CPU, or for those of a GPU. */
static gf_status check_kernels(gf_comm *comm, const struct choice *all, gf_error *err)
{
	size_t r;

	for (r = 1; r < comm_size(comm); r++)
		if (all[r].kernels != all[0].kernels)
			return gf_fail(err, GF_E_USAGE,
				"rank %zu (%s) has other kernels than rank 0 (%s), and cannot "
				"share a network's sums with it; wanted: kernels gpu, or cpu, on "
				"all ranks",
				r, gf_comm_host(comm, r), gf_comm_host(comm, 0));
	return GF_OK;
}

/* Sets *agreed to 1 if the engines of all ranks are of one word. */
static gf_status compare_ranks(
	gf_comm *comm, const struct engine *engine, int is_network, int *agreed, gf_error *err)
{
	const size_t ranks = comm_size(comm);
	const struct choice mine = {(uint32_t)engine->word, (uint32_t)engine->kernels};
	struct choice *all = malloc(ranks * sizeof *all);
	gf_status status;
	size_t r;

	if (!all)
		return gf_fail_memory(err, ranks * sizeof *all, "engines of ranks");
	status = comm_gather_each(comm, "engine", &mine, sizeof mine, all, err);
	*agreed = 1;
	for (r = 0; r < ranks && !status; r++)
		*agreed &= all[r].word == mine.word;
	if (!status && is_network)
		status = check_kernels(comm, all, err);
	free(all);
	return status;
}

/* Ranks whose devices differ may choose different engines: all then take streaming, since they must
 * share the same sums. */
static gf_status agree(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	const int is_network = problem->hidden.count > 0;
	int agreed = 1;

	if (comm_size(options->comm) > 1)
		TRY(compare_ranks(options->comm, *engine, is_network, &agreed, err));
	if (agreed || (*engine)->word == GF_ENGINE_streaming)
		return GF_OK;
	engine_close(*engine);
	*engine = NULL;
	TRY(open_word(engine, GF_ENGINE_streaming, problem, options, err));
	(*engine)->word = GF_ENGINE_streaming;
	snprintf((*engine)->why, sizeof(*engine)->why, "another rank's device can take no other");
	return GF_OK;
}

static gf_status open_chosen(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	char why[sizeof(*engine)->why] = "asked for";
	gf_engine word = options->engine;
	gf_error refused = {.status = GF_OK};
	gf_status status;

	if (word == GF_ENGINE_auto) {
		word = variant_engine(problem, is_cpu(options->device));
		explain_choice(why, sizeof why, problem, word);
	}
	status = open_word(engine, word, problem, options, &refused);
	/* Only an open device tells whether engine resident fits its kernels, its memory and its
	 * limit of loops. */
	if (status == GF_E_USAGE && word != options->engine) {
		word = GF_ENGINE_streaming;
		snprintf(why, sizeof why, "each step is one pass over its rows; %.200s",
			refused.message);
		error_clear(&refused);
		status = open_word(engine, word, problem, options, &refused);
	}
	if (status && err)
		*err = refused;
	TRY(status);
	(*engine)->word = word;
	snprintf((*engine)->why, sizeof(*engine)->why, "%s", why);
	return agree(engine, problem, options, err);
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
