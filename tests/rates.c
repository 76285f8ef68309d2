#include "rates.h"

#include <math.h>
#include <string.h>

struct settings settings_of(const struct update *u)
{
	const struct settings s = {.lr = 0.02,
		.momentum = u->momentum ? 0.9 : 0.0,
		.dampening = u->momentum && !u->nesterov ? 0.3 : 0.0,
		.weight_decay = 0.05,
		.betas = {0.85, 0.97},
		.eps = 1e-7,
		.alpha = 0.95,
		.lr_decay = 0.1,
		.clip = u->clip_norm ? 0.4 : 0.15};

	return s;
}

/* The bias corrections are those of step t. */
static void adam_rates(const struct settings *s, double t, double *rates)
{
	rates[RATE_LR] = s->lr / (1.0 - pow(s->betas[0], t));
	rates[RATE_KEEP] = s->betas[0];
	rates[RATE_FRESH] = 1.0 - s->betas[0];
	rates[RATE_KEEP2] = s->betas[1];
	rates[RATE_ROOT] = 1.0 / sqrt(1.0 - pow(s->betas[1], t));
}

void rates_of(
	const struct update *u, const struct settings *s, size_t t, double scale, double *rates)
{
	memset(rates, 0, RATES * sizeof *rates);
	rates[RATE_SCALE] = scale;
	rates[RATE_LR] = s->lr;
	rates[RATE_KEEP] = s->momentum;
	rates[RATE_FRESH] = t == 1 ? 1.0 : 1.0 - s->dampening;
	rates[RATE_KEEP2] = s->alpha;
	rates[RATE_DECAY] = s->weight_decay;
	rates[RATE_EPS] = s->eps;
	rates[RATE_SHRINK] = s->lr * s->l1;
	rates[RATE_L2] = s->l2;
	rates[RATE_CLIP] = s->clip;
	rates[RATE_AVERAGE] = 1.0 / (double)t;
	if (u->optimizer == GF_OPTIMIZER_adam || u->optimizer == GF_OPTIMIZER_adamw)
		adam_rates(s, (double)t, rates);
	if (u->optimizer == GF_OPTIMIZER_adamw)
		rates[RATE_DECAY] = 1.0 - s->lr * s->weight_decay;
	if (u->optimizer == GF_OPTIMIZER_adagrad)
		rates[RATE_LR] = s->lr / (1.0 + (double)(t - 1) * s->lr_decay);
	rates[RATE_FRESH2] = 1.0 - rates[RATE_KEEP2];
}
