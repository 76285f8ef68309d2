#include "plot_regions.h"
#include "error.h"
#include "plot.h"
#include "print.h"

#include <stdlib.h>

enum {
	SIDE = 240,            /* points of the grid in each direction */
	CHARACTER_WIDTH = 120, /* the same in a drawing of characters */
	CHARACTER_HEIGHT = 40,
	HOST_PARAMETERS = 2000, /* of fewer the host computes the outputs: no kernel is built */
	SHOWN_CLASSES = 20
};

/* Outputs on a grid over the data. */
struct regions {
	const struct gnuplot *g; /* borrowed */
	const gf_model *model;   /* borrowed */
	size_t width, height, outputs, classes;
	struct extent x, y;
	float *z; /* owned; (height, width, outputs) */
};

bool plot_regions_apply(const gf_model *model, const gf_dataset *data)
{
	return gf_model_features(model) == 2 && !gf_dataset_offset(data) &&
	       gf_model_classes(model) >= 2 && gf_model_classes(model) <= SHOWN_CLASSES &&
	       gf_dataset_classes(data) > 0;
}

/* ---- the grid ---- */

static double along(const struct extent *extent, double place, size_t count)
{
	return extent->least + (extent->most - extent->least) * (place + 0.5) / (double)count;
}

static size_t parameters_of(const gf_model *model)
{
	size_t parameters = 0;

	for (size_t i = 0; i < gf_model_layers(model); i++) {
		const gf_layer layer = gf_model_layer(model, i);

		parameters += layer.outputs * (layer.inputs + 1);
	}
	return parameters;
}

static gf_status predict_grid(
	struct regions *r, const float *x, const gf_config *config, gf_error *err)
{
	const gf_arrays arrays = {.rows = r->width * r->height, .features = 2, .x = x};
	gf_config where = {
		.device = config->device, .engine = config->engine, .kernels = config->kernels};
	gf_dataset *grid;
	gf_status status;

	if (parameters_of(r->model) < HOST_PARAMETERS)
		where.engine = GF_ENGINE_reference;
	TRY(gf_dataset_new(&grid, &arrays, err));
	status = gf_predict(r->model, grid, &where, r->z, err);
	gf_dataset_free(grid);
	return status;
}

static gf_status compute(struct regions *r, const gf_config *config, gf_error *err)
{
	const size_t points = r->width * r->height;
	float *x = malloc(points * 2 * sizeof *x);
	gf_status status;

	r->z = malloc(points * r->outputs * sizeof *r->z);
	if (!x || !r->z) {
		free(x);
		return gf_fail_memory(err, points * (2 + r->outputs) * sizeof *x, "a grid");
	}
	for (size_t i = 0; i < points; i++) {
		const size_t column = i % r->width, row = i / r->width;

		x[2 * i] = (float)along(&r->x, (double)column, r->width);
		x[2 * i + 1] = (float)along(&r->y, (double)row, r->height);
	}
	status = predict_grid(r, x, config, err);
	free(x);
	return status;
}

/* ---- classes ---- */

static const float *outputs_at(const struct regions *r, size_t row, size_t column)
{
	return r->z + (row * r->width + column) * r->outputs;
}

static size_t class_at(const struct regions *r, size_t row, size_t column)
{
	return gf_model_class(r->model, outputs_at(r, row, column));
}

/* How much more the outputs z speak for the first class than for the second. */
static double margin(const struct regions *r, const float *z, size_t first, size_t second)
{
	if (r->outputs == 1)
		return first ? (double)z[0] : -(double)z[0];
	return (double)z[first] - (double)z[second];
}

/* The column between two points of different classes at which the margin between these is 0. */
static double border_after(const struct regions *r, size_t row, size_t column)
{
	const size_t first = class_at(r, row, column), second = class_at(r, row, column + 1);
	const double before = margin(r, outputs_at(r, row, column), first, second);
	const double after = margin(r, outputs_at(r, row, column + 1), first, second);

	return (double)column + (before > after ? before / (before - after) : 0.5);
}

/* ---- the panel ---- */

/* Writes the stretches of a row that have the class: left, right, bottom, top.  A row reaches into
 * the next one, which is drawn over it: no seam shows between them. */
