/* explain.h: --trace and --explain: the numbers of one epoch, as tables. */
#ifndef GF_EXPLAIN_H
#define GF_EXPLAIN_H

#include "print.h"

/* --trace: prints the parameters, the outputs of the first rows, the loss and the gradient.  epoch
 * must have its parameters and outputs; params must have the training data. */
void trace_print(const struct param_table *params, const gf_config *config, const gf_epoch *epoch);

/* --explain: prints the formulas of one step of sgd on mse, each with its numbers in double beside
 * those that the device computed.  epoch must have its parameters and outputs.
 * GF_E_USAGE, GF_E_MEMORY. */
gf_status explain_print(const gf_dataset *data, gf_loss loss, const gf_epoch *epoch, gf_error *err);

#endif
