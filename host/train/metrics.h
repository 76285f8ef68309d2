/* metrics.h: how good outputs are compared with known targets, for gf_evaluate and for the report
 * of a training.  What a tally counts are sums over rows (row_sums.h). */
#ifndef GF_METRICS_H
#define GF_METRICS_H

#include "dataset.h"
#include "model.h"
#include "row_sums.h"

struct residuals;

/* Sums over rows with classes; positive: the second class.  Doubles one behind another. */
struct class_counts {
	double correct; /* rows whose class is predicted correctly */
	double true_positives, predicted_positives, positives;
};

struct tally {
	const gf_model *model;       /* borrowed */
	const gf_dataset *data;      /* borrowed; its targets */
	size_t first, rows;          /* rows [first, first + rows) of data */
	struct residuals *residuals; /* owned; (K) if the model predicts numbers, else NULL */
	struct class_counts counts;
};

/* Returns 0 if the model predicts classes and the target of a row is none of them; *row is the
 * first such row. */
int metrics_are_classes(
	const gf_model *model, const gf_dataset *data, size_t first, size_t rows, size_t *row);

/* GF_E_MEMORY.  tally_end may follow in any case. */
gf_status tally_begin(struct tally *tally, const gf_model *model, const gf_dataset *data,
	size_t first, size_t rows, gf_error *err);

/* Returns how many numbers the sums of a tally are. */
size_t tally_numbers(const struct tally *tally);

/* Adds outputs z (count, K) of the data's rows from `row` on to sums (tally_numbers). */
void tally_add(const struct tally *tally, size_t row, size_t count, const float *z, double *sums);

/* Takes the sums over all rows. */
void tally_take(struct tally *tally, const double *sums);

/* Returns the mean over the outputs; NaN for a single row, or for classes. */
double tally_r2(const struct tally *tally);
/* Returns the share of correct classes; NaN for numbers. */
double tally_accuracy(const struct tally *tally);
void tally_end(struct tally *tally);

#endif
