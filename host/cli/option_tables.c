#include "option_tables.h"
#include "options.h"

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
	POPT_TABLEEND,
};

static const struct poptOption reading_group[] = {
	VALUE("header", '\0', OPT_HEADER, "WORD", "does line 1 name the columns: yes no auto"),
	VALUE("delimiter", '\0', OPT_DELIMITER, "C",
		"what separates columns: one character, or: comma tab semicolon space; default: "
		"found in line 1"),
	POPT_TABLEEND,
};

static const struct poptOption training_group[] = {
	VALUE("loss", '\0', OPT_LOSS, "WORD", "what to minimise:" GF_LOSS_LIST(IN_HELP)),
	VALUE("optimizer", '\0', OPT_OPTIMIZER, "WORD", "how:" GF_OPTIMIZER_LIST(IN_HELP)),
	VALUE("lr", '\0', OPT_LR, "X", "learning rate, above 0; default: 0.01"),
	VALUE("epochs", '\0', OPT_EPOCHS, "N", "passes over the data; default: 5000"),
	VALUE("init", '\0', OPT_INIT, "WORD",
		"first parameters:" GF_INIT_LIST(IN_HELP) "; default: pytorch, but notebook for "
							  "the built-in points without --seed"),
	VALUE("seed", '\0', OPT_SEED, "S", "of --init pytorch, as torch.manual_seed; default: 0"),
	VALUE("check", '\0', OPT_CHECK, "WORD",
		"epochs proven against the reference:" GF_CHECK_LIST(IN_HELP)),
	POPT_TABLEEND,
};

static const struct poptOption device_group[] = {
	VALUE("device", '\0', OPT_DEVICE, "D",
		"a number of 'gpufit devices', P:D, gpu, cpu, or part of a name; default: "
		"GPUFIT_DEVICE, else the first GPU, accelerator or CPU"),
	POPT_TABLEEND,
};

static const struct poptOption engine_group[] = {
	VALUE("engine", '\0', OPT_ENGINE, "WORD", "how it computes:" GF_ENGINE_LIST(IN_HELP)),
	POPT_TABLEEND,
};

static const struct poptOption result_group[] = {
	VALUE("output", 'o', OPT_OUTPUT, "FILE", "save the model (safetensors)"),
	VALUE("log", '\0', OPT_LOG, "FILE", "a line of JSON for each epoch"),
	FLAG("log-params", '\0', OPT_LOG_PARAMS, "with weight, bias and their gradients"),
	FLAG("json", '\0', OPT_JSON, "the final report as one JSON object"),
	OPTIONAL_VALUE("trace", OPT_TRACE, "N",
		"show the numbers of the first N epochs and of the last; N: 3"),
	OPTIONAL_VALUE(
		"explain", OPT_EXPLAIN, "EPOCH", "theory beside practice for one epoch; EPOCH: 0"),
	FLAG("profile", '\0', OPT_PROFILE, "where the time went"),
	FLAG("quiet", 'q', OPT_QUIET, "no progress and no warnings"),
	FLAG("verbose", 'v', OPT_VERBOSE, "say which device and engine, and why"),
	FLAG("no-progress", '\0', OPT_NO_PROGRESS, "no progress"),
	POPT_TABLEEND,
};

static const struct poptOption model_group[] = {
	VALUE("model", 'm', OPT_MODEL, "MODEL", "the model file (required)"),
	POPT_TABLEEND,
};

static const struct poptOption prediction_group[] = {
	VALUE("output", 'o', OPT_OUTPUT, "FILE", "write the CSV here, not to standard output"),
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
	GROUP(reading_group, "Reading DATA:"),
	GROUP(training_group, "Training:"),
	GROUP(device_group, "Where:"),
	GROUP(engine_group, NULL),
	GROUP(result_group, "What comes out:"),
	GROUP(help_group, "Help:"),
	POPT_TABLEEND,
};

const struct poptOption predict_options[] = {
	GROUP(model_group, "Options:"),
	GROUP(prediction_group, NULL),
	GROUP(reading_group, "Reading DATA:"),
	GROUP(device_group, "Where:"),
	GROUP(engine_group, NULL),
	GROUP(help_group, "Help:"),
	POPT_TABLEEND,
};

const struct poptOption evaluate_options[] = {
	GROUP(model_group, "Options:"),
	GROUP(json_group, NULL),
	GROUP(reading_group, "Reading DATA:"),
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
	GROUP(help_group, NULL),
	POPT_TABLEEND,
};

const struct poptOption show_options[] = {
	GROUP(json_group, "Options:"),
	GROUP(help_group, NULL),
	POPT_TABLEEND,
};
