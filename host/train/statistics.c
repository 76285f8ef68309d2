/*
 * statistics.c: standard errors, tests and confidence intervals of a linear model.
 *
 *	A	the Fisher information of the parameters B (information.h), R = A scaled
 *	phi	dispersion: of mse (where it is the residual variance), gamma and tweedie
 *		Pearson's sum / degrees of freedom; else 1
 *
 *	variance of B_i		phi (A^-1)_ii
 *	variance of the bias	phi v' A^-1 v, v = (1, -center): bias = B_0 - center . B
 *	Newton's step		A^-1 score; of mse it ends at the least squares, and of gamma
 *				and tweedie it is the step of Fisher's scoring
 *	its length		sqrt(score' A^-1 score / phi): no sum of parameters moves by
 *				more of its own standard errors (Scheffe's bound)
 *
 * Columns that depend on others are dropped, as R does.  Of each column of words that is its first
 * word, where possible: the other words then have their contrasts with the first.  What the model
 * has for the dropped column goes to those that it depends on, so that no output changes.
 */
#include "statistics.h"
#include "distribution.h"
#include "inference.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct result {
	gf_statistics base; /* first: the caller frees the block by its address */
	gf_coefficient *weight, *bias;
	gf_goodness *fit;
};

/* ---- what fits ---- */

static int fits_loss(gf_loss loss)
{
	return loss == GF_LOSS_cross_entropy || family_of(loss);
}

static int is_scaled(gf_loss loss)
{
	return family_of(loss) && family_of(loss)->is_scaled;
}

/* What keeps a training from having statistics, or NULL. */
static const char *obstacle(const gf_config *c)
{
	if (c->hidden[0])
		return "a network has no unique best parameters; wanted: no hidden layers";
	if (c->l1 > 0.0 || c->l2 > 0.0 || c->weight_decay > 0.0)
		return "a penalty biases the parameters, which standard errors do not show; "
		       "wanted: no l1, l2 and weight_decay";
	if (c->class_weight != GF_CLASS_WEIGHT_none || c->class_weights)
		return "a class_weight makes the likelihood that of other data; wanted: none";
	if (c->loss == GF_LOSS_cross_entropy && c->label_smoothing > 0.0)
		return "label_smoothing makes the likelihood that of other data; wanted: 0";
	return c->maximize ? "they hold where the loss is least; wanted: no maximize" : NULL;
}

gf_status statistics_check_config(const gf_config *c, gf_error *err)
{
	const char *why;

	if (c->statistics == 0.0)
		return GF_OK;
	if (!fits_loss(c->loss))
		return gf_fail(err, GF_E_USAGE,
			"statistics: the loss %s is no likelihood; wanted: mse, bce, poisson, "
			"cross_entropy, gamma or tweedie",
			loss_word(c->loss));
	why = obstacle(c);
	return why ? gf_fail(err, GF_E_USAGE, "statistics: %s", why) : GF_OK;
}

gf_status statistics_check_size(const gf_model *model, gf_error *err)
{
	const double columns = (double)model->features + (model->no_bias ? 0.0 : 1.0);
	const double parameters = columns * (double)inference_shared(model);

	if (parameters <= STATISTICS_PARAMETERS)
		return GF_OK;
	return gf_fail(err, GF_E_USAGE,
		"statistics: %.0f parameters; wanted: at most %d, since their information has as "
		"many rows and columns",
		parameters, STATISTICS_PARAMETERS);
}

/* ---- goodness of fit ---- */

static void test_weights(gf_goodness *g, int is_scaled)
{
	if (is_scaled) {
		g->test = (g->null_deviance - g->deviance) / g->df_model / g->dispersion;
		g->test_p_value = distribution_f(g->test, g->df_model, g->df_residual);
	} else {
		g->test = g->null_deviance - g->deviance;
		g->test_p_value = distribution_chi_squared(g->test, g->df_model);
	}
}

static void compare_with_null(gf_goodness *g, gf_loss loss, const struct family_sums *null)
{
	const int is_normal = loss == GF_LOSS_mse;
	const double share = g->deviance / null->deviance;
	const double total = g->df_residual + g->df_model;

	g->null_log_likelihood = family_log_likelihood(loss, null);
	g->null_deviance = null->deviance;
	g->r2 = is_normal ? 1.0 - share : (double)NAN;
	g->adjusted_r2 = is_normal ? 1.0 - share * total / g->df_residual : (double)NAN;
	g->pseudo_r2 = is_normal ? (double)NAN : 1.0 - g->log_likelihood / g->null_log_likelihood;
}

