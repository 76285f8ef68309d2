/*
 * fuzz_checkpoint.c: fuzzes the reader of checkpoints.
 *
 * The first '$' of an input stands for the words of the generator, all of them 0, which would
 * otherwise be most of it; the length of the header counts them as one byte.
 */
#include "checkpoint.h"
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { P = 2, S = 1, LENGTH = 8, DIGITS = 8 * RNG_WORDS };

static char fingerprint_text[] = "loss mse\nlr 0.5\ninit_model none\nrows 7\n";
static const struct fingerprint FINGERPRINT = {fingerprint_text, sizeof fingerprint_text - 1};

static void lengthen(uint8_t length[LENGTH], unsigned by)
{
	for (int i = 0; i < LENGTH; i++, by >>= 8) {
		by += length[i];
		length[i] = (uint8_t)by;
	}
}

/* Writes the file (count + DIGITS) that the input stands for; returns its length. */
static size_t expand(uint8_t *file, const uint8_t *bytes, size_t count)
{
	const uint8_t *words = count > LENGTH ? memchr(bytes + LENGTH, '$', count - LENGTH) : NULL;
	size_t before = words ? (size_t)(words - bytes) : count;

	memcpy(file, bytes, before);
	if (!words)
		return count;
	lengthen(file, DIGITS - 1);
	memset(file + before, '0', DIGITS);
	memcpy(file + before + DIGITS, words + 1, count - before - 1);
	return count + DIGITS - 1;
}

/* Requires what checkpoint.h promises. */
static void check_state(const struct train_state *p)
{
	fuzz_require(p->step <= p->steps && p->rng.next <= RNG_WORDS);
	fuzz_require(p->best_epoch <= p->epoch && p->epochs_since <= p->epoch);
	fuzz_require(isfinite(p->lr) && p->lr > 0.0 && !isnan(p->best_loss));
	fuzz_require(p->parameters == P && p->planes == S);
	for (size_t i = 0; i < P; i++)
		fuzz_require(isfinite(p->params[i]) && isfinite(p->best[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	uint8_t *file = malloc(count + DIGITS);
	struct train_state state;
	gf_error err = {0};
	gf_status status;

	fuzz_require(file && train_state_new(&state, P, S, &err) == GF_OK);
	status = checkpoint_read(
		&state, fuzz_file(file, expand(file, bytes, count)), &FINGERPRINT, &err);
	fuzz_require(status == err.status && (status == GF_OK || err.message[0] == '/'));
	if (status == GF_OK)
		check_state(&state);
	train_state_free(&state);
	free(file);
	return 0;
}
