/* fuzz_csv.c: fuzzes the reader of CSV, TSV and tables. */
#include "fuzz.h"
#include "table_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	return fuzz_input(bytes, count, csv_read);
}
