/*
 * checkpoint.c: writes and reads checkpoints, which are safetensors files.
 *
 *	params (P), state (S, P), best (P)
 *	"format", "version"	what the file is
 *	"fingerprint"		checkpoint.h
 *	FIELDS			counters in decimal, numbers in hexadecimal, which is exact
 *	"rng", "rng_next"	each word as eight hexadecimal digits; a decimal number
 *	"checksum"		crc32 of these texts in this order, then of the tensors: a bit
 *				that flips in a number leaves a valid file otherwise
 */
#include "checkpoint.h"
#include "error.h"
#include "text.h"
#include "safetensors.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define CHECKPOINT_FORMAT  "gpufit checkpoint"
#define CHECKPOINT_VERSION "1"

enum {
	FIELD_COUNT = 15,
	PAIRS = FIELD_COUNT + 6, /* + format, version, ... checksum */
	TENSORS_MAX = 3,
	WORD_DIGITS = 8, /* hexadecimal digits of 32 bits */
	RNG_DIGITS = RNG_WORDS * WORD_DIGITS
};

/* What a member of struct train_state is, and which values a file may have: a counter is a size_t,
 * the others are doubles. */
enum kind { COUNTER, ANY, FINITE, FINITE_OR_INF, ZERO_OR_ABOVE, ABOVE_ZERO };

struct field {
	const char *key;
	size_t offset;
	enum kind kind;
};

#define AT(member) offsetof(struct train_state, member)

static const struct field FIELDS[FIELD_COUNT] = {
	{"epoch", AT(epoch), COUNTER},
	{"step", AT(step), COUNTER},
	{"steps", AT(steps), COUNTER},
	{"best_epoch", AT(best_epoch), COUNTER},
	{"epochs_since", AT(epochs_since), COUNTER},
	{"plateau_bad", AT(plateau.bad), COUNTER},
	{"plateau_cooling", AT(plateau.cooling), COUNTER},
	{"loss_sum", AT(loss_sum), FINITE},
	{"rows_sum", AT(rows_sum), ZERO_OR_ABOVE},
	{"first_loss", AT(first_loss), ANY},
	{"last_loss", AT(last_loss), ANY},
	{"lr", AT(lr), ABOVE_ZERO},
	{"best_loss", AT(best_loss), FINITE_OR_INF},
	{"plateau_lr", AT(plateau.lr), ZERO_OR_ABOVE},
	{"plateau_best", AT(plateau.best), FINITE_OR_INF},
};

/* Returns how many tensors a checkpoint of that state has. */
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

/* Includes the final NUL: otherwise text moved from one value to the next would go unseen. */
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

/* ---- the state ---- */

gf_status train_state_new(
	struct train_state *state, size_t parameters, size_t planes, gf_error *err)
{
	*state = (struct train_state){.best_loss = INFINITY,
		.plateau.best = INFINITY,
		.parameters = parameters,
		.planes = planes};
	state->params = calloc(parameters, sizeof *state->params);
	state->best = calloc(parameters, sizeof *state->best);
	/* + 1, since calloc(0) may return NULL */
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

struct metadata {
	char fields[FIELD_COUNT][NUMBER_TEXT_ROOM];
	char rng[RNG_DIGITS + 1], rng_next[NUMBER_TEXT_ROOM], checksum[WORD_DIGITS + 1];
	struct safetensors_pair pairs[PAIRS];
	size_t count;
	uint32_t sum; /* crc32 of the values so far */
};

static void add(struct metadata *m, const char *key, const char *value)
{
	m->pairs[m->count++] = (struct safetensors_pair){key, value};
	m->sum = sum_text(m->sum, value);
}

static void add_fields(struct metadata *m, const struct train_state *state)
{
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const void *member = (const char *)state + FIELDS[i].offset;

		if (FIELDS[i].kind == COUNTER)
			snprintf(m->fields[i], sizeof m->fields[i], "%zu", *(const size_t *)member);
		else
			number_text_hexadecimal(m->fields[i], *(const double *)member);
		add(m, FIELDS[i].key, m->fields[i]);
	}
}

