/*
 * standardization.h: standardized features, (x - center) / scale, and models trained on them.
 *
 *	D features, K outputs of the first layer, P parameters
 *	standardized x = (x - center) / scale, in double, then rounded to float
 *	w (x - center) / scale + b = (w / scale) x + (b - sum of w center / scale)
 *
 * The right side is the folded form, which other programs read as weight and bias.  In float its
 * bias loses the digits of b if center / scale is large (time stamps, ids).  So a model also keeps
 * the left side, the form that was trained, and predicts from that.  Only a network's first layer
 * takes the features: its other layers are the same in both forms.
 */
#ifndef GF_STANDARDIZATION_H
#define GF_STANDARDIZATION_H

#include "gpufitcl.h"

#include <float.h>

/* A model whose first layer has more parameters keeps only the folded form, since the text of its
 * numbers would not fit the header of its file. */
enum { STANDARDIZATION_PARAMS_MAX = 1 << 20 };

struct standardization {
	double *center, *scale; /* (D) owned as one block at center; NULL: not standardized */
	float *params;          /* (P) owned; for standardized features */
};

/* Rounds to float; beyond float's range to the largest float, not to infinity: 0 times it is 0, and
 * a file of it can be read. */
static inline float standardization_round(double value)
{
	if (value > (double)FLT_MAX)
		return FLT_MAX;
	return value < -(double)FLT_MAX ? -FLT_MAX : (float)value;
}

static inline float standardized_value(float x, double center, double scale)
{
	return standardization_round(((double)x - center) / scale);
}

void standardization_free(struct standardization *s);

/* Tells the model that its parameters take features standardized with center and scale (D).  It
 * keeps them, unless its first layer is larger than STANDARDIZATION_PARAMS_MAX, and folds that
 * layer's weight and bias.
 * GF_E_MEMORY. */
gf_status model_standardize(
	gf_model *model, const double *center, const double *scale, gf_error *err);

/* Standardizes x (rows, D) for a model that was trained so; `to` may be x. */
void model_standardize_rows(const gf_model *model, const float *x, size_t rows, float *to);

/* Makes the dataset that model_own_params take: the standardized features, without targets; *made
 * is NULL if they take data as it is.  GF_E_MEMORY. */
gf_status model_standardize_data(
	gf_dataset **made, const gf_model *model, const gf_dataset *data, gf_error *err);

/* The parameters (P) as they were trained, before folding. */
const float *model_own_params(const gf_model *model);

#endif
