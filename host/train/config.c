/* config.c: what a configuration may be, as far as that is known without data. */
#include "error.h"

gf_status gf_config_check(const gf_config *config, gf_error *err)
{
	if (!(config->lr > 0.0) && !isnan(config->lr))
		return gf_fail(err, GF_E_USAGE, "lr is %g; wanted: a number above 0", config->lr);
	return GF_OK;
}
