/* plot_evaluate.h: the picture of an evaluation: of two classes ROC, precision and recall, and
 * calibration; of several the confusion matrix; of numbers the predicted against the true ones. */
#ifndef GF_PLOT_EVALUATE_H
#define GF_PLOT_EVALUATE_H

#include "confusion.h"

struct evaluation {
	const char *model_path, *data_path; /* borrowed, for the title */
	const gf_model *model;              /* borrowed */
	const gf_dataset *data;             /* borrowed */
	const float *outputs;               /* borrowed; (N, K) */
	const gf_metrics *metrics;          /* borrowed */
	const struct confusion *confusion;  /* borrowed */
};

/* Draws the picture.  GF_E_DATA: the rows do not tell what is to be drawn.  As gnuplot_end. */
gf_status plot_evaluate(const char *path, const struct evaluation *evaluation, gf_error *err);

#endif
