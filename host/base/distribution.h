/*
 * distribution.h: tail probabilities of the distributions of test statistics, and their inverse.
 * Relative errors are below 1e-12 where the probability is above 1e-300; NaN gives NaN.
 */
#ifndef GF_DISTRIBUTION_H
#define GF_DISTRIBUTION_H

/* Returns P(|Z| > |z|) of the normal distribution. */
double distribution_normal(double z);

/* Returns P(|T| > |t|) of Student's t distribution; freedom > 0: its degrees of freedom; INFINITY:
 * the normal distribution. */
double distribution_t(double t, double freedom);

/* Returns P(X > x) of the chi-squared distribution, x >= 0. */
double distribution_chi_squared(double x, double freedom);

/* Returns P(X > x) of the F distribution, x >= 0. */
double distribution_f(double x, double freedom, double other_freedom);

/* Returns the t >= 0 with P(|T| > t) = p, 0 < p < 1. */
double distribution_t_quantile(double p, double freedom);

/* Returns ln Gamma(a) for a > 0.  (libm's lgamma writes to a global variable.) */
double distribution_log_gamma(double a);

#endif
