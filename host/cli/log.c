#include "log.h"
#include "json.h"

gf_status log_open(
	struct log *log, const struct options *options, const struct linear *linear, gf_error *err)
{
	gf_status status = options->log ? outfile_open(&log->out, options->log, err) : GF_OK;

	log->path = status == GF_OK ? options->log : NULL;
	log->parameters = options->given[OPT_LOG_PARAMS];
	log->validates = options->given[OPT_VALIDATION];
	log->linear = *linear;
	return status;
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

gf_status log_step(struct log *log, const gf_step *step, gf_error *err)
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
	return json_line(line, log->out.file, log->path, err);
}

gf_status log_close(struct log *log, gf_error *err)
{
	return log->path ? outfile_commit(&log->out, err) : GF_OK;
}
