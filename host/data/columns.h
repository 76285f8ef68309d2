/*
 * columns.h: the columns of a table: their names, and which of them are features, targets, weights.
 */
#ifndef GF_COLUMNS_H
#define GF_COLUMNS_H

#include "gpufitcl.h"
#include "report.h"
#include "text.h"
#include "texts.h"

struct read_options;

enum column_role {
	COLUMN_UNUSED,
	COLUMN_FEATURE,
	COLUMN_ONE_HOT, /* a feature, and made of words */
	COLUMN_TARGET,
	COLUMN_WEIGHT,
	COLUMN_EXCLUDED /* neither feature nor target; it is an error to ask for it as one */
};

struct column_list {
	size_t *at; /* owned; (count) columns from 0, in the order they were asked for */
	size_t count;
};

struct column_name {
	const char *name; /* borrowed */
	size_t column;
};

/* All zeros: the table is not known yet. */
struct columns {
	const char *path;   /* borrowed, for messages */
	size_t line;        /* of the header or, without one, of the first row; 0: no lines */
	int header;         /* 0: the names are made up */
	size_t index;       /* 1: the first column names or counts the rows, and is neither feature
			       nor target unless it is asked for; 0: there is no such column */
	int by_tabs;        /* 1: tabs were found to divide the file, nobody asked for them */
	struct texts names; /* owned; all different after columns_make_unique */
	size_t *twins;      /* owned; (names.count) or NULL: of a column that has been renamed, the
			       first that keeps the name, else SIZE_MAX */
	struct column_list features, targets, weights;
	struct column_list one_hot; /* which of the features are words */
	struct column_list excluded;
	struct column_list kept; /* of any role */

	struct column_name *by_name; /* owned; (names.count) sorted */
	enum column_role *roles;     /* owned; (names.count) */
};

/* Where several columns have a name, all but the first get a number, as in pandas: x, x.1, x.2. */
gf_status columns_make_unique(struct columns *columns, gf_error *err);

/* Allocates the lists, the index by name and the roles for the names there are; no column has a
 * role yet. */
gf_status columns_index(struct columns *columns, gf_error *err);

/* The column of that name, or NULL. */
const struct column_name *columns_find(const struct columns *columns, const char *name);

struct quote columns_name(const struct columns *columns, size_t column);

/* A column as messages name it: column 3 ("price"), or column 3 where there is no header. */
struct column_label {
	char text[QUOTE_ROOM + 40];
};

struct column_label columns_label(const struct columns *columns, size_t column);

/* That column of that line; line 0 is the whole column. */
struct data_place columns_place(const struct columns *columns, size_t line, size_t column);

void columns_free(struct columns *columns);

/* ---- lists of columns, as options give them ---- */

/* A column has one role; but COLUMN_ONE_HOT is for columns that are features already, and with
 * COLUMN_UNUSED a column keeps the role it has. */
struct selection {
	struct columns *columns;  /* borrowed, as all below */
	struct column_list *list; /* of columns: what this one makes */
	enum column_role role;
	const char *noun; /* what messages call an item: feature, the model's target, ... */
	gf_error *err;
};

/* "price,3-7,12"; or, as a whole, one name with commas of its own; or several such lists, one a
 * line.  A name goes before the number or the range that it looks like. */
gf_status selection_take_list(const struct selection *choice, const char *list);

/* names (count) */
gf_status selection_take_names(
	const struct selection *choice, const char *const *names, size_t count);

/* The last of those that no list has yet. */
gf_status selection_take_last(const struct selection *choice, size_t count);

/* All that no list has yet. */
gf_status selection_take_rest(const struct selection *choice);

/* "path:line: " and what does not fit; returns GF_E_DATA. */
gf_status selection_refuse(const struct selection *choice, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Fills features and targets: path, line, header and names are given.
 * GF_E_USAGE: what options ask for is not to be had.  GF_E_DATA: what a model needs is not. */
gf_status columns_select(
	struct columns *columns, const struct read_options *options, gf_error *err);

#endif
