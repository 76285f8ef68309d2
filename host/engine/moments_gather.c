/*
 * moments_gather.c: moments about the means, made of the sums over all rows, for the host and for
 * the steps on the device.
 */
#include "moments_engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- about the means ---- */

/* Returns the number of rows whose weight is above 0. */
static size_t weighted_rows(const struct problem *p)
{
	size_t i, count = 0;

	if (!p->weights)
		return p->train_rows;
	for (i = 0; i < p->train_rows; i++)
		count += p->weights[i] > 0.0f;
	return count;
}

/* Returns the number of doubles in mean, reach and products together. */
static size_t moments_doubles(const struct cl_engine *e)
{
	const size_t columns = (size_t)e->features + e->outputs;

	return columns * (columns + 2);
}

static gf_status new_moments(struct moments *m, const struct cl_engine *e, gf_error *err)
{
	const size_t columns = (size_t)e->features + e->outputs, doubles = moments_doubles(e);

	m->features = e->features;
	m->targets = e->outputs;
	m->mean = malloc(doubles * sizeof(double));
	if (!m->mean)
		return gf_fail_memory(err, doubles * sizeof(double), "moments");
	m->reach = m->mean + columns;
	m->products = m->reach + columns;
	return GF_OK;
}

/*
 * Takes the means out of the sums.  With reach^2 = sum of weight d^2, |sum of weight d_a d_b| is at
 * most reach_a reach_b, and the sum errs by gamma(n) of that, where n is its depth; a column's own
 * sum S errs by gamma(n) sqrt(W) reach.  S_a S_b / W is no larger than reach_a reach_b; it errs by
 * three times gamma(n) of that, and by four more operations.
 */
static void center(const struct moments_state *state, const struct problem *p, const double *shifts,
	const double *node, struct moments *m)
{
	const size_t D = m->features, columns = D + m->targets;
	const double W = node[moments_at(&state->layout, D, columns, columns)];
	size_t a, b;

	m->rows = weighted_rows(p);
	m->weight = W;
	m->roundings = 4.0 * moments_depth(p, &state->layout) + 6.0;
	/* If all weights are 0, so are all sums. */
	for (a = 0; a < columns; a++) {
		const double sum = node[moments_at(&state->layout, D, a, columns)];
		const double off = W > 0.0 ? sum / W : 0.0;

		m->mean[a] = shifts[a] + off;
		m->reach[a] = sqrt(node[moments_at(&state->layout, D, a, a)]);
		for (b = 0; b < columns; b++)
			m->products[a * columns + b] =
				node[moments_at(&state->layout, D, a, b)] -
				off * node[moments_at(&state->layout, D, b, columns)];
	}
}

/* No rounding makes a sum of squares negative: a device that finds one is at fault, and no bound
 * can be made of its sums. */
static gf_status check_squares(const struct moments_state *state, const struct cl_engine *e,
	const double *node, gf_error *err)
{
	const size_t columns = state->layout.columns;
	size_t a;

	for (a = 0; a < columns; a++) {
		const double square = node[moments_at(&state->layout, e->features, a, a)];

		if (!(square >= 0.0 && isfinite(square)))
			return gf_fail(err, GF_E_CHECK,
				"engine moments: device %s finds %g for the sum of squares of "
				"column %zu of %zu",
				e->dev.id.info.name, square, a + 1, columns);
	}
	return GF_OK;
}

/* Products of a with b and of b with a may differ in their last bit, since off_a S_b is rounded
 * otherwise than off_b S_a. */
static void make_symmetric(struct moments *m)
{
	const size_t columns = m->features + m->targets;
	size_t a, b;

	for (a = 0; a < columns; a++)
		for (b = 0; b < a; b++)
			m->products[a * columns + b] = m->products[b * columns + a];
}

/* ---- the copy that steps on the device read ---- */

/* Either uploads doubles to a new buffer, or compares them with what the buffer holds. */
typedef gf_status transfer(struct buffer *buf, struct cl_engine *e, const char *name,
	const double *from, size_t count, gf_error *err);

static gf_status upload(struct buffer *buf, struct cl_engine *e, const char *name,
	const double *from, size_t count, gf_error *err)
{
	TRY(buffer_new(buf, &e->dev, name, count * sizeof *from, err));
	return run_write(buf, 0, from, count * sizeof *from, err);
}

static gf_status compare(struct buffer *buf, struct cl_engine *e, const char *name,
	const double *from, size_t count, gf_error *err)
{
	(void)e, (void)name;
	return device_same(buf, from, 2 * count, err);
}

/* Returns D rounded up to whole vectors. */
static size_t padded(size_t features)
{
	return (features + SUM_LANES - 1) / SUM_LANES * SUM_LANES;
}

/* Transfers rows [first, first + rows) of products: of each the columns of the features, then zeros
 * up to a whole vector. */
