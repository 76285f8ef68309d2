/*
 * checkpoints.h: the state of a training between two steps, and its file in the current folder.
 */
#ifndef GF_CHECKPOINTS_H
#define GF_CHECKPOINTS_H

#include "basics.h"

#include "checkpoint.h"

enum { P = 3, S = 2 };

#define PATH "run.ck"

/* "loss mse", "lr 0.5", "rows 7" */
extern const struct fingerprint FINGERPRINT;

/* The state of a training of P parameters. */
struct train_state new_state(size_t planes);

/* A state in which no two fields have the same number, with S planes. */
struct train_state some_state(void);

void write_state(const struct train_state *state);

/* Writes the file of some_state. */
void write_good(void);

/* Reads the checkpoint of a training with P parameters and S planes. */
gf_status read_path(const char *path, gf_error *err);

#endif
