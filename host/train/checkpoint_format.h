/*
 * checkpoint_format.h: what a checkpoint has in its file, for the writer and the reader.
 *
 *	params (P), state (S, P), best (P)
 *	"format", "version"	what the file is
 *	"fingerprint"		fingerprint.h
 *	COUNTERS		decimals
 *	NUMBERS			hexadecimal, so to the bit
 *	"rng", "rng_next"	each word as eight hexadecimal digits; a decimal
 *	"checksum"		crc32 of all these texts in this order, and of the tensors'
 *				numbers: most bits of them can flip and leave a file that
 *				looks whole
 */
#ifndef GF_CHECKPOINT_FORMAT_H
#define GF_CHECKPOINT_FORMAT_H

#include "checkpoint.h"
#include "safetensors.h"

#define CHECKPOINT_FORMAT  "gpufit checkpoint"
#define CHECKPOINT_VERSION "1"

enum {
	CHECKPOINT_COUNTERS = 7,
	CHECKPOINT_NUMBERS = 8,
	CHECKPOINT_TENSORS = 3, /* at most */
	CHECKPOINT_WORD = 8,    /* digits of a word of 32 bits */
	CHECKPOINT_RNG = RNG_WORDS * CHECKPOINT_WORD
};

struct counter {
	const char *key;
	size_t offset; /* of a size_t in struct progress */
};

enum number_range { ANY, FINITE, FINITE_OR_NONE, ZERO_OR_ABOVE, ABOVE_ZERO };

struct number {
	const char *key;
	size_t offset; /* of a double in struct progress */
	enum number_range range;
};

extern const struct counter CHECKPOINT_COUNTER[CHECKPOINT_COUNTERS];
extern const struct number CHECKPOINT_NUMBER[CHECKPOINT_NUMBERS];

/* Those that belong in the file of that progress; how many they are. */
size_t checkpoint_tensors(
	struct safetensors_tensor tensors[CHECKPOINT_TENSORS], const struct progress *progress);

/* The checksum goes on: over a text, or over a tensor's numbers. */
uint32_t checkpoint_sum_text(uint32_t sum, const char *text);
uint32_t checkpoint_sum_tensor(uint32_t sum, const struct safetensors_tensor *tensor);

#endif
