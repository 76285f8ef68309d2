#include "information.h"
#include "error.h"
#include "row_sums.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row, and the rows of a tile, with which a pass over the information is made.  The arrays are
 * parts of one block. */
struct row {
	double *z;      /* (q) outputs */
	double *slope;  /* (q) r */
	double *curve;  /* (q, q) G; its lower triangle is set */
	double *p;      /* (q + 1) probabilities of softmax */
	size_t count;   /* rows in the tile */
	double *a;      /* (TILE, n) their columns */
	double *curves; /* (TILE, q, q) their weights times G */

	/* The sums of a part (row_sums.h), to which rows are added. */
	double *part;  /* (q n, q n) the information; its lower triangle */
	double *score; /* (q n) */
	struct family_sums *sums;
};

enum { TILE = 16 };

/* ---- allocation ---- */

static int is_softmax(const struct design *d)
{
	return d->loss == GF_LOSS_cross_entropy;
}

static size_t classes_of(const struct design *d, size_t equations)
{
	if (is_softmax(d))
		return equations + 1;
	return d->loss == GF_LOSS_bce ? 2 : 0;
}

gf_status information_new(struct information *f, const struct design *design, size_t equations,
	size_t target, gf_error *err)
{
	const size_t n = design_columns(design), all = equations * n;
	const size_t classes = classes_of(design, equations);

	*f = (struct information){.n = n, .q = equations, .target = target, .classes = classes};
	TRY(cholesky_new(&f->matrix, all, "the Fisher information", err));
	f->score = calloc(all, sizeof *f->score);
	f->separated = malloc(classes * classes + 1);
	if (f->score && f->separated)
		return GF_OK;
	return gf_fail_memory(err, all * sizeof *f->score, "the slope of the log-likelihood");
}

void information_free(struct information *f)
{
	cholesky_free(&f->matrix);
	free(f->score);
	free(f->separated);
	*f = (struct information){0};
}

static gf_status row_new(struct row *r, const struct information *f, gf_error *err)
{
	const size_t q = f->q, n = f->n;
	const size_t doubles = 3 * q + 1 + q * q + TILE * (n + q * q);

	*r = (struct row){.z = calloc(doubles, sizeof *r->z)};
	if (!r->z)
		return gf_fail_memory(err, doubles * sizeof *r->z, "a part of the information");
	r->slope = r->z + q;
	r->p = r->slope + q;
	r->curve = r->p + q + 1;
	r->a = r->curve + q * q;
	r->curves = r->a + TILE * n;
	return GF_OK;
}

/* ---- a row ---- */

static float target_of(const struct information *f, const struct design *d, size_t row)
{
	return d->y[row * d->targets + f->target];
}

static void take_columns(const struct design *d, size_t row, double *a)
{
	const size_t D = d->data->features;
	const float *x = d->data->x + (d->rows ? d->rows[row] : row) * D;

	if (d->has_bias)
		*a++ = 1.0;
	for (size_t j = 0; j < D; j++)
		a[j] = (double)x[j] - d->center[j];
}

/* a (n): the columns of the row */
static void compute_outputs(
	const struct information *f, const double *parameters, const double *a, struct row *r)
{
	for (size_t k = 0; k < f->q; k++) {
		r->z[k] = 0.0;
		for (size_t i = 0; i < f->n; i++)
			r->z[k] += parameters[k * f->n + i] * a[i];
	}
}

/* Sets p (q + 1) to the probabilities of class 0, whose output is 0, and of the others; returns the
 * logarithm of that of class y. */
static double softmax(const double *z, size_t q, size_t y, double *p)
{
	double largest = 0.0, sum;

	for (size_t k = 0; k < q; k++)
		largest = fmax(largest, z[k]);
	sum = p[0] = exp(-largest);
	for (size_t k = 0; k < q; k++) {
		p[k + 1] = exp(z[k] - largest);
		sum += p[k + 1];
	}
	for (size_t k = 0; k <= q; k++)
		p[k] /= sum;
	return (y ? z[y - 1] : 0.0) - largest - log(sum);
}

static struct family_terms softmax_terms(const struct information *f, size_t y, struct row *r)
{
	const double likelihood = softmax(r->z, f->q, y, r->p);
	const double *p = r->p + 1;
	double pearson = -1.0;

	/* The sum over k of (1 if k = y - p_k)^2 / p_k is 1 / p_y - 1. */
	pearson += exp(-likelihood);
	for (size_t k = 0; k < f->q; k++) {
		r->slope[k] = (k + 1 == y ? 1.0 : 0.0) - p[k];
		for (size_t l = 0; l <= k; l++)
			r->curve[k * f->q + l] = p[k] * ((k == l ? 1.0 : 0.0) - p[l]);
	}
	return (struct family_terms){
		.log_likelihood = likelihood, .deviance = -2.0 * likelihood, .pearson = pearson};
}

static double offset_at(const struct design *d, size_t row)
{
	return d->offset ? (double)d->offset[row] : 0.0;
}

