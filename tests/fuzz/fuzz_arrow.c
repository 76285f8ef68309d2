/*
 * fuzz_arrow.c: fuzzes the reader of Arrow tables.
 *
 * The input is no file: its bytes say which types, lengths and offsets the columns have, and what
 * is in their buffers.  These are as long as the array says and no longer, so that a sanitizer sees
 * what is read beyond.  Text offsets may go backwards, but not beyond the text: that is nothing a
 * reader can see.
 */
#include "fuzz.h"
#include "arrow_column.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 4, BUFFERS = 5, TEXT = 20, INPUT = 4096 };

/* The bytes of the input, and zeros for ever behind them. */
struct source {
	unsigned char bytes[INPUT];
	size_t count, next;
};

struct table {
	struct ArrowSchema schema, columns[COLUMNS], words[COLUMNS], *schemas[COLUMNS];
	struct ArrowArray array, values[COLUMNS], dictionaries[COLUMNS], *arrays[COLUMNS];
	const void *buffers[2 * COLUMNS][BUFFERS]; /* owned, but for the array of them */
};

static unsigned take(struct source *s)
{
	return s->next < s->count ? s->bytes[s->next++] : 0;
}

/* Returns a buffer of bytes from the source, for the caller to free; at least one byte. */
static unsigned char *buffer_of(struct source *s, size_t bytes)
{
	unsigned char *buffer = malloc(bytes ? bytes : 1);

	fuzz_require(buffer != NULL);
	for (size_t i = 0; i < bytes; i++)
		buffer[i] = (unsigned char)take(s);
	return buffer;
}

/* Offsets of text, each a byte of the source: -4 to TEXT. */
static void *offsets_of(struct source *s, size_t count, size_t width)
{
	unsigned char *buffer = malloc(count * width);

	fuzz_require(buffer != NULL);
	for (size_t i = 0; i < count; i++) {
		const int64_t offset = (int64_t)(take(s) % (TEXT + 5)) - 4;

		memcpy(buffer + i * width, &offset, width); /* little-endian, as all here */
	}
	return buffer;
}

/* Fills an array of the type with about `rows` values. */
static void fill(struct source *s, enum arrow_type type, unsigned rows, struct ArrowArray *a,
	const void *buffers[BUFFERS])
{
	static const size_t bytes[] = {0, 0, 1, 1, 2, 2, 4, 4, 8, 8, 2, 4, 8, 4, 8, 16};
	const unsigned shape = take(s);
	const size_t offset = shape & 7, more = shape >> 3 & 3;
	/* Now and then a value too few. */
	const size_t length = shape & 32 && rows > 0 ? rows - 1 : rows + more,
		     all = offset + length;
	const int64_t size = TEXT;

	*a = (struct ArrowArray){.length = (int64_t)length,
		.offset = (int64_t)offset,
		.null_count = -1,
		.buffers = buffers};
	buffers[0] = shape & 64 ? buffer_of(s, all / 8 + 1) : NULL;
	if (type == ARROW_text || type == ARROW_large_text)
		buffers[1] = offsets_of(s, all + 1, bytes[type]);
	else
		buffers[1] = buffer_of(s, type == ARROW_boolean ? all / 8 + 1 : all * bytes[type]);
	if (type >= ARROW_text)
		buffers[2] = buffer_of(s, TEXT);
	if (type == ARROW_text_view) {
		buffers[3] = malloc(sizeof size);
		fuzz_require(buffers[3] != NULL);
		memcpy((void *)buffers[3], &size, sizeof size);
	}
	a->n_buffers = type == ARROW_null        ? 0
		       : type == ARROW_text_view ? 4
						 : 2 + (type >= ARROW_text);
	/* Now and then a buffer too few or too many. */
	a->n_buffers += shape & 128 ? (int64_t)(take(s) % 3) - 1 : 0;
}

static void make_table(struct source *s, struct table *t)
{
	static const char *const formats[] = {"n", "b", "c", "C", "s", "S", "i", "I", "l", "L", "e",
		"f", "g", "u", "U", "vu", "tdD"};
	static const char *const names[] = {NULL, "b", "y", ""};
	const unsigned rows = take(s) % 32, columns = take(s) % COLUMNS + 1;

	t->schema =
		(struct ArrowSchema){.format = "+s", .n_children = columns, .children = t->schemas};
	t->array = (struct ArrowArray){
		.length = rows, .n_buffers = 1, .n_children = columns, .children = t->arrays};
	t->array.offset = take(s) % 8 == 7;
	for (size_t i = 0; i < columns; i++) {
		const unsigned type = take(s) % ARROW_TYPE_COUNT, kind = take(s);

		t->schemas[i] = &t->columns[i];
		t->arrays[i] = &t->values[i];
		t->columns[i] = (struct ArrowSchema){.name = names[i],
			.format = formats[kind % 32 == 31 ? ARROW_TYPE_COUNT : type]};
		fill(s, type, rows, &t->values[i], t->buffers[i]);
		if (!(kind & 128))
			continue;
		t->words[i].format = formats[kind % ARROW_TYPE_COUNT];
		t->columns[i].dictionary = &t->words[i];
		t->values[i].dictionary = kind & 64 ? &t->dictionaries[i] : NULL;
		fill(s, kind % ARROW_TYPE_COUNT, kind % 8, &t->dictionaries[i],
			t->buffers[COLUMNS + i]);
	}
}

static gf_status read_table(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err)
{
	struct source s = {.next = 0};
	struct table t = {.schema = {.format = NULL}};
	const struct arrow_source source = {.schema = &t.schema, .array = &t.array};
	gf_status status;

	fuzz_require(input_read_raw(in, s.bytes, sizeof s.bytes, &s.count, err) == GF_OK);
	make_table(&s, &t);
	*data = NULL;
	status = arrow_read(data, &source, options, err);
	for (size_t i = 0; i < 2 * COLUMNS; i++)
		for (size_t j = 0; j < BUFFERS; j++)
			free((void *)t.buffers[i][j]);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	return fuzz_input(bytes, count, read_table);
}
