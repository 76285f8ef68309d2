/* columns.h: the columns of a table: their names, and which are features and which targets. */
#ifndef GF_COLUMNS_H
#define GF_COLUMNS_H

#include "excerpt.h"
#include "gpufitcl.h"
#include "texts.h"

enum column_role {
	COLUMN_UNUSED,
	COLUMN_FEATURE,
	COLUMN_ONE_HOT, /* a feature, and made of words */
	COLUMN_TARGET,
	COLUMN_WEIGHT,
	COLUMN_EXCLUDED /* no feature, and no target, unless one of these lists has it */
};

struct column_list {
	size_t *at; /* owned; (count) columns from 0, in the order they were asked for */
	size_t count;
};

struct column_name {
	const char *name; /* borrowed */
	size_t column;
};

/* All zeros: of a table not yet known. */
struct columns {
	const char *path;   /* borrowed, for messages */
	size_t line;        /* of the header or, without one, of the first row; 0: no lines */
	int header;         /* 0: the names are made up */
	size_t index;       /* 1: the first column names or counts the rows, and is none of those
			       that are not asked for; 0: there is none such */
	int by_tabs;        /* 1: tabs were found to divide the file, nobody asked for them */
	struct texts names; /* owned; each another one, once columns_make_unique was there */
	size_t *twins;      /* owned; (names.count) or NULL: of a column that has been renamed, the
			       first that keeps the name, else SIZE_MAX */
	struct column_list features, targets, weights;
	struct column_list one_hot; /* which of the features are words */
	struct column_list excluded;
	struct column_list kept; /* of any role */

	struct column_name *by_name; /* owned; (names.count) sorted */
	enum column_role *roles;     /* owned; (names.count) */
};

/* The second column of a name gets a number, as pandas does it: x, x.1, x.2.  */
gf_status columns_make_unique(struct columns *columns, gf_error *err);

/* Given the names, makes all that is below them, with nothing chosen yet. */
gf_status columns_index(struct columns *columns, gf_error *err);

/* NULL: there is none. */
const struct column_name *columns_find(const struct columns *columns, const char *name);

struct excerpt columns_name(const struct columns *columns, size_t column);

/* A column as messages call it: column 3 ("price"), or column 3 where there is no header. */
struct column_label {
	char text[EXCERPT_ROOM + 40];
};

struct column_label columns_label(const struct columns *columns, size_t column);

void columns_free(struct columns *columns);

#endif
