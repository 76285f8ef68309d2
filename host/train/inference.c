#include "inference.h"
#include "error.h"
#include "row_sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t inference_equations(const gf_model *model)
{
	return model->loss == GF_LOSS_cross_entropy ? model->outputs - 1 : model->outputs;
}

size_t inference_shared(const gf_model *model)
{
	return model->loss == GF_LOSS_cross_entropy ? model->outputs - 1 : 1;
}

/* ---- the parameters of centered columns ---- */

/* Adds the rows' features (D), and how many rows they are. */
static gf_status add_part(void *user, const struct part_rows *part, double *sum, gf_error *err)
{
	const struct design *d = user;
	const size_t D = d->data->features;

	(void)err;
	for (size_t i = part->first; i < part->first + part->rows; i++)
		if (design_weight(d, i) > 0.0) {
			const float *x = d->data->x + (d->rows ? d->rows[i] : i) * D;

			sum[D] += 1.0;
			for (size_t j = 0; j < D; j++)
				sum[j] += (double)x[j];
		}
	return GF_OK;
}

static gf_status find_means(struct inference *f, size_t D, gf_error *err)
{
	const struct row_sums rows = {.comm = f->design.comm,
		.rows = f->design.count,
		.numbers = D + 1,
		.work = (double)(D + 1),
		.add = add_part,
		.user = &f->design};
	double *sum = malloc(rows.numbers * sizeof *sum);
	gf_status status;

	if (!sum)
		return gf_fail_memory(err, rows.numbers * sizeof *sum, "means of features");
	status = row_sums_take(&rows, sum, err);
	for (size_t j = 0; j < D && !status; j++)
		f->center[j] = sum[D] > 0.0 ? sum[j] / sum[D] : 0.0;
	free(sum);
	return status;
}

/* Without a bias, columns must stay as they were in training. */
static gf_status find_center(struct inference *f, const gf_model *model, gf_error *err)
{
	const struct design *d = &f->design;
	const size_t D = model->features;

	if (model->standardization.center)
		memcpy(f->center, model->standardization.center, D * sizeof *f->center);
	return model->standardization.center || !d->has_bias ? GF_OK : find_means(f, D, err);
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

void inference_factorize(struct inference *f, const gf_model *model, double *B)
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

int inference_is_dropped(const struct inference *f, size_t column)
{
	const struct cholesky *c = &f->information.matrix;

	for (size_t place = c->rank; place < c->n; place++)
		if (c->order[place] == column)
			return 1;
	return 0;
}

/* ---- Newton's step ---- */

double inference_find_newton(struct inference *f)
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

/* ---- all ---- */

gf_status inference_new(struct inference *f, const gf_model *model, const gf_dataset *data,
	const struct train_data *t, gf_comm *comm, gf_error *err)
{
	const size_t D = model->features, n = D + (model->no_bias ? 0 : 1);
	const size_t E = inference_equations(model), doubles = D + 3 * E * n;

	*f = (struct inference){.design = {.loss = model->loss,
					.loss_parameters = model->parameters,
					.data = data,
					.rows = t->rows,
					.y = t->data->y,
					.weights = t->weights,
					.offset = t->data->offset,
					.count = t->train_rows,
					.targets = t->data->outputs,
					.has_bias = !model->no_bias,
					.comm = comm},
		.n = n,
		.equations = E,
		.center = calloc(doubles, sizeof *f->center)};
	if (!f->center)
		return gf_fail_memory(err, doubles * sizeof *f->center, "centered parameters");
	f->parameters = f->center + D;
	f->newton = f->parameters + E * n;
	f->v = f->newton + E * n;
	f->design.center = f->center;
	TRY(find_center(f, model, err));
	center_parameters(f, model);
	return GF_OK;
}

void inference_free(struct inference *f)
{
	free(f->center);
	*f = (struct inference){0};
}
