/*
 * standardization.h: features minus a center, over a scale, and models of such features.
 *
 *	D features, K outputs, P = K (D + 1) parameters
 *	standardized x = (x - center) / scale, in double, then rounded to float
 *	w (x - center) / scale + b = (w / scale) x + (b - sum of w center / scale)
 *
 * The right side, folded, is what other programs read as weight and bias.  In float its bias loses
 * the digits of b where center / scale is large (time stamps, ids), so a model keeps the left side,
 * as it was trained, and predicts from that.
 */
#ifndef GF_STANDARDIZATION_H
#define GF_STANDARDIZATION_H

#include "gpufitcl.h"

#include <float.h>

/* A larger model has only the folded form: the text of its numbers would not fit the header of its
 * file. */
enum { STANDARDIZATION_PARAMS_MAX = 1 << 20 };

struct standardization {
	double *center, *scale; /* (D) owned as one block at center; NULL: features as they are */
	float *params;          /* (P) owned; of the standardized features */
};

/* Beyond float's range it is the largest float: times a weight of 0 that stays 0, and a weight so
 * large can be read back from a file. */
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

/* The model's parameters are those of features standardized so: it keeps them, unless it is larger
 * than STANDARDIZATION_PARAMS_MAX, and its weight and bias are folded.  GF_E_MEMORY. */
gf_status model_standardize(
	gf_model *model, const double *center, const double *scale, gf_error *err);

/* The data as the model's own parameters take it: a new dataset of the standardized features,
 * without targets, or *made NULL where data itself is.  GF_E_MEMORY. */
gf_status model_standardize_data(
	gf_dataset **made, const gf_model *model, const gf_dataset *data, gf_error *err);

/* The parameters (P) that take such data. */
const float *model_own_params(const gf_model *model);

#endif
