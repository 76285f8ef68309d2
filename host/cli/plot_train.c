#include "plot_train.h"
#include "error.h"
#include "gnuplot.h"
#include "layers.h"
#include "option_rows.h"
#include "plot.h"
#include "plot_regions.h"

#include <math.h>

void plot_train_open(
	struct plot_train *plot, const struct options *options, const struct param_table *params)
{
	*plot = (struct plot_train){0};
	if (!options->plot)
		return;
	plot->options = options;
	plot->params = params;
	plot_fit_open(&plot->fit, params);
}

void plot_train_free(struct plot_train *plot)
{
	plot_fit_free(&plot->fit);
}

unsigned plot_train_wants(const struct plot_train *plot, size_t epoch)
{
	return plot->options && plot_fit_wants(&plot->fit, epoch) ? GF_WANT_PARAMETERS : 0;
}

void plot_train_epoch(struct plot_train *plot, const gf_epoch *epoch)
{
	if (!plot->options)
		return;
	series_add(&plot->series, epoch);
	plot_fit_epoch(&plot->fit, epoch);
}

/* ---- the losses ---- */

static struct extent losses(const struct series *s)
{
	struct extent range = extent_none;

	for (size_t i = 0; i < s->count; i++) {
		extent_add(&range, (double)s->points[i].loss);
		extent_add(&range, (double)s->points[i].val_loss);
	}
	return range;
}

static void write_losses(FILE *script, const struct series *s)
{
	fputs("$losses << EOD\n", script);
	for (size_t i = 0; i < s->count; i++) {
		const struct series_point *p = &s->points[i];

		fprintf(script, "%zu %.9g %.9g %.9g\n", p->epoch, (double)p->loss,
			(double)p->val_loss, p->lr);
	}
	fputs("EOD\n", script);
}

/* Below two decades the tics at powers of ten are too few. */
static void set_logarithmic(FILE *script, const struct extent *range)
{
	const double margin = pow(range->most / range->least, 0.05);

	fprintf(script, "set logscale y\nset yrange [%.9g:%.9g]\n", range->least / margin,
		range->most * margin);
	if (range->most > 100 * range->least)
		return;
	fputs("set ytics (", script);
	for (int ten = (int)floor(log10(range->least)); ten <= log10(range->most); ten++)
		fprintf(script, "1e%d, 2e%d, 5e%d, ", ten, ten, ten);
	fputs("1)\n", script);
}

/* A wide range of losses, all above 0, has a logarithmic axis.  The learning rate, if it changes,
 * has the axis on the right. */
static void set_axes(const struct gnuplot *g, const struct series *s, const struct outcome *outcome)
{
	const struct extent range = losses(s);
	char label[80];

	snprintf(label, sizeof label, "loss (%s)", word_of(loss_words, (int)outcome->config->loss));
	gnuplot_axes(g, "epoch", label);
	gnuplot_key(g);
	fprintf(g->script, "set format y '%%g'\nset xrange [%zu:%zu]\n", s->points[0].epoch,
		s->points[s->count - 1].epoch + 1);
	if (s->points[s->count - 1].epoch - s->points[0].epoch < 10)
		fputs("set xtics 1\n", g->script);
	if (range.least > 0 && range.most > 5 * range.least)
		set_logarithmic(g->script, &range);
	if (s->most_lr > s->least_lr)
		fputs("set border 11\nset y2range [0:*]\nset y2tics\nset y2label 'lr'\n"
		      "set format y2 '%g'\n",
			g->script);
}

/* The best epoch's parameters are the model: of rows that validate, or else of those that train. */
static void plot_best(const struct gnuplot *g, const struct outcome *outcome, bool validates)
{
	const gf_report *r = outcome->report;

	if (outcome->model && (validates || outcome->config->patience))
		fprintf(g->script,
			", '+' using (%zu):(%.9g) every ::::0 with points %s "
			"title 'best epoch %zu'",
			r->best_epoch, (double)(validates ? r->val_loss : r->loss),
			g->characters ? "pt 'O'" : "lc rgb '#000000' pt 6 ps 1.2", r->best_epoch);
}

static void draw_losses(
	const struct gnuplot *g, const struct series *s, const struct outcome *outcome)
{
	FILE *script = g->script;
	const bool validates = isfinite(outcome->report->val_loss);
	const char *lines = s->count <= 30 ? "linespoints pt 7 ps 0.4" : "lines";

	set_axes(g, s, outcome);
	fputs("plot ", script);
	if (s->most_lr > s->least_lr)
		fputs("$losses using 1:4 axes x1y2 with lines lc rgb '#aaaaaa' lw 1 title 'lr', ",
			script);
	fprintf(script, "$losses using 1:2 with %s lc rgb " PLOT_BLUE " lw 2 title 'training'",
		lines);
	if (validates)
		fprintf(script,
			", $losses using 1:3 with %s lc rgb " PLOT_ORANGE
			" lw 2 title 'validation'",
			lines);
	plot_best(g, outcome, validates);
	fputc('\n', script);
}

/* ---- the picture ---- */

/* Which panel stands beside the losses. */
enum beside { NOTHING, FIT, REGIONS };

static enum beside beside(const struct outcome *outcome)
{
	if (outcome->model && plot_fit_applies(outcome->model, outcome->data))
		return FIT;
	if (outcome->model && plot_regions_apply(outcome->model, outcome->data))
		return REGIONS;
	return NOTHING;
}

static gf_status draw_beside(
	struct gnuplot *g, const struct plot_train *plot, const struct outcome *o, gf_error *err)
{
	if (beside(o) == FIT)
		return plot_fit_draw(g, &plot->fit, o->model, o->data, o->config, err);
	return plot_regions_draw(g, o->model, o->data, o->config, err);
}

/* "iris.csv: 4-16-3, tanh, 131 parameters" */
static struct plot_title title_of(const struct plot_train *plot, const struct outcome *outcome)
{
	const gf_config *c = outcome->config;
	const struct options *options = plot->options;
	const struct plot_title data = plot_files_title(options->operand, options->operand_count);
	struct plot_title title;

	snprintf(title.text, sizeof title.text, "%.80s: %s", data.text,
		layers_count(plot->params) == 1
			? "a linear model"
			: layers_title(plot->params, c->activation, c->negative_slope).text);
	return title;
}

static gf_status draw(struct gnuplot *g, const struct plot_train *plot,
	const struct outcome *outcome, gf_error *err)
{
	write_losses(g->script, &plot->series);
	gnuplot_panel(g);
	draw_losses(g, &plot->series, outcome);
	if (beside(outcome) == NOTHING)
		return GF_OK;
	gnuplot_panel(g);
	return draw_beside(g, plot, outcome, err);
}

gf_status plot_train_draw(struct plot_train *plot, const struct outcome *outcome, gf_error *err)
{
	const unsigned panels = beside(outcome) == NOTHING ? 1 : 2;
	struct gnuplot g;

	if (!plot->options || !report_is_due(outcome))
		return GF_OK;
	series_end(&plot->series);
	if (losses(&plot->series).least > losses(&plot->series).most)
		return gf_fail(err, GF_E_CANTCREATE,
			"%s: nothing to draw: no epoch was done that has a finite loss",
			plot->options->plot);
	TRY(gnuplot_begin(&g, plot->options->plot, title_of(plot, outcome).text, panels, err));
	if (draw(&g, plot, outcome, err) == GF_OK)
		return gnuplot_end(&g, err);
	gnuplot_abandon(&g);
	return err->status;
}
