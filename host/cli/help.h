/* help.h: what --help prints. */
#ifndef GF_HELP_H
#define GF_HELP_H

#include "options.h"

#include <popt.h>

/* On standard output.  Of a command: its options, all of them. */
void help_print(const struct command *command, poptContext popt);

/* Examples, the commands, and the options that a first file needs: what fits a terminal. */
void help_print_short(void);

#endif