static void add_rng(struct metadata *m, const struct rng *rng)
{
	for (size_t i = 0; i < RNG_WORDS; i++)
		sprintf(m->rng + i * WORD_DIGITS, "%08" PRIx32, rng->state[i]);
	snprintf(m->rng_next, sizeof m->rng_next, "%u", rng->next);
	add(m, "rng", m->rng);
	add(m, "rng_next", m->rng_next);
}

static void add_checksum(struct metadata *m, const struct safetensors_tensor *tensors, size_t count)
{
	for (size_t i = 0; i < count; i++)
		m->sum = sum_tensor(m->sum, &tensors[i]);
	snprintf(m->checksum, sizeof m->checksum, "%08" PRIx32, m->sum);
	add(m, "checksum", m->checksum);
}

gf_status checkpoint_write(const char *path, const struct train_state *state,
	const struct fingerprint *fingerprint, gf_error *err)
{
	struct safetensors_tensor tensors[TENSORS_MAX];
	size_t count = tensors_of(tensors, state);
	struct metadata metadata = {.count = 0};

	add(&metadata, "format", CHECKPOINT_FORMAT);
	add(&metadata, "version", CHECKPOINT_VERSION);
	add(&metadata, "fingerprint", fingerprint->text);
	add_fields(&metadata, state);
	add_rng(&metadata, &state->rng);
	add_checksum(&metadata, tensors, count);
	return safetensors_write(path, tensors, count, metadata.pairs, metadata.count, err);
}

/* ---- reading: metadata ---- */

struct source {
	const struct safetensors *file;
	const char *path;
	uint32_t sum; /* checksum of what was read so far */
	gf_error *err;
};

/* found: NULL if the key is missing. */
static gf_status refuse(
	const struct source *s, const char *key, const char *found, const char *wanted)
{
	if (!found)
		return gf_fail(s->err, GF_E_DATA, "%s: metadata \"%s\" is missing, wanted %s",
			s->path, key, wanted);
	return gf_fail(s->err, GF_E_DATA, "%s: metadata \"%s\" is %s, wanted %s", s->path, key,
		quote_text(found).text, wanted);
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
	const char *format = safetensors_metadata(s->file, "format"), *version;

	if ((!format || strcmp(format, CHECKPOINT_FORMAT) != 0) && is_model(s->file))
		return gf_fail(s->err, GF_E_DATA, "%s: a model, wanted a checkpoint", s->path);
	if (!format || strcmp(format, CHECKPOINT_FORMAT) != 0)
		return refuse(s, "format", format, "\"" CHECKPOINT_FORMAT "\"");
	s->sum = sum_text(s->sum, format);
	TRY(take_text(s, "version", "\"" CHECKPOINT_VERSION "\"", &version));
	if (strcmp(version, CHECKPOINT_VERSION) != 0)
		return refuse(s, "version", version, "\"" CHECKPOINT_VERSION "\"");
	return GF_OK;
}

static gf_status take_fingerprint(struct source *s, const struct fingerprint *fingerprint)
{
	const char *text;

	TRY(take_text(s, "fingerprint", "the options and the data", &text));
	return fingerprint_compare(fingerprint, text, s->path, s->err);
}

/* Returns 0 if text is anything but decimal digits, or exceeds the limit. */
static int parse_counter(const char *text, size_t limit, size_t *value)
{
	*value = 0;
	for (const char *at = text; *at; at++) {
		size_t digit = (size_t)(*at - '0');

		if (digit > 9 || *value > (limit - digit) / 10)
			return 0;
		*value = 10 * *value + digit;
	}
	return text[0] != '\0';
}

static gf_status take_counter(struct source *s, const char *key, size_t limit, size_t *value)
{
	char wanted[64];
	const char *text;

	snprintf(wanted, sizeof wanted, "a whole number, at most %zu", limit);
	TRY(take_text(s, key, wanted, &text));
	return parse_counter(text, limit, value) ? GF_OK : refuse(s, key, text, wanted);
}

static const char *const WANTED[] = {
	[ANY] = "a number",
	[FINITE] = "a finite number",
	[FINITE_OR_INF] = "a finite number, or inf",
	[ZERO_OR_ABOVE] = "a finite number, 0 or above",
	[ABOVE_ZERO] = "a finite number above 0",
};

