/* plot_regions.h: where a model of two features predicts which class, with the data on it. */
#ifndef GF_PLOT_REGIONS_H
#define GF_PLOT_REGIONS_H

#include "gpufitcl.h"

#include <stdbool.h>
#include <stdio.h>

bool plot_regions_apply(const gf_model *model, const gf_dataset *data);

/* Writes the panel.  config says where outputs are computed.  characters: without colours.
 * GF_E_MEMORY, and as gf_predict. */
gf_status plot_regions_draw(FILE *script, const gf_model *model, const gf_dataset *data,
	const gf_config *config, bool characters, gf_error *err);

#endif
