/* config.h: what every part of host/train asks of a configuration. */
#ifndef GF_CONFIG_H
#define GF_CONFIG_H

#include "gpufitcl.h"
#include "network.h"

/* Replaces each GF_DEFAULT by the optimiser's own default. */
void config_resolve(gf_config *config);

/* The hidden layers that config asks for. */
struct hidden config_hidden(const gf_config *config);

/* Returns 1 if the gradient falls to 0 where the objective is least: the loss has no kink, and
 * there is no l1. */
int config_is_smooth(const gf_config *config);

/* Calls config's on_progress, if there is one.  total 0: not known. */
void config_tell(const gf_config *config, gf_phase phase, uint64_t done, uint64_t total);

#endif
