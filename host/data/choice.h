/* choice.h: a list of columns in the making: by name, by number, by place. */
#ifndef GF_CHOICE_H
#define GF_CHOICE_H

#include "columns.h"

/* A column has one role; but COLUMN_ONE_HOT is for columns that are features already, and with
 * COLUMN_UNUSED a column keeps the role it has. */
struct choice {
	struct columns *columns;  /* borrowed, as all below */
	struct column_list *list; /* of columns: what this one makes */
	enum column_role role;
	const char *noun; /* what messages call an item: feature, the model's target, ... */
	gf_error *err;
};

/* "price,3-7,12"; or, as a whole, one name with commas of its own; or several such lists, one a
 * line.  A name goes before the number or the range that it looks like. */
gf_status choice_take_list(const struct choice *choice, const char *list);

/* names (count) */
gf_status choice_take_names(const struct choice *choice, const char *const *names, size_t count);

/* The last of those that no list has yet. */
gf_status choice_take_last(const struct choice *choice, size_t count);

/* All that no list has yet. */
gf_status choice_take_rest(const struct choice *choice);

/* "path:line: " and what does not fit; returns GF_E_DATA. */
gf_status choice_refuse(const struct choice *choice, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The s of a plural: "" for 1. */
const char *plural_s(size_t count);

#endif
