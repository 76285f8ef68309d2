/* device_ring.c: parts of x take turns in a few buffers of a device. */
#include "device_ring.h"
#include "moments_engine.h"

#include <stdlib.h>
#include <string.h>

enum {
	SLOTS_LEAST = 2,
	SLOTS = 3,  /* one is read, one is filled, and one is ready */
	STAGES = 2, /* shuffled batches that the host gathers ahead of their uploads */
	/* Bytes of a buffer where the limit has room for more.  On a CPU, three of them stay in
	 * caches, and a larger ring was slower than the parts that it saved were worth: 2 GB went
	 * through one of 12 MB at 10 GB/s, through one of 200 MB at 4. */
	SLOT_BYTES_CPU = 4 << 20,
	SLOT_BYTES_GPU = 64 << 20
};

/* What a buffer is in use for. */
struct slot {
	struct mark uploaded, used;  /* its rows are there; kernels are done with them */
	const struct device *waited; /* borrowed; whose queue waits for `uploaded` */
	size_t beyond;               /* rows behind those of the part */
	size_t turn;                 /* of the last take */
};

struct device_ring {
	size_t users, count;  /* engines that share it; buffers */
	struct slot *slots;   /* owned; (count) */
	struct x_part *parts; /* owned; (count) the buffers, with the rows that they hold or 0 */
	struct slot *current; /* the last one taken; NULL: none */
	struct device *user;  /* borrowed; whose kernels read the current one */
	size_t turns;
	uint64_t uploaded; /* bytes */
};

/* Rows of a shuffled batch on their way to the device. */
struct stage {
	float *rows;       /* (batch_rows, D) */
	struct slot *slot; /* borrowed; to which they were sent last; NULL: to none */
};

struct device_stages {
	struct stage stage[STAGES];
	size_t batches; /* that were gathered */
	float rows[];   /* those of all stages */
};

/* ---- sizes ---- */

/* Returns the bytes of so many rows, with what a kernel may read behind them. */
static size_t bytes_of(size_t features, size_t rows)
{
	return ((rows + TILE_ROWS - 1) * features + SUM_LANES) * sizeof(float);
}

/* Returns the rows for which bytes_of has room in `bytes`; 0: for none. */
static size_t rows_in(size_t features, size_t bytes)
{
	const size_t none = bytes_of(features, 0);

	return bytes < none ? 0 : (bytes - none) / (features * sizeof(float));
}

size_t ring_unit_rows(const struct problem *problem, gf_engine word)
{
	return word == GF_ENGINE_moments ? moments_layout_of(problem).leaf_rows : BLOCK_ROWS;
}

/* Returns the bytes that x may take on the device: those of the limit, else 7/8 of its memory less
 * twice the targets, offsets and weights, which shuffled batches have again. */
static size_t room_for_x(const struct problem *problem, const struct device *dev, size_t limit)
{
	const uint64_t memory = dev->id.info.memory_bytes;
	const size_t others =
		2 * (problem->data->outputs + 2) * problem->data->rows * sizeof(float);

	/* A device that shares the host's memory uses x in place. */
	if (limit)
		return limit;
	if (dev->id.info.unified_memory)
		return SIZE_MAX;
	return memory / 8 * 7 > others ? (size_t)(memory / 8 * 7) - others : 0;
}

/* Returns the bytes that a buffer had better have: those of the least rows or, if two buffers have
 * room for them, of a batch, which may be shuffled. */
static size_t wanted_bytes(const struct problem *problem, size_t room, size_t least)
{
	const size_t batch = bytes_of(problem->data->features, problem->batch_size);
	const int has_batches = problem->batch_size < problem->train_rows;

	return has_batches && batch > least && batch <= room / SLOTS_LEAST ? batch : least;
}

/* Returns the number of buffers: on a GPU they fill the room, since parts that stay there need no
 * upload. */
static size_t slot_count(const struct device *dev, size_t room, size_t wanted)
{
	const size_t bytes = wanted > SLOT_BYTES_GPU ? wanted : SLOT_BYTES_GPU;

	if (room / SLOTS < wanted)
		return SLOTS_LEAST;
	return dev->is_cpu || room / bytes < SLOTS ? SLOTS : room / bytes;
}

