/*
 * checkpoint.c: writes and reads checkpoints, which are safetensors files.
 *
 *	params (P), state (S, P), best (P)
 *	"format", "version"	what the file is
 *	"fingerprint"		fingerprint.h
 *	COUNTERS		decimals
 *	NUMBERS			hexadecimal, so to the bit
 *	"rng", "rng_next"	each word as eight hexadecimal digits; a decimal
 *	"checksum"		crc32 of all these texts in this order, and of the tensors'
 *				numbers, in which a flipped bit leaves a valid file
 */
#include "checkpoint.h"
#include "error.h"
#include "number_text.h"
#include "safetensors.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define CHECKPOINT_FORMAT  "gpufit checkpoint"
#define CHECKPOINT_VERSION "1"

enum {
	COUNTER_COUNT = 7,
	NUMBER_COUNT = 8,
	PAIRS = COUNTER_COUNT + NUMBER_COUNT + 6, /* six more: format ... checksum */
	TENSORS_MAX = 3,
	COUNTER_ROOM = 24,
	WORD_DIGITS = 8, /* hexadecimal digits of 32 bits */
	RNG_DIGITS = RNG_WORDS * WORD_DIGITS
};

struct counter_field {
	const char *key;
	size_t offset; /* of a size_t in struct train_state */
};

enum number_range { ANY, FINITE, FINITE_OR_NONE, ZERO_OR_ABOVE, ABOVE_ZERO };

struct number_field {
	const char *key;
	size_t offset; /* of a double in struct train_state */
	enum number_range range;
};

#define MEMBER(name) #name, offsetof(struct train_state, name)

static const struct counter_field COUNTERS[COUNTER_COUNT] = {
	{MEMBER(epoch)},
	{MEMBER(step)},
	{MEMBER(steps)},
	{MEMBER(best_epoch)},
	{MEMBER(epochs_since)},
	{MEMBER(plateau_bad)},
	{MEMBER(plateau_cooling)},
};

static const struct number_field NUMBERS[NUMBER_COUNT] = {
	{MEMBER(loss_sum), FINITE},
	{MEMBER(rows_sum), ZERO_OR_ABOVE},
	{MEMBER(first_loss), ANY},
	{MEMBER(last_loss), ANY},
	{MEMBER(lr), ABOVE_ZERO},
	{MEMBER(best_loss), FINITE_OR_NONE},
	{MEMBER(plateau_lr), ZERO_OR_ABOVE},
	{MEMBER(plateau_best), FINITE_OR_NONE},
};

static size_t tensors_of(
	struct safetensors_tensor tensors[TENSORS_MAX], const struct train_state *state)
{
	size_t P = state->parameters, S = state->planes, count = 0;

	tensors[count++] = (struct safetensors_tensor){"params", 1, {P}, state->params};
	if (S > 0)
		tensors[count++] =
			(struct safetensors_tensor){"state", 2, {S, P}, state->optimizer};
	if (isfinite(state->best_loss))
		tensors[count++] = (struct safetensors_tensor){"best", 1, {P}, state->best};
	return count;
}

/* Includes the final NUL: otherwise text moved from one value to the next goes unseen. */
static uint32_t sum_text(uint32_t sum, const char *text)
{
	return (uint32_t)crc32_z(sum, (const Bytef *)text, strlen(text) + 1);
}

static uint32_t sum_tensor(uint32_t sum, const struct safetensors_tensor *tensor)
{
	size_t count = 1;

	for (size_t i = 0; i < tensor->rank; i++)
		count *= tensor->shape[i];
	return (uint32_t)crc32_z(
		sum, (const Bytef *)tensor->values, count * sizeof *tensor->values);
}

/* ---- state ---- */

gf_status train_state_new(
	struct train_state *state, size_t parameters, size_t planes, gf_error *err)
{
	*state = (struct train_state){.best_loss = INFINITY,
		.plateau_best = INFINITY,
		.parameters = parameters,
		.planes = planes};
	state->params = calloc(parameters, sizeof *state->params);
	state->best = calloc(parameters, sizeof *state->best);
	/* + 1: calloc(0) may return NULL */
	state->optimizer = calloc(parameters, (planes + 1) * sizeof *state->optimizer);
	if (state->params && state->best && state->optimizer)
		return GF_OK;
	train_state_free(state);
	return gf_fail_memory(
		err, (planes + 3) * parameters * sizeof *state->params, "a training's state");
}

void train_state_free(struct train_state *state)
{
	free(state->params);
	free(state->optimizer);
	free(state->best);
	*state = (struct train_state){0};
}

