/* fuzz_svmlight.c: fuzzes the reader of svmlight, with dense and with sparse rows. */
#include "fuzz.h"
#include "large_index.h"
#include "table_read.h"

static gf_status read_sparse(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err)
{
	struct read_options sparse = *options;

	sparse.sparse = 1;
	sparse.missing = GF_MISSING_error;
	sparse.encoding = NULL;
	return svmlight_read(data, in, &sparse, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	if (has_large_index(bytes, count))
		return -1;
	fuzz_input(bytes, count, read_sparse);
	return fuzz_input(bytes, count, svmlight_read);
}
