/* link.h: from outputs to classes. */
#ifndef GF_LINK_H
#define GF_LINK_H

#include "gpufitcl.h"

/* The index of the class that z (K) speaks for; the model has classes. */
size_t link_class(const gf_model *model, const float *z);

#endif
