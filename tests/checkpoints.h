/*
 * checkpoints.h: a training between two steps, and its file, in the current folder.
 */
#ifndef GF_CHECKPOINTS_H
#define GF_CHECKPOINTS_H

#include "basics.h"

#include "checkpoint.h"

enum { P = 3, S = 2 };

#define PATH "run.ck"

/* "loss mse", "lr 0.5", "rows 7" */
extern const struct fingerprint BELONGINGS;

/* The progress of a training of P parameters. */
struct progress new_progress(size_t planes);

/* All that can be told apart is another number; S planes. */
struct progress some_progress(void);

void write_progress(const struct progress *progress);

/* some_progress */
void write_good(void);

/* Reads the file as one of P and S. */
gf_status read_path(const char *path, gf_error *err);

#endif
