#include "print.h"
#include "format.h"
#include "json.h"
#include "message.h"
#include "text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* ---- JSON ---- */

int print_json(json_t *json)
{
	gf_error err = {0};

	return json_line(json, stdout, "standard output", &err) == GF_E_MEMORY ? say_error(&err)
									       : 0;
}

void json_set_count(json_t *json, const char *key, uint64_t count)
{
	json_object_set_new(json, key, json_integer((json_int_t)count));
}

void json_set_number(json_t *json, const char *key, double value)
{
	json_object_set_new(json, key, json_number(value));
}

void json_set_text(json_t *json, const char *key, const char *text)
{
	json_object_set_new(json, key, json_text(text));
}

/* ---- names ---- */

/* The columns of the character that starts with this byte: 0 for a continuation byte, 2 for the
 * wide letters of East Asia, which begin at U+3000. */
static size_t columns_of(char byte)
{
	unsigned char b = (unsigned char)byte;

	if ((b & 0xc0) == 0x80)
		return 0;
	return b >= 0xe3 ? 2 : 1;
}

/* The columns that UTF-8 text takes on a terminal. */
static size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += columns_of(*text);
	return width;
}

/* A character of a name, as a terminal may show it. */
struct glyph {
	const char *text;
	size_t bytes;    /* in text */
	size_t consumed; /* in the name */
};

static struct glyph next_glyph(const char *name, size_t left)
{
	size_t bytes = utf8_length(name, left);

	if (utf8_shown(name, left) == 0)
		return (struct glyph){"?", 1, bytes ? bytes : 1};
	return (struct glyph){name, bytes, bytes};
}

/* Copies the characters that fit width columns; returns true if all of them do. */
static bool copy_name(char *out, const char *name, size_t width)
{
	size_t left = strlen(name);

	while (left) {
		struct glyph glyph = next_glyph(name, left);
		size_t columns = columns_of(glyph.text[0]);

		if (columns > width)
			break;
		memcpy(out, glyph.text, glyph.bytes);
		out += glyph.bytes;
		name += glyph.consumed;
		left -= glyph.consumed;
		width -= columns;
	}
	*out = '\0';
	return left == 0;
}

struct name name_format(const char *name, size_t width)
{
	struct name out;

	if (!copy_name(out.text, name, width)) {
		copy_name(out.text, name, width - 2);
		memcpy(out.text + strlen(out.text), "..", sizeof "..");
	}
	return out;
}

/* ---- tables ---- */

struct column {
	size_t width;  /* of the widest cell */
	size_t before; /* the most characters before a decimal point */
	size_t after;  /* the most characters from the point on */
};

/* Ends the program if there is no memory. */
static void *needed(void *memory)
{
	if (memory)
		return memory;
	say("cannot allocate the cells of a table");
	exit(EX_SOFTWARE);
}

void table_init(struct table *table, const char *align)
{
	*table = (struct table){.align = align, .columns = strlen(align)};
}

void table_cell(struct table *table, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (table->count == table->capacity) {
		table->capacity = table->capacity ? 2 * table->capacity : 64;
		table->cells =
			needed(realloc(table->cells, table->capacity * sizeof *table->cells));
	}
	table->cells[table->count++] = needed(strdup(text));
}

void table_name(struct table *table, const char *name)
{
	table_cell(table, "%s", name_format(name, NAME_WIDTH).text);
}

void table_headers(struct table *table, const char *const *headers)
{
	for (; *headers; headers++)
		table_cell(table, "%s", *headers);
}

void table_end_row(struct table *table)
{
	while (table->count % table->columns)
		table_cell(table, "%s", "");
}

static int is_number(const char *text)
{
	return text[0] && text[strspn(text, "+-.0123456789e")] == '\0';
}

