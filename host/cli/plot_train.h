/* plot_train.h: the picture of a training: its losses and, beside them, how the model fits the
 * data. */
#ifndef GF_PLOT_TRAIN_H
#define GF_PLOT_TRAIN_H

#include "options.h"
#include "plot_fit.h"
#include "report.h"
#include "series.h"

struct plot_train {
	/* Borrowed; NULL: no picture is wanted, and the functions do nothing. */
	const struct options *options;
	const struct param_table *params; /* borrowed */
	struct series series;
	struct plot_fit fit;
};

/* params, which stay the caller's, are those of the training. */
void plot_train_open(
	struct plot_train *plot, const struct options *options, const struct param_table *params);
void plot_train_free(struct plot_train *plot);

/* What the picture needs of an epoch: a set of GF_WANT_. */
unsigned plot_train_wants(const struct plot_train *plot, size_t epoch);
void plot_train_epoch(struct plot_train *plot, const gf_epoch *epoch);

/* Draws the picture.  As gnuplot_end. */
gf_status plot_train_draw(struct plot_train *plot, const struct outcome *outcome, gf_error *err);

#endif
