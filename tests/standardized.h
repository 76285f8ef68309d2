/* standardized.h: a training with standardize, and data that need it. */
#ifndef GF_STANDARDIZED_H
#define GF_STANDARDIZED_H

#include "gpufitcl.h"

enum { ROWS = 64 };

/* The reference trains for 300 epochs, with standardize and lr auto. */
gf_config standardized_config(void);

/* ROWS rows of two features, the first of which has a mean of 1e7. */
gf_dataset *offset_data(void);

#endif
