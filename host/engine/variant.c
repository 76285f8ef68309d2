/* variant.c: chooses the engine, the kernels, their launches and the options of their build. */
#include "variant.h"
#include "program.h"
#include "sum_order.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- engines ---- */

/* Multiply-adds of a step beyond which many work-items are faster than one.  On a CPU a work-item
 * keeps a core busy, and the launches of a step cost some 50 us: both engines took the same time
 * for batches of 250000 x 1, 65000 x 7, 30000 x 16 and 8000 x 64.  On a GPU a work-group uses a
 * small part of the device. */
#define RESIDENT_SUITS_CPU 0x1p19
#define RESIDENT_SUITS     0x1p14

/* The same for a network, of whose multiply-adds a step takes each thrice.  There is no kernel of
 * engine resident for GPUs. */
#define RESIDENT_SUITS_NETWORK 0x1p18

static double network_work(const struct problem *problem)
{
	const struct network network = problem_network(problem);
	const double rows = (double)whole_vectors(problem->batch_size);
	double work = 0.0;
	size_t l;

	for (l = 0; l < network.count; l++)
		work += (double)network.layers[l].inputs * (double)network.layers[l].outputs;
	return rows * work;
}

/* Lanes without a feature are computed as well, and the loss of a row costs as much as about four
 * features. */
double variant_resident_work(const struct problem *problem)
{
	const struct sum_order order = sum_order_of(problem->data->features);

	if (problem->hidden.count)
		return network_work(problem);
	return (double)problem->batch_size * (double)(order.chunks * order.lanes + 4) *
	       (double)problem->outputs;
}

gf_engine variant_engine(const struct problem *problem, int is_cpu)
{
	double suits = is_cpu ? RESIDENT_SUITS_CPU : RESIDENT_SUITS;

	if (problem->hidden.count)
		suits = is_cpu ? RESIDENT_SUITS_NETWORK : 0.0;
	return !problem->data->sparse && variant_resident_work(problem) <= suits
		       ? GF_ENGINE_resident
		       : GF_ENGINE_streaming;
}

/* ---- whether a CPU takes a step in less time ---- */

/* tests/bench/README.md, P3 and P3b: a core of a CPU took a step of 32 rows of 32 features, 1152
 * multiply-adds, in 137 ns, and one of a single row in 21 ns.  Launches are as above. */
#define CPU_WORK_SECONDS     1.2e-10
#define CPU_STEP_SECONDS     2e-8
#define CPU_LAUNCHES_SECONDS 5e-5

/* Estimates for a large GPU: a work-group waits for memory and at barriers for some 100 ns a row,
 * and the kernels of a step follow each other in 12 us. */
#define GPU_ROW_SECONDS      1e-7
#define GPU_LAUNCHES_SECONDS 1.2e-5

static double cpu_seconds(const struct problem *problem)
{
	const double passes = problem->hidden.count ? 3.0 : 1.0;
	const double computing = CPU_WORK_SECONDS * passes * variant_resident_work(problem);

	return computing + (variant_engine(problem, 1) == GF_ENGINE_resident
					   ? CPU_STEP_SECONDS
					   : CPU_LAUNCHES_SECONDS);
}

struct step_seconds variant_step_seconds(
	const struct problem *problem, gf_engine engine, const struct device *dev)
{
	const double rows = (double)problem->batch_size;

	if (dev->is_cpu || engine == GF_ENGINE_moments)
		return (struct step_seconds){.here = 0.0};
	return (struct step_seconds){.here = engine == GF_ENGINE_resident ? GPU_ROW_SECONDS * rows
									  : GPU_LAUNCHES_SECONDS,
		.on_cpu = cpu_seconds(problem)};
}

/* ---- sets of kernels ---- */

/* A work-item of a CPU is a thread's worth of work, long enough for prefetchers. */
static const struct kernel_set CPU_KERNELS = {
	.word = GF_KERNELS_cpu,
	.stacks_beside_x = 1,
	.local = 1,
	.chunks_per_unit = 4,
	.chunk_bytes = 256 << 10,
	.width = SUM_LANES,
};

/* The same kernels on a device whose work-items are lanes of a thread. */
static const struct kernel_set CPU_KERNELS_ON_GPU = {
	.word = GF_KERNELS_cpu,
	.local = 64,
	.chunks_per_unit = 256,
	.chunk_bytes = 256 << 10,
	.width = SUM_LANES,
};

