/* nist.h: NIST's certified regressions in data/nist; tests run in the repository's root. */
#ifndef GF_TEST_NIST_H
#define GF_TEST_NIST_H

#include "basics.h"

/* The file NAME.csv, target y; with a degree, of x its powers up to it: taken in double, each
 * rounded to float once. */
gf_dataset *nist_read(const char *name, size_t degree);

/* Gives take each line of NAME.certified.csv: "name,estimate,...". */
void nist_certified(const char *name, void (*take)(void *user, const char *line), void *user);

#endif
