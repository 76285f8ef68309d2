/*
 * npz_sparse.c: reads what scipy.sparse.save_npz writes of a matrix in compressed rows (CSR) or
 * columns (CSC):
 *
 *	format	"csr" or "csc", bytes or a text
 *	shape	(N, D)
 *	indptr, indices, data	sparse_matrix.h has them
 */
#include "data_report.h"
#include "error.h"
#include "npz.h"
#include "sparse_matrix.h"

#include <stdio.h>
#include <string.h>

enum {
	FORMAT_ROOM = 8,
	COLUMNS_MOST = INT32_MAX /* indices of features are as those of svmlight */
};

static gf_status refuse(const struct npz *n, const char *what)
{
	return report_error(line_place(n->in->name, 0), n->err, "%s", what);
}

int npz_is_sparse(const struct npz *n)
{
	return !n->in->member && npz_find(n, "format", NULL) && npz_find(n, "shape", NULL) &&
	       npz_find(n, "data", NULL);
}

/* ---- the members ---- */

/* Takes the format's letters from behind the header, which ends with its only newline.  A text has
 * zeros between them. */
static void take_format(const struct input *in, char format[FORMAT_ROOM])
{
	const unsigned char *header_end = memchr(in->memory, '\n', in->memory_left);
	const unsigned char *end = in->memory + in->memory_left;
	size_t count = 0;

	for (const unsigned char *at = header_end; at && at < end; at++)
		if (*at >= 'a' && *at <= 'z' && count < FORMAT_ROOM - 1)
			format[count++] = (char)*at;
	format[count] = 0;
}

static gf_status read_format(struct npz *n, struct sparse_matrix *m)
{
	struct npz_array array;
	char format[FORMAT_ROOM];

	TRY(npz_open(n, npz_find(n, "format", NULL), &array));
	take_format(&array.in, format);
	npz_close(&array);
	m->by_column = strcmp(format, "csc") == 0;
	if (m->by_column || strcmp(format, "csr") == 0)
		return GF_OK;
	return report_error(line_place(n->in->name, 0), n->err,
		"is a sparse matrix of scipy's in the format %s; csr or csc is wanted, which the "
		"matrix's method tocsr() makes of it",
		quote_text(format).text);
}

/* Reads a member, whose array may have no numbers at all. */
static gf_status read_member(struct npz *n, const char *name, struct ndarray *to)
{
	const struct zip_member *member = npz_find(n, name, NULL);
	struct npz_array array;
	gf_status status;

	if (!member)
		return report_error(line_place(n->in->name, 0), n->err,
			"is a sparse matrix of scipy's without its array %s", name);
	TRY(npz_open(n, member, &array));
	status = npy_read_array(to, &array.in, n->err);
	npz_close(&array);
	return status;
}

static gf_status read_shape(struct npz *n, struct sparse_matrix *m)
{
	struct ndarray shape = {0};
	double rows = 0.0, columns = 0.0;
	gf_status status = read_member(n, "shape", &shape);

	if (!status && shape.rank == 1 && shape.rows == 2) {
		rows = ndarray_number(&shape, 0);
		columns = ndarray_number(&shape, 1);
	}
	ndarray_free(&shape);
	TRY(status);
	if (!(rows >= 1.0 && rows <= 0x1p53 && columns >= 1.0))
		return refuse(n, "shape is wanted as two numbers above 0: rows and columns");
	if (columns > COLUMNS_MOST)
		return report_error(line_place(n->in->name, 0), n->err,
			"a matrix of %.0f columns; at most %d are wanted", columns, COLUMNS_MOST);
	m->rows = (size_t)rows;
	m->columns = (size_t)columns;
	return GF_OK;
}

/* ---- the file ---- */

static gf_status check_options(const struct npz *n)
{
	const struct read_options *o = n->options;

	if (o->part == PART_TARGETS)
		return refuse(n, "is a sparse matrix; labels are wanted as npy, IDX or CSV");
	if (o->sample_weight || o->offset)
		return gf_fail(n->err, GF_E_USAGE,
			"%s: is a sparse matrix, which has features alone, and no column of %s",
			n->in->name, o->sample_weight ? "weights" : "offsets");
	if (o->part == PART_FEATURES || !o->with_target)
		return GF_OK;
	return gf_fail(n->err, GF_E_USAGE,
		"%s: is a sparse matrix, which has features alone; --labels FILE has the targets",
		n->in->name);
}

static gf_status read_matrix(struct npz *n, struct sparse_matrix *m)
{
	TRY(check_options(n));
	TRY(read_format(n, m));
	TRY(read_shape(n, m));
	TRY(read_member(n, "indptr", &m->starts));
	TRY(read_member(n, "indices", &m->indices));
	return read_member(n, "data", &m->values);
}

gf_status npz_sparse_read(gf_dataset **data, struct npz *n)
{
	struct sparse_matrix matrix = {.name = n->in->name};
	struct read_options options = *n->options;
	gf_status status = read_matrix(n, &matrix);

	options.part = PART_FEATURES;
	if (!status)
		status = sparse_matrix_dataset(data, &matrix, &options, n->err);
	sparse_matrix_free(&matrix);
	return status;
}
