/* curves.h: how well scores tell two classes apart: the curves of a classifier, as scikit-learn's
 * roc_curve, precision_recall_curve and calibration_curve compute them. */
#ifndef GF_CURVES_H
#define GF_CURVES_H

#include "gpufitcl.h"

#include <stdbool.h>
#include <stddef.h>

/* A row that is to be ranked. */
struct scored {
	double score;       /* a larger one speaks for the positive class */
	double probability; /* of the positive class; NaN: the model has none */
	bool positive;
};

enum { CURVE_POINTS = 1000, CURVE_BINS = 10 };

/* Points that lie between the first and the last may be left out, evenly. */
struct curve {
	size_t count;
	double x[CURVE_POINTS + 2], y[CURVE_POINTS + 2];
};

/* The rows whose probability lies in a tenth of 0 to 1. */
struct curve_bin {
	size_t rows;
	double mean;  /* of their probabilities */
	double share; /* of the positive rows among them */
};

struct curves {
	struct curve roc; /* false and true positives, each as a share: from (0, 0) to (1, 1) */
	struct curve precision; /* recall and precision: from (0, 1) to the lowest threshold */
	struct curve_bin bins[CURVE_BINS];
};

/* Sorts the rows by falling score.  Both classes must have rows. */
void curves_compute(struct curves *curves, struct scored *rows, size_t count);

#endif
