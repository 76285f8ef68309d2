/* dtype.h: the types of floating-point numbers that safetensors files may hold, little-endian. */
#ifndef GF_DTYPE_H
#define GF_DTYPE_H

#include <stddef.h>

enum dtype { DTYPE_F32, DTYPE_F64, DTYPE_F16, DTYPE_BF16, DTYPES };

/* DTYPES: another type. */
enum dtype dtype_find(const char *word);

size_t dtype_bytes(enum dtype dtype);

/* The number of those bytes, as a float. */
float dtype_number(const unsigned char *bytes, enum dtype dtype);

#endif
