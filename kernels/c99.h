/*
 * c99.h: what a model exported as C has beside the functions of math.cl and sigmoids.cl: the sums,
 * in the order of README.md, and the conversions that OpenCL C has built in.
 *
 * Valid C99.  host/model/export_c.c writes the text of these functions (c99.awk).
 */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static float as_float(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

static uint32_t as_uint(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof bits);
	return bits;
}

static int32_t as_int(float value)
{
	return (int32_t)as_uint(value);
}

static int32_t min(int32_t a, int32_t b)
{
	return a < b ? a : b;
}

/* One output of a linear model: w x + b.  The bits of a sum depend on its order: feature j is added
 * to lane j mod lanes, and the lanes are added by halving. */
static float linear_output(const float *w, const float *x, int features, int lanes, float b)
{
	float lane[16] = {0.0f};
	int j, l, n;

	for (j = 0; j < features; j++)
		lane[j % lanes] = fmaf(w[j], x[j], lane[j % lanes]);
	for (n = lanes / 2; n > 0; n /= 2)
		for (l = 0; l < n; l++)
			lane[l] = lane[l] + lane[l + n];
	return lane[0] + b;
}

/* One output of a network's layer: w a + b.  The bits of a sum depend on its order: the inputs are
 * summed in chunks of 256, and the chunks one after the other. */
static float dense_output(const float *w, const float *a, int inputs, float b)
{
	float sum = 0.0f, chunk;
	int first, i;

	for (first = 0; first < inputs; first += 256) {
		chunk = 0.0f;
		for (i = first; i < inputs && i < first + 256; i++)
			chunk = fmaf(a[i], w[i], chunk);
		sum = first == 0 ? chunk : sum + chunk;
	}
	return sum + b;
}

/* The feature that a model was trained on: (x - center) / scale in double, rounded to a float, or
 * to the largest one. */
static float standardized(float x, double center, double scale)
{
	const double s = (x - center) / scale;

	return s > FLT_MAX ? FLT_MAX : s < -FLT_MAX ? -FLT_MAX : (float)s;
}

/* 1 / (1 + exp(-z)): exp never sees a positive argument, so it cannot overflow. */
static double sigmoid(double z)
{
	const double e = exp(-fabs(z));

	return (z >= 0.0 ? 1.0 : e) / (1.0 + e);
}
