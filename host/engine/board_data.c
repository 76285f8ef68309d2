/* board_data.c: the problem's data on the device. */
#include "board.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Numbers to a buffer, or compared with what it holds. */
typedef gf_status transfer(
	struct board *b, struct buffer *buf, const void *numbers, size_t words, gf_error *err);

static gf_status send(
	struct board *b, struct buffer *buf, const void *numbers, size_t words, gf_error *err)
{
	(void)b;
	return run_write(buf, 0, numbers, words * sizeof(float), err);
}

/* (N, targets) to (targets, y_stride), zeros behind the last row. */
static gf_status transfer_targets(struct board *b, transfer *transfer, gf_error *err)
{
	const gf_dataset *data = b->problem.data;
	const size_t words = b->targets * b->y_stride;
	gf_status status;
	float *y;
	size_t i, k;

	if (!data->y)
		return GF_OK;
	y = calloc(words, sizeof *y);
	if (!y)
		return gf_fail_memory(err, words * sizeof *y, "targets");
	for (i = 0; i < data->rows; i++)
		for (k = 0; k < b->targets; k++)
			y[k * b->y_stride + i] = data->y[i * b->targets + k];
	status = transfer(b, &b->y, y, words, err);
	free(y);
	return status;
}

static gf_status upload_targets(struct board *b, gf_error *err)
{
	gf_status status = board_floats(b, &b->y, "y", b->targets * b->y_stride, err);

	return status ? status : transfer_targets(b, send, err);
}

/* Weights of rows, zeros behind the last. */
static gf_status upload_weights(struct board *b, gf_error *err)
{
	gf_status status;

	if (!b->problem.weights)
		return board_floats(b, &b->weights, "weights", 1, err);
	status = board_zeros(b, &b->weights, "weights", b->y_stride, err);
	return status ? status
		      : run_write(&b->weights, 0, b->problem.weights, b->rows * sizeof(float), err);
}

/* smooth (K), then hard (K): kernels/terms.cl. */
static gf_status transfer_shares(struct board *b, transfer *transfer, gf_error *err)
{
	const double smoothing = b->problem.loss_parameters.label_smoothing;
	const size_t K = b->outputs, bytes = 2 * K * sizeof(float);
	float *shares = malloc(bytes);
	gf_status status;
	size_t k;

	if (!shares)
		return gf_fail_memory(err, bytes, "the shares of classes");
	for (k = 0; k < K; k++) {
		const double w =
			b->problem.class_weights ? (double)b->problem.class_weights[k] : 1.0;

		shares[k] = (float)(w * smoothing / (double)K);
		shares[K + k] = (float)(w * (1.0 - smoothing));
	}
	status = transfer(b, &b->shares, shares, 2 * K, err);
	free(shares);
	return status;
}

static gf_status upload_shares(struct board *b, gf_error *err)
{
	gf_status status = board_floats(b, &b->shares, "shares", (size_t)2 * b->outputs, err);

	return status ? status : transfer_shares(b, send, err);
}

gf_status board_upload(struct board *b, gf_error *err)
{
	gf_status status = board_upload_x(b, err);

	if (!status)
		status = upload_targets(b, err);
	if (!status)
		status = upload_weights(b, err);
	return status ? status : upload_shares(b, err);
}

/* ---- read back ---- */

enum { READ_WORDS = 1 << 18 /* at a time */ };

static gf_status tell_other(const struct board *b, const struct buffer *buf, size_t word,
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
		b->dev.id.info.name, (double)values[0], bits[0], buf->name, word, (double)values[1],
		bits[1]);
}

gf_status board_same(
	struct board *b, struct buffer *buf, const void *numbers, size_t words, gf_error *err)
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
				status = tell_other(b, buf, first + i, found + i * width,
					wanted + (first + i) * width, err);
	}
	free(found);
	return status;
}

static gf_status audit_x(struct board *b, gf_error *err)
{
	const char *x = (const char *)b->problem.data->x;
	gf_status status = GF_OK;
	size_t i;

	/* Otherwise the buffers are the host's own memory. */
	for (i = 0; i < b->parts_count && !status && !b->dev.id.info.unified_memory; i++)
		status = board_same(b, &b->parts[i].x,
			x + b->parts[i].first * b->features * sizeof(float),
			b->parts[i].x.bytes / sizeof(float), err);
	return status;
}

gf_status board_audit(struct engine *engine, gf_error *err)
{
	struct board *b = (struct board *)engine;
	gf_status status = audit_x(b, err);

	if (!status)
		status = transfer_targets(b, board_same, err);
	if (!status && b->problem.weights)
		status = board_same(b, &b->weights, b->problem.weights, b->rows, err);
	return status ? status : transfer_shares(b, board_same, err);
}