static void write_row(const struct regions *r, size_t class, size_t row)
{
	const double bottom = along(&r->y, (double)row - 0.5, r->height);
	const double top = along(&r->y, (double)row + (row + 1 < r->height ? 1 : 0.5), r->height);
	double left = -0.5;

	for (size_t i = 0; i < r->width; i++) {
		const bool last = i + 1 == r->width;
		const size_t here = class_at(r, row, i);
		double right;

		if (!last && class_at(r, row, i + 1) == here)
			continue;
		right = last ? (double)i + 0.5 : border_after(r, row, i);
		if (here == class)
			fprintf(r->g->script, "%.6g %.6g %.6g %.6g\n", along(&r->x, left, r->width),
				along(&r->x, right, r->width), bottom, top);
		left = right;
	}
}

static void write_points_of_grid(const struct regions *r, size_t class, size_t row)
{
	for (size_t i = 0; i < r->width; i++)
		if (class_at(r, row, i) == class)
			fprintf(r->g->script, "%.6g %.6g\n", along(&r->x, (double)i, r->width),
				along(&r->y, (double)row, r->height));
}

static void write_regions(const struct regions *r)
{
	for (size_t c = 0; c < r->classes; c++) {
		fprintf(r->g->script, "$region%zu << EOD\n", c);
		for (size_t row = 0; row < r->height; row++)
			(r->g->characters ? write_points_of_grid : write_row)(r, c, row);
		fputs("EOD\n", r->g->script);
	}
}

static void write_data(const struct regions *r, const gf_dataset *data)
{
	const size_t rows = gf_dataset_rows(data), stride = plot_stride(rows);
	const float *x = gf_dataset_x(data);

	for (size_t c = 0; c < r->classes; c++) {
		fprintf(r->g->script, "$class%zu << EOD\n", c);
		for (size_t i = 0; i < rows; i += stride)
			if (plot_class_of(data, i) == c)
				fprintf(r->g->script, "%.9g %.9g\n", (double)x[2 * i],
					(double)x[2 * i + 1]);
		fputs("EOD\n", r->g->script);
	}
}

static void plot_class(const struct regions *r, const gf_dataset *data, size_t c)
{
	const char letter = (char)('A' + c);

	fprintf(r->g->script, ", $class%zu using 1:2 with points ", c);
	if (r->g->characters)
		fprintf(r->g->script, "pt '%c'", letter);
	else
		fprintf(r->g->script, "pt 7 ps %s lc rgb '%s'",
			gf_dataset_rows(data) > 300 ? "0.3" : "0.6", plot_colour(c).text);
	fprintf(r->g->script, " title %s", gnuplot_text(gf_dataset_class_name(data, c)).text);
}

static void plot_panel(const struct regions *r, const gf_dataset *data)
{
	fputs("plot ", r->g->script);
	for (size_t c = 0; c < r->classes; c++)
		if (r->g->characters)
			fprintf(r->g->script, "%s$region%zu using 1:2 with points pt '%c' notitle",
				c ? ", " : "", c, (char)('a' + c));
		else
			fprintf(r->g->script,
				"%s$region%zu using (0):(0):1:2:3:4 with boxxyerror "
				"fillstyle solid noborder fillcolor rgb '%s' notitle",
				c ? ", " : "", c, plot_tint(c).text);
	for (size_t c = 0; c < r->classes; c++)
		plot_class(r, data, c);
	fputc('\n', r->g->script);
}

static void set_axes(const struct regions *r, const gf_dataset *data)
{
	gnuplot_axes(r->g, gf_dataset_feature_name(data, 0), gf_dataset_feature_name(data, 1));
	fprintf(r->g->script, "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n", r->x.least,
		r->x.most, r->y.least, r->y.most);
	if (plot_stride(gf_dataset_rows(data)) > 1)
		fprintf(r->g->script, "set title '%s'\n",
			plot_rows_title(gf_dataset_rows(data)).text);
	fputs("unset grid\n", r->g->script);
	gnuplot_key(r->g);
}

gf_status plot_regions_draw(const struct gnuplot *g, const gf_model *model, const gf_dataset *data,
	const gf_config *config, gf_error *err)
{
	const size_t rows = gf_dataset_rows(data);
	const float *x = gf_dataset_x(data);
	struct regions r = {.g = g,
		.model = model,
		.width = g->characters ? CHARACTER_WIDTH : SIDE,
		.height = g->characters ? CHARACTER_HEIGHT : SIDE,
		.outputs = gf_model_outputs(model),
		.classes = gf_model_classes(model),
		.x = extent_of(x, rows, 2),
		.y = extent_of(x + 1, rows, 2)};
	const gf_status status = compute(&r, config, err);

	if (!status) {
		write_regions(&r);
		write_data(&r, data);
		set_axes(&r, data);
		plot_panel(&r, data);
	}
	free(r.z);
	return status;
}
