#include "plot_evaluate.h"
#include "curves.h"
#include "error.h"
#include "gnuplot.h"
#include "plot.h"
#include "print.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	MATRIX_CLASSES = 50,   /* of more, a matrix could not be read */
	NUMBERED_CLASSES = 16, /* of more, its cells have no numbers */
	NAMES_ROOM = 64,       /* characters below the matrix, unless they are turned */
	SHOWN_TARGETS = 8
};

/* ---- two classes ---- */

static struct scored score_row(const struct evaluation *e, size_t row)
{
	const size_t K = gf_model_outputs(e->model);
	const float *z = e->outputs + row * K;
	double p[2] = {(double)NAN, (double)NAN};

	if (plot_has_probabilities(e->model))
		gf_model_probabilities(e->model, z, p, NULL);
	return (struct scored){.score = K == 1 ? (double)z[0] : (double)z[1] - (double)z[0],
		.probability = p[1],
		.positive = plot_class_of(e->data, row) == 1};
}

static gf_status find_curves(struct curves *curves, const struct evaluation *e, gf_error *err)
{
	const size_t N = gf_dataset_rows(e->data);
	struct scored *rows = malloc(N * sizeof *rows);

	if (!rows)
		return gf_fail_memory(err, N * sizeof *rows, "scores");
	for (size_t i = 0; i < N; i++)
		rows[i] = score_row(e, i);
	curves_compute(curves, rows, N);
	free(rows);
	return GF_OK;
}

static void write_curve(FILE *script, const char *name, const struct curve *curve)
{
	fprintf(script, "$%s << EOD\n", name);
	for (size_t i = 0; i < curve->count; i++)
		fprintf(script, "%.9g %.9g\n", curve->x[i], curve->y[i]);
	fputs("EOD\n", script);
}

/* Axes from 0 to 1, and a title. */
static void begin_unit_panel(
	const struct gnuplot *g, const char *title, const char *x, const char *y)
{
	gnuplot_panel(g);
	fprintf(g->script, "set xrange [0:1]\nset yrange [0:1.03]\nset title %s\nunset key\n",
		gnuplot_text(title).text);
	gnuplot_axes(g, x, y);
}

/* How a curve and the line of no skill are drawn. */
static const char *curve_style(const struct gnuplot *g)
{
	return g->characters ? "lines lt 1" : "lines lw 2 lc rgb " PLOT_BLUE;
}

static const char *chance_style(const struct gnuplot *g)
{
	return g->characters ? "points pt '.'" : "lines lw 1 lc rgb " PLOT_GREY;
}

static void draw_roc(const struct gnuplot *g, const struct evaluation *e, const struct curves *c)
{
	char title[64];

	snprintf(title, sizeof title, "ROC, auc %.4g", e->metrics->auc);
	begin_unit_panel(g, title, "false positives", "true positives");
	write_curve(g->script, "roc", &c->roc);
	fprintf(g->script, "plot x with %s, $roc using 1:2 with %s\n", chance_style(g),
		curve_style(g));
}

/* Without skill the precision is the share of positive rows, at each recall. */
static void draw_precision(
	const struct gnuplot *g, const struct evaluation *e, const struct curves *c)
{
	const double share = (double)e->metrics->positives / (double)e->metrics->rows;

	begin_unit_panel(g, "precision and recall", "recall", "precision");
	write_curve(g->script, "precision", &c->precision);
	fprintf(g->script, "plot %.9g with %s, $precision using 1:2 with %s\n", share,
		chance_style(g), curve_style(g));
}

static void write_bins(FILE *script, const struct curves *c, size_t rows)
{
	fputs("$bins << EOD\n", script);
	for (size_t i = 0; i < CURVE_BINS; i++)
		if (c->bins[i].rows)
			fprintf(script, "%.9g %.9g %.9g %.9g %zu\n", c->bins[i].mean,
				c->bins[i].share, ((double)i + 0.5) / CURVE_BINS,
				0.3 * (double)c->bins[i].rows / (double)rows, c->bins[i].rows);
	fputs("EOD\n", script);
}