/* With 32 work-groups to a compute unit, some load rows while others add. */
static const struct kernel_set GPU_KERNELS = {
	.word = GF_KERNELS_gpu,
	.by_work_group = 1,
	.local = 64,
	.chunks_per_unit = 32,
	.chunk_bytes = 64 << 10,
	.width = 1,
};

int variant_fits_gpu_kernels(const struct device *dev)
{
	return dev->local_bytes >= LOCAL_BYTES;
}

/* Most compilers for CPUs do well with vectors; some take minutes over them. */
static int suits_cpu_kernels(const struct device *dev)
{
	return (dev->is_cpu && dev->takes_vectors) || !variant_fits_gpu_kernels(dev);
}

static const char *kernels_reason(const struct device *dev, gf_kernels asked)
{
	if (asked != GF_KERNELS_auto)
		return "asked for";
	if (dev->is_cpu && dev->takes_vectors)
		return "the device is a CPU";
	if (!variant_fits_gpu_kernels(dev))
		return "the device has too little local memory for those of GPUs";
	return dev->is_cpu ? "its compiler takes minutes over vectors" : "the device is no CPU";
}

static gf_status choose_kernels(
	struct variant *v, const struct device *dev, gf_kernels asked, gf_error *err)
{
	gf_kernels word = asked;

	if (asked == GF_KERNELS_gpu && !variant_fits_gpu_kernels(dev))
		return gf_fail(err, GF_E_UNAVAILABLE,
			"kernels gpu: device %s has %llu bytes of local memory; wanted %d",
			dev->id.info.name, (unsigned long long)dev->local_bytes, LOCAL_BYTES);
	if (word == GF_KERNELS_auto)
		word = suits_cpu_kernels(dev) ? GF_KERNELS_cpu : GF_KERNELS_gpu;
	v->kernels = word == GF_KERNELS_gpu ? &GPU_KERNELS
		     : dev->is_cpu          ? &CPU_KERNELS
					    : &CPU_KERNELS_ON_GPU;
	v->kernels_why = kernels_reason(dev, asked);
	return GF_OK;
}

/* ---- builds ---- */

enum { BEYOND_CACHES = 16 << 20 }; /* bytes of x that most caches have no room for */

/* The sums of 9 to 64 features stay in registers if D is known; on CPUs they then take a third of
 * the time.  Kernels for GPUs need D where it is above 8: it sizes their tiles.  Otherwise loops
 * over features that are unrolled are worth a build of their own where x is beyond caches. */
static int builds_in(
	const struct variant *v, const struct problem *problem, const struct tuning *tuning)
{
	const size_t D = problem->data->features;

	if (v->kernels->by_work_group && v->lanes == SUM_LANES)
		return 1;
	if (tuning->width != WIDTH_AUTO)
		return tuning->width == WIDTH_BUILT_IN;
	if (v->lanes == SUM_LANES && D <= MEDIUM_FEATURES)
		return 1;
	return problem->data->rows * D * sizeof(float) >= BEYOND_CACHES;
}

/* Wide rows of known width that are longer than this go through kernels/wide.cl two at a time, not
 * four; with these numbers a CPU came to 48 to 57 of the 60 GB/s that it reads. */
enum { FEW_ROWS_FEATURES = 256 };

/* Networks of fewer layers have code for each layer, with its widths as constants. */
enum { UNROLLED_LAYERS = 4 };

/* The function of kernels/step.cl that keeps the most in registers. */
static const char *step_word(const struct variant *v, const struct problem *problem)
{
	const size_t rows = problem->batch_size;
	const int softmax = problem->loss == GF_LOSS_cross_entropy, narrow = v->lanes < SUM_LANES;
	const int in_registers = narrow || (v->built_in && v->built_in <= MEDIUM_FEATURES);
	const size_t first_rows = narrow ? SUM_LANES / v->lanes : MEDIUM_FIRST_ROWS;

	if (problem->update.clip_norm || rows > BLOCK_ROWS)
		return "memory";
	if (!in_registers)
		return rows == 1 && !softmax ? "row" : "memory";
	if (problem->outputs > 1 || softmax)
		return "block";
	return rows <= first_rows ? "first_rows" : "registers";
}

/* ---- launches ---- */

/* Floats of shuffled rows that stay in a cache from their gathering to their steps. */
enum { GATHERED_FLOATS = 1 << 20 };

/* Streaming gathers the batch of a step; resident gathers as many batches as stay in a cache, at
 * most an epoch of them. */
