#include "families.h"
#include "distribution.h"

#include <math.h>

#define LN_2_PI 1.8378770664093454836

/* Returns a b, and 0 if a is 0, whatever b is: 0 ln 0 = 0. */
static double times(double a, double b)
{
	return a == 0.0 ? 0.0 : a * b;
}

static double square(double x)
{
	return x * x;
}

/* ---- the normal distribution, V = 1 ---- */

static struct family_terms normal_terms(const struct loss_parameters *p, double z, double y)
{
	const double d = y - z;

	(void)p;
	return (struct family_terms){
		.information = 1.0, .score = d, .deviance = d * d, .pearson = d * d};
}

static double identity(double mean)
{
	return mean;
}

/* ---- Bernoulli's distribution, V = mu (1 - mu); y may be a share ---- */

/* ln(1 + exp(z)); exp never sees a positive argument. */
static double softplus(double z)
{
	return fmax(z, 0.0) + log1p(exp(-fabs(z)));
}

/* With e = exp(-|z|), mu is 1 / (1 + e), or e / (1 + e) for z < 0: y - mu loses no digits. */
static struct family_terms bernoulli_terms(const struct loss_parameters *p, double z, double y)
{
	const double e = exp(-fabs(z)), variance = e / square(1.0 + e);
	const double rest =
		z >= 0.0 ? (y - 1.0 + y * e) / (1.0 + e) : (y + (y - 1.0) * e) / (1.0 + e);
	const double likelihood = times(y, z) - softplus(z);
	const double most = times(y, log(y)) + times(1.0 - y, log1p(-y));

	(void)p;
	return (struct family_terms){
		variance, rest, likelihood, 2.0 * (most - likelihood), square(rest) / variance};
}

static double logit(double mean)
{
	return log(mean) - log1p(-mean);
}

/* ---- Poisson's distribution, V = mu ---- */

static struct family_terms poisson_terms(const struct loss_parameters *p, double z, double y)
{
	const double mean = exp(z);

	(void)p;
	return (struct family_terms){mean, y - mean,
		times(y, z) - mean - distribution_log_gamma(y + 1.0),
		2.0 * (times(y, log(y) - z) - (y - mean)), square(y - mean) / mean};
}

/* ---- the gamma distribution, V = mu^2 ---- */

static struct family_terms gamma_terms(const struct loss_parameters *p, double z, double y)
{
	const double rest = y * exp(-z) - 1.0;

	(void)p;
	return (struct family_terms){.information = 1.0,
		.score = rest,
		.deviance = 2.0 * (rest - (log(y) - z)),
		.pearson = square(rest)};
}

/* ---- Tweedie's distributions, V = mu^power, 1 < power < 2 ---- */

static struct family_terms tweedie_terms(const struct loss_parameters *p, double z, double y)
{
	const double down = p->power - 1.0, up = 2.0 - p->power;
	const double mean = exp(z), rise = exp(up * z), fall = exp(-down * z);
	const double most =
		times(y, pow(y, -down)) / down / up; /* y fall / down + rise / up there */

	return (struct family_terms){.information = rise,
		.score = (y - mean) * fall,
		.deviance = 2.0 * (y * fall / down + rise / up - most),
		.pearson = square(y - mean) * exp(-p->power * z)};
}

/* ---- all families ---- */

static const struct family normal = {normal_terms, identity, 1};
static const struct family bernoulli = {bernoulli_terms, logit, 0};
static const struct family poisson = {poisson_terms, log, 0};
static const struct family gamma_family = {gamma_terms, log, 1};
static const struct family tweedie = {tweedie_terms, log, 1};

const struct family *family_of(gf_loss loss)
{
	switch (loss) {
	case GF_LOSS_mse:
		return &normal;
	case GF_LOSS_bce:
		return &bernoulli;
	case GF_LOSS_poisson:
		return &poisson;
	case GF_LOSS_gamma:
		return &gamma_family;
	case GF_LOSS_tweedie:
		return &tweedie;
	default:
		return NULL;
	}
}

void family_add(struct family_sums *sums, const struct family_terms *terms, double weight)
{
	sums->rows += 1.0;
	sums->weight += weight;
	sums->log_weight += log(weight);
	sums->log_likelihood += weight * terms->log_likelihood;
	sums->deviance += weight * terms->deviance;
	sums->pearson += weight * terms->pearson;
}

/* The normal distribution has that of its most likely deviation. */
double family_log_likelihood(gf_loss loss, const struct family_sums *s)
{
	if (loss != GF_LOSS_mse)
		return family_of(loss) && family_of(loss)->is_scaled ? (double)NAN
								     : s->log_likelihood;
	return 0.5 * (s->log_weight - s->rows * (LN_2_PI + log(s->deviance / s->rows) + 1.0));
}
