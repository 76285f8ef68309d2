/*
 * variant.h: every choice that depends on a problem's shape and on its device.
 *
 *	N rows, B rows of a batch, D features, K outputs
 *
 * A variant decides how fast steps are, never what they compute: all variants come to the same
 * bits, except for engine moments, which has bounds of its own.  Nothing here opens or asks a
 * device: struct device is read for what it can do.
 */
#ifndef GF_VARIANT_H
#define GF_VARIANT_H

#include "device.h"
#include "engine.h"

/*
 * A set of kernels, with the numbers of its launches.
 *
 *	cpu	a work-item sums a chunk of rows, 16 of them side by side in a vector
 *	gpu	a work-group sums a chunk; each of its work-items is a row, or a lane of a sum
 */
struct kernel_set {
	gf_kernels word;        /* cpu or gpu */
	int by_work_group;      /* a chunk is the work of a work-group, not of a work-item */
	int stacks_beside_x;    /* the nodes of chunks take an eighth of their rows at most */
	size_t local;           /* work-group size of a pass over rows, if the device has it */
	size_t chunks_per_unit; /* chunks that each compute unit gets at least, if rows suffice */
	size_t chunk_bytes;     /* bytes of x in a chunk, if rows suffice */
	size_t width;           /* floats that a work-item of `fold` takes */
};

struct variant {
	gf_engine engine;                 /* streaming, resident or moments */
	const struct kernel_set *kernels; /* borrowed: a constant */
	const char *kernels_why;          /* why that set: a constant */
	size_t lanes;                     /* F */
	size_t items;       /* ITEMS of kernels/lanes.cl; 0: the kernels are not by work-group */
	size_t few_outputs; /* K, where a work-group takes all outputs of a row at once; else 0 */
	size_t built_in;    /* D, where it is a constant of the build; 0: an argument of kernels */
	int prefetches;     /* kernels ask for rows ahead of those that they compute */
	int own_division;   /* kernels take the device's division and root, rounded correctly */
	int has_resident;   /* the program has the kernel of engine resident */
	/* Of a layer of a network, to a work-item, or a work-group, of the sums of its weights. */
	size_t item_inputs, item_outputs;
	int unrolled;        /* kernels have code for each layer of a network */
	const char *step;    /* its function of kernels/step.cl; NULL: it is of the gpu kernels */
	size_t root_nodes;   /* the most nodes that `update` and `loss` sum themselves */
	size_t row_tile;     /* rows to a work-item, or to a work-group, of `outputs` */
	size_t softmax_rows; /* rows of a chunk whose outputs cross_entropy keeps at a time */
	size_t batch_rows;   /* shuffled rows that are gathered at a time */
	size_t chunk_steps;  /* steps of a training's first chunk: engine.h */
};

/* Returns the engine for `auto`: resident where one work-item sums a batch in less time than
 * launches take, else streaming. */
gf_engine variant_engine(const struct problem *problem, int is_cpu);

/* Returns the multiply-adds of a step of engine resident.  It takes at most RESIDENT_WORK_MOST,
 * since a longer launch could exceed the watchdog of a device. */
double variant_resident_work(const struct problem *problem);
#define RESIDENT_WORK_MOST 0x1p24

/* Estimates the least time of a step on a GPU, from launches and waits for memory alone, and that
 * on a CPU; 0 where the device is a CPU, and for engine moments. */
struct step_seconds variant_step_seconds(
	const struct problem *problem, gf_engine engine, const struct device *dev);

/* Returns 1 if the device has the local memory that the gpu kernels need. */
int variant_fits_gpu_kernels(const struct device *dev);

/* Sets the variant of an engine, which is not auto.  GF_E_UNAVAILABLE: the tuning asks for gpu
 * kernels, and the device has too little local memory for them.  GF_E_USAGE: the gpu kernels have
 * no engine resident for networks. */
gf_status variant_of(struct variant *variant, const struct problem *problem,
	const struct device *dev, gf_engine engine, const struct tuning *tuning, gf_error *err);

enum { BUILD_WORDS = 1024 }; /* bytes that the options of a build take at most */

/* Writes the options of the build: -D words that pick functions of kernels/, and constants. */
void variant_words(
	const struct variant *variant, const struct problem *problem, char text[BUILD_WORDS]);

/* ---- chunks.c ---- */

/*
 * How the rows of a pass are cut.
 *
 *	chunk	rows that become one node: the work of a work-item, or of a work-group
 *	wave	chunks whose nodes are kept at a time: `fold` makes runs of them into one node
 *		each before the next wave takes their memory, which so is bounded
 *	launch	chunks of a wave that are launched at a time, so that no launch takes long
 *
 * Most passes are one wave and one launch.
 */
struct chunks {
	cl_ulong rows;
	cl_uint blocks, levels; /* blocks of a chunk, a power of two; nodes on its stack */
	size_t count;
	size_t wave; /* chunks of a wave: all, whole FOLD_RUNs, or a power of two below one */
	size_t launch;
};

/* Cuts so many rows as suits the device: the nodes and the scratch memory of a wave take at most
 * one allocation, for the gpu kernels a sixteenth of the device's memory at most, and a launch
 * takes at most variant_launch_work, unless one chunk takes more.  tuning: its blocks, wave and
 * launch, if they are not 0. */
struct chunks variant_chunks(const struct variant *variant, const struct problem *problem,
	const struct device *dev, const struct tuning *tuning, size_t rows);

/* Returns the nodes that `fold` makes of the chunks, a run of a wave each. */
size_t chunks_folded(const struct chunks *chunks);

/* Return the vectors of 16 floats of a node, and those that a chunk of cross_entropy keeps outputs
 * in. */
size_t variant_node_vectors(const struct problem *problem);
size_t variant_scratch_vectors(const struct variant *variant, const struct problem *problem);

/* Returns the multiply-adds of a pass over so many rows of a linear model. */
double variant_pass_work(const struct problem *problem, size_t rows);

/* Returns the most multiply-adds of a launch: INFINITY on CPUs, which have no watchdog. */
double variant_launch_work(const struct device *dev);

/* Returns the most iterations of loops in which a work-item of the cpu kernels sums so many
 * blocks. */
size_t variant_iterations(const struct problem *problem, size_t blocks);

#endif