/* Returns the bytes of each, whole vectors. */
static size_t slot_bytes(const struct device *dev, size_t share, size_t wanted)
{
	const size_t most = dev->id.info.max_alloc_bytes;
	const size_t suits = wanted > SLOT_BYTES_CPU ? wanted : SLOT_BYTES_CPU;
	const size_t bytes = dev->is_cpu && suits < share ? suits : share;

	return (bytes < most ? bytes : most) / sizeof(cl_float16) * sizeof(cl_float16);
}

gf_status ring_size(struct tuning *tuning, const struct problem *problem, const struct device *dev,
	size_t limit, size_t unit_rows, gf_error *err)
{
	const size_t D = problem->data->features, room = room_for_x(problem, dev, limit);
	const size_t least = bytes_of(D, 2 * unit_rows) + sizeof(cl_float16);
	const size_t wanted = wanted_bytes(problem, room, least);
	const size_t slots = slot_count(dev, room, wanted);
	const size_t bytes = slot_bytes(dev, room / slots, wanted);

	if (problem->data->sparse && limit)
		return dataset_check_dense(problem->data,
			"only parts of dense rows take turns within a memory limit", err);
	if (problem->data->sparse || bytes_of(D, problem->data->rows) <= room)
		return GF_OK;
	if (bytes_of(D, 2 * unit_rows) > bytes)
		return gf_fail(err, limit ? GF_E_USAGE : GF_E_UNAVAILABLE,
			"memory_limit: %zu bytes of device %s for rows of %zu features; wanted: at "
			"least %zu, for two buffers of %zu rows",
			room, dev->id.info.name, D, SLOTS_LEAST * least, 2 * unit_rows);
	tuning->ring_slots = slots;
	tuning->ring_rows = rows_in(D, bytes);
	return GF_OK;
}

/* ---- new and free ---- */

static void free_ring(struct device_ring *ring)
{
	size_t i;

	for (i = 0; ring->parts && i < ring->count; i++)
		buffer_free(&ring->parts[i].x);
	for (i = 0; ring->slots && i < ring->count; i++) {
		mark_free(&ring->slots[i].uploaded);
		mark_free(&ring->slots[i].used);
	}
	free(ring->slots);
	free(ring->parts);
	free(ring);
}

static void use_ring(struct device_data *d, struct device_ring *ring)
{
	d->ring = ring;
	d->all.parts = ring->parts;
	d->all.parts_count = ring->count;
}

/* After a failure d has what there is of it. */
static gf_status new_ring(struct device_data *d, size_t count, gf_error *err)
{
	struct device_ring *ring = calloc(1, sizeof *ring);

	if (!ring)
		return gf_fail_memory(err, sizeof *ring, "a ring of parts");
	ring->users = 1;
	ring->count = count;
	ring->slots = calloc(count, sizeof *ring->slots);
	ring->parts = calloc(count, sizeof *ring->parts);
	use_ring(d, ring);
	return ring->slots && ring->parts
		       ? GF_OK
		       : gf_fail_memory(err, count * sizeof *ring->parts, "parts of x");
}

/* Kernels may read behind the rows of a buffer, where a NaN would spread to their sums. */
gf_status ring_new(
	struct device_data *d, const struct tuning *tuning, size_t unit_rows, gf_error *err)
{
	const size_t rows = tuning->ring_rows - d->rows_beyond;
	const size_t floats = bytes_of(d->features, tuning->ring_rows) / sizeof(float);
	size_t i;

	TRY(new_ring(d, tuning->ring_slots, err));
	d->all.part_rows = rows / unit_rows * unit_rows;
	for (i = 0; i < tuning->ring_slots; i++)
		TRY(buffer_zeros(&d->all.parts[i].x, d->dev, "x", floats, err));
	return GF_OK;
}

size_t ring_rows(const struct device_data *d)
{
	return rows_in(d->features, d->ring->parts[0].x.bytes);
}

