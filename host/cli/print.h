/*
 * print.h: results on standard output: JSON, names, tables, parameters.
 *
 * Names come from files and may hold anything: nothing that a terminal would obey is printed.
 */
#ifndef GF_PRINT_H
#define GF_PRINT_H

#include "gpufitcl.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- JSON ---- */

/* Prints json on one line, and frees it.  Returns the exit code.  A failed write is not an error
 * here: main reports it once, for all of standard output. */
int print_json(json_t *json);

/* Each sets a key: to a whole number, to a number (null if it is infinite or NaN), to text. */
void json_set_count(json_t *json, const char *key, uint64_t count);
void json_set_number(json_t *json, const char *key, double value);
void json_set_text(json_t *json, const char *key, const char *text);

/* ---- names ---- */

enum { NAME_WIDTH = 24, NARROW_NAME = 11, NAME_BYTES = 3 * NAME_WIDTH };

struct name {
	char text[NAME_BYTES + 3];
};

/* The name in at most width columns (width <= NAME_WIDTH), the rest as "..". */
struct name name_format(const char *name, size_t width);

/* ---- tables ----
 *
 * Cells of text in columns that line up.
 *
 *	struct table t;
 *
 *	table_init(&t, "l.");		a letter for each column: l left, r right,
 *	table_cell(&t, "weight");	. numbers by their decimal point
 *	table_cell(&t, "%.9g", w);
 *	table_print(&t, "  ");		prints the table and frees it
 *
 * Cells fill the rows from left to right.  If memory runs out, the program ends with an error. */

enum { TABLE_COLUMNS = 24 };

struct table {
	const char *align; /* borrowed */
	size_t columns, count, capacity;
	char **cells; /* owned; (count) */
};

void table_init(struct table *table, const char *align);
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds name_format of a name, NAME_WIDTH wide. */
void table_name(struct table *table, const char *name);

/* Adds a cell for each header; NULL ends them. */
void table_headers(struct table *table, const char *const *headers);

/* Adds empty cells up to the end of the row. */
void table_end_row(struct table *table);

void table_print(struct table *table, const char *indent);

/* ---- parameters ----
 *
 * The parameters of a linear model with D features and K outputs: weight (K, D), then bias (K).
 * layers.h has those of a network. */

enum { SHOWN_FEATURES = 20, SHOWN_OUTPUTS = 6 };

/* Names come from the training data if there are any, else from the model. */
struct param_table {
	size_t features, outputs;        /* D, K */
	bool classes;                    /* each output belongs to a class, and has its name */
	size_t hidden[GF_HIDDEN_LAYERS]; /* widths as in gf_config; 0: a linear model */
	bool bias;                       /* false: biases are not shown */
	const gf_dataset *data;          /* borrowed, or NULL */
	const gf_model *model;           /* borrowed, or NULL */
};

/* The parameters that a training with that loss gives for data: those of a linear model. */
struct param_table param_table_of_data(const gf_dataset *data, gf_loss loss);
struct param_table param_table_of_model(const gf_model *model);

const char *param_table_feature_name(const struct param_table *params, size_t feature);

/* The name of the target or, if each output belongs to a class, of the class. */
const char *param_table_output_name(const struct param_table *params, size_t output);

/* Indices in the block of all parameters. */
size_t param_table_weight_at(const struct param_table *params, size_t output, size_t feature);
size_t param_table_bias_at(const struct param_table *params, size_t output);

/* Prints a row for each feature and one for the bias, a column for each output, up to
 * SHOWN_FEATURES and SHOWN_OUTPUTS.  suffix follows the words weight and bias: "" or ".grad". */
void param_table_print(const struct param_table *params, const char *suffix, const float *weight,
	const float *bias, const char *indent);

/* ---- what is not shown ---- */

/* The smaller of the two. */
size_t at_most(size_t count, size_t limit);

/* Prints "... 990 more rows" if shown is less than all. */
void print_elided(size_t shown, size_t all, const char *noun, const char *indent);

/* Prints name i of count in a list such as "setosa, versicolor, ... 8 more": call it for each i
 * from 0 on.  It prints SHOWN_OUTPUTS names at most, and no newline. */
void print_listed(size_t i, size_t count, const char *name);

/* Prints "classes  setosa, versicolor, virginica", or nothing if count is 0. */
void print_data_names(const char *title, const gf_dataset *data,
	const char *(*name)(const gf_dataset *, size_t), size_t count);

/* Both name the column of the model's offset, and do nothing if it has none. */
void print_offset(const gf_model *model);
void json_set_offset(json_t *json, const gf_model *model);

#endif
