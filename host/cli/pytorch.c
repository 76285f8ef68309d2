#include "pytorch.h"
#include "error.h"
#include "gpufitcl_notebook.h"
#include "message.h"
#include "option_rows.h"
#include "outfile.h"

#include <string.h>

/* ---- what the script cannot say ---- */

int pytorch_check(const struct options *o)
{
	static const enum option refused[] = {OPT_ONE_HOT, OPT_SAMPLE_WEIGHT, OPT_OFFSET,
		OPT_EXPOSURE, OPT_LABELS, OPT_MISSING, OPT_DECIMAL, OPT_COMMENT, OPT_SKIP_LINES,
		OPT_ENCODING, OPT_NA, OPT_INDEX_BASE, OPT_CLASS_WEIGHT, OPT_L1, OPT_AVERAGE,
		OPT_PATIENCE, OPT_TOLERANCE, OPT_RESUME, OPT_FOLDS, OPT_SWEEP, OPT_PATH};

	if (!o->emit_pytorch)
		return 0;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (o->given[refused[i]])
			return say_usage(o->command, "--emit-pytorch has no words for --%s",
				option_row(o->command, refused[i])->name);
	if (o->init_file)
		return say_usage(o->command, "--emit-pytorch has no words for the file of --init");
	if (o->validation_file)
		return say_usage(
			o->command, "--emit-pytorch has no words for the file of --validation");
	if (o->config.shuffle == GF_SHUFFLE_blocks)
		return say_usage(o->command, "--emit-pytorch has no words for blocks of --shuffle");
	if (o->config.lr_auto && o->config.schedule)
		return say_usage(o->command,
			"--emit-pytorch with --schedule needs --lr as a number, not auto");
	if (o->operand && strcmp(o->operand, "-") == 0)
		return say_usage(
			o->command, "--emit-pytorch: the script needs a file, not standard input");
	if (o->operand_count > 1)
		return say_usage(
			o->command, "--emit-pytorch reads one file, found %zu", o->operand_count);
	return 0;
}

/* ---- the model ---- */

static void put_linear(const struct script *s, size_t inputs, size_t outputs)
{
	fprintf(s->file, "nn.Linear(%zu, %zu%s)", inputs, outputs,
		s->options->config.no_bias ? ", bias=False" : "");
}

static size_t outputs_of(const struct script *s)
{
	const size_t classes = gf_dataset_classes(s->data);

	return s->options->config.loss == GF_LOSS_cross_entropy ? classes
								: gf_dataset_outputs(s->data);
}

static void put_layers(const struct script *s)
{
	const gf_config *c = &s->options->config;
	size_t inputs = gf_dataset_features(s->data);

	fputs("model = ", s->file);
	if (!c->hidden[0]) {
		put_linear(s, inputs, outputs_of(s));
		fputc('\n', s->file);
		return;
	}
	fputs("nn.Sequential(\n", s->file);
	for (size_t i = 0; i < GF_HIDDEN_LAYERS && c->hidden[i]; i++) {
		fputs("    ", s->file);
		put_linear(s, inputs, c->hidden[i]);
		fputs(",\n", s->file);
		fputs("    ", s->file);
		pytorch_activation(s);
		fputs(",\n", s->file);
		inputs = c->hidden[i];
	}
	fputs("    ", s->file);
	put_linear(s, inputs, outputs_of(s));
	fputs(",\n)\n", s->file);
}

/* The library knows the start that the notebook recorded: no step leaves it as it is. */
static gf_status put_notebook_start(const struct script *s, gf_error *err)
{
	gf_config config;
	gf_model *model = NULL;

	gf_config_default(&config);
	config.engine = GF_ENGINE_reference;
	config.init = GF_INIT_notebook;
	config.epochs = 0;
	TRY(gf_fit(&model, s->data, &config, NULL, err));
	fprintf(s->file, "with torch.no_grad():\n    model.weight.fill_(%.9g)\n",
		(double)*gf_model_weight(model));
	if (!s->options->config.no_bias)
		fprintf(s->file, "    model.bias.fill_(%.9g)\n", (double)*gf_model_bias(model));
	gf_model_free(model);
	return GF_OK;
}

static gf_status put_start(const struct script *s, gf_init init, gf_error *err)
{
	if (init == GF_INIT_notebook)
		return put_notebook_start(s, err);
	if (init == GF_INIT_zeros)
		fputs("for parameter in model.parameters():\n    nn.init.zeros_(parameter)\n",
			s->file);
	return GF_OK;
}

/* ---- batches ---- */

/* Returns true if each epoch is one step over all rows in their order, which needs no loader. */
static bool is_whole(const struct script *s)
{
	return !s->options->config.batch_size && !s->options->config.shuffle;
}

static void put_batches(const struct script *s)
{
	const gf_config *c = &s->options->config;

	if (is_whole(s))
		return;
	fputs("batches = DataLoader(TensorDataset(x, y), batch_size=", s->file);
	if (c->batch_size)
		fprintf(s->file, "%zu", c->batch_size);
	else
		fputs("len(x)", s->file);
	fprintf(s->file, "%s%s)\n", c->shuffle ? ", shuffle=True" : "",
		c->drop_last ? ", drop_last=True" : "");
}

/* ---- the loop ---- */

/* Writes a line of a step, which is indented more in a loop over batches. */
static void put_line(const struct script *s, const char *line)
{
	fprintf(s->file, "%s%s\n", is_whole(s) ? "    " : "        ", line);
}

