/*
 * moments_gather.c: the sums of products over all rows, and what becomes of them.
 *
 * Columns are shifted before they are multiplied, by their mean over some of the rows, so that
 * taking their means out of the sums afterwards costs few digits: where those rows are a share p of
 * all, the square of what the shift misses the mean by is at most 1/p variances.
 */
#include "moments.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 4096 /* rows, evenly over all */ };

/* Buffers that are done with once the sums are there. */
struct making {
	struct buffer shift, scratch, nodes, folded[2];
};

/* ---- shifts ---- */

static double value_of(const struct problem *p, size_t row, size_t column)
{
	const size_t D = p->data->features;

	return column < D ? (double)p->data->x[row * D + column]
			  : (double)p->data->y[row * p->outputs + column - D];
}

/* As few bits as make it good: rounded to an eighth of the deviation or finer, so that what is
 * whole stays whole, and its products exact. */
static double rounded(double mean, double square)
{
	int exponent;
	double quantum;

	if (!(square > 0.0))
		return mean;
	(void)frexp(sqrt(square), &exponent);
	quantum = ldexp(1.0, exponent - 3);
	return rint(mean / quantum) * quantum;
}

static double shift_of(const struct problem *p, size_t column)
{
	const size_t N = p->train_rows, step = (N + SAMPLE - 1) / SAMPLE;
	const size_t rows = (N + step - 1) / step;
	const double count = (double)rows;
	double mean = 0.0, square = 0.0;
	size_t i;

	for (i = 0; i < N; i += step)
		mean += value_of(p, i, column) / count;
	for (i = 0; i < N; i += step) {
		const double d = value_of(p, i, column) - mean;

		square += d * d / count;
	}
	return rounded(mean, square);
}

double *moments_shifts(const struct problem *p, const struct moments_layout *l)
{
	double *shifts = calloc(l->groups * MOMENTS_GROUP, sizeof *shifts);
	size_t c;

	for (c = 0; shifts && c + 1 < l->columns; c++)
		shifts[c] = shift_of(p, c);
	return shifts;
}

/* ---- sums on the device ---- */

static gf_status doubles_new(
	struct buffer *buf, struct cl_engine *e, const char *name, size_t count, gf_error *err)
{
	return buffer_new(buf, &e->dev, name, count * sizeof(double), err);
}

static gf_status new_buffers(
	struct making *m, struct cl_engine *e, const struct moments_layout *l, gf_error *err)
{
	const size_t node = l->tiles * MOMENTS_TILE;
	const size_t part = (size_t)MOMENTS_PART * MOMENTS_GROUP;
	const size_t leaves = l->leaves < MOMENTS_LEAVES ? l->leaves : MOMENTS_LEAVES;
	const size_t runs = (l->leaves + MOMENTS_LEAVES - 1) / MOMENTS_LEAVES;
	const size_t more = (runs + MOMENTS_LEAVES - 1) / MOMENTS_LEAVES;
	gf_status status = doubles_new(
		&m->scratch, e, "parts", (size_t)MOMENTS_LEAVES * 2 * l->panel * part, err);

	if (!status)
		status = doubles_new(&m->nodes, e, "leaves", leaves * node, err);
	if (!status)
		status = doubles_new(&m->folded[0], e, "folded leaves", runs * node, err);
	return status ? status
		      : doubles_new(&m->folded[1], e, "leaves folded again", more * node, err);
}

static void free_buffers(struct making *m)
{
	buffer_free(&m->shift);
	buffer_free(&m->scratch);
	buffer_free(&m->nodes);
	buffer_free(&m->folded[0]);
	buffer_free(&m->folded[1]);
}

/* Work-items of `products` from number `from` on, in leaves that begin with `first`. */
struct pieces {
	cl_ulong first, from;
	cl_uint count;
};

