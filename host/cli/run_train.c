#include "clock.h"
#include "commands.h"
#include "failure.h"
#include "format.h"
#include "message.h"
#include "outfile.h"
#include "streams.h"
#include "print.h"
#include "report.h"
#include "session.h"
#include "signals.h"
#include "words.h"
#include "gpufitcl_notebook.h"

#include <unistd.h>

/* The built-in points start where the notebook's recorded run did, unless the user chooses. */
static gf_init chosen_init(const struct options *options)
{
	bool chosen = options->operand || options->given[OPT_INIT] || options->given[OPT_SEED];

	return chosen ? options->config.init : GF_INIT_notebook;
}

/* An output that cannot be written is better known before the training than after it. */
static gf_status check_outputs(const struct options *options, gf_error *err)
{
	const char *const paths[] = {options->output, options->config.checkpoint, options->log};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (paths[i] && outfile_check(paths[i], err))
			return err->status;
	return GF_OK;
}

static void say_device(const struct options *options)
{
	gf_device_info info;

	if (options->config.engine == GF_ENGINE_reference ||
		gf_device_find(&info, options->config.device, NULL) != GF_OK)
		return;
	say("device %zu (%zu:%zu): %s, %s, driver %s", info.index, info.platform, info.device,
		info.name, info.platform_name, info.driver);
}

static void say_engine(const gf_report *report)
{
	if (report->why[0])
		say("engine %s: %s", word_of(engine_words, (int)report->engine), report->why);
	if (report->kernels_why[0])
		say("kernels %s: %s", word_of(kernels_words, (int)report->kernels),
			report->kernels_why);
}

/* One training, and what became of it. */
struct run {
	const struct options *options; /* borrowed */
	gf_dataset *data;              /* owned */
	gf_dataset *validation;        /* owned; NULL: of no file */
	gf_model *start;               /* owned; NULL: a word says where it starts */
	gf_model *model;               /* owned; NULL: none came out */
	struct progress progress;
	double load_seconds;
	gf_report report;
	bool saved;          /* the model is in its file */
	gf_error err;        /* of the training, and all before it */
	gf_error output_err; /* of its log and of what it prints */
	gf_error save_err;   /* of the model's file */
};

static gf_read_options read_options(struct run *run)
{
	gf_read_options read = options_read(run->options);

	progress_attach_read(&run->progress, &read);
	return read;
}

static gf_status load_data(struct run *run)
{
	gf_read_options read = read_options(run);

	if (!run->options->operand)
		return gf_dataset_notebook(&run->data, &run->err);
	return gf_dataset_read(&run->data, run->options->operand, &read, &run->err);
}

static gf_status load_validation(struct run *run)
{
	gf_read_options read = read_options(run);
	const char *path = run->options->validation_file;

	read.like = run->data;
	read.one_hot = read.exclude = NULL; /* the data says */
	return path ? gf_dataset_read(&run->validation, path, &read, &run->err) : GF_OK;
}

static gf_status load_start(struct run *run)
{
	const char *path = run->options->init_file;

	return path ? gf_model_load(&run->start, path, &run->err) : GF_OK;
}

static void say_dropped(const char *path, const gf_dataset *data)
{
	size_t rows = data ? gf_dataset_dropped(data) : 0;

	if (rows)
		say("%s: left out %s with missing values", path, format_count(rows, "row").text);
}

static void load(struct run *run)
{
	const struct options *options = run->options;
	struct progress *progress = &run->progress;
	double began = clock_seconds();

	if (!options->operand && !options->given[OPT_QUIET] && unread_input())
		say("standard input has data, which are not read: give - to train on them and not "
		    "on the built-in points");
	if (load_data(run) == GF_OK && load_validation(run) == GF_OK)
		load_start(run);
	run->load_seconds = clock_seconds() - began;
	progress_clear(progress);
	if (options->given[OPT_QUIET])
		return;
	say_dropped(options->operand, run->data);
	say_dropped(options->validation_file, run->validation);
}

/* Also after a log that could not be written. */
static void save(struct run *run)
{
	const char *path = run->options->output;
	int held;

	if (!run->model || !path)
		return;
	progress_phase(&run->progress, GF_PHASE_saving, 0, 0);
	if (pipe_await(path, &held, &run->save_err))
		return;
	run->saved = gf_model_save(run->model, path, &run->save_err) == GF_OK;
	if (held >= 0)
		close(held);
}

static void fit(struct run *run, struct session *session)
{
	const struct options *options = run->options;
	gf_config config = options->config;

	config.init = chosen_init(options);
	config.init_model = run->start;
	config.validation_data = run->validation;
	session_attach(session, &config);
	gf_fit(&run->model, run->data, &config, &run->report, &run->err);
	session_close(session, run->err.status, &run->output_err);
	save(run);
}

/* The exit code: 0 also where there is nothing to report. */
static int report(const struct run *run)
{
	const struct options *options = run->options;
	struct outcome outcome = {
		.data = run->data,
		.validation = run->validation,
		.config = &options->config,
		.model = run->model,
		.report = &run->report,
		.built_in = !options->operand,
		.output = options->output,
		.saved = run->saved,
		.status = run->err.status,
		.load_seconds = run->load_seconds,
		.named = options->operand != NULL,
		.profile = options->given[OPT_PROFILE],
	};

	if (options->given[OPT_VERBOSE])
		say_engine(&run->report);
	if (!report_is_due(&outcome))
		return 0;
	if (options->given[OPT_JSON])
		return print_json(report_json(&outcome));
	report_print(&outcome);
	return 0;
}

/* Says what went wrong with each of them.  A training that we stopped because its log could not
 * be written was not interrupted by the user. */
static int conclude(const struct run *run, int code)
{
	if (run->output_err.status)
		code = say_error(&run->output_err);
	if (run->save_err.status)
		code = say_error(&run->save_err);
	if (run->err.status == GF_OK || (run->err.status == GF_E_INTERRUPTED && code))
		return code;
	return failure(run->options, &run->err);
}

static void start(struct run *run)
{
	const struct options *options = run->options;
	struct session session;

	load(run);
	if (run->err.status || check_outputs(options, &run->err) ||
		session_open(&session, options, run->data, &run->progress, &run->err))
		return;
	signals_watch_interrupt(); /* before there is a driver, and a thread of its */
	if (options->given[OPT_VERBOSE])
		say_device(options);
	fit(run, &session);
}

int run_train(const struct options *options)
{
	struct run run = {.options = options};
	int code;

	progress_open(&run.progress, options);
	start(&run);
	progress_close(&run.progress);
	code = conclude(&run, report(&run));
	gf_model_free(run.model);
	gf_model_free(run.start);
	gf_dataset_free(run.validation);
	gf_dataset_free(run.data);
	return code;
}
