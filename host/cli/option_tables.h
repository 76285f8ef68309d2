/* option_tables.h: the options of a command as popt is to see them. */
#ifndef GF_OPTION_TABLES_H
#define GF_OPTION_TABLES_H

#include "option_rows.h"

#include <popt.h>

enum { POPT_ROOM = GROUP_COUNT + 1 + OPTION_COUNT + GROUP_COUNT };

/* Every value is taken as text, and made a number or a word by option_rows.c: popt's own numbers
 * may be hexadecimal, infinite or nan. */
struct option_tables {
	struct poptOption entries[POPT_ROOM]; /* first the list of groups, then their options */
};

/* The table that popt is to be given. */
const struct poptOption *option_tables_of(
	struct option_tables *tables, const struct command *command);

#endif
