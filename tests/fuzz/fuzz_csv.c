/* fuzz_csv.c: fuzzes the reader of CSV, TSV and tables, with dense and with sparse rows. */
#include "fuzz.h"
#include "table_read.h"

static gf_status read_sparse(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err)
{
	struct read_options sparse = *options;

	sparse.sparse = 1;
	return csv_read(data, in, &sparse, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	fuzz_input(bytes, count, read_sparse);
	return fuzz_input(bytes, count, csv_read);
}
