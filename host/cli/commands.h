/* commands.h: what main runs, a function for each command: it prints its own errors, and returns
 * the exit code. */
#ifndef GF_COMMANDS_H
#define GF_COMMANDS_H

#include "options.h"

int cmd_train(const struct options *options);
int cmd_predict(const struct options *options);
int cmd_evaluate(const struct options *options);
int cmd_devices(const struct options *options);
int cmd_selftest(const struct options *options);
int cmd_show(const struct options *options);

#endif
