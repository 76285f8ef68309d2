#include "link.h"
#include "error.h"
#include "model.h"

#include <math.h>

size_t link_class(const gf_model *model, const float *z)
{
	size_t best = 0;

	if (model->outputs == 1)
		return z[0] > 0.0f;
	for (size_t k = 1; k < model->outputs; k++)
		if (z[k] > z[best])
			best = k;
	return best;
}

const char *gf_model_label(const gf_model *model, const float *z)
{
	return model && z && model->classes ? model->class_names[link_class(model, z)] : NULL;
}

/* exp never sees a positive argument, so that no z is beyond it. */
static double sigmoid(double z)
{
	double e = exp(-fabs(z));

	return (z >= 0.0 ? 1.0 : e) / (1.0 + e);
}

double gf_model_mean(const gf_model *model, float z)
{
	if (!model)
		return NAN;
	if (model->loss == GF_LOSS_poisson)
		return exp((double)z);
	if (model->loss == GF_LOSS_bce)
		return sigmoid((double)z);
	return (double)z;
}

static void softmax(const float *z, size_t count, double *p)
{
	double most = (double)z[0], sum = 0.0;

	for (size_t k = 1; k < count; k++)
		most = fmax(most, (double)z[k]);
	for (size_t k = 0; k < count; k++) {
		p[k] = exp((double)z[k] - most);
		sum += p[k];
	}
	for (size_t k = 0; k < count; k++)
		p[k] /= sum;
}

gf_status gf_model_probabilities(const gf_model *model, const float *z, double *p, gf_error *err)
{
	error_clear(err);
	if (ERROR_NULL(model, err) || ERROR_NULL(z, err) || ERROR_NULL(p, err))
		return GF_E_USAGE;
	if (model->classes == 0)
		return gf_fail(err, GF_E_USAGE,
			"the model has no probabilities of classes: it predicts numbers");
	if (loss_targets(model->loss) == TARGETS_TWO_CLASSES)
		return gf_fail(err, GF_E_USAGE,
			"the model has no probabilities: its loss, %s, gives none",
			loss_word(model->loss));
	if (model->loss == GF_LOSS_cross_entropy) {
		softmax(z, model->outputs, p);
	} else {
		p[0] = sigmoid(-(double)z[0]);
		p[1] = sigmoid((double)z[0]);
	}
	return GF_OK;
}
