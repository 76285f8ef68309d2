#include "family.h"
#include "sum_order.h"

#include <stdio.h>

/* A CPU's work-item is a thread's worth of work, long enough for prefetchers. */
static const struct family ON_CPU = {
	.word = GF_KERNELS_cpu,
	.options = "",
	.local = 1,
	.units = 4,
	.chunk_bytes = 256 << 10,
	.strip = {TILE_ROWS, TILE_ROWS},
	.tiles = {BLOCK_ROWS / TILE_ROWS, BLOCK_ROWS / TILE_ROWS},
	.abreast = SUM_LANES,
};

/* The same kernels on a device whose work-items are lanes of a thread. */
static const struct family ELSEWHERE = {
	.word = GF_KERNELS_cpu,
	.options = "",
	.local = 64,
	.units = 256,
	.chunk_bytes = 256 << 10,
	.strip = {TILE_ROWS, TILE_ROWS},
	.tiles = {BLOCK_ROWS / TILE_ROWS, BLOCK_ROWS / TILE_ROWS},
	.abreast = SUM_LANES,
};

/* Work-groups enough to a compute unit that one loads while others add. */
static const struct family ON_GPU = {
	.word = GF_KERNELS_gpu,
	.options = " -DGPU",
	.by_group = 1,
	.local = 64,
	.units = 32,
	.chunk_bytes = 64 << 10,
	.strip = {ROW_TILE_NARROW, ROW_TILE_WIDE},
	.tiles = {ROW_TILE_NARROW / TILE_ROWS, ROW_TILE_WIDE / TILE_ROWS},
	.piece = COLUMN_TILE,
	.abreast = 1,
};

int family_fits(const struct device *dev)
{
	return dev->local_bytes >= LOCAL_BYTES;
}

gf_status family_choose(const struct family **family, gf_kernels word, const struct device *dev,
	char *why, size_t size, gf_error *err)
{
	const int fits = family_fits(dev), cpu = dev->is_cpu && dev->takes_vectors;

	snprintf(why, size, "%s",
		word != GF_KERNELS_auto ? "asked for"
		: cpu                   ? "the device is a CPU"
		: fits && dev->is_cpu   ? "its compiler takes minutes over vectors"
		: fits                  ? "the device is no CPU"
		       : "the device has too little local memory for those of GPUs");
	if (word == GF_KERNELS_gpu && !fits)
		return gf_fail(err, GF_E_UNAVAILABLE,
			"kernels gpu: device %s has %llu bytes of local memory; wanted %d",
			dev->id.info.name, (unsigned long long)dev->local_bytes, LOCAL_BYTES);
	if (word == GF_KERNELS_auto)
		word = cpu || !fits ? GF_KERNELS_cpu : GF_KERNELS_gpu;
	*family = word == GF_KERNELS_gpu ? &ON_GPU : dev->is_cpu ? &ON_CPU : &ELSEWHERE;
	return GF_OK;
}
