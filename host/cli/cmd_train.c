#include "clock.h"
#include "error.h"
#include "explain.h"
#include "data_notes.h"
#include "format.h"
#include "gnuplot.h"
#include "gpufitcl_comm.h"
#include "gpufitcl_notebook.h"
#include "log.h"
#include "message.h"
#include "option_rows.h"
#include "outfile.h"
#include "plot_train.h"
#include "print.h"
#include "process.h"
#include "progress.h"
#include "pytorch.h"
#include "mpi_ranks.h"
#include "report.h"
#include "timeline.h"
#include "verbose.h"
#include "search.h"

#include <string.h>
#include <unistd.h>

/* A training and its results. */
struct run {
	const struct options *options; /* borrowed */
	gf_dataset *data;              /* owned */
	gf_dataset *validation;        /* owned; NULL: no file of its own */
	gf_model *start;               /* owned: the model of --init; NULL: --init is a word */
	gf_model *model;               /* owned; NULL: the training failed, or there are many */
	struct search search;          /* if there are many trainings */
	struct progress progress;
	struct timeline timeline;
	struct log log;
	struct plot_train plot;
	struct param_table params; /* of data */
	double load_seconds;
	gf_report report;
	bool explained;      /* --explain has printed its epoch */
	bool saved;          /* the model was written to its file */
	bool exported;       /* and to that of --export */
	gf_error err;        /* of the training and of reading its data */
	gf_error output_err; /* of the log and of --explain: it stops the training */
	gf_error save_err;   /* of writing the model */
	gf_error plot_err;
	gf_error export_err;
	gf_error timeline_err;
	gf_error script_err;
};

/* ---- data ---- */

static gf_read_options read_options(struct run *run)
{
	gf_read_options read = options_read(run->options);

	progress_attach_read(&run->progress, &read);
	return read;
}

/* Rows of a batch from which on the launches of a sparse step cost little.  Engine resident takes
 * smaller batches of dense rows. */
enum { SPARSE_BATCH = 512 };

/* Returns 1 if no option wants dense rows. */
static bool takes_sparse_rows(const struct options *o)
{
	const gf_config *c = &o->config;
	const bool shows_rows = o->given[OPT_TRACE] || o->given[OPT_EXPLAIN] || o->emit_pytorch;
	const bool is_small = c->batch_size && c->batch_size < SPARSE_BATCH;

	return !gf_config_dense_reason(c) && !shows_rows && !o->given[OPT_SWEEP] && !is_small &&
	       c->engine != GF_ENGINE_reference;
}

static gf_status load_data(struct run *run)
{
	gf_read_options read = read_options(run);

	/* A cache is for trainings with other options, too. */
	if (read.sparse < 0 && !read.cache && takes_sparse_rows(run->options))
		read.sparse = SPARSE_IF_FASTER;
	if (!run->options->operand)
		return gf_dataset_notebook(&run->data, &run->err);
	return operands_read(&run->data, run->options, &read, &run->err);
}

static gf_status load_validation(struct run *run)
{
	gf_read_options read = read_options(run);
	const char *path = run->options->validation_file;

	read.like = run->data;
	read.one_hot = read.exclude = NULL; /* columns are those of data */
	read.cache = NULL;
	return path ? gf_dataset_read(&run->validation, path, &read, &run->err) : GF_OK;
}

static gf_status load_start(struct run *run)
{
	const char *path = run->options->init_file;

	return path ? gf_model_load(&run->start, path, &run->err) : GF_OK;
}

static void load(struct run *run)
{
	const struct options *options = run->options;
	struct progress *progress = &run->progress;
	double began = clock_seconds();
	char name[1024];

	if (!options->operand && !options->given[OPT_QUIET] && unread_input())
		say("standard input has data, which are not read: give - to train on them and not "
		    "on the built-in points");
	if (load_data(run) == GF_OK && load_validation(run) == GF_OK)
		load_start(run);
	run->load_seconds = clock_seconds() - began;
	progress_clear(progress);
	if (options->given[OPT_QUIET])
		return;
	if (options->operand)
		say_data_notes(operands_name(options, name, sizeof name), run->data,
			&options->config, options->given[OPT_VERBOSE]);
	say_data_notes(options->validation_file, run->validation, &options->config, false);
}

/* ---- callbacks of gf_fit ---- */

static bool traces(const struct run *run, size_t epoch)
{
	const struct options *options = run->options;

	return options->given[OPT_TRACE] &&
	       (epoch < options->trace || epoch + 1 == options->config.epochs);
}

static bool explains(const struct run *run, size_t epoch)
{
	return run->options->given[OPT_EXPLAIN] && epoch == run->options->explain;
}

