/* order_losses.c: each loss as in kernels/loss.cl and kernels/terms.cl, one row at a time. */
#include "order.h"

#include <math.h>

struct terms {
	float value, slope;
};

/* Value and slope of a loss at z and y; `by` is its number (beta, delta, ..). */
typedef struct terms loss_terms(float z, float y, float by);

static float sign(float d)
{
	return d < 0.0f ? -1.0f : d > 0.0f ? 1.0f : 0.0f;
}

static struct terms mse(float z, float y, float by)
{
	const float d = z - y;

	(void)by;
	return (struct terms){d * d, d + d};
}

static struct terms l1(float z, float y, float by)
{
	(void)by;
	return (struct terms){fabsf(z - y), sign(z - y)};
}

static struct terms smooth_l1(float z, float y, float beta)
{
	const float d = z - y, size = fabsf(d);

	if (size < beta)
		return (struct terms){
			order_divide(0.5f * size * size, beta), order_divide(d, beta)};
	return (struct terms){size - 0.5f * beta, sign(d)};
}

static struct terms huber(float z, float y, float delta)
{
	const float d = z - y, size = fabsf(d);

	if (size <= delta)
		return (struct terms){0.5f * size * size, d};
	return (struct terms){delta * (size - 0.5f * delta), delta * sign(d)};
}

static struct terms bce(float z, float y, float by)
{
	const float e = order_exp(-fabsf(z)), over = z < 0.0f ? e : 1.0f;
	const float line = fmaxf(z, 0.0f) - z * y;

	(void)by;
	return (struct terms){line + order_log1p_exp(-fabsf(z)), order_divide(over, 1.0f + e) - y};
}

static struct terms poisson(float z, float y, float by)
{
	const float rate = order_exp(z);

	(void)by;
	return (struct terms){rate - y * z, rate - y};
}

static struct terms hinge(float z, float y, float by)
{
	const float gap = 1.0f - y * z;

	(void)by;
	return (struct terms){fmaxf(gap, 0.0f), gap > 0.0f ? -y : 0.0f};
}

static struct terms squared_hinge(float z, float y, float by)
{
	const float gap = fmaxf(1.0f - y * z, 0.0f);

	(void)by;
	return (struct terms){gap * gap, -2.0f * y * gap};
}

static struct terms epsilon_insensitive(float z, float y, float epsilon)
{
	const float d = z - y;

	return (struct terms){fmaxf(fabsf(d) - epsilon, 0.0f), fabsf(d) > epsilon ? sign(d) : 0.0f};
}

static struct terms quantile(float z, float y, float q)
{
	const float d = z - y;

	return (struct terms){fmaxf((1.0f - q) * d, -q * d), d < 0.0f   ? -q
							     : d > 0.0f ? 1.0f - q
									: 0.0f};
}

static struct terms gamma_terms(float z, float y, float by)
{
	const float e = order_exp(-z);

	(void)by;
	return (struct terms){fmaf(y, e, z), fmaf(-y, e, 1.0f)};
}

static struct terms tweedie(float z, float y, float power)
{
	const float up = 2.0f - power, down = power - 1.0f;
	const float rise = order_exp(up * z), fall = order_exp(-down * z);
	const float value = order_divide(rise, up);

	if (!(y > 0.0f))
		return (struct terms){value, rise};
	return (struct terms){fmaf(y, order_divide(fall, down), value), fmaf(-y, fall, rise)};
}

static struct terms terms_of(const struct problem *p, float z, float y)
{
	static loss_terms *const losses[GF_LOSS_COUNT] = {mse, l1, smooth_l1, huber, bce, NULL,
		poisson, hinge, squared_hinge, epsilon_insensitive, quantile, gamma_terms, tweedie};
	struct loss_parameters parameters = p->loss_parameters;
	double *by;

	return losses[p->loss](z, y, loss_parameter(p->loss, &parameters, &by) ? (float)*by : 0.0f);
}

/* ---- cross entropy ---- */

static float smooth_share(const struct problem *p, size_t k)
{
	const double w = p->class_weights ? (double)p->class_weights[k] : 1.0;

	return (float)(w * p->loss_parameters.label_smoothing / (double)p->outputs);
}

static float hard_share(const struct problem *p, size_t k)
{
	const double w = p->class_weights ? (double)p->class_weights[k] : 1.0;

	return (float)(w * (1.0 - p->loss_parameters.label_smoothing));
}

static void cross_entropy(
	const struct problem *p, size_t class, const float *z, float *value, float *slope)
{
	float top = z[0], sum = 0.0f, soft = 0.0f;
	size_t k;

	for (k = 1; k < p->outputs; k++)
		top = fmaxf(top, z[k]);
	for (k = 0; k < p->outputs; k++) {
		sum = sum + order_exp(z[k] - top);
		soft = soft + smooth_share(p, k);
	}
	for (k = 0; k < p->outputs; k++) {
		const float c = smooth_share(p, k) + (k == class ? hard_share(p, k) : 0.0f);
		const float probability = order_exp(z[k] - top) * order_divide(1.0f, sum);

		value[k] = c * (order_log(sum) - (z[k] - top));
		slope[k] = (soft + hard_share(p, class)) * probability - c;
	}
}

/* ---- a row ---- */

void order_losses(const struct problem *p, size_t row, const float *z, float *value, float *slope)
{
	const float *y = p->data->y + row * p->data->outputs;
	size_t k;

	if (p->loss == GF_LOSS_cross_entropy)
		cross_entropy(p, (size_t)y[0], z, value, slope);
	for (k = 0; k < p->outputs; k++) {
		if (p->loss != GF_LOSS_cross_entropy) {
			const float *offset = p->data->offset;
			const struct terms t =
				terms_of(p, offset ? z[k] + offset[row] : z[k], y[k]);

			value[k] = t.value;
			slope[k] = t.slope;
		}
		if (p->weights) {
			value[k] = value[k] * p->weights[row];
			slope[k] = slope[k] * p->weights[row];
		}
	}
}
