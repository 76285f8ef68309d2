/* arrays.h: a dataset of the caller's arrays (gf_arrays in gpufitcl.h). */
#ifndef GF_ARRAYS_H
#define GF_ARRAYS_H

#include "dataset.h"
#include "targets.h"

/* rule: what arrays->loss takes for targets.
 * GF_E_USAGE: members that do not fit together.  GF_E_DATA: the first number or name that cannot
 * be, with its place counted from 0. */
gf_status arrays_dataset(
	gf_dataset **data, const gf_arrays *arrays, enum target_rule rule, gf_error *err);

#endif
