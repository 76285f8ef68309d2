#include "log.h"
#include "error.h"
#include "json.h"
#include "layers.h"
#include "message.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- the older log that a resumed training appends to ---- */

/* Reads the older log line by line. */
struct old_log {
	const char *path; /* borrowed */
	FILE *file;       /* owned; NULL: the file does not exist */
	char *text;       /* owned: the line */
	size_t room, line, epoch;
	ssize_t length;
};

static gf_status old_log_open(struct old_log *log, const char *path, gf_error *err)
{
	*log = (struct old_log){.path = path, .file = fopen(path, "r")};
	if (!log->file && errno != ENOENT)
		return gf_fail(err, GF_E_IO, "%s: cannot read: %s", path, strerror(errno));
	return GF_OK;
}

static void old_log_close(struct old_log *log)
{
	if (log->file)
		fclose(log->file);
	free(log->text);
}

/* Parses the epoch of {"epoch":7,"loss":...}; false: this is not a line of a log. */
static bool parse_epoch(struct old_log *log)
{
	static const char start[] = "{\"epoch\":";
	const char *digits = log->text + strlen(start);
	char *end;

	if (strncmp(log->text, start, strlen(start)) != 0 || !strchr("0123456789", *digits))
		return false;
	errno = 0;
	log->epoch = strtoull(digits, &end, 10);
	return errno == 0 && *end == ',' && log->length >= 2 && log->text[log->length - 2] == '}';
}

/* False at the end.  A last line without a newline does not count: its process was killed. */
static bool next_line(struct old_log *log)
{
	log->length = log->file ? getline(&log->text, &log->room, log->file) : -1;
	log->line++;
	return log->length > 0 && log->text[log->length - 1] == '\n';
}

static gf_status check_read(const struct old_log *log, gf_error *err)
{
	if (log->file && ferror(log->file))
		return gf_fail(err, GF_E_IO, "%s: cannot read: %s", log->path, strerror(errno));
	return GF_OK;
}

static gf_status check_line(struct old_log *log, size_t before, gf_error *err)
{
	static const char wanted[] = "a resumed training continues its log; name another file";

	if (!parse_epoch(log))
		return gf_fail(err, GF_E_DATA, "%s:%zu: not a line of a log: %s", log->path,
			log->line, wanted);
	if (log->line > 1 && log->epoch != before + 1)
		return gf_fail(err, GF_E_DATA, "%s:%zu: epoch %zu follows epoch %zu: %s", log->path,
			log->line, log->epoch, before, wanted);
	return GF_OK;
}

static gf_status check_lines(struct old_log *log, gf_error *err)
{
	while (next_line(log))
		TRY(check_line(log, log->epoch, err));
	return check_read(log, err);
}

/* Checks that the lines are those of consecutive epochs.  The last one may be cut off, and the file
 * need not exist.  GF_E_DATA, GF_E_IO. */
static gf_status old_log_check(const char *path, gf_error *err)
{
	struct old_log log;
	gf_status status;

	TRY(old_log_open(&log, path, err));
	status = check_lines(&log, err);
	old_log_close(&log);
	return status;
}

/* Copies the lines of epochs below end to a file; *copied is the epoch after the last copied
 * one, or end if there are none.  GF_E_IO: the log cannot be read.  A failed write shows in
 * ferror(to). */
static gf_status old_log_copy(const char *path, size_t end, FILE *to, size_t *copied, gf_error *err)
{
	struct old_log log;
	gf_status status;

	*copied = end;
	TRY(old_log_open(&log, path, err));
	while (next_line(&log) && parse_epoch(&log) && log.epoch < end) {
		fwrite(log.text, 1, (size_t)log.length, to);
		*copied = log.epoch + 1;
	}
	status = check_read(&log, err);
	old_log_close(&log);
	return status;
}

/* ---- the log ---- */

/* True if path is a regular file or does not exist: it is replaced after the first epoch.  A
 * pipe is opened at once, because its reader may take a while. */
