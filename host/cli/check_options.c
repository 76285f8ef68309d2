#include "message.h"
#include "option_rows.h"
#include "outfile.h"
#include "process.h"
#include "pytorch.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *option_name(const struct options *o, enum option option)
{
	return option_row(o->command, option)->name;
}

static bool is_dash(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

/* The next row, from row *i on, whose option was given; NULL: there are no more. */
static const struct option_row *next_given(const struct options *o, size_t *i)
{
	const struct option_row *row;

	while ((row = option_row_at((*i)++)))
		if (o->given[row->option] && (row->commands & o->command->bit))
			return row;
	return NULL;
}

static int check_required(const struct options *o)
{
	const struct command *command = o->command;

	if (command->model_required && !o->model)
		return say_usage(command, "no model: give one with -m MODEL");
	if (!command->operand_required || o->operand)
		return 0;
	return say_usage(command, "no %s: give %s", command->operand, command->operand_wanted);
}

/* The built-in points have no columns and no file. */
static int check_data(const struct options *o)
{
	const struct option_row *row;

	for (size_t i = 0; !o->operand && (row = next_given(o, &i));)
		if (option_reads_data(row))
			return say_usage(o->command,
				"--%s needs DATA: the built-in points have one feature and one "
				"target%s",
				row->name, unread_input() ? "; give - to read standard input" : "");
	return 0;
}

/* ---- options that need other options ---- */

static int check_needs(const struct options *o)
{
	const struct option_row *row, *other;

	for (size_t i = 0; (row = next_given(o, &i));) {
		other = row->needs ? option_row(o->command, row->needs) : NULL;
		if (other && !o->given[row->needs])
			return say_usage(o->command, "--%s needs --%s%s%s", row->name, other->name,
				other->alone ? "" : " ", other->alone ? "" : other->metavar);
	}
	if (o->given[OPT_DROP_LAST] && o->config.batch_size == 0)
		return say_usage(o->command,
			"--drop-last has no effect: a batch of all rows leaves no rows over");
	if (o->given[OPT_UNSEEN] && o->config.validation > 0.0)
		return say_usage(o->command,
			"--unseen has no effect: a share of DATA has no words but those of DATA; "
			"--validation FILE may have others");
	return 0;
}

/* The losses with which the option has an effect: bit i is loss i. */
static unsigned losses_of(const struct option_row *row)
{
	unsigned losses = 0;

	for (gf_loss i = 0; i < GF_LOSS_COUNT; i++) {
		const char *parameter = loss_of(i)->parameter;
		bool has = (row->of_classes && loss_takes_classes(i)) ||
			   (row->loss_parameter && parameter &&
				   strcmp(parameter, row->loss_parameter) == 0);

		losses |= (unsigned)has << i;
	}
	return losses;
}

/* The optimizers with which the option has an effect: bit i is optimizer i. */
static unsigned optimizers_of(const struct option_row *row)
{
	unsigned optimizers = 0;

	for (gf_optimizer i = 0; i < GF_OPTIMIZER_COUNT; i++)
		optimizers |= (unsigned)((optimizer_of(i)->options & row->optimizer_option) != 0)
			      << i;
	return optimizers;
}

/* The option has no effect with the chosen word of the option `with`, but with those of the list
 * whose bit is set in fitting. */
static int say_no_effect(const struct options *o, const struct option_row *row, enum option with,
	unsigned fitting, const struct word *list, int chosen)
{
	char wanted[256];

	words_join_chosen(list, fitting, wanted, sizeof wanted);
	return say_usage(o->command, "--%s has a meaning with --%s %s, not with %s", row->name,
		option_name(o, with), wanted, word_of(list, chosen));
}

static int check_loss(const struct options *o)
{
	const struct option_row *row;

	for (size_t i = 0; (row = next_given(o, &i));)
		if ((row->of_classes || row->loss_parameter) &&
			!(losses_of(row) >> o->config.loss & 1u))
			return say_no_effect(
				o, row, OPT_LOSS, losses_of(row), loss_words, (int)o->config.loss);
	return 0;
}

static int check_optimizer(const struct options *o)
{
	const struct option_row *row;

	for (size_t i = 0; (row = next_given(o, &i));)
		if (row->optimizer_option && !(optimizers_of(row) >> o->config.optimizer & 1u))
			return say_no_effect(o, row, OPT_OPTIMIZER, optimizers_of(row),
				optimizer_words, (int)o->config.optimizer);
	return 0;
}

static int check_activation(const struct options *o)
{
	const struct option_row *row;

	for (size_t i = 0; (row = next_given(o, &i));)
		if (row->activations && !(row->activations >> o->config.activation & 1u))
			return say_no_effect(o, row, OPT_ACTIVATION, row->activations,
				activation_words, (int)o->config.activation);
	return 0;
}

static int check_contradictions(const struct options *o)
{
	static const struct {
		enum option one, other;
		const char *why;
	} pairs[] = {
		{OPT_QUIET, OPT_VERBOSE, ""},
		{OPT_CLIP_NORM, OPT_CLIP_VALUE, ": the result would depend on which goes first"},
		{OPT_OFFSET, OPT_EXPOSURE, ": an exposure is an offset by its logarithm"},
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (o->given[pairs[i].one] && o->given[pairs[i].other])
			return say_usage(o->command, "--%s and --%s contradict each other%s",
				option_name(o, pairs[i].one), option_name(o, pairs[i].other),
				pairs[i].why);
	if (o->given[OPT_KEEP] && o->format == FORMAT_npy)
		return say_usage(o->command,
			"--keep has columns of text, for which --format npy has no place: csv and "
			"json have");
	if (o->given[OPT_JSON] && (o->given[OPT_TRACE] || o->given[OPT_EXPLAIN]))
		return say_usage(o->command,
			"--json leaves no room for the tables of --trace and --explain; "
			"--log FILE --log-params has their numbers");
	if (o->given[OPT_JSON] && is_dash(o->plot))
		return say_usage(o->command,
			"--json leaves no room for the drawing of --plot -; give a file");
	return 0;
}

/* --explain knows the formulas of one kind of step: all rows, plain sgd; of a linear model only
 * mean squared error. */
static int check_explain(const struct options *o)
{
	const bool any_loss = o->config.hidden[0] > 0;
	const bool loss_fits = any_loss || o->config.loss == GF_LOSS_mse;
	const char *scope = any_loss ? "--explain takes plain sgd, all rows in one step"
				     : "--explain takes plain sgd on mse, all rows in one step";
	const struct option_row *row;

	if (!o->given[OPT_EXPLAIN])
		return 0;
	if (o->explain >= o->config.epochs)
		return say_usage(o->command,
			"--explain: there is no epoch %zu: epochs count from 0, and there are %zu",
			o->explain, o->config.epochs);
	if (!loss_fits || o->config.optimizer != GF_OPTIMIZER_sgd)
		return say_usage(o->command, "%s: found --%s %s", scope,
			option_name(o, loss_fits ? OPT_OPTIMIZER : OPT_LOSS),
			!loss_fits ? word_of(loss_words, (int)o->config.loss)
				   : word_of(optimizer_words, (int)o->config.optimizer));
	for (size_t i = 0; (row = next_given(o, &i));)
		if (row->not_explained)
			return say_usage(o->command, "%s: found --%s", scope, row->name);
	return 0;
}

/* The library checks its configuration before any data are read. */
static int check_config(const struct options *o)
{
	gf_error err = {0};

	gf_config_check(&o->config, &err);
	if (err.status == GF_E_USAGE)
		return say_usage(o->command, "%s", err.message);
	return err.status ? say_error(&err) : 0;
}

/* ---- files: none is read or written twice ---- */

/* A file that the command line names, or a standard stream. */
struct file {
	enum option option; /* OPT_NONE: the operand, or a stream */
	const char *name;   /* what messages call it */
	const char *path;   /* NULL: not given, or a stream */
	int stream;         /* the stream's descriptor; -1: not a stream */
};

enum { INPUTS = 6, OUTPUTS = 10, FILES_OF_OPTIONS = 8 };

/* A data file; "-" is standard input. */
static struct file data_input(enum option option, const char *name, const char *path)
{
	return (struct file){
		option, name, is_dash(path) ? NULL : path, is_dash(path) ? STDIN_FILENO : -1};
}

static void list_inputs(const struct options *o, struct file inputs[INPUTS])
{
	const char *operand = o->command->operand ? o->command->operand : "";
	const bool is_file = o->command->bit != COMPLETION;

	inputs[0] = data_input(OPT_NONE, operand, is_file ? o->operand : NULL);
	inputs[1] = data_input(OPT_LABELS, "--labels", o->read.labels);
	inputs[2] = data_input(OPT_VALIDATION, "--validation", o->validation_file);
	inputs[3] = (struct file){OPT_MODEL, "--model", o->model, -1};
	inputs[4] = (struct file){OPT_INIT, "--init", o->init_file, -1};
	inputs[5] = (struct file){OPT_RESUME, "--resume", o->config.resume, -1};
}

/* The files of options come first.  Predictions that go to "-" go to standard output. */
static void list_outputs(const struct options *o, struct file outputs[OUTPUTS])
{
	outputs[0] = (struct file){OPT_LOG, "--log", o->texts[OPT_LOG], -1};
	outputs[1] = (struct file){OPT_OUTPUT, "--output",
		o->command->model_required && is_dash(o->output) ? NULL : o->output, -1};
	outputs[2] = (struct file){OPT_CHECKPOINT, "--checkpoint", o->texts[OPT_CHECKPOINT], -1};
	outputs[3] = (struct file){OPT_PLOT, "--plot", is_dash(o->plot) ? NULL : o->plot, -1};
	outputs[4] = (struct file){OPT_EXPORT, "--export", o->export, -1};
	outputs[5] = (struct file){OPT_TIMELINE, "--timeline", o->timeline, -1};
	outputs[6] = (struct file){OPT_EMIT_PYTORCH, "--emit-pytorch", o->emit_pytorch, -1};
	outputs[7] = (struct file){OPT_CACHE, "--cache", o->read.cache, -1};
	outputs[8] = (struct file){OPT_NONE, "standard output", NULL, STDOUT_FILENO};
	outputs[9] = (struct file){OPT_NONE, "standard error", NULL, STDERR_FILENO};
}

static bool file_status(const struct file *file, struct stat *info)
{
	if (file->path)
		return operand_status(file->path, info);
	return file->stream >= 0 && fstat(file->stream, info) == 0;
}

/* True if both are one file, whose status *info then is. */
static bool same_file(const struct file *one, const struct file *other, struct stat *info)
{
	struct stat b;

	return file_status(one, info) && file_status(other, &b) && info->st_dev == b.st_dev &&
	       info->st_ino == b.st_ino;
}

/* ---- inputs ---- */

/* Two names of one pipe, such as "-" and /dev/stdin, would each get a part of the data. */
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
			if (same_file(&inputs[i], &inputs[j], &info) && S_ISFIFO(info.st_mode))
				return say_usage(o->command,
					"%s and %s are one pipe, which can be read once only",
					inputs[i].name, inputs[j].name);
		}
	if (is_dash(o->config.resume))
		return say_usage(o->command, "--resume: wanted a file, found '-'");
	return 0;
}