static int is_possible(double value, enum kind kind)
{
	switch (kind) {
	case FINITE:
		return isfinite(value);
	case FINITE_OR_INF:
		return isfinite(value) || (isinf(value) && value > 0.0);
	case ZERO_OR_ABOVE:
		return isfinite(value) && value >= 0.0;
	case ABOVE_ZERO:
		return isfinite(value) && value > 0.0;
	case ANY:
	case COUNTER:
		break;
	}
	return 1;
}

static gf_status take_number(struct source *s, const struct field *field, double *value)
{
	const char *text, *wanted = WANTED[field->kind];

	TRY(take_text(s, field->key, wanted, &text));
	if (!number_text_parse(text, value) || !is_possible(*value, field->kind))
		return refuse(s, field->key, text, wanted);
	return GF_OK;
}

static gf_status take_field(struct source *s, const struct field *field, struct train_state *state)
{
	void *member = (char *)state + field->offset;

	return field->kind == COUNTER ? take_counter(s, field->key, SIZE_MAX - 1, member)
				      : take_number(s, field, member);
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
	size_t next;

	TRY(take_text(s, "rng", wanted, &text));
	if (!parse_words(text, rng->state))
		return refuse(s, "rng", text, wanted);
	TRY(take_counter(s, "rng_next", RNG_WORDS, &next));
	rng->next = (unsigned)next;
	return GF_OK;
}

/* Checks counters that cannot exceed another. */
static gf_status check_counters(const struct source *s, const struct train_state *p)
{
	const struct {
		const char *key, *limit_key;
		size_t value, limit;
	} pairs[] = {
		{"step", "steps", p->step, p->steps},
		{"best_epoch", "epoch", p->best_epoch, p->epoch},
		{"epochs_since", "epoch", p->epochs_since, p->epoch},
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (pairs[i].value > pairs[i].limit)
			return gf_fail(s->err, GF_E_DATA,
				"%s: metadata \"%s\" is %zu, wanted at most \"%s\", which is %zu",
				s->path, pairs[i].key, pairs[i].value, pairs[i].limit_key,
				pairs[i].limit);
	return GF_OK;
}

static gf_status take_metadata(struct source *s, struct train_state *state)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		TRY(take_field(s, &FIELDS[i], state));
	TRY(take_rng(s, &state->rng));
	return check_counters(s, state);
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

/* Parameters must be finite, since a training that diverged writes no checkpoint.  The optimiser's
 * state, the only tensor of rank 2, may be infinite: the square of a gradient can overflow, which
 * makes the step 0. */
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

	snprintf(sum, sizeof sum, "%08" PRIx32, s->sum);
	TRY(take_text(s, "checksum", wanted, &text));
	if (strcmp(text, sum) == 0)
		return GF_OK;
	return gf_fail(s->err, GF_E_DATA,
		"%s: damaged: metadata \"checksum\" is %s, but the file's is %s", s->path,
		quote_text(text).text, sum);
}

static gf_status take_tensors(
	struct source *s, const struct safetensors_tensor *tensors, size_t count)
{
	for (size_t i = 0; i < count; i++)
		TRY(take_tensor(s, &tensors[i]));
	if (safetensors_count(s->file) != count)
		return gf_fail(s->err, GF_E_DATA, "%s: %zu tensors, wanted %zu", s->path,
			safetensors_count(s->file), count);
	return check_sum(s);
}

/* Copies what was found into the state.  The two share their arrays, so those are filled only now,
 * after every check has passed. */
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

static gf_status read_file(
	struct source *s, struct train_state *state, const struct fingerprint *fingerprint)
{
	struct safetensors_tensor tensors[TENSORS_MAX];
	struct train_state found = *state;

	TRY(take_format(s));
	TRY(take_fingerprint(s, fingerprint));
	TRY(take_metadata(s, &found));
	TRY(take_tensors(s, tensors, tensors_of(tensors, &found)));
	keep(state, &found, s->file);
	return GF_OK;
}

gf_status checkpoint_read(struct train_state *state, const char *path,
	const struct fingerprint *fingerprint, gf_error *err)
{
	struct safetensors *file;
	struct source s;
	gf_status status;

	TRY(safetensors_read(&file, path, err));
	s = (struct source){.file = file, .path = path, .err = err};
	status = read_file(&s, state, fingerprint);
	safetensors_free(file);
	return status;
}
