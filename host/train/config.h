/* config.h: a configuration with its defaults filled in. */
#ifndef GF_CONFIG_H
#define GF_CONFIG_H

#include "gpufitcl.h"

/* Puts the optimiser's own defaults where a number is GF_DEFAULT. */
void config_resolve(gf_config *config);

/* Tells config's on_progress, where there is one, what is going on; total 0: not known. */
void config_tell(const gf_config *config, gf_phase phase, uint64_t done, uint64_t total);

#endif
