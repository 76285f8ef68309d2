#include "native.h"

#include "clock.h"

#include <omp.h>

void native_loop(
	const float *x, const float *y, int n, int epochs, float lr, float *params, float *losses)
{
	float w = params[0], b = params[1];
	int e, i;

	for (e = 0; e < epochs; e++) {
		float loss = 0.0f, dw = 0.0f, db = 0.0f;

		for (i = 0; i < n; i++) {
			const float d = w * x[i] + b - y[i];

			loss += d * d;
			dw += 2.0f * d * x[i];
			db += 2.0f * d;
		}
		losses[e] = loss / (float)n;
		w -= lr * dw / (float)n;
		b -= lr * db / (float)n;
	}
	params[0] = w;
	params[1] = b;
}

float native_read(const float *x, size_t count)
{
	float sum = 0.0f;
	size_t i;

#pragma omp parallel for simd reduction(+ : sum) schedule(static)
	for (i = 0; i < count; i++)
		sum += x[i];
	return sum;
}

/* Chains enough to hide the latency of an instruction, few enough for the registers. */
#ifdef __AVX512F__
enum { CHAINS = 12 };
#else
enum { CHAINS = 6 };
#endif
enum { TURNS = 1000000 };

typedef float vector __attribute__((vector_size(64)));

static float multiply_add(float seed)
{
	vector a[CHAINS], m = {0}, sum = {0};
	int c, i;

	m = m + 0.5f;
	for (c = 0; c < CHAINS; c++)
		a[c] = m + seed * (float)c;
	for (i = 0; i < TURNS; i++)
#pragma GCC unroll 12
		for (c = 0; c < CHAINS; c++)
			a[c] = a[c] * m + m;
	for (c = 0; c < CHAINS; c++)
		sum += a[c];
	return sum[0] + sum[15];
}

double native_flops(void)
{
	const double start = clock_seconds();
	float sink = 0.0f;

#pragma omp parallel reduction(+ : sink)
	sink += multiply_add((float)omp_get_thread_num());
	return sink > 0.0f ? 2.0 * CHAINS * TURNS * 16 * omp_get_max_threads() /
				     (clock_seconds() - start)
			   : 0.0;
}