/* A checkpoint cannot be a pipe: it is read and replaced, and a training that waits for the pipe's
 * other side cannot be interrupted. */
static int check_checkpoints(const struct options *o)
{
	static const enum option options[] = {OPT_CHECKPOINT, OPT_RESUME};

	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		if (o->texts[options[i]] && is_pipe(o->texts[options[i]]))
			return say_usage(o->command, "--%s: wanted a file, found the pipe '%s'",
				option_row(o->command, options[i])->name, o->texts[options[i]]);
	return 0;
}

/* ---- outputs ---- */

/* A training replaces its files as a whole: "-" would make a file of that name. */
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
			if (same_file(&outputs[i], &outputs[j], &info) && S_ISREG(info.st_mode))
				return say_usage(o->command, "%s would replace the file of %s",
					outputs[i].name, outputs[j].name);
	}
	return 0;
}

/* The name's ending says what is written. */
static int check_export(const struct options *o)
{
	gf_error err = {0};

	if (o->export && gf_export_check(o->export, &err) == GF_E_USAGE)
		return say_usage(o->command, "--export: %s", err.message);
	return 0;
}

/* A model may replace the one it starts from, and a checkpoint the one it resumes. */
static bool may_replace(enum option output, enum option input)
{
	return (output == OPT_OUTPUT && input == OPT_INIT) ||
	       (output == OPT_CHECKPOINT && input == OPT_RESUME);
}

