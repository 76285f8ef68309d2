/* fuzz_formats.c: a file of any format, told apart by what is in it, and with labels in a file. */
#include "fuzz.h"
#include "large_index.h"
#include "table_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	return has_large_index(bytes, count) ? -1 : fuzz_path(bytes, count, table_read);
}