static unsigned wants(size_t epoch, void *user)
{
	const struct run *run = user;

	if (traces(run, epoch) || explains(run, epoch))
		return GF_WANT_PARAMETERS | GF_WANT_OUTPUTS;
	return log_wants(&run->log) | plot_train_wants(&run->plot, epoch);
}

static void explain(struct run *run, const gf_epoch *epoch)
{
	gf_error err;

	if (explain_print(&run->params, &run->options->config, epoch, &err) &&
		run->output_err.status == GF_OK)
		run->output_err = err;
	run->explained = true;
}

static void on_epoch(const gf_epoch *epoch, void *user)
{
	struct run *run = user;
	const bool traced = traces(run, epoch->epoch), explained = explains(run, epoch->epoch);

	log_epoch(&run->log, epoch, &run->output_err);
	plot_train_epoch(&run->plot, epoch);
	if (traced || explained)
		progress_clear(&run->progress);
	if (traced)
		trace_print(&run->params, &run->options->config, epoch);
	if (explained)
		explain(run, epoch);
	progress_epoch(&run->progress, epoch);
}

static int stop(void *user)
{
	const struct run *run = user;

	return interrupt_requested() || run->output_err.status != GF_OK;
}

static void notice(const char *text, void *user)
{
	struct run *run = user;

	progress_say(&run->progress, text);
}

static void on_progress(const gf_progress *progress, void *user)
{
	struct run *run = user;

	progress_report(&run->progress, progress);
}

static void on_span(const gf_span *span, void *user)
{
	struct run *run = user;

	timeline_span(&run->timeline, span);
}

static void attach(struct run *run, gf_config *config)
{
	config->wants = wants;
	config->on_epoch = on_epoch;
	config->stop = stop;
	config->notice = run->options->given[OPT_QUIET] ? NULL : notice;
	config->on_progress = on_progress;
	config->on_span = run->options->timeline ? on_span : NULL;
	config->user = run;
}

/* ---- the training ---- */

/* Finds an output that cannot be written before the training, not after it. */
static gf_status check_outputs(const struct options *options, gf_error *err)
{
	const bool writes = gf_comm_rank(options->config.comm) == 0;
	const char *const paths[] = {options->output, writes ? options->config.checkpoint : NULL,
		options->log, options->emit_pytorch};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (paths[i])
			TRY(outfile_check(paths[i], err));
	if (options->plot)
		TRY(gnuplot_check(options->plot, err));
	return options->export ? gf_export_check(options->export, err) : GF_OK;
}

/* Saves the model, if there is one, also if the log could not be written. */
static void save(struct run *run, const gf_model *model)
{
	const char *path = run->options->output;
	int held;

	if (!model || !path)
		return;
	progress_phase(&run->progress, GF_PHASE_saving, 0, 0);
	if (pipe_await(path, &held, &run->save_err))
		return;
	run->saved = gf_model_save(model, path, &run->save_err) == GF_OK;
	if (held >= 0)
		close(held);
}

static void export_model(struct run *run, const gf_model *model)
{
	const char *path = run->options->export;

	if (!model || !path)
		return;
	progress_phase(&run->progress, GF_PHASE_saving, 0, 0);
	run->exported = gf_model_export(model, path, &run->export_err) == GF_OK;
	progress_clear(&run->progress);
	if (run->exported && !run->options->given[OPT_QUIET])
		say_export(model, path);
}

/* Output that shows all features of a row cannot show sparse ones. */
static gf_status check_sparse(const struct options *o, gf_error *err)
{
	const char *name = o->given[OPT_TRACE]     ? "trace"
			   : o->given[OPT_EXPLAIN] ? "explain"
			   : o->emit_pytorch       ? "emit-pytorch"
						   : NULL;

	if (!name)
		return GF_OK;
	return gf_fail(err, GF_E_USAGE,
		"the rows are sparse: --%s takes all features of a row; wanted: dense rows "
		"(--sparse no)",
		name);
}

/* Finds before the training whether the data can be shown, and a script written. */
static gf_status check_script(struct run *run)
{
	struct source source;

	if (gf_dataset_features(run->data) && !gf_dataset_x(run->data))
		TRY(check_sparse(run->options, &run->err));
	if (!run->options->emit_pytorch)
		return GF_OK;
	return pytorch_source(&source, run->options, run->data, &run->err);
}

/* Opens the log, which shows the parameters of the data. */
static gf_status open_log(struct run *run)
{
	const gf_config *config = &run->options->config;

	run->params = param_table_of_data(run->data, config->loss);
	run->params.bias = !config->no_bias;
	memcpy(run->params.hidden, config->hidden, sizeof config->hidden);
	plot_train_open(&run->plot, run->options, &run->params);
	return log_open(&run->log, run->options, &run->params, &run->err);
}

