/* moments.h: means and sums of products of the rows that train, which engine moments computes. */
#ifndef GF_MOMENTS_H
#define GF_MOMENTS_H

#include <stddef.h>

/* The columns are the D features, then the K targets; sums are over the rows that train. */
struct moments {
	size_t features, targets; /* D, K */
	size_t rows;              /* rows whose weight is above 0 */
	double weight;            /* W: sum of the weights */
	double *mean;             /* (D + K) */
	double *products;         /* (D + K, D + K) sum of weight (a - mean of a)(b - mean of b) */
	/* (D + K); the product of a and b has an error of at most
	 * roundings 2^-53 reach_a reach_b. */
	double *reach;
	double roundings;
};

#endif
