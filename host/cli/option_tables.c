#include "option_tables.h"

/*
 * A table is made of groups, each with its title in --help.  Every value is
 * taken as text, and made a number or a word by values.c: popt's own numbers
 * may be hexadecimal, infinite or nan.
 */
#define VALUE(name, letter, id, metavar, help)                         \
	{                                                              \
		name, letter, POPT_ARG_STRING, NULL, id, help, metavar \
	}
#define OPTIONAL_VALUE(name, id, metavar, help)                                              \
	{                                                                                    \
		name, '\0', POPT_ARG_STRING | POPT_ARGFLAG_OPTIONAL, NULL, id, help, metavar \
	}
#define FLAG(name, letter, id, help)                              \
	{                                                         \
		name, letter, POPT_ARG_NONE, NULL, id, help, NULL \
	}
#define GROUP(table, title)                                                       \
	{                                                                         \
		NULL, '\0', POPT_ARG_INCLUDE_TABLE, (void *)table, 0, title, NULL \
	}

/* " mse" " l1" ...: the words of an option in its help */
#define IN_HELP(word, help) " " #word

static const struct poptOption column_group[] = {
	VALUE("target", '\0', OPT_TARGET, "COLS",
		"columns to predict: names, 1-based numbers or ranges (3-7), separated by commas; "
		"default: the last"),
	VALUE("features", '\0', OPT_FEATURES, "COLS",
		"columns to predict from; default: all the others"),
	VALUE("exclude", '\0', OPT_EXCLUDE, "COLS",
		"columns to leave out, such as row numbers and names; default: none"),
	VALUE("one-hot", '\0', OPT_ONE_HOT, "COLS",
		"columns of words, each word a feature of 0 and 1"),
	VALUE("sample-weight", '\0', OPT_SAMPLE_WEIGHT, "COL", "the column of each row's weight"),
	POPT_TABLEEND,
};

static const struct poptOption missing_group[] = {
	VALUE("missing", '\0', OPT_MISSING, "WORD",
		"what becomes of missing values:" GF_MISSING_LIST(
			IN_HELP) "; default: auto: error in training, then as in training"),
	VALUE("unseen", '\0', OPT_UNSEEN, "WORD",
		"words of --one-hot that training has not seen:" GF_UNSEEN_LIST(
			IN_HELP) "; default: error"),
	POPT_TABLEEND,
};

static const struct poptOption keep_group[] = {
	VALUE("keep", '\0', OPT_KEEP, "COLS",
		"columns of DATA, such as row numbers and names, that go before the "
		"predictions as they stand; default: none"),
	POPT_TABLEEND,
};

static const struct poptOption label_group[] = {
	VALUE("labels", '\0', OPT_LABELS, "FILE",
		"the targets, of as many rows; DATA is features only"),
	POPT_TABLEEND,
};

static const struct poptOption reading_group[] = {
	VALUE("header", '\0', OPT_HEADER, "WORD", "does line 1 name the columns: yes no auto"),
	VALUE("delimiter", '\0', OPT_DELIMITER, "C",
		"what separates columns: one character, or: comma tab semicolon bar space; "
		"default: found in the first lines"),
	VALUE("decimal", '\0', OPT_DECIMAL, "C", "the decimal mark, . or , ; default: ."),
	VALUE("comment", '\0', OPT_COMMENT, "TEXT",
		"lines that begin with it are left out, as in --comment '#'"),
	VALUE("skip-lines", '\0', OPT_SKIP_LINES, "N",
		"lines to leave out at the beginning; default: 0"),
	VALUE("encoding", '\0', OPT_ENCODING, "WORD",
		"of the text: utf-8 latin-1; default: utf-8, and UTF-16 is found"),
	VALUE("na", '\0', OPT_NA, "WORDS",
		"the words that are missing values, separated by commas; default: NA NaN null "
		"None ? and more"),
	VALUE("index-base", '\0', OPT_INDEX_BASE, "WORD",
		"the first index of svmlight: 0 1 auto; default: auto"),
	POPT_TABLEEND,
};

