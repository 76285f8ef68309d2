/* fuzz_model.c: fuzzes the reader of model files. */
#include "fuzz.h"

#include <math.h>

static void check_model(const gf_model *model)
{
	size_t d = gf_model_features(model), k = gf_model_outputs(model);

	fuzz_require(d > 0 && k > 0);
	for (size_t i = 0; i < d * k; i++)
		fuzz_require(isfinite(gf_model_weight(model)[i]));
	for (size_t i = 0; i < k; i++)
		fuzz_require(isfinite(gf_model_bias(model)[i]));
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
