#include "agree_files.h"
#include "message.h"
#include "outfile.h"
#include "option_rows.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file of the command line. */
struct file {
	enum option option; /* OPT_NONE: the operand, or a stream */
	const char *name;   /* as messages have it */
	const char *path;   /* NULL: not given, or a stream */
	int stream;         /* the descriptor that it is; -1: none */
};

enum { INPUTS = 6, OUTPUTS = 5, FILES_OF_OPTIONS = 3 };

static bool is_dash(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

/* "-" is standard input where data are read. */
static struct file data_input(enum option option, const char *name, const char *path)
{
	return (struct file){
		option, name, is_dash(path) ? NULL : path, is_dash(path) ? STDIN_FILENO : -1};
}

static void list_inputs(const struct options *o, struct file inputs[INPUTS])
{
	const char *operand = o->command->operand ? o->command->operand : "";

	inputs[0] = data_input(OPT_NONE, operand, o->operand);
	inputs[1] = data_input(OPT_LABELS, "--labels", o->read.labels);
	inputs[2] = data_input(OPT_VALIDATION, "--validation", o->validation_file);
	inputs[3] = (struct file){OPT_MODEL, "--model", o->model, -1};
	inputs[4] = (struct file){OPT_INIT, "--init", o->init_file, -1};
	inputs[5] = (struct file){OPT_RESUME, "--resume", o->config.resume, -1};
}

/* Those of options first.  Where predictions go to "-", they go to standard output. */
static void list_outputs(const struct options *o, struct file outputs[OUTPUTS])
{
	outputs[0] = (struct file){OPT_LOG, "--log", o->texts[OPT_LOG], -1};
	outputs[1] = (struct file){OPT_OUTPUT, "--output",
		o->command->model_required && is_dash(o->output) ? NULL : o->output, -1};
	outputs[2] = (struct file){OPT_CHECKPOINT, "--checkpoint", o->texts[OPT_CHECKPOINT], -1};
	outputs[3] = (struct file){OPT_NONE, "standard output", NULL, STDOUT_FILENO};
	outputs[4] = (struct file){OPT_NONE, "standard error", NULL, STDERR_FILENO};
}

static bool look_at(const struct file *file, struct stat *info)
{
	if (file->path)
		return stat(file->path, info) == 0;
	return file->stream >= 0 && fstat(file->stream, info) == 0;
}

static bool same(const struct file *one, const struct file *other, struct stat *info)
{
	struct stat b;

	return look_at(one, info) && look_at(other, &b) && info->st_dev == b.st_dev &&
	       info->st_ino == b.st_ino;
}

/* ---- inputs ---- */

static bool is_pipe(const char *path)
{
	struct stat info;

	return path && stat(path, &info) == 0 && S_ISFIFO(info.st_mode);
}

/* Two names of one pipe, as "-" and /dev/stdin may be, would share what comes through it. */
static int check_inputs(const struct options *o)
{
	struct file inputs[INPUTS];
	size_t i, j;
	struct stat info;

	list_inputs(o, inputs);
	if (o->read.labels && o->validation_file)
		return say_usage(o->command,
			"--labels has the targets of DATA alone: --validation takes a share of "
			"DATA here, not a file");
	for (i = 0; i < INPUTS; i++)
		for (j = i + 1; j < INPUTS; j++) {
			if (inputs[i].stream >= 0 && inputs[j].stream >= 0)
				return say_usage(
					o->command, "standard input can be read once only");
			if (same(&inputs[i], &inputs[j], &info) && S_ISFIFO(info.st_mode))
				return say_usage(o->command,
					"%s and %s are one pipe, which can be read once only",
					inputs[i].name, inputs[j].name);
		}
	if (is_dash(o->config.resume))
		return say_usage(o->command, "--resume: wanted a file, found '-'");
	return 0;
}

/* What comes through a pipe is not there a second time, and a training that waited in opening it
 * would hear no signal. */
static int check_checkpoints(const struct options *o)
{
	static const enum option options[] = {OPT_CHECKPOINT, OPT_RESUME};

	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		if (is_pipe(o->texts[options[i]]))
			return say_usage(o->command, "--%s: wanted a file, found the pipe '%s'",
				option_row(o->command, options[i])->name, o->texts[options[i]]);
	return 0;
}

/* ---- outputs ---- */

/* Where a file is replaced whole, "-" would be a file of that name. */
static int check_outputs(const struct options *o)
{
	struct file outputs[OUTPUTS];
	bool trains = !o->command->model_required;
	struct stat info;

	list_outputs(o, outputs);
	for (size_t i = 0; i < FILES_OF_OPTIONS; i++) {
		if (trains && is_dash(outputs[i].path))
			return say_usage(
				o->command, "%s: wanted a file, found '-'", outputs[i].name);
		for (size_t j = i + 1; outputs[i].path && j < FILES_OF_OPTIONS; j++)
			if (outputs[j].path && outfile_same(outputs[i].path, outputs[j].path))
				return say_usage(o->command, "%s and %s name the same file",
					outputs[i].name, outputs[j].name);
		for (size_t j = FILES_OF_OPTIONS; j < OUTPUTS; j++)
			if (same(&outputs[i], &outputs[j], &info) && S_ISREG(info.st_mode))
				return say_usage(o->command, "%s would replace the file of %s",
					outputs[i].name, outputs[j].name);
	}
	return 0;
}

/* A model is often replaced by its successor, and a checkpoint by the next one. */
static bool may_replace(enum option output, enum option input)
{
	return (output == OPT_OUTPUT && input == OPT_INIT) ||
	       (output == OPT_CHECKPOINT && input == OPT_RESUME);
}

/* Data written over by what was made of them may be the only ones.  A terminal or a pipe may well
 * be read and written. */
static int check_overwriting(const struct options *o)
{
	struct file inputs[INPUTS], outputs[OUTPUTS];
	struct stat info;

	list_inputs(o, inputs);
	list_outputs(o, outputs);
	for (size_t i = 0; i < OUTPUTS; i++)
		for (size_t j = 0; j < INPUTS; j++) {
			if (may_replace(outputs[i].option, inputs[j].option) ||
				!same(&outputs[i], &inputs[j], &info) || !S_ISREG(info.st_mode))
				continue;
			return say_usage(o->command, "%s would write over %s, %s%s%s",
				outputs[i].name, inputs[j].name, inputs[j].path ? "'" : "",
				inputs[j].path ? inputs[j].path : "which is standard input",
				inputs[j].path ? "'" : "");
		}
	return 0;
}

int files_agree(const struct options *options)
{
	static int (*const checks[])(const struct options *) = {
		check_inputs, check_checkpoints, check_outputs, check_overwriting};
	int code = 0;

	for (size_t i = 0; !code && i < sizeof checks / sizeof *checks; i++)
		code = checks[i](options);
	return code;
}
