/*
 * safetensors.h: named float32 arrays in one file, the format in which PyTorch
 * users exchange weights (https://github.com/huggingface/safetensors).
 *
 *	8 bytes		H, the length of the header, little-endian
 *	H bytes		JSON: {"__metadata__": {"key": "value", ...},
 *			       "name": {"dtype": "F32", "shape": [3, 2],
 *			                "data_offsets": [begin, end]}, ...}
 *	the rest	the numbers, little-endian, row-major; offsets count from here
 *
 * The reader believes nothing: every number is used exactly once, by the one
 * tensor whose shape asks for it, or the file is refused.
 */
#ifndef GF_SAFETENSORS_H
#define GF_SAFETENSORS_H

#include "gpufitcl.h"

#define SAFETENSORS_METADATA "__metadata__"

enum {
	SAFETENSORS_LENGTH_BYTES = 8,
	SAFETENSORS_HEADER_MAX = 100 * 1000 * 1000, /* the format's own limit */
	SAFETENSORS_RANK = 4,                       /* gpufit's */
	SAFETENSORS_SHAPE_TEXT = 22 * SAFETENSORS_RANK + 3
};

struct safetensors_tensor {
	const char *name; /* borrowed */
	size_t rank;      /* 0: a single number */
	size_t shape[SAFETENSORS_RANK];
	const float *values; /* borrowed; (shape) row-major */
};

struct safetensors_pair {
	const char *key, *value; /* borrowed */
};

/* Writes the tensors in their order.  Atomic, as outfile.h has it.
 * GF_E_CANTCREATE, GF_E_IO. */
gf_status safetensors_write(const char *path, const struct safetensors_tensor *tensors,
	size_t count, const struct safetensors_pair *metadata, size_t pairs, gf_error *err);

/* A file in memory; what the functions below hand out lives as long as it. */
struct safetensors;

/* GF_E_NOINPUT: cannot be opened, or is a folder.  GF_E_DATA: "path: what was found, what was
 * wanted".  F64, F16 and BF16 become floats; other types are refused.  Numbers that are not finite
 * are accepted, since they may mean something to the caller. */
gf_status safetensors_read(struct safetensors **file, const char *path, gf_error *err);

size_t safetensors_count(const struct safetensors *file);

/* In the order of their numbers in the file. */
const struct safetensors_tensor *safetensors_at(const struct safetensors *file, size_t index);

/* NULL: there is none of that name. */
const struct safetensors_tensor *safetensors_find(const struct safetensors *file, const char *name);
const char *safetensors_metadata(const struct safetensors *file, const char *key);

/* The shape as Python writes it, in text: "(3, 2)".  Returns text. */
const char *safetensors_shape(
	const struct safetensors_tensor *tensor, char text[SAFETENSORS_SHAPE_TEXT]);

void safetensors_free(struct safetensors *file);

/* ---- the types of floating-point numbers that such files may hold, little-endian ---- */

enum dtype { DTYPE_F32, DTYPE_F64, DTYPE_F16, DTYPE_BF16, DTYPE_COUNT };

/* DTYPE_COUNT: another type. */
enum dtype dtype_find(const char *word);

size_t dtype_bytes(enum dtype dtype);

/* The number of those bytes, as a float. */
float dtype_number(const unsigned char *bytes, enum dtype dtype);

#endif
