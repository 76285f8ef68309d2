/*
 * safetensors.h: named arrays of floats in one file, the format in which PyTorch users exchange
 * weights (https://github.com/huggingface/safetensors).
 *
 *	8 bytes		H, the length of the header, little-endian
 *	H bytes		JSON: {"__metadata__": {"key": "value", ...},
 *			       "name": {"dtype": "F32", "shape": [3, 2],
 *			                "data_offsets": [begin, end]}, ...}
 *	the rest	the numbers, little-endian, row-major; offsets count from here
 *
 * The reader trusts nothing in the file: every number must belong to exactly one tensor, whose
 * shape asks for it, or the file is refused.
 */
#ifndef GF_SAFETENSORS_H
#define GF_SAFETENSORS_H

#include "gpufitcl.h"

#define SAFETENSORS_METADATA "__metadata__"

enum {
	SAFETENSORS_LENGTH_BYTES = 8,
	SAFETENSORS_HEADER_MAX = 100 * 1000 * 1000, /* the format's own limit */
	SAFETENSORS_RANK = 4,                       /* gpufit's limit */
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

/* Writes the tensors in their order.  The file appears whole or not at all, as outfile.h says.
 * GF_E_CANTCREATE, GF_E_IO, GF_E_DATA: the header is too large, GF_E_MEMORY. */
gf_status safetensors_write(const char *path, const struct safetensors_tensor *tensors,
	size_t count, const struct safetensors_pair *metadata, size_t pairs, gf_error *err);

/* A file in memory.  What the functions below return is valid until it is freed. */
struct safetensors;

/* Reads a file.  F64, F16 and BF16 become floats; other types are refused.  NaN and infinities are
 * accepted: the caller decides about them.
 * GF_E_NOINPUT: cannot be opened, or is a folder.  GF_E_DATA: "path: what was found, what was
 * wanted".  GF_E_IO, GF_E_MEMORY. */
gf_status safetensors_read(struct safetensors **file, const char *path, gf_error *err);

size_t safetensors_count(const struct safetensors *file);

/* Tensors come in the order of their numbers in the file. */
const struct safetensors_tensor *safetensors_at(const struct safetensors *file, size_t index);

/* NULL: there is no such name or key. */
const struct safetensors_tensor *safetensors_find(const struct safetensors *file, const char *name);
const char *safetensors_metadata(const struct safetensors *file, const char *key);

/* Writes the shape into text: "(3, 2)".  Returns text. */
const char *safetensors_shape(
	const struct safetensors_tensor *tensor, char text[SAFETENSORS_SHAPE_TEXT]);

void safetensors_free(struct safetensors *file);

#endif