static gf_status launch_products(struct gathered *g, struct cl_engine *e, const struct making *m,
	const struct pieces *p, size_t items, size_t bytes, gf_error *err)
{
	const struct moments_layout *l = &g->layout;
	const struct device_rows *rows = &e->data->all;
	const cl_ulong N = e->problem.train_rows, leaf_rows = l->leaf_rows;
	const cl_uint G = (cl_uint)l->groups, panel = (cl_uint)l->panel,
		      panels = (cl_uint)l->panels;
	const struct kernel_arg args[] = {ARG_MEM(rows->parts[0].x), ARG_MEM(rows->y),
		ARG_MEM(rows->weights), ARG_MEM(m->shift), ARG_MEM(m->scratch), ARG_MEM(m->nodes),
		ARG(N), ARG(rows->y_stride), ARG(e->features), ARG(e->outputs), ARG(G), ARG(panel),
		ARG(panels), ARG(leaf_rows), ARG(p->first), ARG(p->from), ARG(p->count)};

	return run_launch(&g->products, ARGS(args), items, bytes, err);
}

/* Computes the leaves from `first` on, as many as one fold takes. */
static gf_status make_leaves(struct gathered *g, struct cl_engine *e, const struct making *m,
	cl_ulong first, size_t leaves, gf_error *err)
{
	const struct moments_layout *l = &g->layout;
	const size_t all = leaves * l->panels * l->panels;
	const size_t bytes = device_data_bytes(e->data, leaves * l->leaf_rows);
	struct pieces pieces = {.first = first};
	gf_status status = GF_OK;

	for (; pieces.from < all && !status; pieces.from += MOMENTS_LEAVES) {
		const size_t left = all - pieces.from;

		pieces.count = (cl_uint)(left < MOMENTS_LEAVES ? left : MOMENTS_LEAVES);
		status = launch_products(
			g, e, m, &pieces, pieces.count, bytes * pieces.count / all, err);
	}
	return status;
}

static size_t runs_of(size_t leaves)
{
	return (leaves + MOMENTS_LEAVES - 1) / MOMENTS_LEAVES;
}

/* The runs of count leaves, to one node each. */
static gf_status fold(struct gathered *g, const struct buffer *in, struct buffer *out,
	cl_ulong count, cl_ulong at, size_t runs, gf_error *err)
{
	const cl_ulong size = g->layout.tiles * MOMENTS_GROUP;
	const struct kernel_arg args[] = {
		ARG_MEM(*in), ARG_MEM(*out), ARG(count), ARG(size), ARG(at)};

	return run_launch(&g->leaves, ARGS(args), runs * size,
		(count + runs) * size * MOMENTS_GROUP * sizeof(double), err);
}

gf_status moments_gather_none(struct cl_engine *e, struct gathered *g, gf_error *err)
{
	const struct making none = {.shift = e->none, .scratch = e->none, .nodes = e->none};
	const struct pieces pieces = {.count = 0};
	gf_status status = launch_products(g, e, &none, &pieces, 1, 0, err);

	return status ? status : fold(g, &e->none, &e->none, 0, 0, 1, err);
}

/* The whole tree; *root is where its root is. */
static gf_status make_tree(struct gathered *g, struct cl_engine *e, struct making *m,
	struct buffer **root, gf_error *err)
{
	const size_t leaves = g->layout.leaves;
	cl_ulong count, first;
	gf_status status = GF_OK;
	int from = 0;

	for (first = 0; first < leaves && !status; first += MOMENTS_LEAVES) {
		const size_t left = leaves - first;
		const size_t some = left < MOMENTS_LEAVES ? left : MOMENTS_LEAVES;

		status = make_leaves(g, e, m, first, some, err);
		if (!status)
			status = fold(g, &m->nodes, &m->folded[0], some, first / MOMENTS_LEAVES,
				runs_of(some), err);
	}
	count = runs_of(leaves);
	for (; count > 1 && !status; from = !from) {
		status =
			fold(g, &m->folded[from], &m->folded[!from], count, 0, runs_of(count), err);
		count = runs_of(count);
	}
	*root = &m->folded[from];
	return status;
}

/* node (T, 8, 8) of sums over all rows. */
static gf_status make_sums(
	struct gathered *g, struct cl_engine *e, const double *shifts, double *node, gf_error *err)
{
	struct making m = {.shift = {.mem = NULL}};
	struct buffer *root;
	const size_t shifted = g->layout.groups * MOMENTS_GROUP;
	gf_status status = doubles_new(&m.shift, e, "shifts", shifted, err);

