/* message.h: messages on standard error, hints at what the user's environment has to do with a
 * failure, and exit codes. */
#ifndef GF_MESSAGE_H
#define GF_MESSAGE_H

#include "gpufitcl.h"
#include "options.h"

/* Prints "gpufit: ...", a line on standard error. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says what is wrong with the command line, and hints at the command's --help.  Returns the exit
 * code. */
int say_usage(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The exit code for a status; for an interruption that of the signal, as a shell reports it. */
int exit_code(gf_status status);

/* Says the library's message.  Returns the exit code for its status. */
int say_error(const gf_error *err);

/* Like say_error, but adds the cause if it is known: GPUFIT_DEVICE chose the device, the word looks
 * like a misspelt command, or OCL_ICD_VENDORS, POCL_DEVICES or an unwritable cache folder keeps
 * PoCL from working. */
int say_failure(const struct options *options, const gf_error *err);

/* Says what an exported model does not have: how words and missing values become features. */
void say_export(const gf_model *model, const char *path);

/* Says what keeps devices out of the list: platforms that fail, and GPUs without a driver. */
void say_device_notes(void);

/* Between these two calls only a driver calls exit(): LLVM, which PoCL uses, does so when its disk
 * is full.  The program then says so, and ends with the exit code of a failed OpenCL call. */
void driver_exit_watch(void);
void driver_exit_unwatch(void);

#endif
