/* nist.h: NIST's certified regressions in data/nist; tests have to run in the repository's root. */
#ifndef GF_TEST_NIST_H
#define GF_TEST_NIST_H

#include "basics.h"

/* Reads NAME.csv, with target y.  degree 0: its features; else the powers of x up to that degree,
 * computed in double and rounded to float once. */
gf_dataset *nist_read(const char *name, size_t degree);

/* Calls take with each line of NAME.certified.csv: "name,estimate,...". */
void nist_certified(const char *name, void (*take)(void *user, const char *line), void *user);

/* -log10(|found - certified| / |certified|), from 0 to 15: certified values have 15 digits. */
double digits_of(double found, double certified);

/* Fails unless the digits reached are those stated, or less than one more. */
void assert_stated_digits(const char *name, const char *what, double reached, double stated);

#endif