	if (!status)
		status = run_write(&m.shift, 0, shifts, shifted * sizeof *shifts, err);
	if (!status)
		status = new_buffers(&m, e, &g->layout, err);
	if (!status)
		status = make_tree(g, e, &m, &root, err);
	if (!status)
		status =
			run_read(root, 0, node, g->layout.tiles * MOMENTS_TILE * sizeof *node, err);
	free_buffers(&m);
	return status;
}

/* ---- about the means ---- */

static size_t weighing_rows(const struct problem *p)
{
	size_t i, count = 0;

	if (!p->weights)
		return p->train_rows;
	for (i = 0; i < p->train_rows; i++)
		count += p->weights[i] > 0.0f;
	return count;
}

/* Doubles that mean, reach and products take together. */
static size_t doubles_of(const struct cl_engine *e)
{
	const size_t columns = (size_t)e->features + e->outputs;

	return columns * (columns + 2);
}

static gf_status new_moments(struct moments *m, const struct cl_engine *e, gf_error *err)
{
	const size_t columns = (size_t)e->features + e->outputs, doubles = doubles_of(e);

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
 * reach^2 = sum of weight d^2, so |sum of weight d_a d_b| <= reach_a reach_b, and the sum errs by
 * gamma(n) of that, n its depth; a column's own sum S by gamma(n) sqrt(W) reach.  S_a S_b / W, no
 * larger than reach_a reach_b, errs by three such, and by four operations more.
 */
static void center(const struct gathered *g, const struct problem *p, const double *shifts,
	const double *node, struct moments *m)
{
	const size_t D = m->features, columns = D + m->targets;
	const double W = node[moments_at(&g->layout, D, columns, columns)];
	size_t a, b;

	m->rows = weighing_rows(p);
	m->weight = W;
	m->roundings = 4.0 * moments_depth(p, &g->layout) + 6.0;
	/* Rows that weigh nothing have no mean, and no sums. */
	for (a = 0; a < columns; a++) {
		const double sum = node[moments_at(&g->layout, D, a, columns)];
		const double off = W > 0.0 ? sum / W : 0.0;

		m->mean[a] = shifts[a] + off;
		m->reach[a] = sqrt(node[moments_at(&g->layout, D, a, a)]);
		for (b = 0; b < columns; b++)
			m->products[a * columns + b] =
				node[moments_at(&g->layout, D, a, b)] -
				off * node[moments_at(&g->layout, D, b, columns)];
	}
}

/* No rounding makes a sum of squares less than nothing: then it is the device, and what it says is
 * no ground for a bound. */
static gf_status check_squares(
	const struct gathered *g, const struct cl_engine *e, const double *node, gf_error *err)
{
	const size_t columns = g->layout.columns;
	size_t a;

	for (a = 0; a < columns; a++) {
		const double square = node[moments_at(&g->layout, e->features, a, a)];

		if (!(square >= 0.0 && isfinite(square)))
			return gf_fail(err, GF_E_CHECK,
				"engine moments: device %s finds %g for the sum of squares of "
				"column %zu of %zu",
				e->dev.id.info.name, square, a + 1, columns);
	}
	return GF_OK;
}

/* off_a S_b and off_b S_a may differ in their last bit. */
static void make_symmetric(struct moments *m)
{
	const size_t columns = m->features + m->targets;
	size_t a, b;

	for (a = 0; a < columns; a++)
		for (b = 0; b < a; b++)
			m->products[a * columns + b] = m->products[b * columns + a];
}

/* ---- for steps on the device ---- */

/* Doubles to a buffer of their own, or compared with what it holds. */
typedef gf_status transfer(struct buffer *buf, struct cl_engine *e, const char *name,
	const double *from, size_t count, gf_error *err);

static gf_status give(struct buffer *buf, struct cl_engine *e, const char *name, const double *from,
	size_t count, gf_error *err)
{
	gf_status status = doubles_new(buf, e, name, count, err);

	return status ? status : run_write(buf, 0, from, count * sizeof *from, err);
}

static gf_status same(struct buffer *buf, struct cl_engine *e, const char *name, const double *from,
	size_t count, gf_error *err)
{
	(void)e, (void)name;
	return device_same(buf, from, 2 * count, err);
}

static size_t padded(size_t features)
{
	return (features + SUM_LANES - 1) / SUM_LANES * SUM_LANES;
}

/* Rows `first` .. of products, the columns of the features alone, zeros behind each. */
static gf_status transfer_rows(struct buffer *buf, struct cl_engine *e, const char *name,
	size_t first, size_t rows, transfer *transfer, gf_error *err)
{
	const struct moments *m = &e->gathered->moments;
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
	struct gathered *g, struct cl_engine *e, transfer *transfer, gf_error *err)
{
	const struct moments *m = &g->moments;
	const size_t D = m->features, K = m->targets, columns = D + K, width = padded(D);
	double *numbers = calloc(width + 2 * K, sizeof *numbers);
	double *tops = numbers + width;
	gf_status status;
	size_t j, k;

	if (!numbers)
		return gf_fail_memory(err, (width + 2 * K) * sizeof *numbers, "means");
	for (j = 0; j < D; j++)
		numbers[j] = m->mean[j];
	for (k = 0; k < K; k++) {
		tops[2 * k] = m->mean[D + k];
		tops[2 * k + 1] = m->products[(D + k) * columns + D + k];
	}
	status = transfer(&g->mean, e, "means", numbers, width, err);
	if (!status)
		status = transfer(&g->tops, e, "means of targets", tops, 2 * K, err);
	free(numbers);
	return status;
}

static gf_status transfer_moments(
	struct gathered *g, struct cl_engine *e, transfer *transfer, gf_error *err)
{
	const size_t D = e->features, K = e->outputs;
	gf_status status = transfer_rows(&g->gram, e, "gram", 0, D, transfer, err);

	if (!status)
		status = transfer_rows(&g->xy, e, "xy", D, K, transfer, err);
	return status ? status : transfer_means(g, e, transfer, err);
}

static gf_status give_moments(struct gathered *g, struct cl_engine *e, gf_error *err)
{
	const size_t K = e->outputs;
	gf_status status = transfer_moments(g, e, give, err);

	/* Two floats to a double. */
	if (!status)
		status = cl_engine_zeros(e, &g->t, "curve", 2 * K * padded(e->features), err);
	return status ? status
		      : cl_engine_floats(e, &g->sums, "root of moments",
				K * (e->sum_order.chunks + 2) * SUM_LANES, err);
}

/* Sums over all rows, and from them moments about the means, whose arrays are new. */
static gf_status make_moments(
	struct cl_engine *e, struct gathered *g, struct moments *moments, gf_error *err)
{
	const size_t doubles = g->layout.tiles * MOMENTS_TILE;
	double *node = malloc(doubles * sizeof *node);
	double *shifts = moments_shifts(&e->problem, &g->layout);
	gf_status status = GF_OK;

	if (!node || !shifts)
		status = gf_fail_memory(err, doubles * sizeof *node, "sums of products");
	if (!status)
		status = new_moments(moments, e, err);
	if (!status)
		status = make_sums(g, e, shifts, node, err);
	if (!status)
		status = check_squares(g, e, node, err);
	if (!status) {
		center(g, &e->problem, shifts, node, moments);
		make_symmetric(moments);
	}
	free(shifts);
	free(node);
	return status;
}

gf_status moments_gather(struct cl_engine *e, struct gathered *g, gf_error *err)
{
	gf_status status = make_moments(e, g, &g->moments, err);

	if (!status)
		status = give_moments(g, e, err);
	g->done = !status;
	return status;
}

gf_status moments_audit(struct cl_engine *e, struct gathered *g, gf_error *err)
{
	struct moments again = {.mean = NULL};
	gf_status status = make_moments(e, g, &again, err);

	if (!status && (again.weight != g->moments.weight ||
			       memcmp(again.mean, g->moments.mean,
				       doubles_of(e) * sizeof *again.mean) != 0))
		status = gf_fail(err, GF_E_CHECK,
			"engine moments: device %s finds other sums of products when it makes them "
			"once more",
			e->dev.id.info.name);
	free(again.mean);
	return status ? status : transfer_moments(g, e, same, err);
}
