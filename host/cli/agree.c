#include "agree.h"
#include "agree_files.h"
#include "message.h"
#include "option_tables.h"
#include "unread.h"
#include "words.h"

#include <string.h>

static const struct poptOption *entry(const struct options *o, enum option option)
{
	return option_find(o->command->table, option);
}

static const char *name(const struct options *o, enum option option)
{
	return entry(o, option)->longName;
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
	static const enum option of_data[] = {OPT_TARGET, OPT_FEATURES, OPT_EXCLUDE, OPT_LABELS,
		OPT_ONE_HOT, OPT_SAMPLE_WEIGHT, OPT_MISSING, OPT_UNSEEN, OPT_INDEX_BASE, OPT_HEADER,
		OPT_DELIMITER, OPT_DECIMAL, OPT_COMMENT, OPT_SKIP_LINES, OPT_ENCODING, OPT_NA};

	for (size_t i = 0; !o->operand && i < sizeof of_data / sizeof *of_data; i++)
		if (o->given[of_data[i]])
			return say_usage(o->command,
				"--%s needs DATA: the built-in points have one feature and one "
				"target%s",
				name(o, of_data[i]),
				unread_input() ? "; give - to read standard input" : "");
	return 0;
}

/* ---- options that mean something beside others only ---- */

static int check_needs(const struct options *o)
{
	static const struct {
		enum option option, needs;
	} needs[] = {
		{OPT_DAMPENING, OPT_MOMENTUM},
		{OPT_NESTEROV, OPT_MOMENTUM},
		{OPT_SCHEDULE_PER, OPT_SCHEDULE},
		{OPT_DROP_LAST, OPT_BATCH_SIZE},
		{OPT_MIN_DELTA, OPT_PATIENCE},
		{OPT_CHECKPOINT_EVERY, OPT_CHECKPOINT},
		{OPT_LOG_PARAMS, OPT_LOG},
		{OPT_UNSEEN, OPT_VALIDATION},
	};

	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
		if (o->given[needs[i].option] && entry(o, needs[i].needs) &&
			!o->given[needs[i].needs])
			return say_usage(o->command, "--%s needs --%s %s", name(o, needs[i].option),
				name(o, needs[i].needs), entry(o, needs[i].needs)->argDescrip);
	if (o->given[OPT_DROP_LAST] && o->config.batch_size == 0)
		return say_usage(o->command, "--drop-last: a batch of all rows leaves none over");
	return 0;
}

#define OF_LOSS(word)      (1u << GF_LOSS_##word)
#define OF_OPTIMIZER(word) (1u << GF_OPTIMIZER_##word)

/* Which losses or optimizers give an option its meaning. */
struct meaning {
	enum option option;
	unsigned words; /* a bit for each */
};

static const struct meaning of_losses[] = {
	{OPT_DELTA, OF_LOSS(huber)},
	{OPT_BETA, OF_LOSS(smooth_l1)},
	{OPT_EPSILON, OF_LOSS(epsilon_insensitive)},
	{OPT_QUANTILE, OF_LOSS(quantile)},
	{OPT_LABEL_SMOOTHING, OF_LOSS(cross_entropy)},
	{OPT_CLASS_WEIGHT,
		OF_LOSS(bce) | OF_LOSS(cross_entropy) | OF_LOSS(hinge) | OF_LOSS(squared_hinge)},
	{OPT_NONE, 0},
};

static const struct meaning of_optimizers[] = {
	{OPT_MOMENTUM, OF_OPTIMIZER(sgd) | OF_OPTIMIZER(rmsprop)},
	{OPT_DAMPENING, OF_OPTIMIZER(sgd)},
	{OPT_NESTEROV, OF_OPTIMIZER(sgd)},
	{OPT_BETAS, OF_OPTIMIZER(adam) | OF_OPTIMIZER(adamw)},
	{OPT_EPS, ~OF_OPTIMIZER(sgd)},
	{OPT_ALPHA, OF_OPTIMIZER(rmsprop)},
	{OPT_CENTERED, OF_OPTIMIZER(rmsprop)},
	{OPT_AMSGRAD, OF_OPTIMIZER(adam) | OF_OPTIMIZER(adamw)},
	{OPT_LR_DECAY, OF_OPTIMIZER(adagrad)},
	{OPT_NONE, 0},
};

static int check_meanings(
	const struct options *o, const struct meaning *meaning, enum option word_option)
{
	bool loss = word_option == OPT_LOSS;
	const struct word *list = loss ? loss_words : optimizer_words;
	int chosen = loss ? (int)o->config.loss : (int)o->config.optimizer;
	char wanted[256];

	for (; meaning->option; meaning++) {
		if (!o->given[meaning->option] || meaning->words >> chosen & 1u)
			continue;
		words_join_chosen(list, meaning->words, wanted, sizeof wanted);
		return say_usage(o->command, "--%s has a meaning with --%s %s, not with %s",
			name(o, meaning->option), name(o, word_option), wanted,
			word_of(list, chosen));
	}
	return 0;
}

static int check_loss(const struct options *o)
{
	return check_meanings(o, of_losses, OPT_LOSS);
}

static int check_optimizer(const struct options *o)
{
	return check_meanings(o, of_optimizers, OPT_OPTIMIZER);
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
	static const enum option beyond[] = {OPT_BATCH_SIZE, OPT_SHUFFLE, OPT_VALIDATION,
		OPT_STANDARDIZE, OPT_SAMPLE_WEIGHT, OPT_MOMENTUM, OPT_WEIGHT_DECAY, OPT_MAXIMIZE,
		OPT_L1, OPT_L2, OPT_CLIP_NORM, OPT_CLIP_VALUE, OPT_NO_BIAS};
	static const char plain[] = "--explain is of plain sgd on mse, all rows at once";

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
	for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++)
		if (o->given[beyond[i]])
			return say_usage(o->command, "%s: found --%s", plain, name(o, beyond[i]));
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
