/*
 * fuzz.h: what the fuzzers of the readers share.
 *
 * fuzz_<reader>.c is a libFuzzer target of a reader; what it starts from is in corpus/<reader>/.
 * An input is a file as the reader would find it; for readers of data two bytes of options come
 * first, of which "@@" are the defaults.
 */
#ifndef GF_FUZZ_H
#define GF_FUZZ_H

#include "table_read.h"
#include "gpufitcl.h"
#include "input.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* The path of a file in memory with those bytes; the next call changes it. */
const char *fuzz_file(const uint8_t *bytes, size_t count);

/* A file, read with the options of the first two bytes; what is read must keep its promises.
 * Returns 0, as targets do. */
int fuzz_path(const uint8_t *bytes, size_t count,
	gf_status (*read)(gf_dataset **data, const char *path, const struct read_options *options,
		gf_error *err));
int fuzz_input(const uint8_t *bytes, size_t count,
	gf_status (*read)(gf_dataset **data, struct input *in, const struct read_options *options,
		gf_error *err));

/* Ends the program, which libFuzzer takes for a crash. */
void fuzz_require(int holds);

#endif
