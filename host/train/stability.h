/* stability.h: what the curvature says of a learning rate, before the first step and after a
 * divergence. */
#ifndef GF_STABILITY_H
#define GF_STABILITY_H

#include "training.h"

/* Where config->lr_auto, the learning rate that it comes to.  Else a notice where lr cannot
 * converge, or may not; in the report, how many epochs it needs.  Looks only where that is cheap
 * beside the training, or asked for.
 * GF_E_USAGE: lr_auto, and the loss has no bound on its curvature, or too large a one. */
gf_status stability_take(struct training *t, gf_error *err);

#endif