static const struct poptOption loss_group[] = {
	VALUE("loss", '\0', OPT_LOSS, "WORD",
		"what to minimise:" GF_LOSS_LIST(IN_HELP) "; default: mse"),
	VALUE("delta", '\0', OPT_DELTA, "X", "of huber; default: 1"),
	VALUE("beta", '\0', OPT_BETA, "X", "of smooth_l1; default: 1"),
	VALUE("epsilon", '\0', OPT_EPSILON, "X", "of epsilon_insensitive; default: 0.1"),
	VALUE("quantile", '\0', OPT_QUANTILE, "X", "of quantile; default: 0.5"),
	VALUE("label-smoothing", '\0', OPT_LABEL_SMOOTHING, "X", "of cross_entropy; default: 0"),
	VALUE("class-weight", '\0', OPT_CLASS_WEIGHT, "WORD",
		"of losses of classes:" GF_CLASS_WEIGHT_LIST(IN_HELP) "; default: none"),
	POPT_TABLEEND,
};

static const struct poptOption optimizer_group[] = {
	VALUE("optimizer", '\0', OPT_OPTIMIZER, "WORD",
		"how to minimise it:" GF_OPTIMIZER_LIST(IN_HELP) "; default: sgd"),
	VALUE("lr", '\0', OPT_LR, "X",
		"learning rate, or auto: 1 / the largest curvature; default: sgd 0.01, others "
		"PyTorch's"),
	VALUE("momentum", '\0', OPT_MOMENTUM, "X", "of sgd and rmsprop; default: 0"),
	VALUE("dampening", '\0', OPT_DAMPENING, "X", "of sgd's momentum; default: 0"),
	FLAG("nesterov", '\0', OPT_NESTEROV, "sgd: Nesterov's momentum"),
	VALUE("weight-decay", '\0', OPT_WEIGHT_DECAY, "X",
		"pulls parameters to 0; default: adamw 0.01, others 0"),
	FLAG("maximize", '\0', OPT_MAXIMIZE, "go up the loss, not down"),
	VALUE("betas", '\0', OPT_BETAS, "B1,B2", "of adam and adamw; default: 0.9,0.999"),
	VALUE("eps", '\0', OPT_EPS, "X", "of all but sgd; default: adagrad 1e-10, others 1e-8"),
	VALUE("alpha", '\0', OPT_ALPHA, "X", "of rmsprop; default: 0.99"),
	FLAG("centered", '\0', OPT_CENTERED, "rmsprop: by the variance of gradients"),
	FLAG("amsgrad", '\0', OPT_AMSGRAD, "adam and adamw: by the largest second moment yet"),
	VALUE("lr-decay", '\0', OPT_LR_DECAY, "X", "of adagrad; default: 0"),
	POPT_TABLEEND,
};

static const struct poptOption schedule_group[] = {
	VALUE("schedule", '\0', OPT_SCHEDULE, "WORD:...",
		"how the rate changes:" GF_SCHEDULE_LIST(IN_HELP) "; gpufit(1) has the parameters "
								  "of each; default: not at all"),
	VALUE("schedule-per", '\0', OPT_SCHEDULE_PER, "WORD",
		"when it advances:" GF_SCHEDULE_PER_LIST(IN_HELP) "; default: auto"),
	VALUE("warmup", '\0', OPT_WARMUP, "N", "steps over which the rate rises; default: 0"),
	POPT_TABLEEND,
};

