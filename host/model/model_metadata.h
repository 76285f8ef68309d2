/* model_metadata.h: what a model knows beside its parameters, as the metadata of its file. */
#ifndef GF_MODEL_METADATA_H
#define GF_MODEL_METADATA_H

#include "model.h"
#include "safetensors.h"

#include <jansson.h>

enum { METADATA_PAIRS = 21 };

/* ---- saving ---- */

struct model_metadata {
	struct safetensors_pair pairs[METADATA_PAIRS];
	size_t count;
	char *owned[METADATA_PAIRS]; /* (owned_count) the values that are not literals */
	size_t owned_count;
};

/* Makes the metadata of a model.  Free it also after an error.  GF_E_MEMORY. */
gf_status model_metadata_make(
	struct model_metadata *metadata, const gf_model *model, const char *path, gf_error *err);
void model_metadata_free(struct model_metadata *metadata);

/* Adds text under key and takes ownership of text.  Returns -1 where text is NULL, which means that
 * there was no memory. */
int model_metadata_add(struct model_metadata *metadata, const char *key, char *text);

/* Adds the model's standardization, if it has one.  Returns -1 where there is no memory. */
int model_metadata_add_standardization(struct model_metadata *metadata, const gf_model *model);

/* Adds the name of the offset's column, if there is one.  Returns -1 where there is no memory. */
int model_metadata_add_offset(struct model_metadata *metadata, const gf_model *model);

/* ---- loading ---- */

/* A file whose metadata go to a model.  All members are borrowed. */
struct metadata_source {
	gf_model *model;
	const struct safetensors *file;
	const char *path;
	gf_error *err;
};

/* Gives the model what the file's metadata say; each of them may be missing.
 * GF_E_DATA: "path: metadata "features" ...": what was found, what was wanted. */
gf_status model_metadata_read(
	gf_model *model, const struct safetensors *file, const char *path, gf_error *err);

/* Gives the model, which has its parameters, the file's standardization, if there is one.
 * GF_E_DATA. */
gf_status model_metadata_read_standardization(const struct metadata_source *source);

/* Gives the model the name of the offset's column, if the file has one.  GF_E_DATA. */
gf_status model_metadata_read_offset(const struct metadata_source *source);

/* Reads values (count) from a list of finite numbers.  GF_E_DATA. */
gf_status metadata_numbers(const struct metadata_source *source, const char *key,
	const json_t *list, size_t count, double *values);

/* Fails with GF_E_DATA: "path: metadata "key"" and the text, which begins with a blank or a
 * colon. */
gf_status metadata_refuse(const struct metadata_source *source, const char *key, const char *format,
	...) __attribute__((format(printf, 3, 4)));

#ifdef __clang_analyzer__
#define metadata_refuse(source, key, ...) (metadata_refuse(source, key, __VA_ARGS__), GF_E_DATA)
#endif

#endif
