/* curvature.h: how steep the loss can be, and what that allows a learning rate to be. */
#ifndef GF_CURVATURE_H
#define GF_CURVATURE_H

#include "dataset.h"
#include "error.h"

/* Largest lr with which gradient descent on the mean squared error can converge: 2 /
 * lambda_max of its Hessian, which is (2/M) X^T X with a column of ones for the bias, the
 * same for every output.  By power iteration. */
gf_status curvature_lr_limit(double *lr, const gf_dataset *data, gf_error *err);

#endif