/* ---- writing ---- */

struct record {
	char counters[COUNTER_COUNT][COUNTER_ROOM], numbers[NUMBER_COUNT][NUMBER_TEXT_ROOM];
	char rng[RNG_DIGITS + 1], rng_next[COUNTER_ROOM], checksum[WORD_DIGITS + 1];
	struct safetensors_pair pairs[PAIRS];
	size_t count;
	uint32_t sum;
};

static void add(struct record *r, const char *key, const char *value)
{
	r->pairs[r->count++] = (struct safetensors_pair){key, value};
	r->sum = sum_text(r->sum, value);
}

static void add_counters(struct record *r, const struct train_state *state)
{
	for (size_t i = 0; i < COUNTER_COUNT; i++) {
		const char *member = (const char *)state + COUNTERS[i].offset;

		snprintf(
			r->counters[i], COUNTER_ROOM, "%zu", *(const size_t *)(const void *)member);
		add(r, COUNTERS[i].key, r->counters[i]);
	}
}

static void add_numbers(struct record *r, const struct train_state *state)
{
	for (size_t i = 0; i < NUMBER_COUNT; i++) {
		const char *member = (const char *)state + NUMBERS[i].offset;

		number_text_hexadecimal(r->numbers[i], *(const double *)(const void *)member);
		add(r, NUMBERS[i].key, r->numbers[i]);
	}
}

static void add_rng(struct record *r, const struct rng *rng)
{
	for (size_t i = 0; i < RNG_WORDS; i++)
		sprintf(r->rng + i * WORD_DIGITS, "%08" PRIx32, rng->state[i]);
	snprintf(r->rng_next, COUNTER_ROOM, "%u", rng->next);
	add(r, "rng", r->rng);
	add(r, "rng_next", r->rng_next);
}

static void add_checksum(struct record *r, const struct safetensors_tensor *tensors, size_t count)
{
	for (size_t i = 0; i < count; i++)
		r->sum = sum_tensor(r->sum, &tensors[i]);
	snprintf(r->checksum, sizeof r->checksum, "%08" PRIx32, r->sum);
	add(r, "checksum", r->checksum);
}

gf_status checkpoint_write(const char *path, const struct train_state *state,
	const struct fingerprint *fingerprint, gf_error *err)
{
	struct safetensors_tensor tensors[TENSORS_MAX];
	size_t count = tensors_of(tensors, state);
	struct record record = {.count = 0};

	add(&record, "format", CHECKPOINT_FORMAT);
	add(&record, "version", CHECKPOINT_VERSION);
	add(&record, "fingerprint", fingerprint->text);
	add_counters(&record, state);
	add_numbers(&record, state);
	add_rng(&record, &state->rng);
	add_checksum(&record, tensors, count);
	return safetensors_write(path, tensors, count, record.pairs, record.count, err);
}

/* ---- reading: metadata ---- */

struct source {
	const struct safetensors *file;
	const char *path;
	uint32_t sum; /* checksum of what was read so far */
	gf_error *err;
};

static gf_status refuse(
	const struct source *s, const char *key, const char *found, const char *wanted)
{
	if (!found)
		return gf_fail(s->err, GF_E_DATA, "%s: metadata \"%s\" is missing, wanted %s",
			s->path, key, wanted);
	return gf_fail(s->err, GF_E_DATA, "%s: metadata \"%s\" is %s, wanted %s", s->path, key,
		quote_of(found, strlen(found)).text, wanted);
}

static gf_status take_text(struct source *s, const char *key, const char *wanted, const char **text)
{
	*text = safetensors_metadata(s->file, key);
	if (!*text)
		return refuse(s, key, NULL, wanted);
	s->sum = sum_text(s->sum, *text);
	return GF_OK;
}

/* Returns 1 if a tensor has the name of a model's weight. */
static int is_model(const struct safetensors *file)
{
	static const char weight[] = "weight";

	for (size_t i = 0; i < safetensors_count(file); i++) {
		const char *name = safetensors_at(file, i)->name;
		size_t length = strlen(name), tail = strlen(weight);

		if (length >= tail && strcmp(name + length - tail, weight) == 0)
			return 1;
	}
	return 0;
}

static gf_status take_format(struct source *s)
{
	const char *format = safetensors_metadata(s->file, "format"), *text;
	gf_status status;

	if (!format || strcmp(format, CHECKPOINT_FORMAT) != 0) {
		if (is_model(s->file))
			return gf_fail(
				s->err, GF_E_DATA, "%s: a model, wanted a checkpoint", s->path);
		return refuse(s, "format", format, "\"" CHECKPOINT_FORMAT "\"");
	}
	s->sum = sum_text(s->sum, format);
	status = take_text(s, "version", "\"" CHECKPOINT_VERSION "\"", &text);
	if (!status && strcmp(text, CHECKPOINT_VERSION) != 0)
		status = refuse(s, "version", text, "\"" CHECKPOINT_VERSION "\"");
	return status;
}

