/* bits.h: numbers as their bytes in a file. */
#ifndef GF_BITS_H
#define GF_BITS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The number whose bytes (count, at most 8) are in big-endian or little-endian order. */
static inline uint64_t bits_of_bytes(const unsigned char *bytes, size_t count, int big_endian)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < count; i++)
		bits = bits << 8 | bytes[big_endian ? i : count - 1 - i];
	return bits;
}

static inline uint32_t bits_of_float(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof bits);
	return bits;
}

static inline float float_of_bits(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

/* Gives every NaN of the numbers (count) the same bits.  Those of a sum depend on the processor:
 * x86 has 0xffc00000, ARM 0x7fc00000, and NVIDIA's GPUs have 0x7fffffff. */
static inline void unify_nans(float *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (isnan(numbers[i]))
			numbers[i] = float_of_bits(0x7fc00000);
}

static inline double double_of_bits(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

#endif
