/* larger.c: measures epochs over a file of 10 GB, by a process that may have 1 GB of its own. */
#include "bench.h"
#include "error.h"
#include "processes.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

static const char X[] = "build/bench.npy", Y[] = "build/bench_labels.npy";

enum { FEATURES = 100, BLOCK = 10000 /* rows, which come again and again */, EPOCHS = 3 };

#define EPOCHS_TEXT "3"

/* Writes an array whose numbers come again every `count` ones; returns -1 on an error. */
static int write_array(
	const char *path, size_t rows, size_t columns, const float *numbers, size_t count)
{
	FILE *file = fopen(path, "wb");
	const size_t total = rows * columns;
	char shape[118];
	size_t i;

	if (!file)
		return -1;
	snprintf(shape, sizeof shape,
		"{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", rows, columns);
	fprintf(file, "\x93NUMPY%c%cv%c%-117s\n", 1, 0, 0, shape);
	for (i = 0; i < total; i += count)
		fwrite(numbers, sizeof *numbers, total - i < count ? total - i : count, file);
	return fclose(file) ? -1 : 0;
}

static int write_files(size_t rows)
{
	static float x[BLOCK * FEATURES], y[BLOCK];
	unsigned state = 1;
	size_t i;

	for (i = 0; i < BLOCK * FEATURES; i++) {
		state = state * 1664525u + 1013904223u;
		x[i] = (float)(int)(state >> 8) / (float)(1 << 23) - 1.0f;
	}
	for (i = 0; i < BLOCK; i++)
		y[i] = x[i * FEATURES] - x[i * FEATURES + 1];
	return write_array(X, rows, FEATURES, x, BLOCK * FEATURES) ||
	       write_array(Y, rows, 1, y, BLOCK);
}

/* Takes the seconds of an epoch. */
static gf_status take_epoch(void *process, double *seconds, gf_error *err)
{
	struct process *p = process;
	const gf_status status = process_take(p, seconds, err);
	json_t *report = status ? NULL : json_loads(p->output, 0, NULL);

	*seconds = json_number_value(json_object_get(report, "train_seconds")) / EPOCHS;
	json_decref(report);
	if (!status && *seconds <= 0.0)
		return gf_fail(err, GF_E_IO, "%s: no train_seconds", p->argv[0]);
	return status;
}

static void train(struct bench *b, double bytes, const char *shape)
{
	const struct aim aims[AIMS] = {{AIM_SHARE, 0.8, NULL}};
	const struct heading h = {
		"P10", "epoch in 1 GB", shape, {"GB/s", bytes * 1e-9, RATE}, 0, aims};
	struct process ours = {
		.argv = {"prlimit", "--data=1000000000", b->gpufit, "-q", "--json", "--check",
			"off", "--engine", "streaming", "--epochs", EPOCHS_TEXT, "--labels", Y, X}};
	struct contest c = {.turns = 1};
	char path[sizeof X];

	memcpy(path, X, sizeof path);
	contest_add(&c, "gpufit", OURS, take_epoch, &ours);
	contest_add(&c, "reading its bytes", LIMIT, bench_take_bytes, path);
	bench_row(b, &h, &c);
}

/* Returns whether the disk has room for the file and as much again. */
static int has_room(double bytes)
{
	struct statvfs disk;

	return statvfs("build", &disk) == 0 &&
	       (double)disk.f_bavail * (double)disk.f_frsize > 2.0 * bytes;
}

void bench_larger(struct bench *b)
{
	const size_t rows = b->quick ? 100000 : 25000000;
	const double bytes = (double)rows * FEATURES * sizeof(float);
	char shape[64];

	if (!bench_wants(b, "P10"))
		return;
	snprintf(shape, sizeof shape, "%.3g GB, %zu x %d", bytes * 1e-9, rows, FEATURES);
	if (!has_room(bytes))
		figures_say("P10", "epoch in 1 GB", shape, "the disk has no room for the file");
	else if (write_files(rows))
		figures_say("P10", "epoch in 1 GB", shape, "the file cannot be written");
	else
		train(b, bytes, shape);
	remove(X);
	remove(Y);
}