static const struct poptOption training_group[] = {
	VALUE("epochs", '\0', OPT_EPOCHS, "N", "passes over the data; default: 5000"),
	VALUE("batch-size", '\0', OPT_BATCH_SIZE, "N", "rows of a step, or full; default: full"),
	FLAG("shuffle", '\0', OPT_SHUFFLE, "another order of the rows in each epoch"),
	FLAG("drop-last", '\0', OPT_DROP_LAST, "leave out a last batch that is not full"),
	VALUE("init", '\0', OPT_INIT, "WORD",
		"first parameters:" GF_INIT_LIST(IN_HELP) ", or a model file; default: pytorch, "
							  "but notebook for the built-in "
							  "points without --seed"),
	VALUE("seed", '\0', OPT_SEED, "S",
		"of the split, the start and the orders, as torch.manual_seed; default: 0"),
	FLAG("no-bias", '\0', OPT_NO_BIAS, "weights only"),
	FLAG("standardize", '\0', OPT_STANDARDIZE,
		"train on features of mean 0 and deviation 1; the model is of DATA as it is"),
	VALUE("l1", '\0', OPT_L1, "X", "penalty on |weights|, which become exactly 0; default: 0"),
	VALUE("l2", '\0', OPT_L2, "X", "penalty on weights^2 / 2; default: 0"),
	VALUE("clip-norm", '\0', OPT_CLIP_NORM, "X", "longest gradient; default: any"),
	VALUE("clip-value", '\0', OPT_CLIP_VALUE, "X",
		"largest number of a gradient; default: any"),
	FLAG("average", '\0', OPT_AVERAGE, "the result is the mean over all steps"),
	VALUE("check", '\0', OPT_CHECK, "WORD",
		"steps proven against the reference:" GF_CHECK_LIST(IN_HELP) "; default: auto"),
	POPT_TABLEEND,
};

static const struct poptOption validation_group[] = {
	VALUE("validation", '\0', OPT_VALIDATION, "X",
		"rows that do not train but tell how good it is: a share of DATA, or a file"),
	VALUE("patience", '\0', OPT_PATIENCE, "N",
		"end after N epochs without a better loss; the best is the result"),
	VALUE("min-delta", '\0', OPT_MIN_DELTA, "X", "how much better is better; default: 0"),
	VALUE("tolerance", '\0', OPT_TOLERANCE, "X",
		"end where no number of the gradient is larger; default: go on"),
	POPT_TABLEEND,
};

static const struct poptOption device_group[] = {
	VALUE("device", '\0', OPT_DEVICE, "D",
		"a number of 'gpufit devices', P:D, gpu, cpu, or part of a name; default: "
		"GPUFIT_DEVICE, else the first GPU, accelerator or CPU"),
	POPT_TABLEEND,
};

static const struct poptOption engine_group[] = {
	VALUE("engine", '\0', OPT_ENGINE, "WORD",
		"how it computes:" GF_ENGINE_LIST(IN_HELP) "; default: auto"),
	VALUE("kernels", '\0', OPT_KERNELS, "WORD",
		"how a device shares it out; the bits are the same:" GF_KERNELS_LIST(
			IN_HELP) "; default: auto"),
	POPT_TABLEEND,
};

static const struct poptOption result_group[] = {
	VALUE("output", 'o', OPT_OUTPUT, "FILE", "save the model (safetensors)"),
	VALUE("checkpoint", '\0', OPT_CHECKPOINT, "FILE", "keep there all it takes to go on"),
	VALUE("checkpoint-every", '\0', OPT_CHECKPOINT_EVERY, "N",
		"epochs; default: about every 10 seconds, and at the end"),
	VALUE("resume", '\0', OPT_RESUME, "FILE", "go on from that checkpoint"),
	VALUE("log", '\0', OPT_LOG, "FILE", "a line of JSON for each epoch"),
	FLAG("log-params", '\0', OPT_LOG_PARAMS, "with weight, bias and their gradients"),
	FLAG("json", '\0', OPT_JSON, "the final report as one JSON object"),
	OPTIONAL_VALUE("trace", OPT_TRACE, "N",
		"show the numbers of the first N epochs and of the last; N: 3"),
	OPTIONAL_VALUE(
		"explain", OPT_EXPLAIN, "EPOCH", "theory beside practice for one epoch; EPOCH: 0"),
	FLAG("profile", '\0', OPT_PROFILE, "where the time went"),
	FLAG("verbose", 'v', OPT_VERBOSE, "say which device, engine and kernels, and why"),
	POPT_TABLEEND,
};

