/* native.h: the work in C for this very processor, on all cores by OpenMP: a speed to reach. */
#ifndef GF_NATIVE_H
#define GF_NATIVE_H

#include <stddef.h>

/* Trains for epochs by gradient descent on the mse of n points, in a plain loop; params: w, b;
 * losses (epochs). */
void native_loop(
	const float *x, const float *y, int n, int epochs, float lr, float *params, float *losses);

/* Returns the sum of x (count), to read all of it. */
float native_read(const float *x, size_t count);

/* Copies bytes in pieces, each to the same place of the thread that copies it: to (threads,
 * piece). */
void native_copy(char *to, const void *from, size_t bytes, size_t piece);

size_t native_threads(void);

/* Floating point operations in registers a second, a fused multiply-add counting as two, with
 * the mix of multiply-adds and adds at which the processor is fastest: some have units for adds
 * alone. */
double native_flops(void);

/* Divisions of floats in registers a second. */
double native_divisions(void);

#endif
