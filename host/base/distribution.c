/*
 * distribution.c: tail probabilities by continued fractions.
 *
 *	F and t		regularized incomplete beta function I_x(a, b)
 *	chi-squared	regularized incomplete gamma function Q(a, x)
 *	normal		erfc
 *
 * The continued fractions are 8.17.22 and 8.9.2 of the NIST Digital Library of Mathematical
 * Functions (dlmf.nist.gov), the series is 8.7.1.  Each is multiplied by a density,
 * x^a y^b / B(a, b) or x^a exp(-x) / Gamma(a).  For a large a, the logarithms of numerator and
 * denominator agree in most digits.  So both are taken relative to the density's peak, where
 * Stirling's formula gives it:
 *
 *	ln Gamma(a) = (a - 1/2) ln a - a + ln(2 pi) / 2 + stirling(a)
 */
#include "distribution.h"

#include <float.h>
#include <math.h>

#define LN_2_PI 1.8378770664093454836

/* A fraction for degrees of freedom of 1e10 takes about 1e5 terms. */
enum { TERMS_MOST = 1000000 };

/* Returns stirling(a) for a > 0.  The series, DLMF 5.11.1, has errors below 1e-17 from 16 on; below
 * that, stirling(a) = stirling(a + 1) + (a + 1/2) ln(1 + 1/a) - 1. */
static double stirling(double a)
{
	double less = 0.0, square;

	while (a < 16.0) {
		less += (a + 0.5) * log1p(1.0 / a) - 1.0;
		a += 1.0;
	}
	square = a * a;
	return less +
	       (1.0 / 12.0 -
		       (1.0 / 360.0 -
			       (1.0 / 1260.0 - (1.0 / 1680.0 - (1.0 / 1188.0) / square) / square) /
				       square) /
			       square) /
		       a;
}

double distribution_log_gamma(double a)
{
	return (a - 0.5) * log(a) - a + 0.5 * LN_2_PI + stirling(a);
}

/* Lentz's method: a continued fraction from its first denominator on. */
struct fraction {
	double value, c, d;
};

static struct fraction fraction_from(double denominator)
{
	return (struct fraction){denominator, denominator, 0.0};
}

/* Appends the term numerator / (denominator + ...).  Returns 1 once terms do not matter. */
static int fraction_add(struct fraction *f, double numerator, double denominator)
{
	double change;

	f->d = 1.0 / (denominator + numerator * f->d);
	f->c = denominator + numerator / f->c;
	change = f->c * f->d;
	f->value *= change;
	return fabs(change - 1.0) < DBL_EPSILON;
}

/* ---- F and t ---- */

/* The arguments of I_x(a, b).  If a is large and x near 1, only y and excess have the digits. */
struct beta {
	double a, b, x, y; /* y = 1 - x */
	double excess;     /* a - (a + b) x = (a + b) y - b */
};

/* Returns I_x(a, b), for excess from 0 on.  The continued fraction is the even part of DLMF
 * 8.17.22, in whose denominators excess takes the place of differences that cancel. */
static double beta_tail(const struct beta *t, double density)
{
	const double a = t->a, b = t->b, x = t->x, y = t->y;
	struct fraction f = fraction_from(a * (t->excess + 1.0) / (a + 1.0));
	int n, done = 0;

	for (n = 1; n < TERMS_MOST && !done; n++) {
		const double middle = a + 2.0 * n - 1.0, part = n * (b - n) * x / middle;

		done = fraction_add(&f, (a + n - 1.0) * (a + b + n - 1.0) * x * part / middle,
			n + part +
				(a + n) * (t->excess + 1.0 + n * (1.0 + y)) / (a + 2.0 * n + 1.0));
	}
	return density / f.value;
}

double distribution_f(double x, double freedom, double other_freedom)
{
	const double a = 0.5 * other_freedom, b = 0.5 * freedom;
	const double sum = other_freedom + freedom * x;
	const double away = log1p(freedom * (x - 1.0) / (freedom + other_freedom));
	const struct beta tail = {a, b, other_freedom / sum, freedom * x / sum,
		0.5 * freedom * other_freedom * (x - 1.0) / sum};
	const struct beta rest = {b, a, tail.y, tail.x, -tail.excess};
	double density;

	if (!(x > 0.0))
		return x == 0.0 ? 1.0 : (double)NAN;
	if (isinf(sum))
		return 0.0;
	/* tail.x^a tail.y^b / B(a, b), whose peak is at x = 1 */
	density = exp(-a * away + b * (log(x) - away) - stirling(a) - stirling(b) +
		      stirling(a + b) + 0.5 * (log(a) + log(b) - log(a + b) - LN_2_PI));
	return tail.excess >= 0.0 ? beta_tail(&tail, density) : 1.0 - beta_tail(&rest, density);
}

double distribution_normal(double z)
{
	return erfc(fabs(z) * sqrt(0.5));
}

double distribution_t(double t, double freedom)
{
	return isinf(freedom) ? distribution_normal(t) : distribution_f(t * t, 1.0, freedom);
}

/* P falls in t.  Doubling finds an upper end, and halving then ends at neighbouring doubles. */
double distribution_t_quantile(double p, double freedom)
{
	double low = 0.0, high = 1.0, middle;

	while (distribution_t(high, freedom) > p && high < DBL_MAX / 4.0)
		high *= 2.0;
	for (middle = 0.5 * high; middle > low && middle < high; middle = 0.5 * (low + high))
		if (distribution_t(middle, freedom) > p)
			low = middle;
		else
			high = middle;
	return high;
}

/* ---- chi-squared ---- */

/* Returns sum of x^n / ((a + 1) ... (a + n)) over n from 0 on. */
static double gamma_series(double a, double x)
{
	double sum = 1.0, term = 1.0;
	int n;

	for (n = 1; n < TERMS_MOST && term > DBL_EPSILON * sum; n++) {
		term *= x / (a + n);
		sum += term;
	}
	return sum;
}

/* Returns the continued fraction of Q(a, x), for x above a + 1. */
static double gamma_fraction(double a, double x)
{
	struct fraction f = fraction_from(x + 1.0 - a);
	int n;

	for (n = 1; n < TERMS_MOST; n++)
		if (fraction_add(&f, n * (a - n), x + 2.0 * n + 1.0 - a))
			break;
	return 1.0 / f.value;
}

double distribution_chi_squared(double x, double freedom)
{
	const double a = 0.5 * freedom, half = 0.5 * x;
	double density;

	if (!(half > 0.0))
		return half == 0.0 ? 1.0 : (double)NAN;
	if (isinf(half))
		return 0.0;
	/* half^a exp(-half) / Gamma(a), whose peak is at half = a */
	density = exp(a * log(half / a) - (half - a) - stirling(a) + 0.5 * (log(a) - LN_2_PI));
	if (half < a + 1.0)
		return 1.0 - density * gamma_series(a, half) / a;
	return density * gamma_fraction(a, half);
}
