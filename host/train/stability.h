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

/* "; lr is ..., and the largest that can converge here is ...", with the options that help; where
 * less is known, less.  Fills the report's lr_limit. */
gf_status stability_advice(struct training *t, char *text, size_t size, gf_error *err);

/* Names an option that makes every lr diverge ("momentum, 1.2, ..."), or leaves text empty. */
void stability_blame(const struct training *t, char *text, size_t size);

#endif
