#include "plot_fit.h"
#include "error.h"
#include "gnuplot.h"
#include "gpufitcl_notebook.h"
#include "layers.h"
#include "plot.h"

#include <stdlib.h>
#include <string.h>

enum {
	GRID = 101,           /* points of a curve */
	CURVES = 5,           /* before the model's own */
	CHARACTER_CURVES = 1, /* the same in a drawing of characters */
	FEW_POINTS = 100,
	PARAMETERS_MOST = 65536 /* of more, no earlier curves are drawn */
};

/* ---- while it trains ---- */

void plot_fit_open(struct plot_fit *fit, const struct param_table *params)
{
	*fit = (struct plot_fit){0};
	if (params->features == 1 && params->outputs <= 2 &&
		layers_parameters(params) <= PARAMETERS_MOST)
		fit->params = params;
}

void plot_fit_free(struct plot_fit *fit)
{
	for (size_t i = 0; i < fit->count; i++)
		free(fit->kept[i]);
	*fit = (struct plot_fit){0};
}

bool plot_fit_wants(const struct plot_fit *fit, size_t epoch)
{
	return fit->params && (epoch & (epoch - 1)) == 0;
}

void plot_fit_epoch(struct plot_fit *fit, const gf_epoch *epoch)
{
	const size_t bytes = epoch->parameters * sizeof(float);
	float *copy;

	if (!plot_fit_wants(fit, epoch->epoch) || !epoch->before || fit->count == FIT_KEPT)
		return;
	copy = malloc(bytes);
	if (!copy)
		return;
	memcpy(copy, epoch->before, bytes);
	fit->parameters = epoch->parameters;
	fit->epochs[fit->count] = epoch->epoch;
	fit->kept[fit->count++] = copy;
}

/* ---- curves ---- */

bool plot_fit_applies(const gf_model *model, const gf_dataset *data)
{
	if (gf_model_features(model) != 1 || gf_dataset_outputs(data) != 1 ||
		gf_dataset_offset(data))
		return false;
	return gf_model_classes(model) == 0 || gf_model_classes(model) == 2;
}

/* What the curves are computed from. */
struct fit_curves {
	FILE *script;            /* borrowed */
	const gf_model *model;   /* borrowed */
	const gf_config *config; /* borrowed */
	float x[GRID];
	gf_dataset *grid;         /* owned: x */
	gf_dataset *standardized; /* owned: x as the training saw it */
};

/* The height of a curve: the number that outputs z (K) stand for, or of two classes the
 * probability of the second. */
static double height_of(const gf_model *model, const float *z)
{
	double p[2] = {0, 0};

	if (gf_model_outputs(model) == 1)
		return gf_model_mean(model, z[0]);
	gf_model_probabilities(model, z, p, NULL);
	return p[1];
}

/* The theory of a step needs targets that the loss takes: a half and 1 suit each. */
static gf_status new_grid(gf_dataset **grid, const float *x, gf_loss loss, gf_error *err)
{
	float y[GRID];
	const gf_arrays arrays = {
		.rows = GRID, .features = 1, .outputs = 1, .x = x, .y = y, .loss = loss};

	for (size_t i = 0; i < GRID; i++)
		y[i] = i % 2 ? 1.0f : 0.5f;
	return gf_dataset_new(grid, &arrays, err);
}

static gf_status open_curves(struct fit_curves *c, const struct extent *range, gf_error *err)
{
	const double *center = gf_model_center(c->model), *scale = gf_model_scale(c->model);
	float standardized[GRID];

	for (size_t i = 0; i < GRID; i++) {
		const double share = (double)i / (GRID - 1);
		const double x = range->least + share * (range->most - range->least);

		c->x[i] = (float)x;
		standardized[i] = (float)(center ? (x - *center) / *scale : x);
	}
	TRY(new_grid(&c->grid, c->x, c->config->loss, err));
	return new_grid(&c->standardized, standardized, c->config->loss, err);
}

static void write_point(const struct fit_curves *c, size_t i, const float *z)
{
	fprintf(c->script, "%.9g %.9g\n", (double)c->x[i], height_of(c->model, z));
}

/* The curve of parameters that were kept: the forward half of the textbook's step. */
static gf_status write_kept(
	const struct fit_curves *c, const struct plot_fit *fit, size_t kept, gf_error *err)
{
	const gf_epoch epoch = {
		.parameters = fit->parameters, .before = fit->kept[kept], .output_rows = GRID};
	const size_t K = gf_model_outputs(c->model);
	gf_theory *theory;

	TRY(gf_theory_new(&theory, c->standardized, c->config, &epoch, err));
	fprintf(c->script, "$curve%zu << EOD\n", kept);
	for (size_t i = 0; i < GRID; i++) {
		float z[2] = {0, 0};

		for (size_t k = 0; k < K; k++)
			z[k] = (float)theory->outputs[i * K + k];
		write_point(c, i, z);
	}
	fputs("EOD\n", c->script);
	gf_theory_free(theory);
	return GF_OK;
}

