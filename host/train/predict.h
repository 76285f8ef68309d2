/* predict.h: from outputs to classes. */
#ifndef GF_PREDICT_H
#define GF_PREDICT_H

#include "gpufitcl.h"

/* The index of the class that z (K) speaks for; the model has classes. */
size_t predicted_class(const gf_model *model, const float *z);

#endif
