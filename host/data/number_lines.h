/*
 * number_lines.h: lines of plain numbers and nothing else, read by several threads at once.
 *
 * Text is divided at line ends, and each thread fills its own part of out.  What is in a line does
 * not depend on any other, so what comes of it does not depend on the threads.
 */
#ifndef GF_NUMBER_LINES_H
#define GF_NUMBER_LINES_H

#include "plain_row.h"
#include "precision.h"

enum { NUMBER_PARTS = 8 };

struct number_lines {
	const struct plain_form *form; /* borrowed */
	const size_t *places;          /* borrowed; (columns) in a row of out, or width: not read */
	size_t columns, width;
	const struct precision *precision; /* borrowed; (width) so far */
};

/* Lines that follow each other. */
struct number_part {
	char *text, *end; /* borrowed; from a line's begin to a line's end */
	float *out;       /* borrowed; (rows, width) */
	size_t rows;      /* lines read: at the first that is another kind of line it stops */
	char *stop;       /* before that line, or end */
	struct precision *precision; /* borrowed; (width) set to what is in these lines */
};

/* Reads the lines from text to end, past a line feed, and returns how many parts they make; out has
 * room for a float for each two bytes of text. */
size_t number_lines_take(const struct number_lines *lines, char *text, char *end, float *out,
	struct number_part parts[NUMBER_PARTS]);

#endif
