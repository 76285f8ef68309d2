/*
 * fingerprint.h: what a checkpoint belongs to: the options that a step depends on, by the names of
 * gf_config, and for the data its shape and a checksum of its numbers.  Not: epochs, device,
 * engine, check, what is written where.
 */
#ifndef GF_FINGERPRINT_H
#define GF_FINGERPRINT_H

#include "gpufitcl.h"

/* Lines "name value", each ended by a newline, the same for the same options and data. */
struct fingerprint {
	char *text; /* owned: free */
	size_t length;
};

/* config is one that gf_config_check has passed; lr and the like may still be GF_DEFAULT.  data
 * are all the rows, as they were before any split or standardizing.  total_steps is one_cycle's;
 * 0: there is none.  GF_E_MEMORY. */
gf_status fingerprint_of(struct fingerprint *fingerprint, const gf_config *config,
	const gf_dataset *data, size_t total_steps, gf_error *err);

/* Whether the checkpoint in path, made with the lines of `made`, is one of this training.
 * GF_E_DATA: the message names the first option that differs, with both values, or says what is
 * other about the data. */
gf_status fingerprint_compare(
	const struct fingerprint *now, const char *made, const char *path, gf_error *err);

#endif
