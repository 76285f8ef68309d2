/*
 * columns.h: the columns of a table: their names, and which are features, targets, weights and
 * offsets.
 */
#ifndef GF_COLUMNS_H
#define GF_COLUMNS_H

#include "gpufitcl.h"
#include "data_report.h"
#include "text.h"
#include "texts.h"

struct read_options;

enum column_role {
	COLUMN_UNUSED,
	COLUMN_FEATURE,
	COLUMN_ONE_HOT, /* a feature that is made of words */
	COLUMN_TARGET,
	COLUMN_WEIGHT,
	COLUMN_OFFSET,
	COLUMN_EXCLUDED /* neither feature nor target; asking for it as one is an error */
};

struct column_list {
	size_t *at; /* owned; (count) columns from 0, in the order they were asked for */
	size_t count;
};

struct column_name {
	const char *name; /* borrowed */
	size_t column;
};

/* All zeros but files: nothing is known of the table yet. */
struct columns {
	const struct file_list *files; /* borrowed; for messages */
	size_t line;          /* of the header or, without one, of the first row; 0: no lines */
	int header;           /* 0: the names are made up */
	size_t has_row_names; /* 1: the first column names or counts the rows, and is a feature or
				 a target only if an option names it */
	int found_tabs;       /* 1: tabs separate the columns, which no option asked for */
	struct texts names;   /* owned; all different after columns_make_unique */
	size_t *same_name; /* owned; (names.count) or NULL: the column whose name a renamed column
			      had, else SIZE_MAX */
	struct column_list features, targets, weights, offsets;
	struct column_list one_hot; /* the features that are made of words */
	struct column_list excluded;
	struct column_list kept; /* of any role: their texts go to the output */

	struct column_name *by_name; /* owned; (names.count) sorted */
	enum column_role *roles;     /* owned; (names.count) */
};

/* If several columns have one name, all but the first get a number, as in pandas: x, x.1, x.2. */
gf_status columns_make_unique(struct columns *columns, gf_error *err);

/* Allocates the lists, the index by name and the roles; no column has a role yet. */
gf_status columns_index(struct columns *columns, gf_error *err);

/* Finds the column of that name; NULL: there is none. */
const struct column_name *columns_find(const struct columns *columns, const char *name);

/* The column's name in quotes. */
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

/* Adds columns to a list and gives them its role.  A column has one role, but COLUMN_ONE_HOT is for
 * columns that are features already, and a list of COLUMN_UNUSED leaves roles as they are. */
struct selection {
	struct columns *columns;  /* borrowed, as all below */
	struct column_list *list; /* columns are added to it */
	enum column_role role;
	const char *noun; /* what messages call a column of the list: "feature" */
	gf_error *err;
};

/* Adds "price,3-7,12"; or one name that has commas of its own; or several such lists, each in a
 * line of its own.  Text that is a column's name is not read as a number or a range.
 * GF_E_DATA: there is no such column, or it has another role. */
gf_status selection_add_list(const struct selection *s, const char *list);

/* Adds the columns of these names (count). */
gf_status selection_add_names(const struct selection *s, const char *const *names, size_t count);

/* Adds the last columns that have no role yet. */
gf_status selection_add_last(const struct selection *s, size_t count);

/* Adds all columns that have no role yet. */
gf_status selection_add_rest(const struct selection *s);

/* Fails with GF_E_DATA at the line of the header. */
gf_status selection_refuse(const struct selection *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Fills the lists, from the names and what options ask for or a model needs.
 * GF_E_DATA: the table lacks a column, or a column has two roles. */
gf_status columns_select(
	struct columns *columns, const struct read_options *options, gf_error *err);

#endif
