/*
 * predictions_npy.c: predictions as NumPy's .npy, version 1.0: a magic number, the length of a
 * text, and that text, a Python dict that says type and shape; then the numbers, the lowest byte
 * first.
 *
 *	numbers		float32 (N), of several targets (N, K); with --interval (N, 3 K)
 *	classes		<U of the longest label's length (N): four bytes a character
 *	--proba		float64 (N, C)
 */
#include "error.h"
#include "predictions.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Writes the lowest `count` bytes of bits. */
static void put_bytes(FILE *file, uint64_t bits, size_t count)
{
	for (size_t i = 0; i < count; i++)
		putc((int)(bits >> 8 * i & 0xff), file);
}

enum { HEADER_ROOM = 256, HEADER_ALIGNMENT = 64, PREFIX = 10 };

/* columns 0: one dimension */
static void put_header(FILE *file, const char *type, size_t rows, size_t columns)
{
	char header[HEADER_ROOM], shape[64];
	size_t length, padded;

	if (columns)
		snprintf(shape, sizeof shape, "%zu, %zu", rows, columns);
	else
		snprintf(shape, sizeof shape, "%zu,", rows);
	length = (size_t)snprintf(header, sizeof header,
		"{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, shape);
	padded =
		(PREFIX + length + HEADER_ALIGNMENT) / HEADER_ALIGNMENT * HEADER_ALIGNMENT - PREFIX;
	fputs("\x93NUMPY", file);
	put_bytes(file, 1, 2); /* version 1.0 */
	put_bytes(file, padded, 2);
	fprintf(file, "%-*s\n", (int)padded - 1, header);
}

/* ---- numbers ---- */

static void put_float(FILE *file, double value)
{
	const float number = (float)value;
	uint32_t bits;

	memcpy(&bits, &number, sizeof bits);
	put_bytes(file, bits, sizeof bits);
}

static gf_status put_means(
	const struct predictions *p, FILE *file, size_t row, const float *z, gf_error *err)
{
	(void)row;
	(void)err;
	for (size_t k = 0; k < p->outputs; k++)
		put_float(file, z ? gf_model_mean(p->model, z[k]) : (double)NAN);
	for (size_t k = 0; p->lower && k < p->outputs; k++) {
		put_float(file, z ? p->lower[z - p->z + (ptrdiff_t)k] : (double)NAN);
		put_float(file, z ? p->upper[z - p->z + (ptrdiff_t)k] : (double)NAN);
	}
	return GF_OK;
}

static gf_status put_probabilities(
	const struct predictions *p, FILE *file, size_t row, const float *z, gf_error *err)
{
	(void)row;
	(void)err;
	if (z)
		gf_model_probabilities(p->model, z, p->proba, NULL);
	for (size_t c = 0; c < gf_model_classes(p->model); c++) {
		const double share = z ? p->proba[c] : (double)NAN;
		uint64_t bits;

		memcpy(&bits, &share, sizeof bits);
		put_bytes(file, bits, sizeof bits);
	}
	return GF_OK;
}

/* ---- labels ---- */

/* The next character of *text, which moves on; U+FFFD for a byte that is not UTF-8. */
static uint32_t next_character(const char **text)
{
	static const unsigned char first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	const size_t length = utf8_length(*text, strlen(*text));
	const unsigned char *at = (const unsigned char *)*text;
	uint32_t character = length ? at[0] & first_bits[length] : 0xfffd;

	for (size_t i = 1; i < length; i++)
		character = character << 6 | (at[i] & 0x3f);
	*text += length ? length : 1;
	return character;
}

static size_t characters(const char *text)
{
	size_t count = 0;

	for (; *text; count++)
		next_character(&text);
	return count;
}

static size_t longest_label(const gf_model *model)
{
	size_t longest = 1;

	for (size_t c = 0; c < gf_model_classes(model); c++) {
		const size_t length = characters(gf_model_class_name(model, c));

		longest = length > longest ? length : longest;
	}
	return longest;
}

static gf_status put_label(
	const struct predictions *p, FILE *file, size_t row, const float *z, gf_error *err)
{
	const char *label = z ? gf_model_label(p->model, z) : "";

	(void)row;
	(void)err;
	for (size_t i = 0; i < p->longest; i++)
		put_bytes(file, *label ? next_character(&label) : 0, 4);
	return GF_OK;
}

/* ---- the file ---- */

gf_status predictions_npy(const struct predictions *given, FILE *file, gf_error *err)
{
	const size_t rows = given->rows + gf_dataset_dropped(given->data);
	struct predictions p = *given;
	char type[32];

	p.longest = longest_label(p.model);
	snprintf(type, sizeof type, "<U%zu", p.longest);
	if (p.proba) {
		put_header(file, "<f8", rows, gf_model_classes(p.model));
		return predictions_rows(&p, file, put_probabilities, err);
	}
	if (gf_model_classes(p.model)) {
		put_header(file, type, rows, 0);
		return predictions_rows(&p, file, put_label, err);
	}
	put_header(file, "<f4", rows, p.lower ? 3 * p.outputs : p.outputs == 1 ? 0 : p.outputs);
	return predictions_rows(&p, file, put_means, err);
}
