/* safetensors_header.h: the JSON header of a safetensors file, as a list of tensors. */
#ifndef GF_SAFETENSORS_HEADER_H
#define GF_SAFETENSORS_HEADER_H

#include "safetensors.h"

#include <jansson.h>

enum dtype { DTYPE_F32, DTYPE_F64, DTYPE_F16, DTYPE_BF16, DTYPE_COUNT };

/* Bytes of one number. */
size_t dtype_bytes(enum dtype dtype);

/* A tensor as the header describes it. */
struct safetensors_entry {
	struct safetensors_tensor tensor; /* values: NULL */
	enum dtype dtype;
	size_t begin, end; /* bytes, counted from the end of the header */
};

/* All zeros: an empty one. */
struct safetensors_header {
	json_t *json; /* owned; has all names and metadata */
	struct safetensors_entry
		*entries; /* owned; (count) in the order of their place in the file */
	size_t count;
};

/* Reads the header's text (length).  Each tensor begins where the one before it ends.  Free the
 * header also after an error.  GF_E_DATA, GF_E_MEMORY. */
gf_status safetensors_header_read(struct safetensors_header *header, const unsigned char *text,
	size_t length, const char *path, gf_error *err);

void safetensors_header_free(struct safetensors_header *header);

#endif
