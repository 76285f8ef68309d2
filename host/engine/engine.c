#include "engine.h"
#include "board.h"
#include "catalog.h"
#include "reference.h"

#include <stdio.h>

static gf_engine choose(const struct problem *problem, char *why, size_t size)
{
	const int small = resident_suits(problem),
		  whole = problem->batch_size == problem->train_rows;

	snprintf(why, size, "%zu rows%s x %zu features x %zu outputs: %s%s", problem->batch_size,
		whole ? "" : " a batch", problem->data->features, problem->outputs,
		small ? "small enough for one work-item, so one launch does many "
		      : "one pass over the rows ",
		small   ? whole ? "epochs" : "steps"
		: whole ? "an epoch"
			: "a step");
	return small ? GF_ENGINE_resident : GF_ENGINE_streaming;
}

struct batch plan_batch(const struct plan *plan, size_t batch_size, size_t i)
{
	const size_t batches = plan_batches(plan, batch_size), step = plan->first + i;
	const size_t first = step % batches * batch_size, left = plan->rows - first;

	return (struct batch){
		.order = plan->order ? plan->order + step / batches * plan->rows : NULL,
		.first = first,
		.count = left < batch_size ? left : batch_size};
}

gf_status engine_open(struct engine **engine, const struct problem *problem,
	const struct engine_options *options, gf_error *err)
{
	char why[sizeof(*engine)->why] = "asked for";
	gf_engine word = options->engine;
	gf_status status;

	*engine = NULL;
	if (word == GF_ENGINE_auto)
		word = choose(problem, why, sizeof why);
	if (word == GF_ENGINE_reference)
		status = reference_open(engine, problem, err);
	else if (word == GF_ENGINE_resident)
		status = resident_open(engine, problem, options, err);
	else if (word == GF_ENGINE_moments)
		status = moments_open(engine, problem, options, err);
	else
		status = streaming_open(engine, problem, options, err);
	if (status)
		return status;
	(*engine)->word = word;
	snprintf((*engine)->why, sizeof(*engine)->why, "%s", why);
	return GF_OK;
}

void engine_close(struct engine *engine)
{
	if (engine)
		engine->class->close(engine);
}
