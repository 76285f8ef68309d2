/* plot_fit.h: how a model of one feature fits the data: the line or the curve as a training moved
 * it, or of two classes the probability of the second one. */
#ifndef GF_PLOT_FIT_H
#define GF_PLOT_FIT_H

#include "gnuplot.h"
#include "print.h"

/* Parameters are kept of epoch 0 and of each whose number is a power of two. */
enum { FIT_KEPT = 65 };

struct plot_fit {
	const struct param_table *params; /* borrowed; NULL: the model has no such curve */
	size_t count, parameters;         /* P */
	size_t epochs[FIT_KEPT];
	float *kept[FIT_KEPT]; /* owned; (P) each, before the epoch's update */
};

/* Keeps nothing if the training has no curve, or very many parameters. */
void plot_fit_open(struct plot_fit *fit, const struct param_table *params);
void plot_fit_free(struct plot_fit *fit);

bool plot_fit_wants(const struct plot_fit *fit, size_t epoch);

/* Keeps the epoch's parameters, if it has them and they are wanted: else fewer curves are drawn. */
void plot_fit_epoch(struct plot_fit *fit, const gf_epoch *epoch);

/* True if the model has one curve: not with offsets, which move it from row to row. */
bool plot_fit_applies(const gf_model *model, const gf_dataset *data);

/* Writes what a panel has.  config is the training's.  GF_E_MEMORY, and as gf_predict. */
gf_status plot_fit_draw(const struct gnuplot *g, const struct plot_fit *fit, const gf_model *model,
	const gf_dataset *data, const gf_config *config, gf_error *err);

#endif
