/* cl_engine_kernels.c: builds the program of a variant, and makes the kernels that are launched. */
#include "cl_engine.h"

static gf_status build(struct cl_engine *e, gf_error *err)
{
	char words[BUILD_WORDS];

	if (e->variant.engine == GF_ENGINE_moments && !e->dev.has_double)
		return gf_fail(err, GF_E_UNAVAILABLE,
			"engine moments: device %s has no double precision, in which it adds up",
			e->dev.id.info.name);
	variant_words(&e->variant, &e->problem, words);
	return program_build(&e->program, &e->dev, words, err);
}

gf_status cl_engine_build(struct cl_engine *e, gf_error *err)
{
	const size_t pass = e->variant.kernels->local;
	const size_t alone =
		e->variant.kernels->by_work_group ? pass : 1; /* one work-item or group */
	/* Some compilers take seconds for a kernel: those that are never launched are not made. */
	const int resident = e->base.word == GF_ENGINE_resident;
	const struct {
		struct kernel *kernel;
		const char *name;
		size_t local;
		int wanted;
	} kernels[] = {
		{&e->outputs_kernel, "outputs", pass, 1},
		{&e->gather, "gather", pass, 1},
		{&e->pass.gradient, "gradient", pass, 1},
		{&e->pass.fold, "fold", pass, 1},
		{&e->norm, "norm", alone, !resident && e->problem.update.clip_norm},
		{&e->update, "update", pass, !resident},
		{&e->loss, "loss", alone, 1},
		{&e->resident, "resident", alone, resident},
	};
	const size_t local = e->tuning.local;
	size_t i;

	TRY(build(e, err));
	for (i = 0; i < sizeof kernels / sizeof *kernels; i++)
		if (kernels[i].wanted)
			TRY(kernel_new(kernels[i].kernel, &e->dev, e->program, kernels[i].name,
				local ? local : kernels[i].local, err));
	return GF_OK;
}