static bool is_replaced(const char *path)
{
	struct stat info;

	return stat(path, &info) != 0 || S_ISREG(info.st_mode);
}

static gf_status begin(struct log *log, gf_error *err)
{
	TRY(outfile_open(&log->out, log->path, err));
	log->begun = true;
	return GF_OK;
}

gf_status log_open(struct log *log, const struct options *options, const struct param_table *params,
	gf_error *err)
{
	*log = (struct log){
		.path = options->log,
		.parameters = options->given[OPT_LOG_PARAMS],
		.validates = options->given[OPT_VALIDATION],
		.quiet = options->given[OPT_QUIET],
		.params = *params,
	};
	if (!log->path)
		return GF_OK;
	if (!is_replaced(log->path))
		return begin(log, err);
	log->resumes = options->config.resume != NULL;
	return log->resumes ? old_log_check(log->path, err) : GF_OK;
}

/* Copies the older log up to the epoch at which this training resumes. */
static gf_status copy_older(struct log *log, size_t epoch, gf_error *err)
{
	size_t copied;

	TRY(old_log_copy(log->path, epoch, log->out.file, &copied, err));
	if (copied < epoch && !log->quiet)
		say("%s: epoch %zu follows epoch %zu: what is between them was logged "
		    "elsewhere, or never written",
			log->path, epoch, copied - 1);
	return GF_OK;
}

unsigned log_wants(const struct log *log)
{
	return log->path && log->parameters ? GF_WANT_PARAMETERS : 0;
}

/* The parameters of a network, and its gradient, are objects with the names of its tensors. */
static void set_network(json_t *line, const struct log *log, const gf_epoch *epoch)
{
	json_object_set_new(line, "parameters", layers_json(&log->params, epoch->before));
	json_object_set_new(line, "gradient", layers_json(&log->params, epoch->gradient));
}

/* Sets a block of parameters under two keys: the weight is a list for each output, as PyTorch
 * prints it. */
static void set_block(json_t *line, const char *weight_key, const char *bias_key,
	const float *block, const struct param_table *params)
{
	const float *bias = block + param_table_bias_at(params, 0);

	json_object_set_new(line, weight_key, json_rows(block, params->outputs, params->features));
	json_object_set_new(line, bias_key, json_floats(bias, params->outputs));
}

static json_t *line_of(const struct log *log, const gf_epoch *epoch)
{
	json_t *line = json_object();

	json_set_count(line, "epoch", epoch->epoch);
	json_set_number(line, "loss", epoch->loss);
	if (log->validates)
		json_set_number(line, "val_loss", epoch->val_loss);
	json_set_number(line, "lr", epoch->lr);
	if (log->parameters && layers_count(&log->params) > 1) {
		set_network(line, log, epoch);
	} else if (log->parameters) {
		set_block(line, "weight", "bias", epoch->before, &log->params);
		set_block(line, "grad_weight", "grad_bias", epoch->gradient, &log->params);
	}
	return line;
}

/* Begins the log at its first epoch, and replaces the older one. */
static gf_status first_epoch(struct log *log, const gf_epoch *epoch, gf_error *err)
{
	TRY(begin(log, err));
	if (log->resumes)
		TRY(copy_older(log, epoch->epoch, err));
	TRY(json_line(line_of(log, epoch), log->out.file, log->path, err));
	return outfile_replace(&log->out, err);
}

gf_status log_epoch(struct log *log, const gf_epoch *epoch, gf_error *err)
{
	if (!log->path)
		return GF_OK;
	if (!log->begun)
		return first_epoch(log, epoch, err);
	TRY(json_line(line_of(log, epoch), log->out.file, log->path, err));
	return outfile_flush(&log->out, err);
}

/* A training of 0 epochs makes an empty log, unless it failed or was resumed. */
gf_status log_close(struct log *log, gf_status status, gf_error *err)
{
	if (!log->path || (!log->begun && (status || log->resumes)))
		return GF_OK;
	if (!log->begun)
		TRY(begin(log, err));
	return outfile_commit(&log->out, err);
}
