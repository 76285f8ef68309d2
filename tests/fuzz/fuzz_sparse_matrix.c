/*
 * fuzz_sparse_matrix.c: fuzzes what becomes of the arrays of a sparse matrix.
 *
 * A zip archive has checksums, which no fuzzer finds, so that the arrays come without one: a byte
 * each for compressed columns or rows and the types, for rows and columns, and for the numbers in
 * indptr and in indices; then indptr, indices and data.
 */
#include "fuzz.h"
#include "error.h"
#include "sparse_matrix.h"

#include <stdlib.h>

enum { HEAD = 5 };

struct bytes {
	const unsigned char *at;
	size_t count;
};

/* Reads an array of so many numbers of `size` bytes, or as many as there are. */
static gf_status take_array(
	struct ndarray *array, struct bytes *bytes, size_t size, size_t count, gf_error *err)
{
	const size_t most = bytes->count / size, numbers = count < most ? count : most;
	struct input in;

	array->rank = 1;
	array->shape[0] = numbers;
	input_borrow(&in, "m", bytes->at, numbers * size);
	bytes->at += numbers * size;
	bytes->count -= numbers * size;
	return ndarray_read(array, &in, err);
}

static gf_status take_arrays(
	struct sparse_matrix *m, const unsigned char head[HEAD], struct bytes bytes, gf_error *err)
{
	const int wide = head[0] & 2, doubles = head[0] & 4;

	m->starts.type = m->indices.type = wide ? NDARRAY_int16 : NDARRAY_int8;
	m->values.type = doubles ? NDARRAY_float64 : NDARRAY_float32;
	TRY(take_array(&m->starts, &bytes, wide ? 2 : 1, (size_t)head[3] + 1, err));
	TRY(take_array(&m->indices, &bytes, wide ? 2 : 1, head[4], err));
	return take_array(&m->values, &bytes, doubles ? 8 : 4, head[4], err);
}

static gf_status read_bytes(gf_dataset **data, const unsigned char *head, struct bytes bytes,
	const struct read_options *options, gf_error *err)
{
	struct read_options features = *options;
	struct sparse_matrix m = {.name = "m",
		.rows = (size_t)head[1] + 1,
		.columns = (size_t)head[2] + 1,
		.by_column = head[0] & 1};
	gf_status status = take_arrays(&m, head, bytes, err);

	features.part = PART_FEATURES;
	features.target = NULL;
	features.with_target = 0;
	features.sparse = head[0] & 8 ? 1 : head[0] & 16 ? -1 : 0;
	if (!status)
		status = sparse_matrix_dataset(data, &m, &features, err);
	sparse_matrix_free(&m);
	return status;
}

static gf_status read_matrix(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err)
{
	unsigned char *bytes = NULL;
	size_t count = 0;
	gf_status status = input_read_all(in, &bytes, &count, err);

	*data = NULL;
	fuzz_require(status || count >= HEAD);
	if (!status)
		status = read_bytes(
			data, bytes, (struct bytes){bytes + HEAD, count - HEAD}, options, err);
	free(bytes);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	return count < HEAD + 2 ? 0 : fuzz_input(bytes, count, read_matrix);
}
