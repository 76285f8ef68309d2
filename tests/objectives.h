/* objectives.h: what a curvature is measured of: the mean loss of a few rows. */
#ifndef GF_OBJECTIVES_H
#define GF_OBJECTIVES_H

#include "basics.h"

#include "curvature.h"

/* A problem with that loss, whose features and targets are all 0. */
struct problem problem_new(gf_loss loss, size_t rows, size_t features, size_t outputs);

/* mse of x (rows, features), and of x that is the same for the same shape. */
struct problem problem_at(size_t rows, size_t features, const float *x);
struct problem problem_drawn(size_t rows, size_t features);

void problem_drop(const struct problem *problem);

/* scale 1/M, no penalties. */
struct objective objective_of(const struct problem *problem);

/* measure: has to succeed; by that engine, where one is needed. */
struct curvature measure(const struct objective *objective, gf_engine engine);
struct curvature curvature_of(const struct problem *problem);

void assert_largest(const struct curvature *c, double wanted);

#endif
