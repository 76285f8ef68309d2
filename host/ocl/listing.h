/* listing.h: the devices there are, in the order of `clinfo -l`, and the one that a word names. */
#ifndef GF_LISTING_H
#define GF_LISTING_H

#include "clerror.h"

struct device_id {
	cl_platform_id platform;
	cl_device_id device;
	gf_device_info info;
};

/* As gf_device_find; looks at no more platforms than the word needs. */
gf_status listing_find(struct device_id *found, const char *spec, gf_error *err);

#endif
