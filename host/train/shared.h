/*
 * shared.h: what trainings on the same rows, one after the other, share: the rows as the engine
 * sees them, their copy on the device, the device's context and its programs.
 *
 *	struct shared shared = {.engine = NULL};
 *
 *	shared_fit(&shared, &model, data, &config, &report, &err);
 *	shared_drop_rows(&shared);
 *	shared_free(&shared);
 *
 * shared_fit may follow shared_fit; before data, config.validation_data or shared.chosen change,
 * the rows must be dropped.
 */
#ifndef GF_SHARED_H
#define GF_SHARED_H

#include "train_data.h"

struct engine;

struct shared {
	/* The rows of a fold, or none.  Those that validate are measured at the end; they choose no
	 * epoch.  Borrowed. */
	struct chosen_rows chosen;

	/* The members below belong to the functions. */
	struct engine *engine;        /* owned, retired, for the next one to be opened beside it */
	struct train_data train_data; /* owned; data NULL: none */
	int same_rows;                /* 1: the training that runs now has the rows of `engine` */
	gf_config config;             /* that made train_data */
	struct rng rng;               /* after it drew the split of train_data */
};

/* As gf_fit; model and report must not be NULL.  shared may be NULL. */
gf_status shared_fit(struct shared *shared, gf_model **model, const gf_dataset *data,
	const gf_config *config, gf_report *report, gf_error *err);

/* Forgets the rows, but not the device's programs. */
void shared_drop_rows(struct shared *shared);
void shared_free(struct shared *shared);

/* Returns the check of each of many trainings: auto would check every step of a short one, which
 * takes far longer than the steps, so it checks the first and the last.  The reference engine has
 * nothing to be checked against. */
static inline gf_check shared_check(const gf_config *config)
{
	const int chosen = config->check != GF_CHECK_auto || config->engine == GF_ENGINE_reference;

	return chosen ? config->check : GF_CHECK_ends;
}

/* ---- for fit.c; shared may be NULL but for shared_keep ---- */

/* Moves the kept rows to *train_data, and sets *rng as it was after they were drawn.  Returns 0,
 * and forgets them, if config makes other rows. */
int shared_take(struct shared *shared, struct train_data *train_data, const gf_config *config,
	struct rng *rng);

/* Notes how the rows that shared_keep will get were made. */
void shared_note(struct shared *shared, const gf_config *config, const struct rng *rng);

/* Takes over the engine of a training that has ended, or NULL, and its rows; empty if it failed
 * before it had any. */
void shared_keep(struct shared *shared, struct engine *engine, struct train_data *train_data);

#endif