static gf_status take_fingerprint(struct source *s, const struct fingerprint *fingerprint)
{
	const char *text;
	gf_status status = take_text(s, "fingerprint", "the options and the data", &text);

	return status ? status : fingerprint_compare(fingerprint, text, s->path, s->err);
}

/* Accepts digits only.  Returns 0 if text is no such number or exceeds most. */
static int parse_counter(const char *text, size_t most, size_t *value)
{
	*value = 0;
	for (const char *at = text; *at; at++) {
		size_t digit = (size_t)(*at - '0');

		if (digit > 9 || *value > (most - digit) / 10)
			return 0;
		*value = 10 * *value + digit;
	}
	return text[0] != '\0';
}

static gf_status take_counter(struct source *s, const char *key, size_t most, size_t *value)
{
	char wanted[64];
	const char *text;
	gf_status status;

	snprintf(wanted, sizeof wanted, "a whole number, at most %zu", most);
	status = take_text(s, key, wanted, &text);
	if (!status && !parse_counter(text, most, value))
		status = refuse(s, key, text, wanted);
	return status;
}

static const char *const WANTED[] = {
	[ANY] = "a number",
	[FINITE] = "a finite number",
	[FINITE_OR_NONE] = "a finite number, or inf",
	[ZERO_OR_ABOVE] = "a finite number, 0 or above",
	[ABOVE_ZERO] = "a finite number above 0",
};

static int in_range(double value, enum number_range range)
{
	switch (range) {
	case ANY:
		return 1;
	case FINITE:
		return isfinite(value);
	case FINITE_OR_NONE:
		return isfinite(value) || (isinf(value) && value > 0.0);
	case ZERO_OR_ABOVE:
		return isfinite(value) && value >= 0.0;
	case ABOVE_ZERO:
		return isfinite(value) && value > 0.0;
	}
	return 0;
}

static gf_status take_number(struct source *s, const struct number_field *number, double *value)
{
	const char *text, *wanted = WANTED[number->range];
	gf_status status = take_text(s, number->key, wanted, &text);

	if (!status && (!number_text_parse(text, value) || !in_range(*value, number->range)))
		status = refuse(s, number->key, text, wanted);
	return status;
}

static int parse_words(const char *text, uint32_t words[RNG_WORDS])
{
	if (strlen(text) != RNG_DIGITS || text[strspn(text, "0123456789abcdef")] != '\0')
		return 0;
	for (size_t i = 0; i < RNG_WORDS; i++) {
		char word[WORD_DIGITS + 1] = "";

		memcpy(word, text + i * WORD_DIGITS, WORD_DIGITS);
		words[i] = (uint32_t)strtoul(word, NULL, 16);
	}
	return 1;
}

static gf_status take_rng(struct source *s, struct rng *rng)
{
	static const char wanted[] = "624 words of eight hexadecimal digits";
	const char *text;
	size_t next = 0;
	gf_status status = take_text(s, "rng", wanted, &text);

	if (!status && !parse_words(text, rng->state))
		status = refuse(s, "rng", text, wanted);
	if (!status)
		status = take_counter(s, "rng_next", RNG_WORDS, &next);
	rng->next = (unsigned)next;
	return status;
}