static size_t gathered_rows(gf_engine engine, const struct problem *problem)
{
	size_t rows;

	if (engine != GF_ENGINE_resident)
		return problem->batch_size;
	rows = GATHERED_FLOATS / problem->data->features;
	if (rows > problem->data->rows)
		rows = problem->data->rows;
	return rows > problem->batch_size ? rows : problem->batch_size;
}

/* Returns a number of steps that even a slow device takes in a fraction of a second: nothing stops
 * a chunk before its end.  A training then adapts the number to the time that its steps take. */
static size_t first_chunk_steps(gf_engine engine, const struct problem *problem)
{
	const double D = (double)problem->data->features, K = (double)problem->outputs;
	const double launch = 1e4; /* multiply-adds that take as long as the launches of a step */

	if (engine == GF_ENGINE_resident)
		return 1 + (size_t)(1e7 / (100.0 + variant_resident_work(problem)));
	if (engine == GF_ENGINE_moments)
		return 1 + (size_t)(2e7 / (launch + (double)problem_params(problem) * D));
	return 1 + (size_t)(2e7 / (launch + (double)problem->batch_size * D * K));
}

/* The work-items of a group that sums wide rows: each has a number of the node or more. */
enum { WIDE_ITEMS = 256 };

/* Returns the largest power of two that the device takes, up to what suits the kernels and rows of
 * D features. */
static size_t group_items(
	const struct variant *v, const struct device *dev, const struct tuning *tuning, size_t D)
{
	size_t items = D <= MEDIUM_FEATURES ? v->kernels->local : WIDE_ITEMS;

	while (D > MEDIUM_FEATURES && items / 2 >= D)
		items /= 2;
	if (tuning->local)
		items = tuning->local;
	while (items > 1 && items > dev->max_group)
		items /= 2;
	return items;
}

/* Outputs beyond which what a work-item keeps of each of them takes many registers. */
enum { FEW_OUTPUTS = 16 };

/* Returns 1 if a work-group of the gpu kernels takes all outputs of a row at once. */
static int takes_all_outputs(const struct variant *v, size_t D, size_t K)
{
	const int medium = v->lanes == SUM_LANES && D <= MEDIUM_FEATURES;

	return v->kernels->by_work_group && medium && K > 1 && K <= FEW_OUTPUTS &&
	       MEDIUM_BYTES(D, K, BLOCK_ROWS) <= LOCAL_BYTES;
}

/* Outputs whose losses one work-group of a GPU sums in less time than a launch takes. */
enum { ROOT_OUTPUTS = 16 };

/* Returns the most nodes that `update` sums: on GPUs a level of the tree, which spares a launch.
 * On CPUs a launch costs little.  A norm needs the root before the update does. */
static size_t root_nodes(
	const struct variant *v, const struct problem *problem, const struct tuning *tuning)
{
	const int folds_all = tuning->folds_all || !v->kernels->by_work_group ||
			      problem->data->sparse || problem->update.clip_norm ||
			      problem->outputs > ROOT_OUTPUTS;

	return folds_all ? 1 : FOLD_RUN;
}

static size_t row_tile(const struct variant *v, size_t D)
{
	if (!v->kernels->by_work_group)
		return TILE_ROWS;
	if (v->lanes < SUM_LANES)
		return ROW_TILE_NARROW;
	if (D > MEDIUM_FEATURES)
		return ROW_TILE_WIDE;
	return ROW_TILE_MEDIUM(D, v->few_outputs ? v->few_outputs : 1);
}

static void choose_for_linear(struct variant *v, const struct problem *problem,
	const struct device *dev, const struct tuning *tuning)
{
	const size_t D = problem->data->features;

	v->lanes = sum_order_of(D).lanes;
	v->items = v->kernels->by_work_group ? group_items(v, dev, tuning, D) : 0;
	v->built_in = builds_in(v, problem, tuning) ? D : 0;
	if (v->has_resident && !v->kernels->by_work_group)
		v->step = step_word(v, problem);
	v->few_outputs = takes_all_outputs(v, D, problem->outputs) ? problem->outputs : 0;
	/* Kernels of sparse rows hold none of a row's width, and copy a single root. */
	if (problem->data->sparse)
		v->built_in = v->few_outputs = 0;
	v->row_tile = row_tile(v, D);
	v->softmax_rows = v->few_outputs ? 0 : v->kernels->by_work_group ? v->row_tile : BLOCK_ROWS;
	v->root_nodes = root_nodes(v, problem, tuning);
}

/* A work-group takes a tile of 64 weights each way; a work-item 16 inputs, with as many outputs as
 * make it worth a launch. */
