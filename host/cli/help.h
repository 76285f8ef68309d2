/* help.h: what --help prints. */
#ifndef GF_HELP_H
#define GF_HELP_H

#include "options.h"

#include <popt.h>

/* On standard output. */
void help_print(const struct command *command, poptContext popt);

#endif