/* The model's own curve: what predict gives. */
static gf_status write_final(const struct fit_curves *c, gf_error *err)
{
	const gf_config config = {.engine = GF_ENGINE_reference};
	const size_t K = gf_model_outputs(c->model);
	float z[2 * GRID];

	TRY(gf_predict(c->model, c->grid, &config, z, err));
	fputs("$final << EOD\n", c->script);
	for (size_t i = 0; i < GRID; i++)
		write_point(c, i, z + i * K);
	fputs("EOD\n", c->script);
	return GF_OK;
}

/* ---- the panel ---- */

static void write_points(FILE *script, const gf_dataset *data)
{
	const size_t rows = gf_dataset_rows(data), stride = plot_stride(rows);
	const float *x = gf_dataset_x(data), *y = gf_dataset_y(data);

	fputs("$points << EOD\n", script);
	for (size_t i = 0; i < rows; i += stride)
		fprintf(script, "%.9g %.9g\n", (double)x[i], (double)y[i]);
	fputs("EOD\n", script);
}

/* The axes are those of the data: a curve may begin far away. */
static void set_axes(const struct gnuplot *g, const gf_model *model, const gf_dataset *data,
	const struct extent *x)
{
	const struct extent y = extent_of(gf_dataset_y(data), gf_dataset_rows(data), 1);
	char label[GNUPLOT_TEXT];

	if (gf_dataset_classes(data))
		snprintf(label, sizeof label, "%s %s",
			plot_has_probabilities(model) ? "probability of" : "output, above 0:",
			gf_dataset_class_name(data, 1));
	else
		snprintf(label, sizeof label, "%s", gf_dataset_target_name(data, 0));
	gnuplot_axes(g, gf_dataset_feature_name(data, 0), label);
	fprintf(g->script, "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n", x->least, x->most,
		y.least, y.most);
	fputs("set clip two\n", g->script);
	if (g->characters)
		gnuplot_key(g);
	else
		fputs("set key outside right top Left reverse\n", g->script);
}

/* The curves of so many of the kept epochs, evenly chosen, which is evenly in the logarithm. */
static size_t chosen(const struct plot_fit *fit, size_t i, size_t curves)
{
	return i * fit->count / curves;
}

static void plot_curves(FILE *script, const struct plot_fit *fit, size_t curves, bool characters)
{
	for (size_t i = 0; i < curves; i++) {
		const size_t kept = chosen(fit, i, curves);
		const double share = (double)i / (double)curves;

		fprintf(script, "$curve%zu using 1:2 with ", kept);
		if (characters)
			fputs("points pt '.'", script);
		else
			fprintf(script, "lines lw 1.5 lc rgb '%s'", plot_shade(share).text);
		fprintf(script, " title 'epoch %zu', ", fit->epochs[kept]);
	}
	fprintf(script, "$final using 1:2 with %s title 'the model'",
		characters ? "points pt '*'" : "lines lw 3 lc rgb " PLOT_BLUE);
}

static void plot_points(FILE *script, size_t rows, bool characters)
{
	const char *style = rows > FEW_POINTS ? "pt 7 ps 0.3 lc rgb " PLOT_PALE
					      : "pt 7 ps 0.8 lc rgb " PLOT_ORANGE;

	fprintf(script, "$points using 1:2 with points %s title '%s'",
		characters ? "pt 'o'" : style, plot_rows_title(rows).text);
}

/* Few points lie on the curves, which would hide them; many lie below: they would hide the
 * curves. */
static void plot_panel(FILE *script, const struct plot_fit *fit, const gf_dataset *data,
	size_t curves, bool characters)
{
	const size_t rows = gf_dataset_rows(data);
	const bool few = rows <= FEW_POINTS;

	fputs("plot ", script);
	if (!few) {
		plot_points(script, rows, characters);
		fputs(", ", script);
	}
	plot_curves(script, fit, curves, characters);
	if (few) {
		fputs(", ", script);
		plot_points(script, rows, characters);
	}
	fputc('\n', script);
}

static gf_status write_curves(
	struct fit_curves *c, const struct plot_fit *fit, size_t curves, gf_error *err)
{
	for (size_t i = 0; i < curves; i++)
		TRY(write_kept(c, fit, chosen(fit, i, curves), err));
	return write_final(c, err);
}

gf_status plot_fit_draw(const struct gnuplot *g, const struct plot_fit *fit, const gf_model *model,
	const gf_dataset *data, const gf_config *config, gf_error *err)
{
	const struct extent x = extent_of(gf_dataset_x(data), gf_dataset_rows(data), 1);
	const size_t curves = at_most(fit->count, g->characters ? CHARACTER_CURVES : CURVES);
	struct fit_curves c = {.script = g->script, .model = model, .config = config};
	gf_status status = open_curves(&c, &x, err);

	if (!status)
		status = write_curves(&c, fit, curves, err);
	gf_dataset_free(c.grid);
	gf_dataset_free(c.standardized);
	if (status)
		return status;
	write_points(g->script, data);
	set_axes(g, model, data, &x);
	plot_panel(g->script, fit, data, curves, g->characters);
	return GF_OK;
}
