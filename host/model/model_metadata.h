/* model_metadata.h: what a model remembers, as the metadata of its file. */
#ifndef GF_MODEL_METADATA_H
#define GF_MODEL_METADATA_H

#include "model.h"
#include "safetensors.h"

enum { METADATA_PAIRS = 14 };

struct model_metadata {
	struct safetensors_pair pairs[METADATA_PAIRS];
	size_t count;
	char *owned[METADATA_PAIRS]; /* those of the values that are not literals */
	size_t owned_count;
};

/* To be freed also when it fails.  GF_E_MEMORY. */
gf_status model_metadata_make(
	struct model_metadata *metadata, const gf_model *model, const char *path, gf_error *err);
void model_metadata_free(struct model_metadata *metadata);

/* Adds text under key and takes ownership of text.  Returns -1 where text is NULL, which means that
 * there was no memory. */
int model_metadata_add(struct model_metadata *metadata, const char *key, char *text);

/* Adds the model's standardization, if it has one.  Returns -1 where there is no memory. */
int model_metadata_add_standardization(struct model_metadata *metadata, const gf_model *model);

/* Reads the standardization from a file, which may have none, into a model that has its parameters.
 * GF_E_DATA, as below. */
gf_status model_metadata_take_standardization(
	gf_model *model, const struct safetensors *file, const char *path, gf_error *err);

/* Gives the model what the file says of it; all of it may be missing.
 * GF_E_DATA: "path: metadata "features" ...": what was found, what was wanted. */
gf_status model_metadata_take(
	gf_model *model, const struct safetensors *file, const char *path, gf_error *err);

#endif
