/* explain.h: --explain, the formulas of one step with the numbers put in, beside what the
 * device computed. */
#ifndef GF_EXPLAIN_H
#define GF_EXPLAIN_H

#include "gpufitcl.h"

/* step must bring its parameters and outputs. */
gf_status explain_print(const gf_dataset *data, gf_loss loss, const gf_epoch *step, gf_error *err);

#endif
