#include "dtype.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const struct {
	const char *word;
	size_t bytes;
} DTYPE[DTYPES] = {{"F32", 4}, {"F64", 8}, {"F16", 2}, {"BF16", 2}};

enum dtype dtype_find(const char *word)
{
	enum dtype dtype = DTYPE_F32;

	while (dtype < DTYPES && strcmp(word, DTYPE[dtype].word) != 0)
		dtype++;
	return dtype;
}

size_t dtype_bytes(enum dtype dtype)
{
	return DTYPE[dtype].bytes;
}

static uint64_t bits_at(const unsigned char *bytes, size_t count)
{
	uint64_t bits = 0;

	for (size_t i = count; i > 0; i--)
		bits = bits << 8 | bytes[i - 1];
	return bits;
}

static float float_of(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

/* 1 sign, 5 exponent and 10 fraction bits. */
static float half_of(uint32_t bits)
{
	uint32_t sign = bits >> 15 << 31, exponent = bits >> 10 & 31, fraction = bits & 1023;
	float small = ldexpf((float)fraction, -24);

	if (exponent == 0)
		return sign ? -small : small;
	return float_of(sign | (exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13);
}

float dtype_number(const unsigned char *bytes, enum dtype dtype)
{
	uint64_t bits = bits_at(bytes, DTYPE[dtype].bytes);
	double value;

	switch (dtype) {
	case DTYPE_F64:
		memcpy(&value, &bits, sizeof value);
		return (float)value;
	case DTYPE_F16:
		return half_of((uint32_t)bits);
	case DTYPE_BF16:
		return float_of((uint32_t)bits << 16);
	default:
		return float_of((uint32_t)bits);
	}
}
