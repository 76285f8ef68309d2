#include "arrow_tables.h"

#include <string.h>

/* The tables stay where they are, since their structs point to each other. */
static void begin(struct arrow_table *t)
{
	if (t->schema.format)
		return;
	t->schema = (struct ArrowSchema){.format = "+s", .children = t->schemas};
	t->array = (struct ArrowArray){
		.n_buffers = 1, .buffers = t->struct_buffers, .children = t->arrays};
}

/* Buffers that the type has: the values, and of text the bytes. */
static int64_t buffers_of(const char *format)
{
	if (strcmp(format, "n") == 0)
		return 0;
	return strcmp(format, "u") == 0 || strcmp(format, "U") == 0 ? 3 : 2;
}

struct ArrowArray *arrow_add(struct arrow_table *t, const char *name, const char *format,
	int64_t rows, const void *validity, const void *values, const void *text)
{
	size_t i;

	begin(t);
	i = (size_t)t->schema.n_children++;
	t->array.n_children++;
	t->array.length = rows;
	t->columns[i] = (struct ArrowSchema){.format = format, .name = name};
	t->buffers[i][0] = validity;
	t->buffers[i][1] = values;
	t->buffers[i][2] = text;
	t->values[i] = (struct ArrowArray){.length = rows,
		.null_count = -1,
		.n_buffers = buffers_of(format),
		.buffers = t->buffers[i]};
	t->schemas[i] = &t->columns[i];
	t->arrays[i] = &t->values[i];
	return &t->values[i];
}

void arrow_add_dictionary(
	struct arrow_table *t, int64_t count, const int32_t *offsets, const char *text)
{
	const size_t i = (size_t)t->schema.n_children - 1;

	t->words_schema = (struct ArrowSchema){.format = "u"};
	t->words_buffers[1] = offsets;
	t->words_buffers[2] = text;
	t->words = (struct ArrowArray){
		.length = count, .null_count = -1, .n_buffers = 3, .buffers = t->words_buffers};
	t->columns[i].dictionary = &t->words_schema;
	t->values[i].dictionary = &t->words;
}
