/* check_search.c: --folds, --sweep and --path beside other options. */
#include "message.h"
#include "sweep.h"

/* What has no place in a table of many trainings, with the reason. */
static int check_results(const struct options *o)
{
	static const struct {
		enum option option;
		const char *why;
	} refused[] = {
		{OPT_LOG, "a log has the epochs of one training"},
		{OPT_TRACE, "--trace shows the epochs of one training"},
		{OPT_EXPLAIN, "--explain shows an epoch of one training"},
		{OPT_PROFILE, "--profile shows the time of one training"},
		{OPT_PLOT, "--plot shows one training"},
		{OPT_STATISTICS, "--statistics is about the parameters of one training"},
		{OPT_EMIT_PYTORCH, "the script has one training"},
		{OPT_CHECKPOINT, "a checkpoint holds one training"},
		{OPT_RESUME, "a checkpoint holds one training"},
	};
	const char *many = o->given[OPT_PATH] ? "path" : o->given[OPT_FOLDS] ? "folds" : "sweep";

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (o->given[refused[i].option])
			return say_usage(o->command, "--%s and --%s contradict each other: %s",
				many, option_row(o->command, refused[i].option)->name,
				refused[i].why);
	return 0;
}

static int check_folds(const struct options *o)
{
	if (!o->given[OPT_FOLDS])
		return 0;
	if (o->given[OPT_VALIDATION])
		return say_usage(o->command, "--folds and --validation contradict each other: "
					     "each fold validates in its turn");
	if (o->folds < 2)
		return say_usage(o->command,
			"--folds: wanted a whole number, 2 or above, found '%zu'", o->folds);
	return 0;
}

/* The library refuses options that a path has no use for. */
static int check_path(const struct options *o)
{
	if (!o->given[OPT_PATH])
		return 0;
	if (o->given[OPT_SWEEP])
		return say_usage(o->command, "--path and --sweep contradict each other: a path is "
					     "a sweep of its penalty");
	if (o->given[OPT_INIT])
		return say_usage(o->command, "--path and --init contradict each other: a path "
					     "begins at weights of 0");
	if ((o->output || o->export) && !o->given[OPT_FOLDS])
		return say_usage(o->command,
			"--path with --%s needs --folds K, which choose the penalty",
			o->output ? "output" : "export");
	return 0;
}

/* Each point must be a command line that would be accepted. */
static int check_points(const struct options *o)
{
	struct sweep sweep;
	char complaint[2048];
	int code = 0;

	if (!sweep_parse(&sweep, o, complaint, sizeof complaint))
		code = say_usage(o->command, "--sweep: %s", complaint);
	for (size_t i = 0; !code && o->sweep && i < sweep.points; i++) {
		const struct options point = sweep_options(&sweep, o, i);

		code = options_check(&point);
	}
	sweep_free(&sweep);
	return code;
}

int check_search(const struct options *options)
{
	int code = 0;

	if (options->given[OPT_FOLDS] || options->given[OPT_SWEEP] || options->given[OPT_PATH])
		code = check_results(options);
	if (!code)
		code = check_path(options);
	if (!code)
		code = check_folds(options);
	return code ? code : check_points(options);
}