static const struct poptOption quiet_group[] = {
	FLAG("quiet", 'q', OPT_QUIET, "no progress and no warnings"),
	FLAG("no-progress", '\0', OPT_NO_PROGRESS, "no progress"),
	POPT_TABLEEND,
};

static const struct poptOption model_group[] = {
	VALUE("model", 'm', OPT_MODEL, "MODEL", "the model file (required)"),
	POPT_TABLEEND,
};

static const struct poptOption prediction_group[] = {
	VALUE("output", 'o', OPT_OUTPUT, "FILE", "write the CSV here, not to standard output"),
	FLAG("proba", '\0', OPT_PROBA, "add a column for each class: its probability"),
	POPT_TABLEEND,
};

static const struct poptOption json_group[] = {
	FLAG("json", '\0', OPT_JSON, "as JSON, on one line"),
	POPT_TABLEEND,
};

static const struct poptOption verbose_group[] = {
	FLAG("verbose", 'v', OPT_VERBOSE, "all that is known of each"),
	POPT_TABLEEND,
};

static const struct poptOption help_group[] = {
	FLAG("help", 'h', OPT_HELP, "this text"),
	FLAG("version", '\0', OPT_VERSION, "the version of gpufit"),
	POPT_TABLEEND,
};

const struct poptOption train_options[] = {
	GROUP(column_group, "Columns:"),
	GROUP(missing_group, NULL),
	GROUP(label_group, NULL),
	GROUP(reading_group, "Reading DATA:"),
	GROUP(loss_group, "Loss:"),
	GROUP(optimizer_group, "Optimizer:"),
	GROUP(schedule_group, "Schedule:"),
	GROUP(training_group, "Training:"),
	GROUP(validation_group, "Validation:"),
	GROUP(device_group, "Where:"),
	GROUP(engine_group, NULL),
	GROUP(result_group, "What comes out:"),
	GROUP(quiet_group, NULL),
	GROUP(help_group, "Help:"),
	POPT_TABLEEND,
};

const struct poptOption predict_options[] = {
	GROUP(model_group, "Options:"),
	GROUP(prediction_group, NULL),
	GROUP(quiet_group, NULL),
	GROUP(keep_group, NULL),
	GROUP(missing_group, "Reading DATA:"),
	GROUP(reading_group, NULL),
	GROUP(device_group, "Where:"),
	GROUP(engine_group, NULL),
	GROUP(help_group, "Help:"),
	POPT_TABLEEND,
};

const struct poptOption evaluate_options[] = {
	GROUP(model_group, "Options:"),
	GROUP(json_group, NULL),
	GROUP(quiet_group, NULL),
	GROUP(label_group, "Reading DATA:"),
	GROUP(missing_group, NULL),
	GROUP(reading_group, NULL),
	GROUP(device_group, "Where:"),
	GROUP(engine_group, NULL),
	GROUP(help_group, "Help:"),
	POPT_TABLEEND,
};

const struct poptOption devices_options[] = {
	GROUP(verbose_group, "Options:"),
	GROUP(json_group, NULL),
	GROUP(help_group, NULL),
	POPT_TABLEEND,
};

const struct poptOption selftest_options[] = {
	GROUP(device_group, "Options:"),
	GROUP(json_group, NULL),
	GROUP(quiet_group, NULL),
	GROUP(help_group, NULL),
	POPT_TABLEEND,
};

const struct poptOption show_options[] = {
	GROUP(json_group, "Options:"),
	GROUP(help_group, NULL),
	POPT_TABLEEND,
};

const struct poptOption *option_find(const struct poptOption *table, enum option option)
{
	const struct poptOption *found = NULL;

	for (; !found && (table->longName || table->argInfo); table++) {
		if (table->argInfo == POPT_ARG_INCLUDE_TABLE)
			found = option_find(table->arg, option);
		else if (table->val == (int)option)
			found = table;
	}
	return found;
}
