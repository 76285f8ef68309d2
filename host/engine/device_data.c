/* device_data.c: the problem's data on the device. */
#include "cl_engine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Numbers to a buffer, or compared with what it holds. */
typedef gf_status transfer(
	struct cl_engine *e, struct buffer *buf, const void *numbers, size_t words, gf_error *err);

static gf_status send(
	struct cl_engine *e, struct buffer *buf, const void *numbers, size_t words, gf_error *err)
{
	(void)e;
	return run_write(buf, 0, numbers, words * sizeof(float), err);
}

/* (N, targets) to (targets, y_stride), zeros behind the last row. */
static gf_status transfer_targets(struct cl_engine *e, transfer *transfer, gf_error *err)
{
	const gf_dataset *data = e->problem.data;
	const size_t words = e->targets * e->y_stride;
	gf_status status;
	float *y;
	size_t i, k;

	if (!data->y)
		return GF_OK;
	y = calloc(words, sizeof *y);
	if (!y)
		return gf_fail_memory(err, words * sizeof *y, "targets");
	for (i = 0; i < data->rows; i++)
		for (k = 0; k < e->targets; k++)
			y[k * e->y_stride + i] = data->y[i * e->targets + k];
	status = transfer(e, &e->y, y, words, err);
	free(y);
	return status;
}

static gf_status upload_targets(struct cl_engine *e, gf_error *err)
{
	gf_status status = cl_engine_floats(e, &e->y, "y", e->targets * e->y_stride, err);

	return status ? status : transfer_targets(e, send, err);
}

/* Weights of rows, zeros behind the last. */
static gf_status upload_weights(struct cl_engine *e, gf_error *err)
{
	gf_status status;

	if (!e->problem.weights)
		return cl_engine_floats(e, &e->weights, "weights", 1, err);
	status = cl_engine_zeros(e, &e->weights, "weights", e->y_stride, err);
	return status ? status
		      : run_write(&e->weights, 0, e->problem.weights, e->rows * sizeof(float), err);
}

/* smooth (K), then hard (K): kernels/terms.cl. */
static gf_status transfer_shares(struct cl_engine *e, transfer *transfer, gf_error *err)
{
	const double smoothing = e->problem.loss_parameters.label_smoothing;
	const size_t K = e->outputs, bytes = 2 * K * sizeof(float);
	float *shares = malloc(bytes);
	gf_status status;
	size_t k;

	if (!shares)
		return gf_fail_memory(err, bytes, "the shares of classes");
	for (k = 0; k < K; k++) {
		const double w =
			e->problem.class_weights ? (double)e->problem.class_weights[k] : 1.0;

		shares[k] = (float)(w * smoothing / (double)K);
		shares[K + k] = (float)(w * (1.0 - smoothing));
	}
	status = transfer(e, &e->shares, shares, 2 * K, err);
	free(shares);
	return status;
}

static gf_status upload_shares(struct cl_engine *e, gf_error *err)
{
	gf_status status = cl_engine_floats(e, &e->shares, "shares", (size_t)2 * e->outputs, err);

	return status ? status : transfer_shares(e, send, err);
}

gf_status device_upload(struct cl_engine *e, gf_error *err)
{
	gf_status status = device_upload_x(e, err);

	if (!status)
		status = upload_targets(e, err);
	if (!status)
		status = upload_weights(e, err);
	return status ? status : upload_shares(e, err);
}

/* ---- read back ---- */

enum { READ_WORDS = 1 << 18 /* at a time */ };

static gf_status tell_other(const struct cl_engine *e, const struct buffer *buf, size_t word,
	const void *found, const void *wanted, gf_error *err)
{
	uint32_t bits[2];
	float values[2];

	memcpy(&bits[0], found, sizeof bits[0]);
	memcpy(&bits[1], wanted, sizeof bits[1]);
	memcpy(values, bits, sizeof values);
	return gf_fail(err, GF_E_CHECK,
		"device %s holds %.9g (bits %08" PRIx32
		") in \"%s\" at %zu, and %.9g (bits %08" PRIx32 ") was sent there",
		e->dev.id.info.name, (double)values[0], bits[0], buf->name, word, (double)values[1],
		bits[1]);
}

gf_status device_same(
	struct cl_engine *e, struct buffer *buf, const void *numbers, size_t words, gf_error *err)
{
	const size_t most = words < READ_WORDS ? words : READ_WORDS, width = sizeof(float);
	const char *wanted = numbers;
	char *found = malloc(most * width);
	gf_status status = GF_OK;
	size_t first, some, i;

	if (!found)
		return gf_fail_memory(err, most * width, "what a device holds");
	for (first = 0; first < words && !status; first += some) {
		some = words - first < most ? words - first : most;
		status = run_read(buf, first * width, found, some * width, err);
		for (i = 0; i < some && !status; i++)
			if (memcmp(found + i * width, wanted + (first + i) * width, width) != 0)
				status = tell_other(e, buf, first + i, found + i * width,
					wanted + (first + i) * width, err);
	}
	free(found);
	return status;
}

static gf_status audit_x(struct cl_engine *e, gf_error *err)
{
	const char *x = (const char *)e->problem.data->x;
	gf_status status = GF_OK;
	size_t i;

	/* Otherwise the buffers are the host's own memory. */
	for (i = 0; i < e->parts_count && !status && !e->dev.id.info.unified_memory; i++)
		status = device_same(e, &e->parts[i].x,
			x + e->parts[i].first * e->features * sizeof(float),
			e->parts[i].x.bytes / sizeof(float), err);
	return status;
}

gf_status device_audit(struct engine *engine, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)engine;
	gf_status status = audit_x(e, err);

	if (!status)
		status = transfer_targets(e, device_same, err);
	if (!status && e->problem.weights)
		status = device_same(e, &e->weights, e->problem.weights, e->rows, err);
	return status ? status : transfer_shares(e, device_same, err);
}
