/* data_report.h: errors and notices of the readers of data files, and the place that they name. */
#ifndef GF_DATA_REPORT_H
#define GF_DATA_REPORT_H

#include "gpufitcl.h"
#include "text.h"

struct read_options;

enum { PLACE_PART_ROOM = QUOTE_ROOM + 80 }; /* a row and a column */

/* A message names the most precise place that it knows:
 *
 *	d.csv			d.csv: column 3 ("price")
 *	d.csv:17		d.csv:17: column 3 ("price")
 *	d.npy: row 17		d.npy: row 17, column 3
 */
struct data_place {
	const char *path; /* borrowed; the file as messages name it */
	size_t line;      /* of a text, counted from 1; 0: the message names no line */
	size_t row;       /* of a file without lines, counted from 1; 0: the message names no row */
	char part[PLACE_PART_ROOM]; /* of the line, row or file: a column; "": all of it */
};

/* The line of that file; line 0 is the file as a whole. */
struct data_place line_place(const char *path, size_t line);

/* ---- a table in several files ----
 *
 * Readers count lines, or the rows of files without lines, through all files: with two files of 10
 * lines, line 12 is line 2 of the second. */

struct listed_file {
	const char *name; /* borrowed; as messages name it */
	size_t before;    /* the lines or rows of the files before it */
};

struct file_list {
	const char *name;                /* borrowed; of the table: its only file, or "a.csv and 2 "
					    "more files" */
	const struct listed_file *files; /* borrowed; (count) that have been begun */
	size_t count;                    /* 0: there is one file */
	int by_row;                      /* 1: it has no lines, and messages count its rows */
};

/* Returns the name of the file that has this line or row of the table, and makes *number that of
 * the file.  0 stands for the table as a whole. */
const char *files_locate(const struct file_list *list, size_t *number);

/* The line, or with by_row the row, of the file that has this line of the table. */
struct data_place files_place(const struct file_list *list, size_t line);

struct line_name {
	char text[160];
};

/* A line as the middle of a message names it: "line 3", with by_row "row 3", and of several files
 * "line 3 of b.csv". */
struct line_name files_line(const struct file_list *list, size_t line);

/* ---- messages ---- */

/* Fails with GF_E_DATA: "PLACE: what was found; what was wanted". */
gf_status report_error(struct data_place place, gf_error *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Fails with GF_E_MEMORY: "PLACE: no memory for what was read". */
gf_status report_no_memory(struct data_place place, gf_error *err);

/* Tells the user something about the data that is not an error: "PLACE: what was found".
 * options may be NULL: then nobody is told. */
void report_notice(struct data_place place, const struct read_options *options, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* The ending of a plural: "" for 1, else "s". */
const char *plural_s(size_t count);

/* clang's analyser does not look into these functions: tell it that they never return GF_OK. */
#ifdef __clang_analyzer__
#define report_error(place, err, ...) (report_error(place, err, __VA_ARGS__), GF_E_DATA)
#define report_no_memory(place, err)  (report_no_memory(place, err), GF_E_MEMORY)
#endif

#endif
