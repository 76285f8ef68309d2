/* statistics.h: inference about a trained linear model by its Fisher information. */
#ifndef GF_STATISTICS_H
#define GF_STATISTICS_H

#include "model.h"
#include "train_data.h"

enum { STATISTICS_PARAMETERS = 2048 /* of equations that share a likelihood, at most */ };

/* Gives a model of mse its prediction intervals, too.  *found is one block, for the caller to free;
 * if there are no statistics, its `why` says why.
 * data: the user's, with the features of the training rows.  comm: the ranks that share the sums,
 * or NULL.  GF_E_MEMORY, and what comm_gather returns. */
gf_status statistics_find(gf_statistics **found, gf_model *model, const gf_dataset *data,
	const struct train_data *train_data, double level, gf_comm *comm, gf_error *err);

/* Refuses a training that statistics do not fit, with the reason: GF_E_USAGE. */
gf_status statistics_check_config(const gf_config *config, gf_error *err);
gf_status statistics_check_size(const gf_model *model, gf_error *err);

#endif
