/* checkpoint_read.c: the reader; what the file looks like is in checkpoint_format.h. */
#include "checkpoint_format.h"
#include "error.h"
#include "text.h"
#include "number_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct source {
	const struct safetensors *file;
	const char *path;
	uint32_t sum; /* of what was taken so far */
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
	s->sum = checkpoint_sum_text(s->sum, *text);
	return GF_OK;
}

/* Does a tensor go by the name that a model's weight has? */
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
	s->sum = checkpoint_sum_text(s->sum, format);
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

/* Digits alone; 0: it is none, or above most. */
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

static gf_status take_number(struct source *s, const struct number *number, double *value)
{
	const char *text, *wanted = WANTED[number->range];
	gf_status status = take_text(s, number->key, wanted, &text);

	if (!status && (!number_text_parse(text, value) || !in_range(*value, number->range)))
		status = refuse(s, number->key, text, wanted);
	return status;
}

static int parse_words(const char *text, uint32_t words[RNG_WORDS])
{
	if (strlen(text) != CHECKPOINT_RNG || text[strspn(text, "0123456789abcdef")] != '\0')
		return 0;
	for (size_t i = 0; i < RNG_WORDS; i++) {
		char word[CHECKPOINT_WORD + 1] = "";

		memcpy(word, text + i * CHECKPOINT_WORD, CHECKPOINT_WORD);
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

/* What each of them may be beside the others. */
static gf_status check_counters(const struct source *s, const struct progress *p)
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

static gf_status take_metadata(struct source *s, struct progress *progress)
{
	gf_status status = GF_OK;

	for (size_t i = 0; !status && i < CHECKPOINT_COUNTERS; i++) {
		char *member = (char *)progress + CHECKPOINT_COUNTER[i].offset;

		status = take_counter(
			s, CHECKPOINT_COUNTER[i].key, SIZE_MAX - 1, (size_t *)(void *)member);
	}
	for (size_t i = 0; !status && i < CHECKPOINT_NUMBERS; i++) {
		char *member = (char *)progress + CHECKPOINT_NUMBER[i].offset;

		status = take_number(s, &CHECKPOINT_NUMBER[i], (double *)(void *)member);
	}
	if (!status)
		status = take_rng(s, &progress->rng);
	return status ? status : check_counters(s, progress);
}

/* ---- tensors ---- */

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

/* Parameters are finite as long as a training has not diverged.  State need not be: the square of
 * a gradient may be more than float holds, and the step is then 0. */
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
	s->sum = checkpoint_sum_tensor(s->sum, found);
	return found->rank == 1 ? check_finite(s, found) : GF_OK;
}

static gf_status check_sum(struct source *s)
{
	static const char wanted[] = "that of what else is in the file";
	char sum[CHECKPOINT_WORD + 1];
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

/* found has the arrays of progress: nothing but these is its own. */
static void keep(
	struct progress *progress, const struct progress *found, const struct safetensors *file)
{
	size_t bytes = found->parameters * sizeof *found->params;

	*progress = *found;
	memcpy(found->params, safetensors_find(file, "params")->values, bytes);
	if (found->planes > 0)
		memcpy(found->state, safetensors_find(file, "state")->values,
			found->planes * bytes);
	if (isfinite(found->best_loss))
		memcpy(found->best, safetensors_find(file, "best")->values, bytes);
}

gf_status checkpoint_read(struct progress *progress, const char *path,
	const struct fingerprint *fingerprint, gf_error *err)
{
	struct safetensors *file;
	struct safetensors_tensor tensors[CHECKPOINT_TENSORS];
	struct progress found = *progress;
	gf_status status = safetensors_read(&file, path, err);
	struct source s = {.file = file, .path = path, .err = err};

	if (!status)
		status = take_format(&s);
	if (!status)
		status = take_fingerprint(&s, fingerprint);
	if (!status)
		status = take_metadata(&s, &found);
	if (!status)
		status = take_tensors(&s, tensors, checkpoint_tensors(tensors, &found));
	if (!status)
		keep(progress, &found, file);
	safetensors_free(file);
	return status;
}