/* A row of cross_entropy has as many free targets as equations. */
static gf_status find_goodness(struct inference *f, gf_goodness *g, gf_error *err)
{
	const struct information *i = &f->information;
	const struct design *d = &f->design;
	const double parameters = (double)i->matrix.rank;
	struct family_sums null = {0};

	TRY(information_null(&null, i, d, err));
	g->df_residual = i->sums.rows * (double)i->q - parameters;
	g->df_model = parameters - (d->has_bias ? (double)i->q : 0.0);
	g->log_likelihood = family_log_likelihood(d->loss, &i->sums);
	g->deviance = i->sums.deviance;
	g->pearson_chi2 = i->sums.pearson;
	g->dispersion = g->pearson_chi2 / g->df_residual;
	g->aic = 2.0 * (parameters - g->log_likelihood);
	g->bic = log(i->sums.rows) * parameters - 2.0 * g->log_likelihood;
	compare_with_null(g, d->loss, &null);
	test_weights(g, is_scaled(d->loss));
	return GF_OK;
}

/* ---- coefficients ---- */

/* The scale of standard errors, and the distribution of statistics. */
struct inference_scale {
	double root, freedom, quantile; /* root of phi */
};

static struct inference_scale scale_of(const gf_statistics *s, const gf_goodness *g)
{
	const double freedom = s->uses_t ? g->df_residual : (double)INFINITY;

	return (struct inference_scale){.root = s->uses_t ? sqrt(g->dispersion) : 1.0,
		.freedom = freedom,
		.quantile = distribution_t_quantile(1.0 - s->level, freedom)};
}

/* Tests estimate for a true value of 0; step: what Newton's method would add. */
static gf_coefficient coefficient_of(
	double estimate, double std_error, double step, const struct inference_scale *s)
{
	const double reach = s->quantile * std_error;

	return (gf_coefficient){.estimate = estimate,
		.std_error = std_error,
		.statistic = estimate / std_error,
		.p_value = distribution_t(estimate / std_error, s->freedom),
		.lower = estimate - reach,
		.upper = estimate + reach,
		.newton = step / std_error};
}

static gf_coefficient dropped_coefficient(void)
{
	return (gf_coefficient){NAN, NAN, NAN, NAN, NAN, NAN, NAN, 1};
}

/* Infers the sum of v_i B_i; v (q n) is 0 in columns without a pivot. */
static gf_coefficient infer_sum(
	struct inference *f, const double *B, const double *v, const struct inference_scale *s)
{
	struct cholesky *c = &f->information.matrix;
	double estimate = 0.0, step = 0.0;

	for (size_t i = 0; i < c->n; i++) {
		estimate += v[i] * B[i];
		step += v[i] * f->newton[i];
	}
	for (size_t i = 0; i < c->n; i++)
		c->v[i] = v[c->order[i]] / c->scale[c->order[i]];
	return coefficient_of(estimate, s->root * sqrt(cholesky_inverse_square(c, c->v)), step, s);
}

/* The bias is the output at x = 0. */
static gf_coefficient infer_bias(
	struct inference *f, const double *B, size_t k, const struct inference_scale *s)
{
	const struct cholesky *c = &f->information.matrix;

	memset(f->v, 0, c->n * sizeof *f->v);
	for (size_t i = 0; i < f->n; i++)
		if (!inference_is_dropped(f, k * f->n + i))
			f->v[k * f->n + i] = i ? -f->center[i - 1] : 1.0;
	return infer_sum(f, B, f->v, s);
}

static gf_coefficient infer_column(
	struct inference *f, const double *B, size_t column, const struct inference_scale *s)
{
	const struct cholesky *c = &f->information.matrix;

	if (inference_is_dropped(f, column))
		return dropped_coefficient();
	memset(f->v, 0, c->n * sizeof *f->v);
	f->v[column] = 1.0;
	return infer_sum(f, B, f->v, s);
}

/* ---- the equations of a likelihood ---- */

static void infer_equations(struct inference *f, struct result *r, size_t first, size_t target)
{
	const size_t D = r->base.features, bias = f->n - D;
	const double *B = f->parameters + first * f->n;
	const struct inference_scale s = scale_of(&r->base, &r->fit[target]);

	for (size_t k = 0; k < f->information.q; k++) {
		for (size_t j = 0; j < D; j++)
			r->weight[(first + k) * D + j] =
				infer_column(f, B, k * f->n + bias + j, &s);
		r->bias[first + k] = bias ? infer_bias(f, B, k, &s) : dropped_coefficient();
	}
}

/* Of several targets, begins with the name of the one. */
static void name_target(const struct inference *f, const gf_model *model, char *why, size_t size)
{
	if (model->targets > 1)
		snprintf(why, size, "of %s ",
			quote_text(model->target_names[f->information.target]).text);
}

