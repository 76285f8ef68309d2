/*
 * statistics.c: standard errors, tests and confidence intervals of a linear model.
 *
 *	A	the Fisher information of the parameters B (information.h), R = A scaled
 *	phi	dispersion: of mse (whose is the residual variance), gamma and tweedie Pearson's sum
 *		/ degrees of freedom; else 1
 *	variance of B_i			phi (A^-1)_ii
 *	variance of the bias at x = 0	phi v' A^-1 v, v = (1, -center): bias = B_0 - center . B
 *	Newton's step			A^-1 score; of mse it ends at the least squares, and of
 *					gamma and tweedie it is the step of Fisher's scoring
 *	its length in standard errors	sqrt(score' A^-1 score / phi), the largest of all sums of
 *					parameters (Scheffe's bound)
 *
 * Columns that depend on others are dropped, as R does.  Of each column of words that is its first
 * word, where possible: the other words then have their contrasts with the first.  What the model
 * has for the dropped column goes to those that it depends on, so that no output changes.
 */
#include "statistics.h"
#include "distribution.h"
#include "information.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The numbers of an inference; the arrays are parts of one block. */
struct inference {
	struct design design;
	struct information information; /* of the equations that are being looked at */
	size_t n;                       /* columns: D, and one more with a bias */
	size_t equations;               /* rows of coefficients */
	double *center;                 /* (D) */
	double *parameters;             /* (equations, n) of the columns x - center */
	double *newton;                 /* (equations n) at most: A^-1 score */
	double *v;                      /* (equations n) at most, scratch */
};

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

static size_t equations_of(const gf_model *model)
{
	return model->loss == GF_LOSS_cross_entropy ? model->outputs - 1 : model->outputs;
}

/* Returns the equations that share a likelihood. */
static size_t shared_equations(const gf_model *model)
{
	return model->loss == GF_LOSS_cross_entropy ? model->outputs - 1 : 1;
}

gf_status statistics_check_size(const gf_model *model, gf_error *err)
{
	const double columns = (double)model->features + (model->no_bias ? 0.0 : 1.0);
	const double parameters = columns * (double)shared_equations(model);

	if (parameters <= STATISTICS_PARAMETERS)
		return GF_OK;
	return gf_fail(err, GF_E_USAGE,
		"statistics: %.0f parameters; wanted: at most %d, since their information has as "
		"many rows and columns",
		parameters, STATISTICS_PARAMETERS);
}

/* ---- the parameters of centered columns ---- */

/* Without a bias, columns must stay as they were in training. */
static void find_center(struct inference *f, const gf_model *model)
{
	const struct design *d = &f->design;
	const size_t D = model->features;
	double rows = 0.0;

	if (model->standardization.center)
		memcpy(f->center, model->standardization.center, D * sizeof *f->center);
	if (model->standardization.center || !d->has_bias)
		return;
	for (size_t i = 0; i < d->count; i++)
		if (design_weight(d, i) > 0.0) {
			const float *x = d->data->x + (d->rows ? d->rows[i] : i) * D;

			rows += 1.0;
			for (size_t j = 0; j < D; j++)
				f->center[j] += ((double)x[j] - f->center[j]) / rows;
		}
}

/* Sets B (n) to the parameters of output k: own has those of (x - from) / scale. */
static void center_output(const struct inference *f, const gf_model *model, size_t k, double *B)
{
	const struct standardization *s = &model->standardization;
	const float *own = model_own_params(model);
	const size_t D = model->features, first = f->n - D;
	double bias = model->no_bias ? 0.0 : (double)own[model->outputs * D + k];

	for (size_t j = 0; j < D; j++) {
		const double weight = (double)own[k * D + j] / (s->center ? s->scale[j] : 1.0);

		B[first + j] = weight;
		bias += weight * (s->center ? 0.0 : f->center[j]);
	}
	if (first)
		B[0] = bias;
}

