/* fuzz_idx.c: fuzzes the reader of IDX. */
#include "fuzz.h"
#include "table_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	return fuzz_input(bytes, count, idx_read);
}
