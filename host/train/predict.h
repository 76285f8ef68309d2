/* predict.h: the class that a row of outputs predicts. */
#ifndef GF_PREDICT_H
#define GF_PREDICT_H

#include "gpufitcl.h"

/* The index of the predicted class for outputs z (K); the model must have classes. */
size_t predicted_class(const gf_model *model, const float *z);

#endif
