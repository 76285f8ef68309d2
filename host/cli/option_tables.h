/* option_tables.h: popt's tables, one for each command. */
#ifndef GF_OPTION_TABLES_H
#define GF_OPTION_TABLES_H

#include <popt.h>

extern const struct poptOption train_options[], predict_options[], evaluate_options[],
	devices_options[], selftest_options[], show_options[];

#endif
