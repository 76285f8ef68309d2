/* delimiter.h: what stands between the fields of a line. */
#ifndef GF_DELIMITER_H
#define GF_DELIMITER_H

#include <stddef.h>

/* 1 where fields can be told apart by c: no quote, no line end, no part of a number. */
int delimiter_possible(char c);

/* State between calls; all zeros at the start of a file. */
struct blanks {
	int quoted;  /* inside quotes */
	int closed;  /* a quote has just ended; another one goes on with it */
	int inside;  /* the line has had a field */
	int pending; /* blanks not yet written: a separator only if a field follows */
};

/*
 * Makes of each run of spaces and tabs one space, and drops those at both ends
 * of a line; inside quotes all stays as it is.  Tables in columns come out as
 * what a CSV parser expects of the delimiter ' ', where each one separates.
 * Writes to out (length + 1), and returns how much.
 */
size_t blanks_collapse(struct blanks *blanks, char *out, const char *text, size_t length);

#endif
