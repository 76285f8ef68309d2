/* profile.h: --profile, where the time of a training went. */
#ifndef GF_PROFILE_H
#define GF_PROFILE_H

#include "gpufitcl.h"

#include <jansson.h>

void profile_print(const gf_profile *profile, double load_seconds);
json_t *profile_json(const gf_profile *profile);

#endif
