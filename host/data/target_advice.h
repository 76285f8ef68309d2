/* target_advice.h: notices on targets that seem to be meant for another loss. */
#ifndef GF_TARGET_ADVICE_H
#define GF_TARGET_ADVICE_H

#include "label_set.h"
#include "targets.h"

/* Targets that are numbers: values (count). */
void advise_on_numbers(const struct target_options *options, const float *values, size_t count);

/* Targets that are classes, of that many rows. */
void advise_on_classes(
	const struct target_options *options, const struct label_set *labels, size_t rows);

#endif
