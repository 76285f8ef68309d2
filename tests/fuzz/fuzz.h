/*
 * fuzz.h: functions that the fuzzers of all readers share.
 *
 * fuzz_READER.c is a libFuzzer target; it starts from the files in corpus/READER/.  An input is
 * the file to read; for readers of data two bytes of options precede it, "@@" for the defaults.
 */
#ifndef GF_FUZZ_H
#define GF_FUZZ_H

#include "table_read.h"
#include "gpufitcl.h"
#include "input.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* Returns the path of a file in memory with those bytes, which the next call overwrites. */
const char *fuzz_file(const uint8_t *bytes, size_t count);

/* Reads a file with the options of its first two bytes, and requires of the data what dataset.h
 * promises.  Returns 0, as targets do. */
int fuzz_path(const uint8_t *bytes, size_t count,
	gf_status (*read)(gf_dataset **data, const char *path, const struct read_options *options,
		gf_error *err));
int fuzz_input(const uint8_t *bytes, size_t count,
	gf_status (*read)(gf_dataset **data, struct input *in, const struct read_options *options,
		gf_error *err));

/* Ends the program unless the condition holds, which libFuzzer reports as a crash. */
void fuzz_require(int holds);

#endif
