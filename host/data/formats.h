/*
 * formats.h: tells the format of a data file by its contents: a format that is read, or one for
 * which a message can say what helps.
 *
 * To add a format: a line of GF_FORMAT_LIST, what tells it in format_of, its reader, which
 * table_read.h declares and table_read.c lists, and a test.
 */
#ifndef GF_FORMATS_H
#define GF_FORMATS_H

#include "gpufitcl.h"

#include <stddef.h>

/*	 word	ends of names, for a file that is empty */
#define GF_FORMAT_LIST(X)                     \
	X(csv, ".csv .tsv .txt")              \
	X(npy, ".npy")                        \
	X(svmlight, ".svmlight .libsvm .svm") \
	X(npz, ".npz")                        \
	X(idx, ".idx -idx1-ubyte -idx2-ubyte -idx3-ubyte -idx4-ubyte")

#define GF_FORMAT_LINE(word, names) FORMAT_##word,

#define NPY_MAGIC "\x93NUMPY"

enum format { GF_FORMAT_LIST(GF_FORMAT_LINE) FORMAT_COUNT };

/* Tells the format by the file's first bytes (count), byte order mark included.  Where the file is
 * empty, its name tells, without .gz and its like. */
enum format format_of(const char *bytes, size_t count, const char *name);

/* Returns 1 for a zip archive that is no .npz file. */
int is_archive(const char *bytes, size_t count);

const char *format_word(enum format format);

/* GF_E_DATA: the file has a format that is not read; the message says what helps:
 * "d.7z: is a 7z archive, which is not read as it stands; 7z x -so d.7z | gpufit -". */
gf_status foreign_check(const char *bytes, size_t count, const char *name, gf_error *err);

#endif
