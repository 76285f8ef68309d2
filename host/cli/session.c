#include "session.h"
#include "explain.h"
#include "message.h"
#include "signals.h"

gf_status session_open(struct session *session, const struct options *options,
	const gf_dataset *data, struct progress *progress, gf_error *err)
{
	*session = (struct session){
		.options = options,
		.data = data,
		.progress = progress,
		.trace = {.wanted = options->given[OPT_TRACE],
			.first = options->trace,
			.epochs = options->config.epochs,
			.batches = options->config.batch_size > 0,
			.standardized = options->config.standardize,
			.linear = param_table_of_data(data, options->config.loss)},
	};
	session->trace.linear.bias = !options->config.no_bias;
	return log_open(&session->log, options, &session->trace.linear, err);
}

static bool explains(const struct session *session, size_t epoch)
{
	return session->options->given[OPT_EXPLAIN] && epoch == session->options->explain;
}

static unsigned wants(size_t epoch, void *user)
{
	const struct session *session = user;

	if (trace_shows(&session->trace, epoch) || explains(session, epoch))
		return GF_WANT_PARAMETERS | GF_WANT_OUTPUTS;
	return log_wants(&session->log);
}

static void explain(struct session *session, const gf_epoch *step)
{
	gf_error err;

	if (explain_print(session->data, session->options->config.loss, step, &err) &&
		session->err.status == GF_OK)
		session->err = err;
	session->explained = true;
}

static void on_epoch(const gf_epoch *step, void *user)
{
	struct session *session = user;
	bool traced = trace_shows(&session->trace, step->epoch);
	bool explained = explains(session, step->epoch);

	log_step(&session->log, step, &session->err);
	if (traced || explained)
		progress_clear(session->progress);
	if (traced)
		trace_print(&session->trace, step);
	if (explained)
		explain(session, step);
	progress_step(session->progress, step);
}

static int stop(void *user)
{
	const struct session *session = user;

	return signals_interrupted() || session->err.status != GF_OK;
}

static void notice(const char *text, void *user)
{
	const struct session *session = user;

	progress_say(session->progress, text);
}

static void on_progress(const gf_progress *progress, void *user)
{
	const struct session *session = user;

	progress_report(session->progress, progress);
}

void session_attach(struct session *session, gf_config *config)
{
	config->wants = wants;
	config->on_epoch = on_epoch;
	config->stop = stop;
	config->notice = session->options->given[OPT_QUIET] ? NULL : notice;
	config->on_progress = on_progress;
	config->user = session;
}

gf_status session_close(struct session *session, gf_status status, gf_error *err)
{
	const struct options *options = session->options;

	progress_clear(session->progress);
	if (options->given[OPT_EXPLAIN] && !session->explained && !options->given[OPT_QUIET])
		say("epoch %zu was not reached: there is nothing to explain", options->explain);
	log_close(&session->log, status, &session->err);
	*err = session->err;
	return err->status;
}
