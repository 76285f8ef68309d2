#include "agree.h"
#include "agree_files.h"
#include "message.h"
#include "option_rows.h"
#include "unread.h"

#include <string.h>

static const char *name(const struct options *o, enum option option)
{
	return option_row(o->command, option)->name;
}

/* The next row of an option that was given, from number *i on; NULL: there are no more. */
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
	if (strcmp(command->operand, "DATA") == 0)
		return say_usage(command, "no DATA: give a file, or - for standard input");
	return say_usage(command, "no %s: give a file", command->operand);
}

/* The built-in points have no columns, and nothing to be read. */
static int check_data(const struct options *o)
{
	const struct option_row *row;

	for (size_t i = 0; !o->operand && (row = next_given(o, &i));)
		if (row->needs_data)
			return say_usage(o->command,
				"--%s needs DATA: the built-in points have one feature and one "
				"target%s",
				row->name, unread_input() ? "; give - to read standard input" : "");
	return 0;
}

/* ---- options that mean something beside others only ---- */

static int check_needs(const struct options *o)
{
	const struct option_row *row, *other;

	for (size_t i = 0; (row = next_given(o, &i));) {
		other = row->needs ? option_row(o->command, row->needs) : NULL;
		if (other && !o->given[row->needs])
			return say_usage(o->command, "--%s needs --%s %s", row->name, other->name,
				other->metavar);
	}
	if (o->given[OPT_DROP_LAST] && o->config.batch_size == 0)
		return say_usage(o->command, "--drop-last: a batch of all rows leaves none over");
	return 0;
}

/* A bit for each loss that gives the option a meaning. */
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

static unsigned optimizers_of(const struct option_row *row)
{
	unsigned optimizers = 0;

	for (gf_optimizer i = 0; i < GF_OPTIMIZER_COUNT; i++)
		optimizers |= (unsigned)((optimizer_of(i)->options & row->optimizer_option) != 0)
			      << i;
	return optimizers;
}

/* with: the word's option; meant: a bit for each word that gives the row's option a meaning. */
static int say_meaningless(const struct options *o, const struct option_row *row, enum option with,
	unsigned meant, const struct word *list, int chosen)
{
	char wanted[256];

	words_join_chosen(list, meant, wanted, sizeof wanted);
	return say_usage(o->command, "--%s has a meaning with --%s %s, not with %s", row->name,
		name(o, with), wanted, word_of(list, chosen));
}

static int check_loss(const struct options *o)
{
	const struct option_row *row;

	for (size_t i = 0; (row = next_given(o, &i));)
		if ((row->of_classes || row->loss_parameter) &&
			!(losses_of(row) >> o->config.loss & 1u))
			return say_meaningless(
				o, row, OPT_LOSS, losses_of(row), loss_words, (int)o->config.loss);
	return 0;
}

static int check_optimizer(const struct options *o)
{
	const struct option_row *row;

	for (size_t i = 0; (row = next_given(o, &i));)
		if (row->optimizer_option && !(optimizers_of(row) >> o->config.optimizer & 1u))
			return say_meaningless(o, row, OPT_OPTIMIZER, optimizers_of(row),
				optimizer_words, (int)o->config.optimizer);
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
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (o->given[pairs[i].one] && o->given[pairs[i].other])
			return say_usage(o->command, "--%s and --%s contradict each other%s",
				name(o, pairs[i].one), name(o, pairs[i].other), pairs[i].why);
	if (o->given[OPT_JSON] && (o->given[OPT_TRACE] || o->given[OPT_EXPLAIN]))
		return say_usage(o->command,
			"--json leaves no room for the tables of --trace and --explain; "
			"--log FILE --log-params has their numbers");
	return 0;
}

/* What is explained is a step of all rows by the gradient of the mean squared error. */
static int check_explain(const struct options *o)
{
	static const char plain[] = "--explain is of plain sgd on mse, all rows at once";
	const struct option_row *row;

	if (!o->given[OPT_EXPLAIN])
		return 0;
	if (o->explain >= o->config.epochs)
		return say_usage(o->command,
			"--explain: no epoch %zu: they count from 0, and there are %zu", o->explain,
			o->config.epochs);
	if (o->config.loss != GF_LOSS_mse || o->config.optimizer != GF_OPTIMIZER_sgd)
		return say_usage(o->command, "%s: found --%s %s", plain,
			name(o, o->config.loss != GF_LOSS_mse ? OPT_LOSS : OPT_OPTIMIZER),
			o->config.loss != GF_LOSS_mse
				? word_of(loss_words, (int)o->config.loss)
				: word_of(optimizer_words, (int)o->config.optimizer));
	for (size_t i = 0; (row = next_given(o, &i));)
		if (row->not_explained)
			return say_usage(o->command, "%s: found --%s", plain, row->name);
	return 0;
}

/* The library's own word, before any data is read. */
static int check_config(const struct options *o)
{
	gf_error err = {0};

	gf_config_check(&o->config, &err);
	if (err.status == GF_E_USAGE)
		return say_usage(o->command, "%s", err.message);
	return err.status ? say_error(&err) : 0;
}

int options_agree(const struct options *options)
{
	static int (*const checks[])(const struct options *) = {check_required, check_data,
		check_loss, check_optimizer, check_needs, check_contradictions, check_explain,
		files_agree, check_config};
	int code = 0;

	for (size_t i = 0; !code && i < sizeof checks / sizeof checks[0]; i++)
		code = checks[i](options);
	return code;
}