/* Checks the counters against each other. */
static gf_status check_counters(const struct source *s, const struct train_state *p)
{
	const struct {
		const char *name, *of;
		size_t value, most;
	} pairs[] = {
		{"step", "steps", p->step, p->steps},
		{"best_epoch", "epoch", p->best_epoch, p->epoch},
		{"epochs_since", "epoch", p->epochs_since, p->epoch},
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (pairs[i].value > pairs[i].most)
			return gf_fail(s->err, GF_E_DATA,
				"%s: metadata \"%s\" is %zu, wanted at most \"%s\", which is %zu",
				s->path, pairs[i].name, pairs[i].value, pairs[i].of, pairs[i].most);
	return GF_OK;
}

static gf_status take_metadata(struct source *s, struct train_state *state)
{
	gf_status status = GF_OK;

	for (size_t i = 0; !status && i < COUNTER_COUNT; i++) {
		char *member = (char *)state + COUNTERS[i].offset;

		status = take_counter(s, COUNTERS[i].key, SIZE_MAX - 1, (size_t *)(void *)member);
	}
	for (size_t i = 0; !status && i < NUMBER_COUNT; i++) {
		char *member = (char *)state + NUMBERS[i].offset;

		status = take_number(s, &NUMBERS[i], (double *)(void *)member);
	}
	if (!status)
		status = take_rng(s, &state->rng);
	return status ? status : check_counters(s, state);
}

/* ---- reading: tensors ---- */

static int same_shape(const struct safetensors_tensor *a, const struct safetensors_tensor *b)
{
	return a->rank == b->rank && memcmp(a->shape, b->shape, a->rank * sizeof *a->shape) == 0;
}

static gf_status check_finite(const struct source *s, const struct safetensors_tensor *tensor)
{
	for (size_t i = 0; i < tensor->shape[0]; i++)
		if (!isfinite(tensor->values[i]))
			return gf_fail(s->err, GF_E_DATA,
				"%s: tensor \"%s\": [%zu] is %g, wanted a finite number", s->path,
				tensor->name, i, (double)tensor->values[i]);
	return GF_OK;
}

/* Parameters must be finite: a training that diverged writes no checkpoint.  Optimiser state may be
 * infinite: the square of a gradient can overflow, which makes the step 0. */
static gf_status take_tensor(struct source *s, const struct safetensors_tensor *wanted)
{
	const struct safetensors_tensor *found = safetensors_find(s->file, wanted->name);
	char found_shape[SAFETENSORS_SHAPE_TEXT], wanted_shape[SAFETENSORS_SHAPE_TEXT];

	safetensors_shape(wanted, wanted_shape);
	if (!found)
		return gf_fail(s->err, GF_E_DATA, "%s: no tensor \"%s\", wanted one of shape %s",
			s->path, wanted->name, wanted_shape);
	if (!same_shape(found, wanted))
		return gf_fail(s->err, GF_E_DATA, "%s: tensor \"%s\": shape %s, wanted %s", s->path,
			wanted->name, safetensors_shape(found, found_shape), wanted_shape);
	s->sum = sum_tensor(s->sum, found);
	return found->rank == 1 ? check_finite(s, found) : GF_OK;
}

static gf_status check_sum(struct source *s)
{
	static const char wanted[] = "that of what else is in the file";
	char sum[WORD_DIGITS + 1];
	const char *text;
	gf_status status;

	snprintf(sum, sizeof sum, "%08" PRIx32, s->sum);
	status = take_text(s, "checksum", wanted, &text);
	if (!status && strcmp(text, sum) != 0)
		status = gf_fail(s->err, GF_E_DATA,
			"%s: damaged: metadata \"checksum\" is %s, but the file's is %s", s->path,
			quote_of(text, strlen(text)).text, sum);
	return status;
}

static gf_status take_tensors(
	struct source *s, const struct safetensors_tensor *tensors, size_t count)
{
	gf_status status = GF_OK;

	for (size_t i = 0; !status && i < count; i++)
		status = take_tensor(s, &tensors[i]);
	if (!status && safetensors_count(s->file) != count)
		status = gf_fail(s->err, GF_E_DATA, "%s: %zu tensors, wanted %zu", s->path,
			safetensors_count(s->file), count);
	return status ? status : check_sum(s);
}

/* found borrowed the arrays of state, so they are filled only after every check has passed. */
static void keep(
	struct train_state *state, const struct train_state *found, const struct safetensors *file)
{
	size_t bytes = found->parameters * sizeof *found->params;

	*state = *found;
	memcpy(found->params, safetensors_find(file, "params")->values, bytes);
	if (found->planes > 0)
		memcpy(found->optimizer, safetensors_find(file, "state")->values,
			found->planes * bytes);
	if (isfinite(found->best_loss))
		memcpy(found->best, safetensors_find(file, "best")->values, bytes);
}

gf_status checkpoint_read(struct train_state *state, const char *path,
	const struct fingerprint *fingerprint, gf_error *err)
{
	struct safetensors *file;
	struct safetensors_tensor tensors[TENSORS_MAX];
	struct train_state found = *state;
	gf_status status = safetensors_read(&file, path, err);
	struct source s = {.file = file, .path = path, .err = err};

	if (!status)
		status = take_format(&s);
	if (!status)
		status = take_fingerprint(&s, fingerprint);
	if (!status)
		status = take_metadata(&s, &found);
	if (!status)
		status = take_tensors(&s, tensors, tensors_of(tensors, &found));
	if (!status)
		keep(state, &found, file);
	safetensors_free(file);
	return status;
}
