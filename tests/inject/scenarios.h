/*
 * scenarios.h: uses of the library from start to end, each of which is run with a call failing.
 *
 * A new one is a function in scenarios.c, its struct scenario, and a row in test_inject.c for each
 * kind of call that it makes.
 */
#ifndef GF_SCENARIOS_H
#define GF_SCENARIOS_H

#include "gpufitcl.h"

#include <stddef.h>

/* The file that scenarios save. */
#define MODEL "model.safetensors"

/* The results of a scenario; the caller frees data and model, which may be NULL. */
struct session {
	gf_dataset *data;
	gf_model *model;
	int saved; /* MODEL is the new one */
};

struct scenario {
	gf_status (*run)(struct session *s, gf_error *err);
	gf_status wanted;         /* when no call fails */
	const char *message;      /* part of its message then; NULL: there is none */
	const char *always_fails; /* a call that fails every time, or NULL */
	size_t dense; /* from this call on only some fail, each with a number half as large again
		       * as the one before; 0: every call fails once */
};

extern const struct scenario TRAIN_RESIDENT, PROFILE_RESIDENT, TRAIN_STREAMING, PROFILE_STREAMING,
	TRAIN_SPARSE, TRAIN_SPARSE_BATCHES, TRAIN_MOMENTS, OPEN_BESIDE, SEARCH_MOMENTS,
	SEARCH_REFERENCE, PATH, TRAIN_REFERENCE, INFER, DIVERGE, BUILD_FAILS, LOAD_AND_PREDICT,
	READ_LOAD_SAVE, EXPORT, READ_FORMATS, DECOMPRESS, TRAIN_AND_SAVE, EXPLAIN, LIST_DEVICES,
	SELFTEST;

/* ---- memory_scenarios.c ---- */

extern const struct scenario PREDICT_AGAIN, READ_ARROW, BORROW, TAKE_TURNS;

/* ---- cache_scenarios.c ---- */

extern const struct scenario USE_CACHE;

/* ---- sparse_scenarios.c ---- */

extern const struct scenario READ_SPARSE;

void sparse_scenarios_write_files(void);

/* Writes the files that scenarios read into the current folder. */
void scenarios_write_files(void);

#endif
