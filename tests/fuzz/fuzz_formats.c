/* fuzz_formats.c: fuzzes the detection of formats, with labels in a second file. */
#include "fuzz.h"
#include "large_index.h"
#include "table_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	return has_large_index(bytes, count) ? -1 : fuzz_path(bytes, count, table_read);
}
