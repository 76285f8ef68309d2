/* csv_refusals.c: what the readers of CSV refuse: a field, and a header that differs from the first
 * file's. */
#include "csv.h"
#include "error.h"
#include "number.h"

#include <string.h>

gf_status csv_no_memory(struct csv_reader *r)
{
	return report_no_memory(files_place(&r->in->all, r->row_line), r->err);
}

gf_status csv_refuse_field(struct csv_reader *r, const char *what)
{
	return report_error(columns_place(&r->columns, r->line, r->column), r->err, "%s", what);
}

/* ---- headers ---- */

/* A row of numbers in the place of names: the file has no header. */
static int looks_like_row(const struct csv_reader *r)
{
	for (size_t i = 0; i < r->first.count; i++)
		if (number_spelt(texts_at(&r->first, i), r->c_locale))
			return 1;
	return 0;
}

/* i: the first column in which the headers differ. */
static gf_status refuse_header(struct csv_reader *r, size_t i)
{
	const struct data_place here = files_place(&r->in->all, r->row_line);
	const char *first_file = r->in->all.files[0].name;

	if (looks_like_row(r))
		return report_error(here, r->err,
			"a row in place of the header of %s; if only the first file has a header, "
			"cat FILES | gpufit - reads them",
			first_file);
	if (i == r->first.count)
		return report_error(here, r->err, "column %zu of %s, %s, is missing", i + 1,
			first_file, quote_text(texts_at(&r->header, i)).text);
	if (i == r->header.count)
		return report_error(here, r->err, "column %zu, %s, is one more than %s has", i + 1,
			quote_text(texts_at(&r->first, i)).text, first_file);
	return report_error(here, r->err,
		"column %zu is %s, but %s in %s; files of one table have the same columns in the "
		"same order",
		i + 1, quote_text(texts_at(&r->first, i)).text,
		quote_text(texts_at(&r->header, i)).text, first_file);
}

gf_status csv_same_header(struct csv_reader *r)
{
	size_t i = 0;

	while (i < r->first.count && i < r->header.count &&
		strcmp(texts_at(&r->first, i), texts_at(&r->header, i)) == 0)
		i++;
	if (i < r->first.count || i < r->header.count)
		return refuse_header(r, i);
	texts_free(&r->first);
	r->in_first_row = 0;
	return GF_OK;
}