/* Returns 1 after saying why there can be no statistics. */
static int is_impossible(const struct inference *f, const gf_model *model, const gf_goodness *g,
	char *why, size_t size)
{
	char target[QUOTE_ROOM + 16] = "";
	size_t class;

	name_target(f, model, target, sizeof target);
	if (information_separates(&f->information, &class))
		snprintf(why, size,
			"%sthe features tell class %s from the others without an error, so the "
			"likelihood has no maximum: it rises for ever as parameters grow",
			target, model->classes ? quote_text(model->class_names[class]).text : "1");
	else if (!f->information.targets_vary)
		snprintf(why, size, "%sall targets are the same: there is nothing to explain",
			target);
	else if (!(g->df_residual > 0.0))
		snprintf(why, size, "there are as many parameters as rows");
	else if (f->information.matrix.rank == 0 || !isfinite(g->deviance))
		snprintf(why, size, "the outputs are too large for a likelihood");
	else
		return 0;
	return 1;
}

/* ---- prediction intervals ---- */

/* All outputs have the same information.  Rows of L get back the scale of their columns. */
static gf_status keep_factor(const struct inference *f, gf_model *model, gf_error *err)
{
	const struct cholesky *c = &f->information.matrix;
	const size_t n = c->rank, bias = f->n - model->features;
	double *row;

	if (n * (n + 1) / 2 > INTERVAL_NUMBERS)
		return GF_OK;
	TRY(interval_new(&model->interval, model->features, model->outputs, n, err));
	memcpy(model->interval.center, f->center, model->features * sizeof *f->center);
	row = model->interval.factor;
	for (size_t i = 0; i < n; row += ++i) {
		const size_t column = c->order[i];

		model->interval.column[i] = column < bias ? model->features : column - bias;
		for (size_t j = 0; j <= i; j++)
			row[j] = c->scale[column] * c->factor[i * c->n + j];
	}
	return GF_OK;
}

static gf_status keep_interval(const struct inference *f, gf_model *model, size_t target,
	const gf_goodness *g, gf_error *err)
{
	if (model->loss != GF_LOSS_mse)
		return GF_OK;
	if (target == 0)
		TRY(keep_factor(f, model, err));
	if (!model->interval.columns)
		return GF_OK;
	model->interval.freedom = g->df_residual;
	model->interval.residual[target] = sqrt(g->dispersion);
	return GF_OK;
}

/* ---- each target ---- */

static gf_status infer_target(
	struct inference *f, struct result *r, gf_model *model, size_t target, gf_error *err)
{
	const size_t first = r->base.fits == 1 ? 0 : target;
	gf_goodness *g = &r->fit[target];
	double square;

	TRY(information_add_rows(&f->information, &f->design, f->parameters + first * f->n, err));
	inference_factorize(f, model, f->parameters + first * f->n);
	TRY(find_goodness(f, g, err));
	r->base.rows = (size_t)f->information.sums.rows;
	if (is_impossible(f, model, g, r->base.why, sizeof r->base.why))
		return GF_OK;
	square = inference_find_newton(f);
	r->base.newton =
		fmax(r->base.newton, sqrt(square / (r->base.uses_t ? g->dispersion : 1.0)));
	infer_equations(f, r, first, target);
	return keep_interval(f, model, target, g, err);
}

static gf_status infer(struct inference *f, struct result *r, gf_model *model, gf_error *err)
{
	gf_status status = GF_OK;

	for (size_t target = 0; target < r->base.fits && !status && !*r->base.why; target++) {
		status = information_new(
			&f->information, &f->design, inference_shared(model), target, err);
		if (!status)
			status = infer_target(f, r, model, target, err);
		information_free(&f->information);
	}
	if (*r->base.why) {
		r->base.weight = r->base.bias = NULL;
		interval_free(&model->interval);
	}
	return status;
}

/* ---- all ---- */

static gf_status result_new(
	struct result **made, const gf_model *model, double level, gf_error *err)
{
	const size_t D = model->features, E = inference_equations(model),
		     fits = E / inference_shared(model);
	const size_t bytes =
		sizeof **made + E * (D + 1) * sizeof(gf_coefficient) + fits * sizeof(gf_goodness);
	struct result *r = calloc(1, bytes);

	if (!r)
		return gf_fail_memory(err, bytes, "the statistics");
	r->weight = (gf_coefficient *)(r + 1);
	r->bias = r->weight + E * D;
	r->fit = (gf_goodness *)(r->bias + E);
	r->base = (gf_statistics){.level = level,
		.features = D,
		.equations = E,
		.fits = fits,
		.has_bias = !model->no_bias,
		.uses_t = is_scaled(model->loss),
		.weight = r->weight,
		.bias = r->bias,
		.fit = r->fit};
	*made = r;
	return GF_OK;
}

gf_status statistics_find(gf_statistics **found, gf_model *model, const gf_dataset *data,
	const struct train_data *train_data, double level, gf_comm *comm, gf_error *err)
{
	struct inference f;
	struct result *r = NULL;
	gf_status status;

	*found = NULL;
	TRY(result_new(&r, model, level, err));
	status = inference_new(&f, model, data, train_data, comm, err);
	if (!status)
		status = infer(&f, r, model, err);
	inference_free(&f);
	if (status)
		free(r);
	else
		*found = &r->base;
	return status;
}
