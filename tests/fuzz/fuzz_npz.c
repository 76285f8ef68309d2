/* fuzz_npz.c: fuzzes the reader of .npz, and of the zip archive that it is. */
#include "fuzz.h"
#include "table_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	return fuzz_input(bytes, count, npz_read);
}
