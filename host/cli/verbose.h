/* verbose.h: what --verbose says of a training: which device, engine and kernels, and why. */
#ifndef GF_VERBOSE_H
#define GF_VERBOSE_H

#include "gpufitcl.h"

/* Before the training. */
void verbose_device(const gf_config *config);

/* After it. */
void verbose_engine(const gf_config *config, const gf_report *report);

#endif
