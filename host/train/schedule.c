#include "schedule.h"

gf_status schedule_parse(struct schedule *schedule, const gf_config *config, gf_error *err)
{
	(void)err;
	*schedule = (struct schedule){.lr = config->lr, .momentum = config->momentum};
	return GF_OK;
}