/* For cross_entropy, subtracts the parameters of class 0. */
static void center_parameters(struct inference *f, const gf_model *model)
{
	const size_t contrasts = model->loss == GF_LOSS_cross_entropy;

	for (size_t k = 0; k < f->equations; k++)
		center_output(f, model, k + contrasts, f->parameters + k * f->n);
	if (!contrasts)
		return;
	center_output(f, model, 0, f->v);
	for (size_t i = 0; i < f->equations * f->n; i++)
		f->parameters[i] -= f->v[i % f->n];
}

/* ---- columns that depend on others ---- */

/* Returns 1 if the feature is the first word of its column. */
static int is_first_word(const gf_model *model, size_t feature)
{
	size_t first = 0, c = 0;

	for (; c < model->encoding.count; c++) {
		const struct encoded *column = &model->encoding.columns[c];

		if (feature == first)
			return column->words != NULL;
		first += column->words ? column->count : 1;
		if (feature < first)
			return 0;
	}
	return 0;
}

/* Wants first words last, and otherwise the bias and then the features in their order. */
static void want_order(struct inference *f, const gf_model *model)
{
	const size_t all = f->information.matrix.n, first = f->n - model->features;
	size_t *order = f->information.matrix.order, count = 0;

	for (int last = 0; last < 2; last++)
		for (size_t i = 0; i < all; i++) {
			const size_t column = i % f->n;

			if (last == (column >= first && is_first_word(model, column - first)))
				order[count++] = i;
		}
}

/* Moves what B has for the column without a pivot at that place to the columns that it depends on.
 * B: (q n) of the equations that share the information. */
static void drop_column(struct inference *f, size_t place, double *B)
{
	const struct cholesky *c = &f->information.matrix;
	const size_t dropped = c->order[place];

	cholesky_dependency(c, place, f->v);
	for (size_t i = 0; i < c->rank; i++) {
		const size_t column = c->order[i];

		B[column] += f->v[i] * B[dropped] * c->scale[dropped] / c->scale[column];
	}
	B[dropped] = 0.0;
}

static void factorize(struct inference *f, const gf_model *model, double *B)
{
	struct cholesky *c = &f->information.matrix;

	cholesky_scale(c);
	cholesky_factorize(c);
	if (c->rank == c->n)
		return;
	want_order(f, model);
	cholesky_factorize_in_order(c);
	for (size_t place = c->rank; place < c->n; place++)
		drop_column(f, place, B);
}

/* Returns 1 if the column has no pivot. */
static int is_dropped(const struct cholesky *c, size_t column)
{
	for (size_t place = c->rank; place < c->n; place++)
		if (c->order[place] == column)
			return 1;
	return 0;
}

/* ---- Newton's step ---- */

/* Sets f->newton to A^-1 score; returns score' A^-1 score. */
static double find_newton(struct inference *f)
{
	struct cholesky *c = &f->information.matrix;
	double square = 0.0;

	for (size_t i = 0; i < c->n; i++)
		f->v[i] = f->information.score[i] / c->scale[i];
	cholesky_solve_refined(c, f->v, f->newton);
	for (size_t i = 0; i < c->n; i++) {
		square += f->newton[i] * f->v[i];
		f->newton[i] /= c->scale[i];
	}
	return fmax(square, 0.0);
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

/* Infers the sum of v_i B_i; v (q n), which is overwritten, is 0 in columns without a pivot. */
static gf_coefficient infer_sum(
	struct inference *f, const double *B, double *v, const struct inference_scale *s)
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
		if (!is_dropped(c, k * f->n + i))
			f->v[k * f->n + i] = i ? -f->center[i - 1] : 1.0;
	return infer_sum(f, B, f->v, s);
}

static gf_coefficient infer_column(
	struct inference *f, const double *B, size_t column, const struct inference_scale *s)
{
	const struct cholesky *c = &f->information.matrix;