static void put_backward(const struct script *s)
{
	const gf_config *c = &s->options->config;

	put_line(s, "optimizer.zero_grad()");
	if (c->l2 <= 0) {
		put_line(s, "loss.backward()");
		return;
	}
	put_line(s, "squares = [p.square().sum() for name, p in model.named_parameters() if "
		    "name.endswith(\"weight\")]");
	fprintf(s->file, "%s(loss %c ", is_whole(s) ? "    " : "        ", c->maximize ? '-' : '+');
	put_number(s, c->l2);
	fputs(" / 2 * sum(squares)).backward()\n", s->file);
}

static void put_clip(const struct script *s)
{
	const gf_config *c = &s->options->config;

	if (c->clip_norm <= 0 && c->clip_value <= 0)
		return;
	fprintf(s->file, "%snn.utils.clip_grad_%s_(model.parameters(), ",
		is_whole(s) ? "    " : "        ", c->clip_norm > 0 ? "norm" : "value");
	put_number(s, c->clip_norm > 0 ? c->clip_norm : c->clip_value);
	fputs(")\n", s->file);
}

/* The warm-up scales the rate of a step, and leaves it to the schedule as it was. */
static void put_step(const struct script *s)
{
	const size_t warmup = s->options->config.warmup;
	char line[96];

	if (!warmup) {
		put_line(s, "optimizer.step()");
		return;
	}
	snprintf(line, sizeof line, "group[\"lr\"] = lr * min(1, (step + 1) / %zu)", warmup);
	put_line(s, "lr = group[\"lr\"]");
	put_line(s, line);
	put_line(s, "optimizer.step()");
	put_line(s, "group[\"lr\"] = lr");
	put_line(s, "step += 1");
}

static void put_batch_loop(const struct script *s)
{
	const struct options *o = s->options;
	const bool whole = is_whole(s);

	if (!whole)
		fputs("    total = count = 0\n    for xs, ys in batches:\n", s->file);
	put_line(s, whole ? "loss = loss_of(model(x), y)" : "loss = loss_of(model(xs), ys)");
	put_backward(s);
	put_clip(s);
	put_step(s);
	if (o->config.schedule && pytorch_schedules_steps(o))
		put_line(s, "scheduler.step()");
	if (whole)
		return;
	put_line(s, "total += loss.item() * len(xs)");
	put_line(s, "count += len(xs)");
	fputs("    loss = total / count\n", s->file);
}

/* With validation the result is the parameters of the best epoch. */
static void put_validation(const struct script *s)
{
	fprintf(s->file,
		"    with torch.no_grad():\n"
		"        val_loss = loss_of(model(x_val), y_val).item()\n"
		"    if best is None or val_loss %c best_loss:\n"
		"        best_loss, best = val_loss, {k: v.clone() for k, v in "
		"model.state_dict().items()}\n",
		s->options->config.maximize ? '>' : '<');
}

static void put_epochs(const struct script *s)
{
	const struct options *o = s->options;
	const bool validates = o->config.validation > 0;
	const bool plateau = o->config.schedule && strncmp(o->config.schedule, "plateau", 7) == 0;

	if (o->config.warmup)
		fputs("step, group = 0, optimizer.param_groups[0]\n", s->file);
	if (validates)
		fputs("best = None\n", s->file);
	fputs("for epoch in range(epochs):\n", s->file);
	put_batch_loop(s);
	if (validates)
		put_validation(s);
	if (o->config.schedule && !pytorch_schedules_steps(o))
		fprintf(s->file, "    scheduler.step(%s)\n",
			!plateau      ? ""
			: validates   ? "val_loss"
			: is_whole(s) ? "loss.item()"
				      : "loss");
	fprintf(s->file, "    print(f\"{epoch} {loss:.9g}%s\")\n",
		validates ? " {val_loss:.9g}" : "");
	if (validates)
		fputs("model.load_state_dict(best)\n", s->file);
}

/* ---- the script ---- */

static void put_head(const struct script *s)
{
	const gf_config *c = &s->options->config;

	fputs("\"\"\"Trains as gpufit did: the same start, the same order of rows, and the same\n"
	      "losses, but for the rounding of float sums.  Prints a line for each epoch: its\n"
	      "number and its loss",
		s->file);
	fputs(c->validation > 0 ? ", then that of the validation rows" : "", s->file);
	fputs(".\"\"\"\n\n", s->file);
	if (s->source.kind == SOURCE_CSV)
		fputs("import csv\n\n", s->file);
	if (s->source.kind == SOURCE_NPY)
		fputs("import numpy\n", s->file);
	fputs("import torch\nfrom torch import nn\n", s->file);
	if (c->batch_size || c->shuffle)
		fputs("from torch.utils.data import DataLoader, TensorDataset\n", s->file);
	fprintf(s->file, "\ntorch.manual_seed(%llu)\n\n", (unsigned long long)c->seed);
}

static gf_status put_script(const struct script *s, gf_init init, gf_error *err)
{
	put_head(s);
	pytorch_data(s);
	fputs("# ---- model ----\n\n", s->file);
	put_layers(s);
	TRY(put_start(s, init, err));
	pytorch_loss(s);
	fprintf(s->file, "\n# ---- training ----\n\nepochs = %zu\n", s->options->config.epochs);
	put_batches(s);
	pytorch_optimizer(s);
	pytorch_schedule(s);
	put_epochs(s);
	return GF_OK;
}

gf_status pytorch_write(const struct options *options, const gf_dataset *data, gf_init init,
	double lr, gf_error *err)
{
	struct script s = {.options = options, .data = data};
	struct outfile out;

	s.lr = options->config.lr_auto ? lr : options->config.lr;
	if (isnan(s.lr))
		s.lr = optimizer_of(options->config.optimizer)->lr;
	TRY(pytorch_source(&s.source, options, data, err));
	TRY(outfile_open(&out, options->emit_pytorch, err));
	s.file = out.file;
	if (put_script(&s, init, err)) {
		outfile_abort(&out);
		return err->status;
	}
	return outfile_commit(&out, err);
}
