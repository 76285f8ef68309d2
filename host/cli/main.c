#include "message.h"
#include "options.h"
#include "process.h"
#include "mpi_ranks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

const struct command commands[] = {
	{
		.name = "train",
		.synopsis = "[train] [OPTIONS] [DATA...]",
		.summary = "train a linear model or a network; no DATA: seven points of x^2",
		.bit = TRAIN,
		.operand = "DATA",
		.run = cmd_train,
	},
	{
		.name = "predict",
		.synopsis = "predict -m MODEL [OPTIONS] DATA...",
		.summary = "predict the target of each row of DATA, as CSV",
		.bit = PREDICT,
		.operand = "DATA",
		.operand_required = true,
		.operand_wanted = "a file, or - for standard input",
		.model_required = true,
		.run = cmd_predict,
	},
	{
		.name = "evaluate",
		.synopsis = "evaluate -m MODEL [OPTIONS] DATA...",
		.summary = "compare a model with the targets of DATA",
		.bit = EVALUATE,
		.operand = "DATA",
		.operand_required = true,
		.operand_wanted = "a file, or - for standard input",
		.model_required = true,
		.run = cmd_evaluate,
	},
	{
		.name = "devices",
		.synopsis = "devices [OPTIONS]",
		.summary = "list the OpenCL devices that --device chooses from",
		.bit = DEVICES,
		.run = cmd_devices,
	},
	{
		.name = "selftest",
		.synopsis = "selftest [OPTIONS]",
		.summary = "run every kernel against known answers on a device",
		.bit = SELFTEST,
		.run = cmd_selftest,
	},
	{
		.name = "show",
		.synopsis = "show [OPTIONS] MODEL",
		.summary = "show what a model file holds",
		.bit = SHOW,
		.operand = "MODEL",
		.operand_required = true,
		.operand_wanted = "a file",
		.run = cmd_show,
	},
	{
		.name = "completion",
		.synopsis = "completion SHELL",
		.summary = "print completions for bash, zsh or fish",
		.bit = COMPLETION,
		.operand = "SHELL",
		.operand_required = true,
		.operand_wanted = "bash, zsh or fish",
		.run = cmd_completion,
	},
	{.name = NULL},
};

static const struct command *find_command(const char *name)
{
	for (const struct command *c = commands; name && c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

/* A failed write to standard output is an error of the program.  A reader that closes the pipe, as
 * in "| head", gets no message. */
static int close_stdout(int code)
{
	int cause;

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	if (pipe_is_closed() && code == 0)
		end_by_closed_pipe();
	/* The write that failed may be long ago, and its errno gone. */
	cause = errno ? errno : output_has_no_reader() ? EPIPE : 0;
	if (!pipe_is_closed())
		say("standard output: cannot write: %s", cause ? strerror(cause) : "I/O error");
	return code ? code : EX_IOERR;
}

int main(int argc, char **argv)
{
	const struct command *named = argc > 1 ? find_command(argv[1]) : NULL;
	const struct command *command = named ? named : commands;
	int skip = argc < 1 ? argc : named ? 2 : 1;
	struct options options;
	int code;

	pipe_watch();
	driver_exit_watch();
	mpi_ranks_hush(argc - skip, argv + skip);
	if (options_parse(&options, command, named != NULL, argc - skip, argv + skip, &code)) {
		code = mpi_ranks_open(&options);
		if (!code)
			code = command->run(&options);
		driver_exit_unwatch(); /* MPI may call exit() when it ends all ranks */
		code = mpi_ranks_close(&options, code);
	}
	options_free(&options);
	driver_exit_unwatch();
	return close_stdout(code);
}
