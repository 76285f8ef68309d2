/* cl_engine_kernels.c: the program as a problem needs it, its kernels, and what each is told
 * once. */
#include "cl_engine.h"
#include "catalog.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WIDE_ENOUGH = 16 << 20 /* bytes of x beyond most caches */ };

/* ---- build options ---- */

struct words {
	char text[1024];
	size_t length;
};

/* The text has room for all that cl_engine_build says. */
static void say(struct words *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	w->length +=
		(size_t)vsnprintf(w->text + w->length, sizeof w->text - w->length, format, args);
	va_end(args);
}

static void say_if(struct words *w, int condition, const char *name)
{
	if (condition)
		say(w, " -D%s", name);
}

static void say_loss(struct words *w, const struct problem *problem)
{
	if (problem->loss == GF_LOSS_cross_entropy)
		say(w, " -DSOFTMAX");
	else
		say(w, " -DLOSS=%s", loss_word(problem->loss));
	say_if(w, problem->weights != NULL, "WEIGHTED");
}

static void say_update(struct words *w, const struct problem *problem)
{
	const struct update *u = &problem->update;

	say(w, " -DOPTIMIZER=%s -DSTATES=%zu", optimizer_word(u->optimizer),
		problem_planes(problem) - (size_t)u->average);
	say_if(w, u->momentum, "MOMENTUM");
	say_if(w, u->nesterov, "NESTEROV");
	say_if(w, u->amsgrad, "AMSGRAD");
	say_if(w, u->centered, "CENTERED");
	say_if(w, u->maximize, "MAXIMIZE");
	say_if(w, u->clip_norm, "CLIP_NORM");
	say_if(w, u->clip_value, "CLIP_VALUE");
	say_if(w, u->average, "AVERAGE");
	say_if(w, u->no_bias, "NO_BIAS");
}

/* Sums of 9 to 64 features stay in registers then, and take a third of the time (kernels/rows.cl).
 * Else loops over features that unroll are worth a build of their own where x is beyond caches. */
static int builds_width_in(const struct cl_engine *e)
{
	if (e->tuning.width != WIDTH_AUTO)
		return e->tuning.width == WIDTH_BUILT_IN;
	if (!e->family->by_group && e->sum_order.lanes == SUM_LANES &&
		e->features <= MEDIUM_FEATURES)
		return 1;
	return e->problem.data->rows * e->features * sizeof(float) >= WIDE_ENOUGH;
}

/* The function of kernels/step.cl that takes a step: the one that keeps the most in registers. */
static const char *step_word(const struct cl_engine *e)
{
	const struct problem *p = &e->problem;
	const int softmax = p->loss == GF_LOSS_cross_entropy;
	const int narrow = e->sum_order.lanes < SUM_LANES;
	const int in_registers = narrow || (builds_width_in(e) && e->features <= MEDIUM_FEATURES);
	const size_t first_rows = narrow ? e->sum_order.row_lanes : MEDIUM_FIRST_ROWS;

	if (p->update.clip_norm || p->batch_size > BLOCK_ROWS)
		return "memory";
	if (!in_registers)
		return p->batch_size == 1 && !softmax ? "row" : "memory";
	if (e->outputs > 1 || softmax)
		return "block";
	return p->batch_size <= first_rows ? "first_rows" : "registers";
}

static void say_engine(struct words *w, const struct cl_engine *e)
{
	const int resident = e->base.word == GF_ENGINE_resident || e->tuning.with_resident;

	say_if(w, e->base.word == GF_ENGINE_moments, "MOMENTS");
	say_if(w, resident, "RESIDENT");
	if (resident && !e->family->by_group)
		say(w, " -DSTEP=%s", step_word(e));
}

static gf_status build(struct cl_engine *e, gf_error *err)
{
	struct words options = {.length = 0};

	if (e->base.word == GF_ENGINE_moments && !e->dev.has_double)
		return gf_fail(err, GF_E_UNAVAILABLE,
			"engine moments: device %s has no double precision, in which it adds up",
			e->dev.id.info.name);
	say(&options, "-DF=%zu%s", e->sum_order.lanes, e->family->options);
	if (e->family->piece)
		say(&options, " -DPIECES=%d", e->features > e->family->piece);
	if (builds_width_in(e))
		say(&options, " -DWIDTH=%u", e->features);
	say_if(&options, e->dev.prefetches, "TOUCH");
	if (e->dev.correctly_rounded && !e->family->by_group)
		say(&options, " " CORRECTLY_ROUNDED);
	say_engine(&options, e);
	say_loss(&options, &e->problem);
	say_update(&options, &e->problem);
	return program_build(&e->program, &e->dev, options.text, err);
}

/* ---- kernels ---- */

gf_status cl_engine_build(struct cl_engine *e, gf_error *err)
{
	const size_t pass = e->family->local, parameters = 64;
	const size_t alone = e->family->by_group ? pass : 1;
	/* Some compilers take seconds for a kernel: none that is not launched. */
	const int resident = e->base.word == GF_ENGINE_resident;
	const struct {
		struct kernel *kernel;
		const char *name;
		size_t local;
		int wanted;
	} kernels[] = {
		{&e->spread, "spread", parameters, 1},
		{&e->collect, "collect", parameters, !resident},
		{&e->outputs_kernel, "outputs", pass, 1},
		{&e->gather, "gather", pass, 1},
		{&e->gradient, "gradient", pass, 1},
		{&e->fold, "fold", pass, 1},
		{&e->norm, "norm", alone, !resident && e->problem.update.clip_norm},
		{&e->update, "update", pass, !resident},
		{&e->loss, "loss", alone, 1},
		{&e->resident, "resident", alone, resident},
	};
	const size_t local = e->tuning.local;
	gf_status status = build(e, err);
	size_t i;

	for (i = 0; i < sizeof kernels / sizeof *kernels && !status; i++)
		if (kernels[i].wanted)
			status = kernel_new(kernels[i].kernel, &e->dev, e->program, kernels[i].name,
				local ? local : kernels[i].local, err);
	return status;
}