static gf_status transfer_rows(struct buffer *buf, struct cl_engine *e, const char *name,
	size_t first, size_t rows, transfer *transfer, gf_error *err)
{
	const struct moments *m = &e->moments_state->moments;
	const size_t D = m->features, columns = D + m->targets, width = padded(D);
	double *numbers = calloc(rows * width, sizeof *numbers);
	gf_status status;
	size_t i, j;

	if (!numbers)
		return gf_fail_memory(err, rows * width * sizeof *numbers, name);
	for (i = 0; i < rows; i++)
		for (j = 0; j < D; j++)
			numbers[i * width + j] = m->products[(first + i) * columns + j];
	status = transfer(buf, e, name, numbers, rows * width, err);
	free(numbers);
	return status;
}

static gf_status transfer_means(
	struct moments_state *state, struct cl_engine *e, transfer *transfer, gf_error *err)
{
	const struct moments *m = &state->moments;
	const size_t D = m->features, K = m->targets, columns = D + K, width = padded(D);
	double *means = calloc(width + 2 * K, sizeof *means);
	double *target_moments = means + width;
	gf_status status;
	size_t j, k;

	if (!means)
		return gf_fail_memory(err, (width + 2 * K) * sizeof *means, "means");
	for (j = 0; j < D; j++)
		means[j] = m->mean[j];
	for (k = 0; k < K; k++) {
		target_moments[2 * k] = m->mean[D + k];
		target_moments[2 * k + 1] = m->products[(D + k) * columns + D + k];
	}
	status = transfer(&state->mean, e, "means", means, width, err);
	if (!status)
		status = transfer(
			&state->target_moments, e, "means of targets", target_moments, 2 * K, err);
	free(means);
	return status;
}

static gf_status transfer_moments(
	struct moments_state *state, struct cl_engine *e, transfer *transfer, gf_error *err)
{
	const size_t D = e->features, K = e->outputs;

	TRY(transfer_rows(&state->gram, e, "gram", 0, D, transfer, err));
	TRY(transfer_rows(&state->xy, e, "xy", D, K, transfer, err));
	return transfer_means(state, e, transfer, err);
}

static gf_status upload_moments(struct moments_state *state, struct cl_engine *e, gf_error *err)
{
	const size_t K = e->outputs, doubles = K * padded(e->features);

	TRY(transfer_moments(state, e, upload, err));
	TRY(buffer_zeros(
		&state->t, &e->dev, "gram_product", doubles * sizeof(double) / sizeof(float), err));
	return buffer_floats(&state->sums, &e->dev, "root of moments",
		K * (e->sum_order.chunks + 2) * SUM_LANES, err);
}

/* ---- from rows to moments ---- */

/* node (T, 8, 8), shifts (8 G): scratch */
static gf_status compute_moments(struct cl_engine *e, struct moments_state *state,
	const double *shifts, double *node, struct moments *moments, gf_error *err)
{
	TRY(new_moments(moments, e, err));
	TRY(moments_sum(e, state, shifts, node, err));
	TRY(check_squares(state, e, node, err));
	center(state, &e->problem, shifts, node, moments);
	make_symmetric(moments);
	return GF_OK;
}

/* Fills new arrays of *moments, which the caller frees, also after a failure. */
static gf_status make_moments(
	struct cl_engine *e, struct moments_state *state, struct moments *moments, gf_error *err)
{
	const size_t doubles = state->layout.tiles * MOMENTS_TILE;
	double *node = malloc(doubles * sizeof *node);
	double *shifts = moments_shifts(&e->problem, &state->layout);
	gf_status status;

	if (node && shifts)
		status = compute_moments(e, state, shifts, node, moments, err);
	else
		status = gf_fail_memory(err, doubles * sizeof *node, "sums of products");
	free(shifts);
	free(node);
	return status;
}

gf_status moments_gather(struct cl_engine *e, struct moments_state *state, gf_error *err)
{
	TRY(make_moments(e, state, &state->moments, err));
	TRY(upload_moments(state, e, err));
	state->ready = 1;
	return GF_OK;
}

gf_status moments_copy(
	struct cl_engine *e, struct moments_state *state, const struct moments *from, gf_error *err)
{
	struct moments *m = &state->moments;

	TRY(new_moments(m, e, err));
	memcpy(m->mean, from->mean, moments_doubles(e) * sizeof *m->mean);
	m->rows = from->rows;
	m->weight = from->weight;
	m->roundings = from->roundings;
	TRY(upload_moments(state, e, err));
	state->ready = 1;
	return GF_OK;
}

static int same_moments(const struct moments *a, const struct moments *b, const struct cl_engine *e)
{
	return a->weight == b->weight &&
	       !memcmp(a->mean, b->mean, moments_doubles(e) * sizeof *a->mean);
}

gf_status moments_audit(struct cl_engine *e, struct moments_state *state, gf_error *err)
{
	struct moments again = {.mean = NULL};
	gf_status status = make_moments(e, state, &again, err);

	if (!status && !same_moments(&again, &state->moments, e))
		status = gf_fail(err, GF_E_CHECK,
			"engine moments: device %s finds other sums of products when it makes them "
			"once more",
			e->dev.id.info.name);
	free(again.mean);
	return status ? status : transfer_moments(state, e, compare, err);
}
