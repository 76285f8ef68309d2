/* native.h: the same in C for this very processor, two cores by OpenMP: what there is to reach. */
#ifndef GF_NATIVE_H
#define GF_NATIVE_H

#include <stddef.h>

/* Epochs of mse over n points by gradient descent, a plain loop; params: w, b; losses (epochs). */
void native_loop(
	const float *x, const float *y, int n, int epochs, float lr, float *params, float *losses);

/* The sum of x (count), so that all of it is read. */
float native_read(const float *x, size_t count);

/* Operations on floats in registers, a second, of whichever mix of fused multiply-adds, each of
 * two operations, and adds the processor does most of: some have units of their own for adds. */
double native_flops(void);

/* Divisions of floats in registers, a second. */
double native_divisions(void);

#endif