	if (is_dropped(c, column))
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

/* Returns 1 after saying why there can be no statistics. */
static int is_impossible(const struct inference *f, const gf_model *model, const gf_goodness *g,
	char *why, size_t size)
{
	size_t class;

	if (information_separates(&f->information, &class))
		snprintf(why, size,
			"the features tell class %s from the others without an error, so the "
			"likelihood has no maximum: it rises for ever as parameters grow",
			model->classes ? quote_text(model->class_names[class]).text : "1");
	else if (!(g->df_residual > 0.0))
		snprintf(why, size, "there are as many parameters as rows");
	else if (f->information.matrix.rank == 0 || !isfinite(g->deviance))
		snprintf(why, size, "the outputs are too large for a likelihood");
	else
		return 0;
	return 1;
}

static gf_status infer_target(
	struct inference *f, struct result *r, const gf_model *model, size_t target, gf_error *err)
{
	const size_t first = r->base.fits == 1 ? 0 : target;
	gf_goodness *g = &r->fit[target];
	double square;

	TRY(information_add_rows(&f->information, &f->design, f->parameters + first * f->n, err));
	factorize(f, model, f->parameters + first * f->n);
	TRY(find_goodness(f, g, err));
	r->base.rows = (size_t)f->information.sums.rows;
	if (is_impossible(f, model, g, r->base.why, sizeof r->base.why))
		return GF_OK;
	square = find_newton(f);
	r->base.newton =
		fmax(r->base.newton, sqrt(square / (r->base.uses_t ? g->dispersion : 1.0)));
	infer_equations(f, r, first, target);
	return GF_OK;
}

static gf_status infer(struct inference *f, struct result *r, const gf_model *model, gf_error *err)
{
	gf_status status = GF_OK;

	for (size_t target = 0; target < r->base.fits && !status && !*r->base.why; target++) {
		status = information_new(
			&f->information, &f->design, shared_equations(model), target, err);
		if (!status)
			status = infer_target(f, r, model, target, err);
		information_free(&f->information);
	}
	if (*r->base.why)
		r->base.weight = r->base.bias = NULL;
	return status;
}

/* ---- all ---- */

static gf_status result_new(
	struct result **made, const gf_model *model, double level, gf_error *err)
{
	const size_t D = model->features, E = equations_of(model),
		     fits = E / shared_equations(model);
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

static gf_status inference_new(struct inference *f, const gf_model *model, const gf_dataset *data,
	const struct train_data *t, gf_error *err)
{
	const size_t D = model->features, n = D + (model->no_bias ? 0 : 1);
	const size_t E = equations_of(model), doubles = D + 3 * E * n;

	*f = (struct inference){.design = {.loss = model->loss,
					.loss_parameters = model->parameters,
					.data = data,
					.rows = t->rows,
					.y = t->data->y,
					.weights = t->weights,
					.count = t->train_rows,
					.targets = t->data->outputs,
					.has_bias = !model->no_bias},
		.n = n,
		.equations = E,
		.center = calloc(doubles, sizeof *f->center)};
	if (!f->center)
		return gf_fail_memory(err, doubles * sizeof *f->center, "centered parameters");
	f->parameters = f->center + D;
	f->newton = f->parameters + E * n;
	f->v = f->newton + E * n;
	f->design.center = f->center;
	find_center(f, model);
	center_parameters(f, model);
	return GF_OK;
}

gf_status statistics_find(gf_statistics **found, const gf_model *model, const gf_dataset *data,
	const struct train_data *train_data, double level, gf_error *err)
{
	struct inference f;
	struct result *r = NULL;
	gf_status status;

	*found = NULL;
	TRY(result_new(&r, model, level, err));
	status = inference_new(&f, model, data, train_data, err);
	if (!status)
		status = infer(&f, r, model, err);
	free(f.center);
	if (status)
		free(r);
	else
		*found = &r->base;
	return status;
}
