/* board_data.c: the problem's data on the device. */
#include "board.h"

#include <stdlib.h>
#include <string.h>

/* (N, targets) to (targets, y_stride), zeros behind the last row. */
static gf_status upload_targets(struct board *b, gf_error *err)
{
	const gf_dataset *data = b->problem.data;
	const size_t bytes = b->targets * b->y_stride * sizeof(float);
	gf_status status = buffer_new(&b->y, &b->dev, "y", bytes, err);
	float *y;
	size_t i, k;

	if (status || !data->y)
		return status;
	y = calloc(b->targets * b->y_stride, sizeof *y);
	if (!y)
		return gf_fail_memory(err, bytes, "targets");
	for (i = 0; i < data->rows; i++)
		for (k = 0; k < b->targets; k++)
			y[k * b->y_stride + i] = data->y[i * b->targets + k];
	status = run_write(&b->y, 0, y, bytes, err);
	free(y);
	return status;
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
static gf_status upload_shares(struct board *b, gf_error *err)
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
	status = buffer_new(&b->shares, &b->dev, "shares", bytes, err);
	if (!status)
		status = run_write(&b->shares, 0, shares, bytes, err);
	free(shares);
	return status;
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
