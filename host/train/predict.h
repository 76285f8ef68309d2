/*
 * predict.h: the outputs of a model for rows, by an engine that is open, and checked.
 *
 * gf_predict (predict.c) opens an engine for a dataset; gf_predictor (predictor.c) keeps one open
 * and brings it one set of rows after another.
 */
#ifndef GF_PREDICT_H
#define GF_PREDICT_H

#include "config.h"
#include "engine.h"
#include "model.h"

struct prediction {
	struct problem problem;  /* whose data are the rows, standardized if the model wants it */
	const gf_config *config; /* borrowed */
	const float *params;     /* borrowed; (P) model_own_params */
	int params_known;        /* 1: the engine had them at the call before */
	struct engine *engine;   /* whose problem has at least these rows */
	size_t before; /* rows that the caller has before these: messages count from there */
};

/* GF_E_USAGE: the config or the model does not allow predictions. */
gf_status predict_check(const gf_model *model, const gf_config *config, gf_error *err);

/* GF_E_DATA: the model takes another number of features. */
gf_status predict_check_features(const gf_model *model, size_t features, gf_error *err);

/* GF_E_DATA: the model needs offsets and there are none, or the other way about. */
gf_status predict_check_offset(const gf_model *model, int has_offset, gf_error *err);

/* Returns the problem of the outputs, which depend on no loss and no optimiser. */
struct problem predict_problem(const gf_model *model, const gf_dataset *data);

/* Opens an engine for the problem.  beside: an engine whose device it may share, or NULL. */
gf_status predict_open(struct engine **engine, const struct problem *problem,
	const gf_config *config, struct engine *beside, gf_error *err);

/* Computes outputs (N, K) without offsets, and checks them as config->check says.  GF_E_CHECK. */
gf_status predict_rows(const struct prediction *p, float *outputs, gf_error *err);

#endif