void ring_share(struct device_data *d, const struct device_data *beside)
{
	beside->ring->users++;
	use_ring(d, beside->ring);
	d->all.part_rows = beside->all.part_rows;
}

void ring_leave(struct device_data *d)
{
	struct device_ring *ring = d->ring;
	size_t i;

	if (!ring)
		return;
	/* Uploads may still read x, and the device may be closed next. */
	(void)run_finish(d->dev, NULL);
	free(d->stages);
	d->stages = NULL;
	d->ring = NULL;
	d->all.parts = NULL;
	if (ring->user == d->dev)
		ring->current = NULL;
	for (i = 0; ring->slots && i < ring->count; i++)
		ring->slots[i].waited = NULL;
	if (--ring->users == 0)
		free_ring(ring);
}

/* ---- turns ---- */

/* Marks the end of the kernels that read the current buffer, on whose queue they are; the queue of
 * another device waits for that, so that its own marks come after it. */
static gf_status leave_current(struct device_data *d, gf_error *err)
{
	struct device_ring *ring = d->ring;
	struct slot *slot = ring->current;

	if (!slot)
		return GF_OK;
	ring->current = NULL;
	mark_free(&slot->used);
	TRY(run_mark(ring->user, &slot->used, err));
	return ring->user == d->dev ? GF_OK : run_after(d->dev, &slot->used, err);
}

static struct slot *oldest(struct device_ring *ring)
{
	struct slot *slot = ring->slots;
	size_t i;

	for (i = 1; i < ring->count; i++)
		if (ring->slots[i].turn < slot->turn)
			slot = &ring->slots[i];
	return slot;
}

/* Returns NULL if the row is in no buffer. */
static struct slot *slot_of(struct device_ring *ring, size_t row)
{
	size_t i;

	for (i = 0; i < ring->count; i++)
		if (row - ring->parts[i].first < ring->parts[i].rows)
			return &ring->slots[i];
	return NULL;
}

static struct x_part *part_of(struct device_ring *ring, const struct slot *slot)
{
	return &ring->parts[slot - ring->slots];
}

int ring_has(const struct device_data *d, size_t row)
{
	return slot_of(d->ring, row) != NULL;
}

static gf_status upload(
	struct device_data *d, struct slot *slot, const void *from, size_t bytes, gf_error *err)
{
	struct buffer to = part_of(d->ring, slot)->x;

	/* Another engine may have made the buffer, for a device that is closed by now. */
	to.dev = d->dev;
	mark_free(&slot->uploaded);
	slot->waited = NULL;
	d->ring->uploaded += bytes;
	return run_upload(&to, from, bytes, &slot->used, &slot->uploaded, err);
}

/* Returns the bytes of x and its zeros from row `first` on. */
static size_t bytes_from(const struct device_data *d, size_t first)
{
	const size_t row = d->features * sizeof(float);
	const size_t all = d->rows_used < d->rows ? d->rows_used * row : d->dataset->x_bytes;

	return all - first * row;
}

/* Uploads the part that has that row, and `beyond` rows behind it. */
static gf_status upload_part(
	struct device_data *d, struct slot *slot, size_t row, size_t beyond, gf_error *err)
{
	struct x_part *part = part_of(d->ring, slot);
	const size_t first = row / d->all.part_rows * d->all.part_rows, left = d->rows - first;
	const size_t rows = left < d->all.part_rows ? left : d->all.part_rows;
	const size_t wanted = bytes_of(d->features, rows + beyond);
	const size_t most = bytes_from(d, first);

	part->rows = 0;
	TRY(upload(
		d, slot, d->dataset->x + first * d->features, wanted < most ? wanted : most, err));
	part->first = first;
	part->rows = rows;
	slot->beyond = beyond;
	return GF_OK;
}

static gf_status make_current(struct device_data *d, struct slot *slot, gf_error *err)
{
	struct device_ring *ring = d->ring;

	if (slot->waited != d->dev)
		TRY(run_after(d->dev, &slot->uploaded, err));
	slot->waited = d->dev;
	slot->turn = ++ring->turns;
	ring->current = slot;
	ring->user = d->dev;
	return GF_OK;
}

