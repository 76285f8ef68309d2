/* config.h: a configuration with its defaults filled in. */
#ifndef GF_CONFIG_H
#define GF_CONFIG_H

#include "gpufitcl.h"

/* Puts the optimiser's own defaults where a number is GF_DEFAULT. */
void config_resolve(gf_config *config);

#endif
