/* null_model.h: the model whose weights are 0, with the bias that is best then: where a path of
 * penalties begins. */
#ifndef GF_NULL_MODEL_H
#define GF_NULL_MODEL_H

#include "model.h"
#include "train_data.h"

struct null_model {
	gf_model *model;  /* owned */
	double loss;      /* of the training rows */
	double saturated; /* the loss of a prediction of each target itself */
	double slope;     /* the largest |slope| of the loss along a weight */
};

/* Computes on the host, in double, from the rows that train (train_data_choose); config has a loss
 * of gf_path_run.  The caller frees it, also after a failure.
 * GF_E_DATA: the targets are constant.  GF_E_MEMORY. */
gf_status null_model_find(struct null_model *null, const gf_dataset *data,
	const struct chosen_rows *chosen, const gf_config *config, gf_error *err);
void null_model_free(struct null_model *null);

#endif