static size_t before_point(const char *text)
{
	return strcspn(text, ".e");
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static struct column measure(const struct table *table, size_t index)
{
	struct column column = {0};

	for (size_t i = index; i < table->count; i += table->columns) {
		const char *cell = table->cells[i];
		size_t before = before_point(cell);

		column.width = larger(column.width, text_width(cell));
		if (table->align[index] != '.' || !is_number(cell))
			continue;
		column.before = larger(column.before, before);
		column.after = larger(column.after, strlen(cell) - before);
	}
	column.width = larger(column.width, column.before + column.after);
	return column;
}

static void spaces(size_t count)
{
	printf("%*s", (int)count, "");
}

static void print_cell(const char *cell, char align, const struct column *column, int last)
{
	size_t left = column->width - text_width(cell), right = 0;

	if (align == 'l') {
		right = left;
		left = 0;
	} else if (align == '.' && is_number(cell)) {
		right = column->after - (strlen(cell) - before_point(cell));
		left -= right;
	}
	spaces(left);
	fputs(cell, stdout);
	if (!last)
		spaces(right);
}

/* The columns of the row up to its last cell that is not empty, so that no line ends in blanks. */
static size_t used_columns(const struct table *table, size_t first)
{
	size_t used = table->columns;

	while (used > 1 && !table->cells[first + used - 1][0])
		used--;
	return used;
}

static void print_row(
	const struct table *table, size_t first, const struct column *columns, const char *indent)
{
	size_t used = used_columns(table, first);

	fputs(indent, stdout);
	for (size_t c = 0; c < used; c++) {
		fputs(c ? "  " : "", stdout);
		print_cell(table->cells[first + c], table->align[c], &columns[c], c + 1 == used);
	}
	putchar('\n');
}

void table_print(struct table *table, const char *indent)
{
	struct column columns[TABLE_COLUMNS];

	table_end_row(table);
	for (size_t c = 0; c < table->columns; c++)
		columns[c] = measure(table, c);
	for (size_t i = 0; i < table->count; i += table->columns)
		print_row(table, i, columns, indent);
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
}

/* ---- parameters ---- */

struct param_table param_table_of_data(const gf_dataset *data, gf_loss loss)
{
	bool classes = loss == GF_LOSS_cross_entropy;

	return (struct param_table){
		.features = gf_dataset_features(data),
		.outputs = classes ? gf_dataset_classes(data) : gf_dataset_outputs(data),
		.classes = classes,
		.bias = true,
		.data = data,
	};
}

struct param_table param_table_of_model(const gf_model *model)
{
	struct param_table params = {
		.features = gf_model_features(model),
		.outputs = gf_model_outputs(model),
		.classes = gf_model_loss(model) == GF_LOSS_cross_entropy &&
			   gf_model_classes(model) == gf_model_outputs(model),
		.bias = gf_model_has_bias(model),
		.model = model,
	};

	for (size_t i = 0; i + 1 < gf_model_layers(model); i++)
		params.hidden[i] = gf_model_layer(model, i).outputs;
	return params;
}

const char *param_table_feature_name(const struct param_table *params, size_t feature)
{
	return params->data ? gf_dataset_feature_name(params->data, feature)
			    : gf_model_feature_name(params->model, feature);
}

static const char *class_name(const struct param_table *params, size_t class_index)
{
	return params->data ? gf_dataset_class_name(params->data, class_index)
			    : gf_model_class_name(params->model, class_index);
}

const char *param_table_output_name(const struct param_table *params, size_t output)
{
	if (params->classes)
		return class_name(params, output);
	return params->data ? gf_dataset_target_name(params->data, output)
			    : gf_model_target_name(params->model, output);
}

size_t param_table_weight_at(const struct param_table *params, size_t output, size_t feature)
{
	return output * params->features + feature;
}

size_t param_table_bias_at(const struct param_table *params, size_t output)
{
	return params->outputs * params->features + output;
}

/* A single output needs no name above its column. */
static void add_header(struct table *table, const struct param_table *params, size_t outputs)
{
	if (params->outputs == 1)
		return;
	table_cell(table, "%s", "");
	table_cell(table, "%s", "");
	for (size_t k = 0; k < outputs; k++)
		table_name(table, param_table_output_name(params, k));
}

static void add_weights(struct table *table, const struct param_table *params, size_t feature,
	const float *weight, size_t outputs)
{
	table_name(table, param_table_feature_name(params, feature));
	for (size_t k = 0; k < outputs; k++)
		table_cell(table, "%s",
			format_float(weight[param_table_weight_at(params, k, feature)]).text);
}

static void add_bias(struct table *table, const char *suffix, const float *bias, size_t outputs)
{
	table_cell(table, "bias%s", suffix);
	table_cell(table, "%s", "");
	for (size_t k = 0; k < outputs; k++)
		table_cell(table, "%s", format_float(bias[k]).text);
}

void param_table_print(const struct param_table *params, const char *suffix, const float *weight,
	const float *bias, const char *indent)
{
	char align[2 + SHOWN_OUTPUTS + 1];
	size_t outputs = at_most(params->outputs, SHOWN_OUTPUTS);
	size_t features = at_most(params->features, SHOWN_FEATURES);
	struct table table;

	snprintf(align, sizeof align, "ll%.*s", (int)outputs, "......");
	table_init(&table, align);
	add_header(&table, params, outputs);
	for (size_t j = 0; j < features; j++) {
		table_cell(&table, "%s%s", j ? "" : "weight", j ? "" : suffix);
		add_weights(&table, params, j, weight, outputs);
	}
	if (features < params->features) {
		table_cell(&table, "%s", "");
		table_cell(&table, "... %zu more", params->features - features);
		table_end_row(&table);
	}
	if (params->bias)
		add_bias(&table, suffix, bias, outputs);
	table_print(&table, indent);
	print_elided(outputs, params->outputs, "output", indent);
}

/* ---- what is not shown ---- */

size_t at_most(size_t count, size_t limit)
{
	return count < limit ? count : limit;
}

void print_elided(size_t shown, size_t all, const char *noun, const char *indent)
{
	size_t hidden = all - shown;

	if (hidden)
		printf("%s... %zu more %s%s\n", indent, hidden, noun, hidden == 1 ? "" : "s");
}

void print_listed(size_t i, size_t count, const char *name)
{
	if (i < SHOWN_OUTPUTS)
		printf("%s%s", i ? ", " : "", name_format(name, NAME_WIDTH).text);
	else if (i == SHOWN_OUTPUTS)
		printf(", ... %zu more", count - i);
}

void print_data_names(const char *title, const gf_dataset *data,
	const char *(*name)(const gf_dataset *, size_t), size_t count)
{
	if (count == 0)
		return;
	printf("%-9s", title);
	for (size_t i = 0; i < count; i++)
		print_listed(i, count, name(data, i));
	putchar('\n');
}

void print_offset(const gf_model *model)
{
	if (gf_model_offset(model))
		printf("offset   %s%s\n", gf_model_has_exposure(model) ? "the logarithm of " : "",
			name_format(gf_model_offset(model), NAME_WIDTH).text);
}

void json_set_offset(json_t *json, const gf_model *model)
{
	if (gf_model_offset(model))
		json_set_text(json, gf_model_has_exposure(model) ? "exposure" : "offset",
			gf_model_offset(model));
}
