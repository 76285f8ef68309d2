/* metrics.h: how good outputs are compared with known targets.  A tally takes the outputs piece by
 * piece, for gf_evaluate and for the report of a training. */
#ifndef GF_METRICS_H
#define GF_METRICS_H

#include "dataset.h"
#include "model.h"

struct residuals;

struct tally {
	const gf_model *model;       /* borrowed */
	const gf_dataset *data;      /* borrowed; its targets */
	size_t first, rows;          /* rows [first, first + rows) of data */
	struct residuals *residuals; /* owned; (K) if the model predicts numbers, else NULL */
	size_t correct;              /* rows whose class is predicted correctly */
	size_t true_positives, predicted_positives, positives; /* positive: the second class */
};

/* Returns 0 if the model predicts classes and the target of a row is none of them; *row is the
 * first such row. */
int metrics_are_classes(
	const gf_model *model, const gf_dataset *data, size_t first, size_t rows, size_t *row);

/* GF_E_MEMORY.  tally_end may follow in any case. */
gf_status tally_begin(struct tally *tally, const gf_model *model, const gf_dataset *data,
	size_t first, size_t rows, gf_error *err);
/* Adds outputs z (count, K) of the data's rows from `row` on.  Each row is added once, in order. */
void tally_add(struct tally *tally, size_t row, size_t count, const float *z);
/* Returns the mean over the outputs; NaN for a single row, or for classes. */
double tally_r2(const struct tally *tally);
/* Returns the share of correct classes; NaN for numbers. */
double tally_accuracy(const struct tally *tally);
void tally_end(struct tally *tally);

#endif
