#include "log.h"
#include "json.h"
#include "message.h"
#include "old_log.h"

#include <sys/stat.h>

/* A file to be replaced waits for the first epoch.  What is none is opened once, and now: who reads
 * a pipe may be a while in coming. */
static bool is_replaced(const char *path)
{
	struct stat info;

	return stat(path, &info) != 0 || S_ISREG(info.st_mode);
}

static gf_status begin(struct log *log, gf_error *err)
{
	gf_status status = outfile_open(&log->out, log->path, err);

	log->begun = status == GF_OK;
	return status;
}

gf_status log_open(
	struct log *log, const struct options *options, const struct linear *linear, gf_error *err)
{
	*log = (struct log){
		.path = options->log,
		.parameters = options->given[OPT_LOG_PARAMS],
		.validates = options->given[OPT_VALIDATION],
		.quiet = options->given[OPT_QUIET],
		.linear = *linear,
	};
	if (!log->path)
		return GF_OK;
	if (!is_replaced(log->path))
		return begin(log, err);
	log->resumes = options->config.resume != NULL;
	return log->resumes ? old_log_check(log->path, err) : GF_OK;
}

/* The log of the training before, up to where this one goes on. */
static gf_status go_on(struct log *log, size_t epoch, gf_error *err)
{
	size_t copied;
	gf_status status = old_log_copy(log->path, epoch, log->out.file, &copied, err);

	if (!status && copied < epoch && !log->quiet)
		say("%s: epoch %zu follows epoch %zu: what is between them was logged "
		    "elsewhere, or never written",
			log->path, epoch, copied - 1);
	return status;
}

/* At the first epoch: the file with its line takes the older one's place. */
static gf_status first_step(struct log *log, size_t epoch, json_t *line, gf_error *err)
{
	gf_status status = begin(log, err);

	if (!status && log->resumes)
		status = go_on(log, epoch, err);
	if (status) {
		json_decref(line);
		return status;
	}
	status = json_line(line, log->out.file, log->path, err);
	return status ? status : outfile_replace(&log->out, err);
}

unsigned log_wants(const struct log *log)
{
	return log->path && log->parameters ? GF_WANT_PARAMETERS : 0;
}

/* A block of parameters under two keys, weight nested as PyTorch prints it. */
static void set_block(json_t *line, const char *weight_key, const char *bias_key,
	const float *block, const struct linear *linear)
{
	const float *bias = block + linear_bias_at(linear, 0);

	json_object_set_new(line, weight_key, json_rows(block, linear->outputs, linear->features));
	json_object_set_new(line, bias_key, json_floats(bias, linear->outputs));
}

gf_status log_step(struct log *log, const gf_epoch *step, gf_error *err)
{
	json_t *line;

	if (!log->path)
		return GF_OK;
	line = json_object();
	json_object_set_new(line, "epoch", json_integer((json_int_t)step->epoch));
	json_object_set_new(line, "loss", json_number(step->loss));
	if (log->validates)
		json_object_set_new(line, "val_loss", json_number(step->val_loss));
	json_object_set_new(line, "lr", json_number(step->lr));
	if (log->parameters) {
		set_block(line, "weight", "bias", step->before, &log->linear);
		set_block(line, "grad_weight", "grad_bias", step->gradient, &log->linear);
	}
	if (!log->begun)
		return first_step(log, step->epoch, line, err);

	gf_status status = json_line(line, log->out.file, log->path, err);

	return status ? status : outfile_flush(&log->out, err);
}

/* A training without an epoch has an empty log, unless it failed or went on. */
gf_status log_close(struct log *log, gf_status status, gf_error *err)
{
	if (!log->path || (!log->begun && (status || log->resumes)))
		return GF_OK;
	if (!log->begun && begin(log, err))
		return err->status;
	return outfile_commit(&log->out, err);
}
