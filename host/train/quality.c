/* quality.c: how good the result of a training is, in the numbers of gf_evaluate. */
#include "forward.h"
#include "metrics.h"
#include "training.h"

#include <math.h>
#include <stdlib.h>

/* Outputs at a time; and multiply-adds up to which the host is done before a device has built a
 * kernel. */
enum { PIECE_FLOATS = 1 << 20, HOST_WORK = 1 << 20 };

static gf_status outputs(struct training *t, const float *params, size_t first, size_t rows,
	int on_host, float *z, gf_error *err)
{
	if (!on_host)
		return engine_outputs(t->engine, params, first, rows, z, err);
	forward_outputs(&t->problem, params, first, rows, z);
	return GF_OK;
}

/* Both would give the same bits: it is a matter of time. */
static int is_for_host(const struct training *t, size_t rows)
{
	return t->engine->word != GF_ENGINE_reference &&
	       (double)rows * (double)t->progress.parameters <= (double)HOST_WORK;
}

static gf_status add_all(
	struct training *t, struct tally *tally, const float *params, gf_error *err)
{
	const size_t K = t->problem.outputs, end = tally->first + tally->rows;
	const size_t fit = PIECE_FLOATS / K + 1, most = fit < tally->rows ? fit : tally->rows;
	const int on_host = is_for_host(t, tally->rows);
	float *z = malloc(most * K * sizeof *z);
	gf_status status = GF_OK;
	size_t row, count;

	if (!z)
		return gf_fail_memory(err, most * K * sizeof *z, "outputs");
	for (row = tally->first; row < end && !status; row += count) {
		count = end - row < most ? end - row : most;
		status = outputs(t, params, row, count, on_host, z, err);
		if (!status)
			tally_add(tally, row, count, z);
	}
	free(z);
	return status;
}

/* Rows [first, first + rows) of the train data. */
static gf_status measure(struct training *t, const float *params, size_t first, size_t rows,
	double *r2, double *accuracy, gf_error *err)
{
	const gf_dataset *data = t->train_data.data;
	struct tally tally;
	size_t row;
	gf_status status;

	if (rows == 0 || !metrics_are_classes(t->model, data, first, rows, &row))
		return GF_OK;
	status = tally_begin(&tally, t->model, data, first, rows, err);
	if (!status)
		status = add_all(t, &tally, params, err);
	if (!status) {
		*r2 = tally_r2(&tally);
		*accuracy = tally_accuracy(&tally);
	}
	tally_end(&tally);
	return status;
}

gf_status training_measure(struct training *t, const float *params, gf_error *err)
{
	const size_t n = t->train_data.train_rows, others = t->train_data.data->rows - n;
	gf_report *r = t->report;
	gf_status status = GF_OK;

	/* What is not finite is told as a divergence. */
	if (!isfinite(r->loss))
		return GF_OK;
	status = measure(t, params, 0, n, &r->r2, &r->accuracy, err);
	if (!status)
		status = measure(t, params, n, others, &r->val_r2, &r->val_accuracy, err);
	return status;
}
