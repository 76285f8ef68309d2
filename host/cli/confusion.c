#include "confusion.h"
#include "error.h"
#include "json.h"
#include "print.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	MATRIX_CLASSES = 10, /* of more, only pairs are printed */
	SHOWN_PAIRS = 10
};

gf_status confusion_open(struct confusion *c, const gf_model *model, const gf_dataset *data,
	const float *outputs, gf_error *err)
{
	const size_t classes = gf_model_classes(model);

	*c = (struct confusion){.model = model};
	if (classes == 0 || classes > CONFUSION_CLASSES)
		return GF_OK;
	c->counts = malloc(classes * classes * sizeof *c->counts);
	if (!c->counts)
		return gf_fail_memory(
			err, classes * classes * sizeof *c->counts, "a confusion matrix");
	c->classes = classes;
	return gf_confusion(model, data, outputs, c->counts, err);
}

void confusion_free(struct confusion *c)
{
	free(c->counts);
	*c = (struct confusion){0};
}

/* ---- as text ---- */

static void print_matrix(const struct confusion *c)
{
	char align[2 + MATRIX_CLASSES] = "l";
	struct table table;

	for (size_t k = 0; k < c->classes; k++)
		align[1 + k] = 'r';
	table_init(&table, align);
	table_cell(&table, "true, predicted:");
	for (size_t k = 0; k < c->classes; k++)
		table_cell(&table, "%s",
			name_format(gf_model_class_name(c->model, k), NARROW_NAME).text);
	for (size_t i = 0; i < c->classes; i++) {
		table_name(&table, gf_model_class_name(c->model, i));
		for (size_t k = 0; k < c->classes; k++)
			table_cell(&table, "%zu", c->counts[i * c->classes + k]);
	}
	table_print(&table, "");
}

/* A cell beside the diagonal. */
struct pair {
	size_t cell, rows;
};

static int by_falling_rows(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->rows != y->rows)
		return x->rows < y->rows ? 1 : -1;
	return x->cell > y->cell ? 1 : -1;
}

static size_t find_pairs(const struct confusion *c, struct pair *pairs)
{
	size_t count = 0;

	for (size_t i = 0; i < c->classes * c->classes; i++)
		if (c->counts[i] && i / c->classes != i % c->classes)
			pairs[count++] = (struct pair){i, c->counts[i]};
	qsort(pairs, count, sizeof *pairs, by_falling_rows);
	return count;
}

static void print_pairs(const struct confusion *c, const struct pair *pairs, size_t count)
{
	struct table table;

	table_init(&table, "llr");
	table_headers(&table, (const char *const[]){"true", "predicted", "rows", NULL});
	for (size_t i = 0; i < at_most(count, SHOWN_PAIRS); i++) {
		table_name(&table, gf_model_class_name(c->model, pairs[i].cell / c->classes));
		table_name(&table, gf_model_class_name(c->model, pairs[i].cell % c->classes));
		table_cell(&table, "%zu", pairs[i].rows);
	}
	table_print(&table, "");
	print_elided(at_most(count, SHOWN_PAIRS), count, "pair", "");
}

static void print_most_confused(const struct confusion *c)
{
	struct pair *pairs = malloc(c->classes * c->classes * sizeof *pairs);
	const size_t count = pairs ? find_pairs(c, pairs) : 0;

	if (!pairs)
		puts("not enough memory to show the confusion matrix");
	else if (count == 0)
		puts("each row is predicted as its own class");
	else
		print_pairs(c, pairs, count);
	free(pairs);
}

void confusion_print(const struct confusion *c)
{
	if (c->classes == 0)
		return;
	putchar('\n');
	if (c->classes <= MATRIX_CLASSES)
		print_matrix(c);
	else
		print_most_confused(c);
}

/* ---- as JSON ---- */

static json_t *json_row(const struct confusion *c, size_t class)
{
	json_t *row = json_array();

	for (size_t k = 0; k < c->classes; k++)
		row = json_append(row, json_integer((json_int_t)c->counts[class * c->classes + k]));
	return row;
}

void confusion_set_json(json_t *json, const struct confusion *c)
{
	json_t *names, *rows;

	if (c->classes == 0 || c->classes > CONFUSION_JSON)
		return;
	names = json_array();
	rows = json_array();
	for (size_t i = 0; i < c->classes; i++) {
		names = json_append(names, json_text(gf_model_class_name(c->model, i)));
		rows = json_append(rows, json_row(c, i));
	}
	json_object_set_new(json, "classes", names);
	json_object_set_new(json, "confusion", rows);
}
