/* fuzz_svmlight.c: fuzzes the reader of svmlight. */
#include "fuzz.h"
#include "large_index.h"
#include "table_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	return has_large_index(bytes, count) ? -1 : fuzz_input(bytes, count, svmlight_read);
}
