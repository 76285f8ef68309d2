#include "native.h"

#include <omp.h>
#include <string.h>
#include <time.h>

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

size_t native_threads(void)
{
	return (size_t)omp_get_max_threads();
}

void native_copy(char *to, const void *from, size_t bytes, size_t piece)
{
	const size_t pieces = bytes / piece;
	size_t i;

#pragma omp parallel for schedule(static)
	for (i = 0; i < pieces; i++)
		memcpy(to + (size_t)omp_get_thread_num() * piece, (const char *)from + i * piece,
			piece);
}

/* ---- the limits of the processor, in registers ---- */

/* Vectors as wide as the processor has them, and chains of operations: enough of them to hide
 * the latency of an operation, few enough for the registers.  Wider vectors would go through
 * memory. */
#if defined(__AVX512F__)
enum { VECTOR_BYTES = 64, CHAINS = 24 };
#elif defined(__AVX__)
enum { VECTOR_BYTES = 32, CHAINS = 14 };
#else
enum { VECTOR_BYTES = 16, CHAINS = 14 };
#endif
enum { LANES = VECTOR_BYTES / sizeof(float), TURNS = 100000 };

typedef float vector __attribute__((vector_size(VECTOR_BYTES)));

/* One turn of a chain: that many fused multiply-adds and adds, or a division. */
struct mix {
	int fused, added, divided;
};

static inline __attribute__((always_inline)) float turns(const struct mix mix, float seed)
{
	vector a[CHAINS], half = {0}, sum = {0};
	int c, i, n;

	half = half + 0.5f;
	for (c = 0; c < CHAINS; c++)
		a[c] = half + seed * (float)c;
	for (i = 0; i < TURNS; i++)
#pragma GCC unroll 24
		for (c = 0; c < CHAINS; c++) {
			for (n = 0; n < mix.fused; n++)
				a[c] = a[c] * half + half;
			for (n = 0; n < mix.added; n++)
				a[c] = a[c] + half;
			for (n = 0; n < mix.divided; n++)
				a[c] = half / a[c];
		}
	for (c = 0; c < CHAINS; c++)
		sum += a[c];
	return sum[0] + sum[LANES - 1];
}

/* Compiled for each mix, with all of its numbers in registers. */
static float fused_only(float seed)
{
	return turns((struct mix){1, 0, 0}, seed);
}

static float two_fused_one_added(float seed)
{
	return turns((struct mix){2, 1, 0}, seed);
}

static float one_fused_one_added(float seed)
{
	return turns((struct mix){1, 1, 0}, seed);
}

static float divided_only(float seed)
{
	return turns((struct mix){0, 0, 1}, seed);
}

static double thread_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Turns of all chains and lanes in a second, on all cores: each thread counts the time that it
 * had a core, so that other work on the machine does not lower the limit.  The best of a few
 * tries. */
static double turns_a_second(float (*work)(float))
{
	double best = 0.0;
	int i;

	for (i = 0; i < 5; i++) {
		double rate = 0.0;

#pragma omp parallel reduction(+ : rate)
		{
			const double start = thread_seconds();
			volatile float sink = work((float)omp_get_thread_num() + 1.0f);

			(void)sink;
			rate += (double)CHAINS * LANES * TURNS / (thread_seconds() - start);
		}
		best = rate > best ? rate : best;
	}
	return best;
}

double native_flops(void)
{
	const double rates[] = {2.0 * turns_a_second(fused_only),
		5.0 * turns_a_second(two_fused_one_added),
		3.0 * turns_a_second(one_fused_one_added)};
	const double most = rates[0] > rates[1] ? rates[0] : rates[1];

	return most > rates[2] ? most : rates[2];
}

double native_divisions(void)
{
	return turns_a_second(divided_only);
}