gf_status ring_take(
	struct device_data *d, size_t row, size_t beyond, struct x_part *part, gf_error *err)
{
	struct device_ring *ring = d->ring;
	struct slot *found = slot_of(ring, row), *slot = found ? found : oldest(ring);
	const int is_there = found && found->beyond >= beyond;

	if (!is_there || slot != ring->current || ring->user != d->dev) {
		TRY(leave_current(d, err));
		if (!is_there)
			TRY(upload_part(d, slot, row, beyond, err));
		TRY(make_current(d, slot, err));
	}
	*part = *part_of(ring, slot);
	return GF_OK;
}

gf_status ring_forget(struct device_data *d, gf_error *err)
{
	size_t i;

	for (i = 0; i < d->ring->count; i++) {
		TRY(mark_wait(&d->ring->slots[i].uploaded, err));
		d->ring->parts[i].rows = 0;
	}
	return GF_OK;
}

static gf_status audit_part(struct device_data *d, const struct x_part *part, gf_error *err)
{
	const size_t left = d->rows_used - part->first;
	const size_t rows = part->rows < left ? part->rows : left;
	struct buffer x = part->x;

	x.dev = d->dev;
	return device_same(&x, d->dataset->x + part->first * d->features, rows * d->features, err);
}

gf_status ring_audit(struct device_data *d, gf_error *err)
{
	const struct x_part *parts = d->ring->parts;
	size_t i;

	TRY(run_finish(d->dev, err));
	for (i = 0; i < d->ring->count; i++)
		if (parts[i].rows && parts[i].first < d->rows_used)
			TRY(audit_part(d, &parts[i], err));
	return GF_OK;
}

uint64_t ring_uploaded(const struct device_data *d)
{
	return d->ring ? d->ring->uploaded : 0;
}

/* ---- shuffled batches ---- */

gf_status ring_check_batch(const struct device_data *d, gf_error *err)
{
	const struct buffer *x = &d->ring->parts[0].x;
	const size_t bytes = bytes_of(d->features, d->batch_rows);

	if (bytes <= x->bytes)
		return GF_OK;
	return gf_fail(err, GF_E_USAGE,
		"memory_limit: shuffled batches of %zu rows of %zu features; wanted: at least %zu "
		"bytes for two of them, or smaller batches",
		d->batch_rows, (size_t)d->features, SLOTS_LEAST * (bytes + sizeof(cl_float16)));
}

static gf_status need_stages(struct device_data *d, gf_error *err)
{
	const size_t floats = d->batch_rows * d->features;
	const size_t bytes = sizeof *d->stages + STAGES * floats * sizeof(float);
	size_t i;

	if (d->stages)
		return GF_OK;
	d->stages = malloc(bytes);
	if (!d->stages)
		return gf_fail_memory(err, bytes, "rows of shuffled batches");
	d->stages->batches = 0;
	for (i = 0; i < STAGES; i++)
		d->stages->stage[i] = (struct stage){d->stages->rows + i * floats, NULL};
	return GF_OK;
}

static void gather_rows(const struct device_data *d, const uint32_t *order, size_t count, float *to)
{
	const size_t D = d->features;
	size_t i;

	for (i = 0; i < count; i++)
		memcpy(to + i * D, d->dataset->x + order[i] * D, D * sizeof *to);
}

gf_status ring_gather(struct device_data *d, const uint32_t *order, size_t count, gf_error *err)
{
	struct slot *slot;
	struct stage *stage;

	TRY(need_stages(d, err));
	stage = &d->stages->stage[d->stages->batches++ % STAGES];
	/* If the buffer got other rows since, these were sent after the batch. */
	if (stage->slot)
		TRY(mark_wait(&stage->slot->uploaded, err));
	gather_rows(d, order, count, stage->rows);
	TRY(leave_current(d, err));
	slot = oldest(d->ring);
	part_of(d->ring, slot)->rows = 0;
	TRY(upload(d, slot, stage->rows, count * d->features * sizeof(float), err));
	stage->slot = slot;
	d->batch.parts[0].x = part_of(d->ring, slot)->x;
	return make_current(d, slot, err);
}