/* The data may be the only copy.  A terminal or a pipe may be read and written. */
static int check_overwriting(const struct options *o)
{
	struct file inputs[INPUTS], outputs[OUTPUTS];
	struct stat info;

	list_inputs(o, inputs);
	list_outputs(o, outputs);
	for (size_t i = 0; i < OUTPUTS; i++)
		for (size_t j = 0; j < INPUTS; j++) {
			if (may_replace(outputs[i].option, inputs[j].option) ||
				!same_file(&outputs[i], &inputs[j], &info) ||
				!S_ISREG(info.st_mode))
				continue;
			return say_usage(o->command, "%s would write over %s, %s%s%s",
				outputs[i].name, inputs[j].name, inputs[j].path ? "'" : "",
				inputs[j].path ? inputs[j].path : "which is standard input",
				inputs[j].path ? "'" : "");
		}
	return 0;
}

static int check_one_file(const struct options *options)
{
	static int (*const checks[])(const struct options *) = {
		check_inputs, check_checkpoints, check_outputs, check_export, check_overwriting};
	int code = 0;

	for (size_t i = 0; !code && i < sizeof checks / sizeof *checks; i++)
		code = checks[i](options);
	return code;
}

/* Checks each file of DATA as if it were the only one. */
static int check_files(const struct options *options)
{
	struct options one = *options;
	int code = check_one_file(options);

	for (size_t i = 1; !code && i < options->operand_count; i++) {
		one.operand = options->operands[i];
		code = check_one_file(&one);
	}
	return code;
}

/* ---- all checks ---- */

int options_check(const struct options *options)
{
	static int (*const checks[])(const struct options *) = {check_required, check_data,
		check_loss, check_optimizer, check_needs, check_activation, check_contradictions,
		check_explain, pytorch_check, check_files, check_config, check_search};
	int code = 0;

	/* Each of its points is then checked as a command line of its own. */
	if (options->sweep)
		return check_search(options);
	for (size_t i = 0; !code && i < sizeof checks / sizeof checks[0]; i++)
		code = checks[i](options);
	return code;
}
