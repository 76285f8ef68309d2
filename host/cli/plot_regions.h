/* plot_regions.h: where a model of two features predicts which class, with the data on it. */
#ifndef GF_PLOT_REGIONS_H
#define GF_PLOT_REGIONS_H

#include "gnuplot.h"

#include <stdbool.h>

bool plot_regions_apply(const gf_model *model, const gf_dataset *data);

/* Writes what a panel has.  config says where outputs are computed.  GF_E_MEMORY, and as
 * gf_predict. */
gf_status plot_regions_draw(const struct gnuplot *g, const gf_model *model, const gf_dataset *data,
	const gf_config *config, gf_error *err);

#endif
