/* commands.h: what main runs.  Each says its own errors and returns the exit code. */
#ifndef GF_COMMANDS_H
#define GF_COMMANDS_H

#include "options.h"

int run_train(const struct options *options);
int run_predict(const struct options *options);
int run_evaluate(const struct options *options);
int run_devices(const struct options *options);
int run_selftest(const struct options *options);
int run_show(const struct options *options);

#endif