/* The bars at the bottom say how many rows each tenth has. */
static void draw_calibration(
	const struct gnuplot *g, const struct evaluation *e, const struct curves *c)
{
	char y[GNUPLOT_TEXT];

	snprintf(y, sizeof y, "share of %s", gf_model_class_name(e->model, 1));
	begin_unit_panel(g, "calibration, and rows of each tenth", "predicted probability", y);
	fputs("set boxwidth 0.09\n", g->script);
	write_bins(g->script, c, e->metrics->rows);
	fputs("plot ", g->script);
	if (!g->characters)
		fputs("$bins using 3:4 with boxes fillstyle solid noborder "
		      "fillcolor rgb '#dddddd', "
		      "$bins using 3:4:5 with labels offset 0,0.6 textcolor rgb '#666666', ",
			g->script);
	fprintf(g->script, "x with %s, $bins using 1:2 with %s\n", chance_style(g),
		g->characters ? "points pt 'O'" : "linespoints pt 7 ps 0.7 lw 2 lc rgb " PLOT_BLUE);
}

static gf_status draw_two_classes(
	const struct gnuplot *g, const struct evaluation *e, gf_error *err)
{
	struct curves *curves = malloc(sizeof *curves);
	gf_status status;

	if (!curves)
		return gf_fail_memory(err, sizeof *curves, "curves");
	status = find_curves(curves, e, err);
	if (!status) {
		draw_roc(g, e, curves);
		draw_precision(g, e, curves);
		if (plot_has_probabilities(e->model))
			draw_calibration(g, e, curves);
	}
	free(curves);
	return status;
}

/* ---- several classes ---- */

static size_t rows_of_class(const struct confusion *c, size_t class)
{
	size_t rows = 0;

	for (size_t k = 0; k < c->classes; k++)
		rows += c->counts[class * c->classes + k];
	return rows;
}

/* Column, row from above, count, and the root of the share of the class's rows: as a colour the
 * root shows also a few rows. */
static void write_cells(FILE *script, const struct confusion *c)
{
	fputs("$cells << EOD\n", script);
	for (size_t i = 0; i < c->classes; i++) {
		const size_t rows = rows_of_class(c, i);

		for (size_t k = 0; k < c->classes; k++) {
			const size_t count = c->counts[i * c->classes + k];

			fprintf(script, "%zu %zu %zu %.6g\n", k, i, count,
				rows ? sqrt((double)count / (double)rows) : 0);
		}
	}
	fputs("EOD\n", script);
}

static void set_class_tics(FILE *script, const char *axis, const gf_model *model)
{
	fprintf(script, "set %stics scale 0 (", axis);
	for (size_t k = 0; k < gf_model_classes(model); k++)
		fprintf(script, "%s%s %zu", k ? ", " : "",
			gnuplot_text(name_format(gf_model_class_name(model, k), NARROW_NAME).text)
				.text,
			k);
	fputs(")\n", script);
}

static size_t width_of_names(const gf_model *model)
{
	size_t width = 0;

	for (size_t k = 0; k < gf_model_classes(model); k++)
		width += at_most(strlen(gf_model_class_name(model, k)), NARROW_NAME) + 2;
	return width;
}

static void set_matrix(const struct gnuplot *g, const struct evaluation *e)
{
	const double end = (double)e->confusion->classes - 0.5;

	gnuplot_panel(g);
	gnuplot_axes(g, g->characters ? "predicted (columns)" : "predicted",
		g->characters ? "true (lines)" : "true");
	set_class_tics(g->script, "x", e->model);
	set_class_tics(g->script, "y", e->model);
	fprintf(g->script,
		"set title 'accuracy %.4g'\n"
		"set xrange [-0.5:%g]\nset yrange [%g:-0.5]\nunset key\nunset grid\n"
		"unset colorbox\nset cbrange [0:1]\n"
		"set palette defined (0 '#ffffff', 1 " PLOT_BLUE ")\n",
		e->metrics->accuracy, end, end);
	if (width_of_names(e->model) > NAMES_ROOM)
		fputs("set xtics rotate by 45 right\n", g->script);
}

static void draw_matrix(const struct gnuplot *g, const struct evaluation *e)
{
	const bool numbered = g->characters || e->confusion->classes <= NUMBERED_CLASSES;

	set_matrix(g, e);
	write_cells(g->script, e->confusion);
	fputs("plot ", g->script);
	if (!g->characters)
		fputs("$cells using 1:2:(0.49):(0.49):4 with boxxyerror fillstyle solid noborder "
		      "linecolor palette",
			g->script);
	if (numbered)
		fprintf(g->script,
			"%s$cells using 1:2:3:($4 > 0.7 ? 0xffffff : 0x333333) with labels "
			"textcolor rgb variable",
			g->characters ? "" : ", ");
	fputc('\n', g->script);
}

