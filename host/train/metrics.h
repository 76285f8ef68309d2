/* metrics.h: how good a model is on rows whose targets are known, from its outputs piece by piece.
 * gf_evaluate and the report of a training take the same numbers from it. */
#ifndef GF_METRICS_H
#define GF_METRICS_H

#include "dataset.h"
#include "model.h"

struct residuals;

struct tally {
	const gf_model *model;       /* borrowed */
	const gf_dataset *data;      /* borrowed; its targets */
	size_t first, rows;          /* rows [first, first + rows) of data */
	struct residuals *residuals; /* owned; (K) where the model predicts numbers, else NULL */
	size_t right;                /* rows whose class is right */
	size_t hits, positives_said, positives; /* of the second of two classes */
};

/* Whether the rows' targets are classes of the model, where it predicts classes; *row: the first
 * that is none. */
int metrics_are_classes(
	const gf_model *model, const gf_dataset *data, size_t first, size_t rows, size_t *row);

/* GF_E_MEMORY.  tally_end follows in any case. */
gf_status tally_begin(struct tally *tally, const gf_model *model, const gf_dataset *data,
	size_t first, size_t rows, gf_error *err);
/* Outputs z (count, K) of the data's rows from `row` on, each of which is added once, in order. */
void tally_add(struct tally *tally, size_t row, size_t count, const float *z);
/* The mean over the outputs; NaN: one row alone, or classes. */
double tally_r2(const struct tally *tally);
/* NaN: numbers. */
double tally_accuracy(const struct tally *tally);
void tally_end(struct tally *tally);

#endif
