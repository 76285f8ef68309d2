/* option_tables.h: popt's tables, one for each command. */
#ifndef GF_OPTION_TABLES_H
#define GF_OPTION_TABLES_H

#include "options.h"

#include <popt.h>

extern const struct poptOption train_options[], predict_options[], evaluate_options[],
	devices_options[], selftest_options[], show_options[];

/* That option in a table or its groups; NULL: not there. */
const struct poptOption *option_find(const struct poptOption *table, enum option option);

#endif
