/* board_kernels.c: the program as a problem needs it, its kernels, and what each is told once. */
#include "board.h"
#include "catalog.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	MEDIUM_FEATURES = 64,  /* kernels/medium.cl */
	WIDE_ENOUGH = 16 << 20 /* bytes of x beyond most caches */
};

/* ---- build options ---- */

struct words {
	char text[1024];
	size_t length;
};

/* The text has room for all that board_build says. */
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
static int builds_width_in(const struct board *b)
{
	if (b->tuning.width != WIDTH_AUTO)
		return b->tuning.width == WIDTH_BUILT_IN;
	if (!b->family->by_group && b->grid.lanes == GRID_LANES && b->features <= MEDIUM_FEATURES)
		return 1;
	return b->rows * b->features * sizeof(float) >= WIDE_ENOUGH;
}

/* Rows of a batch, as far as kernels/step.cl tells them apart: each is a build of its own. */
static size_t step_rows(const struct board *b)
{
	const size_t rows = b->problem.batch_size, many = GRID_BLOCK + 1;
	const int medium = builds_width_in(b) && b->features <= MEDIUM_FEATURES;
	const size_t few = b->grid.lanes < GRID_LANES ? b->grid.rows : medium ? 4 : 1;

	if (rows <= few)
		return few;
	return few > 1 && rows <= GRID_BLOCK ? GRID_BLOCK : many;
}

static void say_engine(struct words *w, const struct board *b)
{
	const int resident = b->base.word == GF_ENGINE_resident || b->tuning.with_resident;

	say_if(w, b->base.word == GF_ENGINE_moments, "MOMENTS");
	say_if(w, resident, "RESIDENT");
	if (resident && !b->family->by_group)
		say(w, " -DOUTPUTS=%d -DSTEP_ROWS=%zu", b->outputs > 1 ? 2 : 1, step_rows(b));
}

static gf_status build(struct board *b, gf_error *err)
{
	struct words options = {.length = 0};

	if (b->base.word == GF_ENGINE_moments && !b->dev.has_double)
		return gf_fail(err, GF_E_UNAVAILABLE,
			"engine moments: device %s has no double precision, in which it adds up",
			b->dev.id.info.name);
	say(&options, "-DF=%zu%s", b->grid.lanes, b->family->options);
	if (b->family->piece)
		say(&options, " -DPIECES=%d", b->features > b->family->piece);
	if (builds_width_in(b))
		say(&options, " -DWIDTH=%u", b->features);
	say_if(&options, b->dev.prefetches, "TOUCH");
	if (b->dev.correctly_rounded && !b->family->by_group)
		say(&options, " " CORRECTLY_ROUNDED);
	say_engine(&options, b);
	say_loss(&options, &b->problem);
	say_update(&options, &b->problem);
	return program_build(&b->program, &b->dev, options.text, err);
}

/* ---- kernels ---- */

gf_status board_build(struct board *b, gf_error *err)
{
	const size_t pass = b->family->local, parameters = 64;
	const size_t alone = b->family->by_group ? pass : 1;
	/* Some compilers take seconds for a kernel: none that is not launched. */
	const int resident = b->base.word == GF_ENGINE_resident;
	const struct {
		struct kernel *kernel;
		const char *name;
		size_t local;
		int wanted;
	} kernels[] = {
		{&b->spread, "spread", parameters, 1},
		{&b->collect, "collect", parameters, !resident},
		{&b->outputs_kernel, "outputs", pass, 1},
		{&b->gather, "gather", pass, 1},
		{&b->gradient, "gradient", pass, 1},
		{&b->fold, "fold", pass, 1},
		{&b->norm, "norm", alone, !resident && b->problem.update.clip_norm},
		{&b->update, "update", pass, !resident},
		{&b->loss, "loss", alone, 1},
		{&b->resident, "resident", alone, resident},
	};
	const size_t local = b->tuning.local;
	gf_status status = build(b, err);
	size_t i;

	for (i = 0; i < sizeof kernels / sizeof *kernels && !status; i++)
		if (kernels[i].wanted)
			status = kernel_new(kernels[i].kernel, &b->dev, b->program, kernels[i].name,
				local ? local : kernels[i].local, err);
	return status;
}