/* The terms of row i, whose z is without its offset. */
static struct family_terms row_terms(
	const struct information *f, const struct design *d, size_t i, struct row *r)
{
	const float y = target_of(f, d, i);
	struct family_terms terms;

	if (is_softmax(d))
		return softmax_terms(f, (size_t)y, r);
	terms = family_of(d->loss)->terms(&d->loss_parameters, *r->z + offset_at(d, i), (double)y);
	*r->slope = terms.score;
	*r->curve = terms.information;
	return terms;
}

/* ---- separation ---- */

static double output_of(const double *z, size_t class)
{
	return class ? z[class - 1] : 0.0;
}

/* Clears the pairs of classes that the row does not separate by its features, whatever its
 * offset. */
static void note_separation(struct information *f, const double *z, float y)
{
	const size_t K = f->classes;

	for (size_t a = 0; a < f->classes; a++)
		for (size_t b = 0; b < K; b++) {
			const double above = output_of(z, a) - output_of(z, b);

			if (!(a == (size_t)y ? above > 0.0 : above < 0.0))
				f->separated[a * K + b] = 0;
		}
}

int information_separates(const struct information *f, size_t *class)
{
	for (size_t i = 0; i < f->classes * f->classes; i++)
		if (f->separated[i]) {
			*class = i / f->classes;
			return 1;
		}
	return 0;
}

/* ---- the sums ---- */

/* Adds block (k, l) of all rows of the tile, in their order.  A row of the information stays near
 * the processor while the rows of the tile go by.  Of block (k, k) only the lower triangle is
 * needed. */
static void add_block(const struct information *f, struct row *r, size_t k, size_t l)
{
	const size_t n = f->n, q = f->q;

	for (size_t i = 0; i < n; i++) {
		double *restrict to = r->part + (k * n + i) * q * n + l * n;
		const size_t end = l < k ? n : i + 1;

		for (size_t t = 0; t < r->count; t++) {
			const double *restrict a = r->a + t * n;
			const double scaled = r->curves[(t * q + k) * q + l] * a[i];

			for (size_t j = 0; j < end; j++)
				to[j] += scaled * a[j];
		}
	}
}

static void end_tile(const struct information *f, struct row *r)
{
	for (size_t k = 0; k < f->q; k++)
		for (size_t l = 0; l <= k; l++)
			add_block(f, r, k, l);
	r->count = 0;
}

/* Adds row i, whose weight is above 0, to the sums, and to the tile. */
static void add_row(struct information *f, const struct design *d, const double *parameters,
	size_t i, struct row *r)
{
	const size_t n = f->n, q = f->q;
	const double weight = design_weight(d, i);
	double *a = r->a + r->count * n, *curves = r->curves + r->count * q * q;
	struct family_terms terms;

	take_columns(d, i, a);
	compute_outputs(f, parameters, a, r);
	terms = row_terms(f, d, i, r);
	family_add(r->sums, &terms, weight);
	note_separation(f, r->z, target_of(f, d, i));
	for (size_t k = 0; k < q; k++)
		for (size_t j = 0; j < n; j++)
			r->score[k * n + j] += weight * r->slope[k] * a[j];
	for (size_t k = 0; k < q * q; k++)
		curves[k] = weight * r->curve[k];
	if (++r->count == TILE)
		end_tile(f, r);
}

/* A pass over the rows. */
struct row_pass {
	struct information *f; /* borrowed, as all */
	const struct design *design;
	const double *parameters; /* (q, n) */
	struct row row;
};

static gf_status add_part(void *user, const struct part_rows *part, double *sum, gf_error *err)
{
	struct row_pass *p = user;
	const size_t all = p->f->q * p->f->n;

	(void)err;
	p->row.part = sum;
	p->row.score = sum + all * all;
	p->row.sums = (struct family_sums *)(p->row.score + all);
	for (size_t i = part->first; i < part->first + part->rows; i++)
		if (design_weight(p->design, i) > 0.0)
			add_row(p->f, p->design, p->parameters, i, &p->row);
	end_tile(p->f, &p->row);
	return GF_OK;
}

/* Looks at targets alone, which is quickly done.  A share is no class. */
static void note_targets(struct information *f, const struct design *d)
{
	int found = 0;

	for (size_t i = 0; i < d->count; i++) {
		const float y = target_of(f, d, i);

		if (!(design_weight(d, i) > 0.0))
			continue;
		if (!found++)
			f->first_target = y;
		f->targets_vary |= y != f->first_target;
		if (y != floorf(y))
			f->classes = 0;
	}
}

/* Leaves the pairs of classes that no rank's rows clear. */
static gf_status merge_separated(struct information *f, gf_comm *comm, gf_error *err)
{
	const size_t R = comm_size(comm), pairs = f->classes * f->classes;
	char *all = malloc(R * pairs + 1);
	gf_status status;

	if (!all)
		return gf_fail_memory(err, R * pairs, "pairs of classes");
	status = comm_gather_each(comm, "pairs of classes", f->separated, pairs, all, err);
	for (size_t i = 0; i < R * pairs && !status; i++)
		if (!all[i])
			f->separated[i % pairs] = 0;
	free(all);
	return status;
}

