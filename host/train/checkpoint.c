#include "checkpoint.h"
#include "checkpoint_format.h"
#include "error.h"
#include "number_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
	COUNTER_ROOM = 24,
	PAIRS = 3 + CHECKPOINT_COUNTERS + CHECKPOINT_NUMBERS + 3 /* what is before, and after */
};

/* ---- what it holds ---- */

#define MEMBER(name) #name, offsetof(struct progress, name)

const struct counter CHECKPOINT_COUNTER[CHECKPOINT_COUNTERS] = {
	{MEMBER(epoch)},
	{MEMBER(step)},
	{MEMBER(steps)},
	{MEMBER(best_epoch)},
	{MEMBER(epochs_since)},
	{MEMBER(plateau_bad)},
	{MEMBER(plateau_cooling)},
};

const struct number CHECKPOINT_NUMBER[CHECKPOINT_NUMBERS] = {
	{MEMBER(loss_sum), FINITE},
	{MEMBER(rows_sum), ZERO_OR_ABOVE},
	{MEMBER(first_loss), ANY},
	{MEMBER(last_loss), ANY},
	{MEMBER(lr), ABOVE_ZERO},
	{MEMBER(best_loss), FINITE_OR_NONE},
	{MEMBER(plateau_lr), ZERO_OR_ABOVE},
	{MEMBER(plateau_best), FINITE_OR_NONE},
};

size_t checkpoint_tensors(
	struct safetensors_tensor tensors[CHECKPOINT_TENSORS], const struct progress *progress)
{
	size_t P = progress->parameters, S = progress->planes, count = 0;

	tensors[count++] = (struct safetensors_tensor){"params", 1, {P}, progress->params};
	if (S > 0)
		tensors[count++] = (struct safetensors_tensor){"state", 2, {S, P}, progress->state};
	if (isfinite(progress->best_loss))
		tensors[count++] = (struct safetensors_tensor){"best", 1, {P}, progress->best};
	return count;
}

/* With its end, so that what two texts share out between them counts. */
uint32_t checkpoint_sum_text(uint32_t sum, const char *text)
{
	return (uint32_t)crc32_z(sum, (const Bytef *)text, strlen(text) + 1);
}

uint32_t checkpoint_sum_tensor(uint32_t sum, const struct safetensors_tensor *tensor)
{
	size_t count = 1;

	for (size_t i = 0; i < tensor->rank; i++)
		count *= tensor->shape[i];
	return (uint32_t)crc32_z(
		sum, (const Bytef *)tensor->values, count * sizeof *tensor->values);
}

/* ---- progress ---- */

gf_status progress_new(struct progress *progress, size_t parameters, size_t planes, gf_error *err)
{
	*progress = (struct progress){.best_loss = INFINITY,
		.plateau_best = INFINITY,
		.parameters = parameters,
		.planes = planes};
	progress->params = calloc(parameters, sizeof *progress->params);
	progress->best = calloc(parameters, sizeof *progress->best);
	/* + 1: never a request for nothing */
	progress->state = calloc(parameters, (planes + 1) * sizeof *progress->state);
	if (progress->params && progress->best && progress->state)
		return GF_OK;
	progress_free(progress);
	return gf_fail_memory(
		err, (planes + 3) * parameters * sizeof *progress->params, "a training's state");
}

void progress_free(struct progress *progress)
{
	free(progress->params);
	free(progress->state);
	free(progress->best);
	*progress = (struct progress){0};
}

/* ---- writing ---- */

struct record {
	char counters[CHECKPOINT_COUNTERS][COUNTER_ROOM],
		numbers[CHECKPOINT_NUMBERS][NUMBER_TEXT_ROOM];
	char rng[CHECKPOINT_RNG + 1], rng_next[COUNTER_ROOM], checksum[CHECKPOINT_WORD + 1];
	struct safetensors_pair pairs[PAIRS];
	size_t count;
	uint32_t sum;
};

static void add(struct record *r, const char *key, const char *value)
{
	r->pairs[r->count++] = (struct safetensors_pair){key, value};
	r->sum = checkpoint_sum_text(r->sum, value);
}

static void add_counters(struct record *r, const struct progress *progress)
{
	for (size_t i = 0; i < CHECKPOINT_COUNTERS; i++) {
		const char *member = (const char *)progress + CHECKPOINT_COUNTER[i].offset;

		snprintf(
			r->counters[i], COUNTER_ROOM, "%zu", *(const size_t *)(const void *)member);
		add(r, CHECKPOINT_COUNTER[i].key, r->counters[i]);
	}
}

static void add_numbers(struct record *r, const struct progress *progress)
{
	for (size_t i = 0; i < CHECKPOINT_NUMBERS; i++) {
		const char *member = (const char *)progress + CHECKPOINT_NUMBER[i].offset;

		number_text_hexadecimal(r->numbers[i], *(const double *)(const void *)member);
		add(r, CHECKPOINT_NUMBER[i].key, r->numbers[i]);
	}
}

static void add_rng(struct record *r, const struct rng *rng)
{
	for (size_t i = 0; i < RNG_WORDS; i++)
		sprintf(r->rng + i * CHECKPOINT_WORD, "%08" PRIx32, rng->state[i]);
	snprintf(r->rng_next, COUNTER_ROOM, "%u", rng->next);
	add(r, "rng", r->rng);
	add(r, "rng_next", r->rng_next);
}

static void add_checksum(struct record *r, const struct safetensors_tensor *tensors, size_t count)
{
	for (size_t i = 0; i < count; i++)
		r->sum = checkpoint_sum_tensor(r->sum, &tensors[i]);
	snprintf(r->checksum, sizeof r->checksum, "%08" PRIx32, r->sum);
	add(r, "checksum", r->checksum);
}

gf_status checkpoint_write(const char *path, const struct progress *progress,
	const struct fingerprint *fingerprint, gf_error *err)
{
	struct safetensors_tensor tensors[CHECKPOINT_TENSORS];
	size_t count = checkpoint_tensors(tensors, progress);
	struct record record = {.count = 0};

	add(&record, "format", CHECKPOINT_FORMAT);
	add(&record, "version", CHECKPOINT_VERSION);
	add(&record, "fingerprint", fingerprint->text);
	add_counters(&record, progress);
	add_numbers(&record, progress);
	add_rng(&record, &progress->rng);
	add_checksum(&record, tensors, count);
	return safetensors_write(path, tensors, count, record.pairs, record.count, err);
}