/* ---- numbers ---- */

static void write_numbers(const struct gnuplot *g, const struct evaluation *e, size_t target)
{
	const size_t N = gf_dataset_rows(e->data), K = gf_model_outputs(e->model);
	const size_t stride = plot_stride(N);

	fprintf(g->script, "$target%zu << EOD\n", target);
	for (size_t i = 0; i < N; i += stride)
		fprintf(g->script, "%.9g %.9g\n", (double)gf_dataset_y(e->data)[i * K + target],
			gf_model_mean(e->model, e->outputs[i * K + target]));
	fputs("EOD\n", g->script);
}

static void plot_targets(
	const struct gnuplot *g, const struct evaluation *e, size_t targets, const char *columns)
{
	for (size_t k = 0; k < targets; k++) {
		fprintf(g->script, ", $target%zu using %s with points ", k, columns);
		if (g->characters)
			fprintf(g->script, "pt '%c'", targets == 1 ? 'o' : (char)('A' + k));
		else
			fprintf(g->script, "pt 7 ps %s lc rgb '%s'",
				gf_dataset_rows(e->data) > 300 ? "0.3" : "0.6",
				plot_colour(k).text);
		fprintf(g->script, " title %s",
			gnuplot_text(gf_model_target_name(e->model, k)).text);
	}
	fputc('\n', g->script);
}

static void begin_numbers(
	const struct gnuplot *g, size_t targets, const char *title, const char *x, const char *y)
{
	gnuplot_panel(g);
	gnuplot_axes(g, x, y);
	fprintf(g->script, "set title %s\nunset key\n", gnuplot_text(title).text);
	if (targets > 1)
		gnuplot_key(g);
}

static void draw_numbers(const struct gnuplot *g, const struct evaluation *e)
{
	const size_t targets = at_most(gf_model_outputs(e->model), SHOWN_TARGETS);
	char title[64 + sizeof(struct plot_title)];

	snprintf(title, sizeof title, "r2 %.4g, %s", e->metrics->r2,
		plot_rows_title(gf_dataset_rows(e->data)).text);
	for (size_t k = 0; k < targets; k++)
		write_numbers(g, e, k);
	begin_numbers(g, targets, title, "true", "predicted");
	fprintf(g->script, "plot x with %s notitle", chance_style(g));
	plot_targets(g, e, targets, "1:2");
	snprintf(title, sizeof title, "rmse %.4g", e->metrics->rmse);
	begin_numbers(g, targets, title, "predicted", "true - predicted");
	fprintf(g->script, "plot 0 with %s notitle", chance_style(g));
	plot_targets(g, e, targets, "2:($1-$2)");
}

/* ---- the picture ---- */

static gf_status check(const char *path, const struct evaluation *e, gf_error *err)
{
	const size_t classes = e->metrics->classes;

	if (classes == 2 && isnan(e->metrics->auc))
		return gf_fail(err, GF_E_DATA,
			"%s: cannot draw: all rows are of one class, and its curves need two",
			path);
	if (classes > MATRIX_CLASSES)
		return gf_fail(err, GF_E_DATA,
			"%s: cannot draw: there are %zu classes, and a matrix of more than %d "
			"could not be read",
			path, classes, MATRIX_CLASSES);
	return GF_OK;
}

static unsigned panels_of(const struct evaluation *e)
{
	if (e->metrics->classes == 2)
		return plot_has_probabilities(e->model) ? 3 : 2;
	return e->metrics->classes ? 1 : 2;
}

static gf_status draw(const struct gnuplot *g, const struct evaluation *e, gf_error *err)
{
	if (e->metrics->classes == 2)
		return draw_two_classes(g, e, err);
	if (e->metrics->classes)
		draw_matrix(g, e);
	else
		draw_numbers(g, e);
	return GF_OK;
}

gf_status plot_evaluate(const char *path, const struct evaluation *e, gf_error *err)
{
	struct plot_title title;
	struct gnuplot g;

	TRY(check(path, e, err));
	snprintf(title.text, sizeof title.text, "%.80s on %.80s",
		plot_file_title(e->model_path).text, plot_file_title(e->data_path).text);
	TRY(gnuplot_begin(&g, path, title.text, panels_of(e), err));
	if (draw(&g, e, err) == GF_OK)
		return gnuplot_end(&g, err);
	gnuplot_abandon(&g);
	return err->status;
}
