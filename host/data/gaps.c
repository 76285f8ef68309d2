#include "gaps.h"
#include "error.h"
#include "missing.h"

#include <stdlib.h>
#include <string.h>

gf_status gaps_open(struct gaps *g, const struct columns *columns,
	const struct csv_options *options, size_t rows, gf_error *err)
{
	*g = (struct gaps){.columns = columns,
		.options = options,
		.rows = rows,
		.lost = calloc(rows, sizeof *g->lost)};
	return g->lost ? missing_check(options, err) : gf_fail_memory(err, rows, columns->path);
}

int gaps_take(struct gaps *g, size_t row, enum column_role role, size_t place)
{
	if (g->options->missing == GF_MISSING_drop) {
		g->dropped += !g->lost[row];
		g->lost[row] = 1;
		return 1;
	}
	if (role != COLUMN_FEATURE || !missing_is_filled(g->options, place))
		return 0;
	g->holes++;
	return 1;
}

gf_status gaps_check(const struct gaps *g, gf_error *err)
{
	if (g->dropped < g->rows)
		return GF_OK;
	return gf_fail(err, GF_E_DATA, "%s: each of the %zu rows has a missing value: none is left",
		g->columns->path, g->rows);
}

static gf_status leave_out(const struct gaps *g, gf_dataset *data, gf_error *err)
{
	const size_t d = data->features;
	size_t kept = 0;

	data->dropped_rows = calloc(g->dropped, sizeof *data->dropped_rows);
	if (!data->dropped_rows)
		return gf_fail_memory(
			err, g->dropped * sizeof *data->dropped_rows, g->columns->path);
	for (size_t i = 0; i < g->rows; i++) {
		if (g->lost[i]) {
			data->dropped_rows[data->dropped++] = i;
			continue;
		}
		memmove(data->x + kept * d, data->x + i * d, d * sizeof *data->x);
		if (data->weights)
			data->weights[kept] = data->weights[i];
		kept++;
	}
	data->rows = kept;
	memset(data->x + kept * d, 0, data->dropped * d * sizeof *data->x);
	return GF_OK;
}

static gf_status encode(const struct gaps *g, gf_dataset *data, gf_error *err)
{
	const struct numbers numbers = {.at = data->x,
		.rows = data->rows,
		.width = data->features,
		.holes = g->holes,
		.columns = g->columns,
		.options = g->options};
	struct encoding *encoding = &data->encoding;
	gf_status status = encoding_alloc(encoding, data->features, err);

	if (status)
		return status;
	encoding->missing = g->options->missing;
	for (size_t i = 0; i < encoding->count; i++) {
		encoding->names[i] = strdup(data->feature_names[i]);
		if (!encoding->names[i])
			return gf_fail_memory(
				err, strlen(data->feature_names[i]) + 1, "the name of a column");
	}
	if (!g->options->encoding)
		return missing_learn(&numbers, encoding, err);
	for (size_t i = 0; i < encoding->count; i++)
		if (g->options->encoding->columns[i].words)
			return gf_fail(
				err, GF_E_DATA, "the model's column %zu is made of words", i + 1);
	missing_use_known(&numbers, encoding);
	return GF_OK;
}

gf_status gaps_close(struct gaps *g, gf_dataset *data, int remember, gf_error *err)
{
	const struct csv_options *o = g->options;
	gf_status status = GF_OK;

	remember |= o->missing != GF_MISSING_error;
	if (g->dropped)
		status = leave_out(g, data, err);
	if (!status && data->features && (o->encoding || (remember && !o->wanted_features)))
		status = encode(g, data, err);
	return status;
}

void gaps_free(struct gaps *g)
{
	free(g->lost);
	*g = (struct gaps){0};
}
