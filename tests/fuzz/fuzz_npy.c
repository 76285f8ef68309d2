/* fuzz_npy.c: fuzzes the reader of .npy. */
#include "fuzz.h"
#include "table_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	return fuzz_input(bytes, count, npy_read);
}