static gf_config training_config(struct run *run)
{
	gf_config config = run->options->config;

	config.init = options_init(run->options);
	config.init_model = run->start;
	config.validation_data = run->validation;
	attach(run, &config);
	return config;
}

static void fit(struct run *run)
{
	const struct options *options = run->options;
	gf_config config = training_config(run);

	gf_fit(&run->model, run->data, &config, &run->report, &run->err);
	progress_clear(&run->progress);
	if (options->given[OPT_EXPLAIN] && !run->explained && !options->given[OPT_QUIET])
		say("epoch %zu was not reached: there is nothing to explain", options->explain);
	log_close(&run->log, run->err.status, &run->output_err);
	save(run, run->model);
	export_model(run, run->model);
	if (options->emit_pytorch)
		pytorch_write(options, run->data, config.init, run->report.lr, &run->script_err);
}

/* Trains many times. */
static void search(struct run *run)
{
	gf_config config = training_config(run);

	run->search.options = run->options;
	run->search.data = run->data;
	search_run(&run->search, &config, &run->progress, &run->err);
	save(run, search_model(&run->search));
	export_model(run, search_model(&run->search));
	progress_clear(&run->progress);
}

/* ---- results ---- */

static int report_search(struct run *run)
{
	const gf_report *first = search_first_report(&run->search);

	if (!search_is_known(&run->search))
		return 0;
	if (first && run->options->given[OPT_VERBOSE])
		verbose_engine(&run->options->config, first);
	run->search.load_seconds = run->load_seconds;
	run->search.saved = run->saved;
	run->search.exported = run->exported;
	if (run->options->given[OPT_JSON])
		return print_json(search_json(&run->search));
	search_print(&run->search);
	return 0;
}

/* Prints the report, if there is one.  Returns 0 or the exit code of a failed print. */
static int report(struct run *run)
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
		.export = options->export,
		.exported = run->exported,
		.status = run->err.status,
		.load_seconds = run->load_seconds,
	};

	int code = 0;

	if (options->given[OPT_VERBOSE])
		verbose_engine(&options->config, &run->report);
	if (!report_is_due(&outcome))
		return 0;
	if (options->given[OPT_JSON])
		code = print_json(report_json(&outcome));
	else
		report_print(&outcome);
	plot_train_draw(&run->plot, &outcome, &run->plot_err);
	return code;
}

/* Says each error; returns the exit code.  If a failed log stopped the training, the user did not:
 * that it was interrupted is then not said. */
static int conclude(struct run *run, int code)
{
	const gf_error *const outputs[] = {&run->output_err, &run->save_err, &run->plot_err,
		&run->export_err, &run->timeline_err, &run->script_err};

	for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
		if (outputs[i]->status)
			code = say_error(outputs[i]);
	if (run->err.status == GF_OK || (run->err.status == GF_E_INTERRUPTED && code))
		return code;
	if (!mpi_ranks_tell(run->options, &run->err))
		return exit_code(run->err.status);
	return say_failure(run->options, &run->err);
}

/* ---- the command ---- */

static void start(struct run *run)
{
	const struct options *options = run->options;

	run->progress.timeline = &run->timeline;
	if (timeline_open(&run->timeline, options->timeline, &run->err))
		return;
	load(run);
	if (run->err.status || check_outputs(options, &run->err) || check_script(run) ||
		open_log(run))
		return;
	interrupt_watch(); /* before a driver starts threads */
	if (options->given[OPT_VERBOSE])
		verbose_device(&options->config);
	if (search_is_wanted(options))
		search(run);
	else
		fit(run);
}

/* The timeline of a training that failed is kept, but not that of one that never began. */
static void end_timeline(struct run *run)
{
	const bool began = run->report.device[0] || run->search.result;

	timeline_close(&run->timeline, began, &run->timeline_err);
	if (run->timeline.left_out && !run->options->given[OPT_QUIET])
		say("%s has the first %d events; %zu more were left out", run->options->timeline,
			TIMELINE_EVENTS, run->timeline.left_out);
}

int cmd_train(const struct options *options)
{
	struct run run = {.options = options};
	int code;

	progress_open(&run.progress, options);
	start(&run);
	progress_close(&run.progress);
	end_timeline(&run);
	code = search_is_wanted(options) ? report_search(&run) : report(&run);
	code = conclude(&run, code);
	plot_train_free(&run.plot);
	search_free(&run.search);
	gf_model_free(run.model);
	gf_model_free(run.start);
	gf_dataset_free(run.validation);
	gf_dataset_free(run.data);
	return code;
}