static void mirror(struct cholesky *c)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t j = 0; j < i; j++)
			c->matrix[j * c->n + i] = c->matrix[i * c->n + j];
}

/* A number of the scaled matrix is a sum of products whose magnitudes add up to 1 at most
 * (Cauchy, Schwarz): each is rounded five times, then in the sums of a part and over parts.  A sum
 * of columns that was rounded to float is off by 2^-24 of itself, which leaves a pivot of the
 * square of that: it counts as 0, too. */
static double rounding_error(const struct design *d)
{
	return fmax((row_sums_depth(d->count) + 8.0) * 0x1p-53, 0x1p-48);
}

static void take_sums(struct information *f, const double *sum)
{
	const size_t all = f->q * f->n;

	memcpy(f->matrix.matrix, sum, all * all * sizeof *sum);
	memcpy(f->score, sum + all * all, all * sizeof *sum);
	memcpy(&f->sums, sum + all * all + all, sizeof f->sums);
	mirror(&f->matrix);
}

static gf_status add_rows(
	struct row_pass *p, double *sum, const struct row_sums *rows, gf_error *err)
{
	TRY(row_sums_take(rows, sum, err));
	take_sums(p->f, sum);
	p->f->matrix.error = rounding_error(p->design);
	return row_sums_are_shared(rows) ? merge_separated(p->f, rows->comm, err) : GF_OK;
}

gf_status information_add_rows(
	struct information *f, const struct design *design, const double *parameters, gf_error *err)
{
	const size_t all = f->q * f->n;
	struct row_pass pass = {.f = f, .design = design, .parameters = parameters};
	const struct row_sums rows = {.comm = design->comm,
		.rows = design->count,
		.numbers = all * all + all + sizeof f->sums / sizeof(double),
		.work = (double)all * (double)all / 2.0,
		.add = add_part,
		.user = &pass};
	double *sum = malloc(rows.numbers * sizeof *sum);
	gf_status status;

	if (!sum)
		return gf_fail_memory(err, rows.numbers * sizeof *sum, "the information");
	note_targets(f, design);
	memset(f->separated, 1, f->classes * f->classes);
	status = row_new(&pass.row, f, err);
	if (!status)
		status = add_rows(&pass, sum, &rows, err);
	free(pass.row.z);
	free(sum);
	return status;
}

/* ---- the model without features ---- */

/* Sets z (q) to the logarithms of the classes' shares over that of class 0. */
static void best_classes(const struct information *f, const struct design *d, double *z)
{
	double first = 0.0;

	for (size_t i = 0; i < d->count; i++) {
		const size_t class = (size_t)target_of(f, d, i);

		*(class ? z + class - 1 : &first) += design_weight(d, i);
	}
	for (size_t k = 0; k < f->q; k++)
		z[k] = log(z[k] / first);
}

/* Starts from the link of the mean less the mean offset, which is best if all offsets are the same
 * or the link is the identity, and goes on by Fisher's scoring until steps are of the size of
 * roundings.  A step of 1 changes mu by a factor of e: longer ones may be too long. */
enum { SCORING_STEPS = 100 };
#define SCORING_END 1e-12

static void best_bias(const struct information *f, const struct design *d, struct row *r)
{
	double sum = 0.0, offsets = 0.0, weights = 0.0, step = INFINITY;

	for (size_t i = 0; i < d->count; i++) {
		sum += design_weight(d, i) * (double)target_of(f, d, i);
		offsets += design_weight(d, i) * offset_at(d, i);
		weights += design_weight(d, i);
	}
	*r->z = family_of(d->loss)->link(sum / weights) - offsets / weights;
	for (int n = 0; d->offset && n < SCORING_STEPS && fabs(step) > SCORING_END; n++) {
		double score = 0.0, information = 0.0;

		for (size_t i = 0; i < d->count; i++) {
			row_terms(f, d, i, r);
			score += design_weight(d, i) * *r->slope;
			information += design_weight(d, i) * *r->curve;
		}
		step = score / information;
		*r->z += fmax(-1.0, fmin(1.0, step));
	}
}

gf_status information_null(struct family_sums *sums, const struct information *f,
	const struct design *d, gf_error *err)
{
	struct row r;

	TRY(row_new(&r, f, err));
	if (d->has_bias && is_softmax(d))
		best_classes(f, d, r.z);
	else if (d->has_bias)
		best_bias(f, d, &r);
	for (size_t i = 0; i < d->count; i++) {
		const double weight = design_weight(d, i);
		const struct family_terms terms = row_terms(f, d, i, &r);

		if (weight > 0.0)
			family_add(sums, &terms, weight);
	}
	free(r.z);
	return GF_OK;
}
