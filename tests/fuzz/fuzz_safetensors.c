/* fuzz_safetensors.c: fuzzes the reader of safetensors. */
#include "fuzz.h"
#include "safetensors.h"

static volatile float seen; /* volatile, so that no compiler leaves the reads out */

/* Reads every number. */
static void see_values(const struct safetensors *file)
{
	for (size_t i = 0; i < safetensors_count(file); i++) {
		const struct safetensors_tensor *tensor = safetensors_at(file, i);
		size_t count = 1;

		for (size_t r = 0; r < tensor->rank; r++)
			count *= tensor->shape[r];
		for (size_t j = 0; j < count; j++)
			seen = tensor->values[j];
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	gf_error err = {0};
	struct safetensors *file;
	gf_status status = safetensors_read(&file, fuzz_file(bytes, count), &err);

	fuzz_require(status == err.status && (status == GF_OK) == (file != NULL));
	if (file)
		see_values(file);
	safetensors_free(file);
	return 0;
}
