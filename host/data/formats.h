/*
 * formats.h: the format of a data file, told by its contents: one of those that are read, or one of
 * those for which a message can say what helps.
 *
 * A new format is a line here, a line in the list of readers of table_read.c, and its test.
 */
#ifndef GF_FORMATS_H
#define GF_FORMATS_H

#include "gpufitcl.h"

#include <stddef.h>

/*	 word	ends of names, for a file that has nothing in it	in words */
#define GF_FORMAT_LIST(X)                                                                  \
	X(csv, ".csv .tsv .txt", "lines of fields: CSV, TSV, columns set apart by blanks") \
	X(npy, ".npy", "NumPy's array of numbers")                                         \
	X(svmlight, ".svmlight .libsvm .svm", "SVMlight's and LIBSVM's label index:value") \
	X(idx, ".idx -idx1-ubyte -idx2-ubyte -idx3-ubyte -idx4-ubyte", "MNIST's array of numbers")

#define GF_FORMAT_LINE(word, names, help) FORMAT_##word,

#define NPY_MAGIC "\x93NUMPY"

enum format { GF_FORMAT_LIST(GF_FORMAT_LINE) FORMAT_COUNT };

/* The format of a file that begins so, byte order mark and all; where bytes (count) are none, of
 * one with that name, .gz left out. */
enum format format_of(const char *bytes, size_t count, const char *name);

const char *format_word(enum format format);

/* GF_OK, or GF_E_DATA: "d.zst: zstd's compressed data; zstd -dc d.zst | gpufit - reads them". */
gf_status foreign_check(const char *bytes, size_t count, const char *name, gf_error *err);

#endif
