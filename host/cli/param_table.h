/*
 * param_table.h: the names and the place of each parameter of a Linear(D, K), and
 * how a block of them is shown: weight (K, D), then bias (K).
 */
#ifndef GF_PARAM_TABLE_H
#define GF_PARAM_TABLE_H

#include "gpufitcl.h"
#include "table.h"

#include <stdbool.h>

enum { SHOWN_FEATURES = 20, SHOWN_OUTPUTS = 6 };

/* Names come from the data that trained, or else from the model. */
struct param_table {
	size_t features, outputs; /* D, K */
	bool classes;             /* each output is of a class, and has its name */
	bool bias;                /* false: there is none to show */
	const gf_dataset *data;   /* borrowed, or NULL */
	const gf_model *model;    /* borrowed, or NULL */
};

/* What a training with that loss makes of data. */
struct param_table param_table_of_data(const gf_dataset *data, gf_loss loss);
struct param_table param_table_of_model(const gf_model *model);

const char *param_table_feature_name(const struct param_table *linear, size_t feature);
/* Of the target, or of the class. */
const char *param_table_output_name(const struct param_table *linear, size_t output);

/* Where they are in the block of all parameters. */
size_t param_table_weight_at(const struct param_table *linear, size_t output, size_t feature);
size_t param_table_bias_at(const struct param_table *linear, size_t output);

/* A row for each feature and one for the bias, a column for each output; elided
 * beyond SHOWN_.  suffix follows the words weight and bias: "" or ".grad". */
void param_table_print(const struct param_table *linear, const char *suffix, const float *weight,
	const float *bias, const char *indent);

/* "... 990 more rows", where not all are shown. */
void param_table_print_elided(size_t shown, size_t all, const char *noun, const char *indent);

#endif
