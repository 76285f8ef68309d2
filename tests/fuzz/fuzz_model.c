/* fuzz_model.c: fuzzes the reader of model files. */
#include "fuzz.h"

#include <math.h>

static void check_layer(const gf_layer *layer)
{
	fuzz_require(layer->inputs > 0 && layer->outputs > 0);
	for (size_t i = 0; i < layer->outputs * layer->inputs; i++)
		fuzz_require(isfinite(layer->weight[i]));
	for (size_t i = 0; i < layer->outputs; i++)
		fuzz_require(isfinite(layer->bias[i]));
}

static void check_model(const gf_model *model)
{
	size_t d = gf_model_features(model), k = gf_model_outputs(model);
	size_t layers = gf_model_layers(model);

	fuzz_require(gf_model_layer(model, 0).inputs == d);
	fuzz_require(gf_model_layer(model, layers - 1).outputs == k);
	for (size_t i = 0; i < layers; i++) {
		const gf_layer layer = gf_model_layer(model, i);

		check_layer(&layer);
	}
	fuzz_require(gf_model_activation(model) <= GF_ACTIVATION_COUNT);
	fuzz_require(isfinite(gf_model_negative_slope(model)));
	for (size_t i = 0; i < d; i++)
		fuzz_require(gf_model_feature_name(model, i) != NULL);
	for (size_t i = 0; i < gf_model_classes(model); i++)
		fuzz_require(gf_model_class_name(model, i) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	gf_error err = {0};
	gf_model *model;
	gf_status status = gf_model_load(&model, fuzz_file(bytes, count), &err);

	fuzz_require(status == err.status && (status == GF_OK) == (model != NULL));
	if (model)
		check_model(model);
	gf_model_free(model);
	return 0;
}