static void choose_for_network(struct variant *v, const struct problem *problem)
{
	v->lanes = SUM_LANES;
	v->unrolled = !v->kernels->by_work_group && problem->hidden.count < UNROLLED_LAYERS;
	v->item_inputs = v->kernels->by_work_group ? 64 : SUM_LANES;
	v->item_outputs = v->kernels->by_work_group ? 64 : 48;
}

gf_status variant_of(struct variant *v, const struct problem *problem, const struct device *dev,
	gf_engine engine, const struct tuning *tuning, gf_error *err)
{
	*v = (struct variant){.engine = engine};
	if (problem->data->sparse && engine != GF_ENGINE_streaming)
		return dataset_check_dense(
			problem->data, "only engines streaming and reference take them", err);
	TRY(choose_kernels(v, dev, tuning->kernels, err));
	if (problem->hidden.count && engine == GF_ENGINE_resident && v->kernels->by_work_group)
		return gf_fail(err, GF_E_USAGE,
			"engine resident: kernels gpu have none for hidden layers; "
			"wanted: engine streaming, or kernels cpu");
	v->prefetches = dev->prefetches;
	v->own_division = dev->correctly_rounded && !v->kernels->by_work_group;
	v->has_resident = engine == GF_ENGINE_resident || tuning->with_resident;
	if (problem->hidden.count)
		choose_for_network(v, problem);
	else
		choose_for_linear(v, problem, dev, tuning);
	v->batch_rows = gathered_rows(engine, problem);
	v->chunk_steps = first_chunk_steps(engine, problem);
	return GF_OK;
}

/* ---- words ---- */

struct words {
	char *text; /* (BUILD_WORDS), which has room for all of them */
	size_t length;
};

static void say(struct words *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	w->length += (size_t)vsnprintf(w->text + w->length, BUILD_WORDS - w->length, format, args);
	va_end(args);
}

static void say_if(struct words *w, int condition, const char *name)
{
	if (condition)
		say(w, " -D%s", name);
}

static void say_variant(struct words *w, const struct variant *v, const struct problem *problem)
{
	say(w, "-DF=%zu", v->lanes);
	say_if(w, v->kernels->by_work_group, "GPU");
	if (v->kernels->by_work_group && !problem->hidden.count)
		say(w, " -DITEMS=%zu%s", v->items, problem->outputs == 1 ? " -DONE_OUTPUT" : "");
	if (v->built_in)
		say(w, " -DWIDTH=%zu", v->built_in);
	if (v->few_outputs)
		say(w, " -DOUTPUTS=%zu", v->few_outputs);
	if (!v->kernels->by_work_group && v->built_in > FEW_ROWS_FEATURES)
		say(w, " -DGROUP_ROWS=2");
	say_if(w, v->prefetches, "TOUCH");
	if (v->own_division)
		say(w, " " CORRECTLY_ROUNDED);
	say_if(w, v->engine == GF_ENGINE_moments, "MOMENTS");
	say_if(w, v->has_resident, "RESIDENT");
	say_if(w, problem->data->sparse != NULL, "SPARSE");
	if (v->step)
		say(w, " -DSTEP=%s", v->step);
}

/* The widths of the layers make a program one of networks (kernels/network.cl). */
static void say_network(struct words *w, const struct variant *v, const struct problem *problem)
{
	const struct hidden *hidden = &problem->hidden;
	size_t i;

	if (!hidden->count)
		return;
	say(w, " -DWIDTHS=%zu", problem->data->features);
	for (i = 0; i < hidden->count; i++)
		say(w, ",%zu", hidden->widths[i]);
	say(w, ",%zu -DACTIVATION=%s_activation -DITEM_OUTPUTS=%zu", problem->outputs,
		activation_word(hidden->activation), v->item_outputs);
	say_if(w, v->unrolled, "UNROLLED");
}

static void say_loss(struct words *w, const struct problem *problem)
{
	if (problem->loss == GF_LOSS_cross_entropy)
		say(w, " -DSOFTMAX");
	else
		say(w, " -DLOSS=%s", loss_word(problem->loss));
	say_if(w, problem->weights != NULL, "WEIGHTED");
	say_if(w, problem->data->offset != NULL && problem->data->outputs > 0, "OFFSET");
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

void variant_words(const struct variant *v, const struct problem *problem, char text[BUILD_WORDS])
{
	struct words words = {.text = text};

	say_variant(&words, v, problem);
	say_network(&words, v, problem);
	say_loss(&words, problem);
	say_update(&words, problem);
}
