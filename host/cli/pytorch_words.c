/* pytorch_words.c: the activation, the loss, the optimizer and the schedule in PyTorch's words. */
#include "catalog.h"
#include "pytorch.h"

#include <math.h>
#include <string.h>

/* ---- the activation ---- */

/* PyTorch's module; a parameter follows a bracket that is open. */
static const char *const ACTIVATIONS[] = {[GF_ACTIVATION_relu] = "ReLU()",
	[GF_ACTIVATION_tanh] = "Tanh()",
	[GF_ACTIVATION_sigmoid] = "Sigmoid()",
	[GF_ACTIVATION_gelu] = "GELU()",
	[GF_ACTIVATION_gelu_tanh] = "GELU(approximate=\"tanh\")",
	[GF_ACTIVATION_leaky_relu] = "LeakyReLU(",
	[GF_ACTIVATION_silu] = "SiLU()"};

_Static_assert(sizeof ACTIVATIONS / sizeof *ACTIVATIONS == GF_ACTIVATION_COUNT,
	"an activation has no words");

void pytorch_activation(const struct script *s)
{
	const gf_config *c = &s->options->config;

	fprintf(s->file, "nn.%s", ACTIVATIONS[c->activation]);
	if (c->activation == GF_ACTIVATION_leaky_relu) {
		put_number(s, c->negative_slope);
		fputc(')', s->file);
	}
}

/* ---- the loss ---- */

/* A loss that PyTorch has is a module; the others are functions of their formula, which names the
 * loss's parameter as the options do. */
static const struct {
	const char *module, *formula;
} LOSSES[] = {
	[GF_LOSS_mse] = {"MSELoss", NULL},
	[GF_LOSS_l1] = {"L1Loss", NULL},
	[GF_LOSS_smooth_l1] = {"SmoothL1Loss", NULL},
	[GF_LOSS_huber] = {"HuberLoss", NULL},
	[GF_LOSS_bce] = {"BCEWithLogitsLoss", NULL},
	[GF_LOSS_cross_entropy] = {"CrossEntropyLoss", NULL},
	[GF_LOSS_poisson] = {"PoissonNLLLoss", NULL},
	[GF_LOSS_gamma] = {NULL, "y * torch.exp(-z) + z"},
	[GF_LOSS_tweedie] = {NULL,
		"torch.exp((2 - power) * z) / (2 - power) - y * torch.exp((1 - power) * z) / (1 - "
		"power)"},
	[GF_LOSS_hinge] = {NULL, "torch.relu(1 - y * z)"},
	[GF_LOSS_squared_hinge] = {NULL, "torch.relu(1 - y * z) ** 2"},
	[GF_LOSS_epsilon_insensitive] = {NULL, "torch.relu((z - y).abs() - epsilon)"},
	[GF_LOSS_quantile] = {NULL, "torch.maximum(quantile * (y - z), (quantile - 1) * (y - z))"},
};

_Static_assert(sizeof LOSSES / sizeof *LOSSES == GF_LOSS_COUNT, "a loss has no words");

/* PyTorch's losses have our parameters, by the same names and with the same defaults. */
void pytorch_loss(const struct script *s)
{
	const gf_config *c = &s->options->config;
	struct loss_parameters parameters = loss_parameters_of(c);
	struct loss_parameters defaults = loss_parameters_default();
	const char *module = LOSSES[c->loss].module;
	double *value = NULL, *usual = NULL;
	const char *parameter = loss_parameter(c->loss, &parameters, &value);

	loss_parameter(c->loss, &defaults, &usual);
	if (module)
		fprintf(s->file, "loss_of = nn.%s(", module);
	else
		fputs("\n\ndef loss_of(z, y", s->file);
	if (parameter && (!module || *value != *usual)) {
		fprintf(s->file, "%s%s=", module ? "" : ", ", parameter);
		put_number(s, *value);
	}
	if (module)
		fputs(")\n", s->file);
	else
		fprintf(s->file, "):\n    return (%s).mean()\n\n", LOSSES[c->loss].formula);
}

/* ---- the optimizer ---- */

static void put_argument(const struct script *s, enum option option, const char *name, double value)
{
	if (!s->options->given[option])
		return;
	fprintf(s->file, ", %s=", name);
	put_number(s, value);
}

static void put_flag(const struct script *s, enum option option, const char *name)
{
	if (s->options->given[option])
		fprintf(s->file, ", %s=True", name);
}

static const char *const OPTIMIZERS[] = {[GF_OPTIMIZER_sgd] = "SGD",
	[GF_OPTIMIZER_adam] = "Adam",
	[GF_OPTIMIZER_adamw] = "AdamW",
	[GF_OPTIMIZER_rmsprop] = "RMSprop",
	[GF_OPTIMIZER_adagrad] = "Adagrad"};

_Static_assert(
	sizeof OPTIMIZERS / sizeof *OPTIMIZERS == GF_OPTIMIZER_COUNT, "an optimizer has no words");

void pytorch_optimizer(const struct script *s)
{
	const gf_config *c = &s->options->config;

	fprintf(s->file,
		"optimizer = torch.optim.%s(model.parameters(), lr=", OPTIMIZERS[c->optimizer]);
	put_number(s, s->lr);
	put_argument(s, OPT_MOMENTUM, "momentum", c->momentum);
	put_argument(s, OPT_DAMPENING, "dampening", c->dampening);
	put_argument(s, OPT_WEIGHT_DECAY, "weight_decay", c->weight_decay);
	if (s->options->given[OPT_BETAS]) {
		fputs(", betas=(", s->file);
		put_number(s, c->betas[0]);
		fputs(", ", s->file);
		put_number(s, c->betas[1]);
		fputc(')', s->file);
	}
	put_argument(s, OPT_EPS, "eps", c->eps);
	put_argument(s, OPT_ALPHA, "alpha", c->alpha);
	put_argument(s, OPT_LR_DECAY, "lr_decay", c->lr_decay);
	put_flag(s, OPT_NESTEROV, "nesterov");
	put_flag(s, OPT_CENTERED, "centered");
	put_flag(s, OPT_AMSGRAD, "amsgrad");
	put_flag(s, OPT_MAXIMIZE, "maximize");
	fputs(")\n", s->file);
}

/* ---- the schedule ---- */

/* PyTorch's classes. */
static const char *const SCHEDULES[] = {[GF_SCHEDULE_step] = "StepLR",
	[GF_SCHEDULE_multistep] = "MultiStepLR",
	[GF_SCHEDULE_exponential] = "ExponentialLR",
	[GF_SCHEDULE_cosine] = "CosineAnnealingLR",
	[GF_SCHEDULE_cosine_restarts] = "CosineAnnealingWarmRestarts",
	[GF_SCHEDULE_linear] = "LinearLR",
	[GF_SCHEDULE_constant] = "ConstantLR",
	[GF_SCHEDULE_polynomial] = "PolynomialLR",
	[GF_SCHEDULE_one_cycle] = "OneCycleLR",
	[GF_SCHEDULE_plateau] = "ReduceLROnPlateau"};

_Static_assert(
	sizeof SCHEDULES / sizeof *SCHEDULES == GF_SCHEDULE_COUNT, "a schedule has no words");

static bool is_schedule(const struct options *o, gf_schedule schedule)
{
	const char *word = schedule_word(schedule);
	const size_t length = strlen(word);
	const char *text = o->config.schedule;

	return text && strncmp(text, word, length) == 0 && (text[length] == ':' || !text[length]);
}

int pytorch_schedules_steps(const struct options *o)
{
	if (o->config.schedule_per == GF_SCHEDULE_PER_auto)
		return is_schedule(o, GF_SCHEDULE_one_cycle);
	return o->config.schedule_per == GF_SCHEDULE_PER_step;
}

/* PyTorch's names that are not ours in lower case. */
static const char *parameter_name(const char *name, size_t length)
{
	static const struct {
		const char *ours, *theirs;
	} names[] = {{"t_max", "T_max"}, {"t_0", "T_0"}, {"t_mult", "T_mult"},
		{"anneal", "anneal_strategy"}};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i].ours) == length && strncmp(names[i].ours, name, length) == 0)
			return names[i].theirs;
	return NULL;
}

static bool is_one_of(const char *name, size_t length, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) == length && strncmp(*list, name, length) == 0)
			return true;
	return false;
}

/* Writes a value as Python has it: "30/80" becomes [30, 80], a flag True or False, a word "cos". */
static void put_value(
	const struct script *s, const char *name, size_t length, const char *value, size_t count)
{
	static const char *const flags[] = {"cycle_momentum", "three_phase", NULL};
	static const char *const words[] = {"anneal", "threshold_mode", NULL};
	static const char *const lists[] = {"milestones", NULL};
	static const char *const reals[] = {"pct_start", NULL}; /* PyTorch refuses 1 for 1.0 */

	if (is_one_of(name, length, flags)) {
		fputs(*value == '1' ? "True" : "False", s->file);
	} else if (is_one_of(name, length, words)) {
		fprintf(s->file, "\"%.*s\"", (int)count, value);
	} else if (is_one_of(name, length, lists)) {
		fputc('[', s->file);
		for (size_t i = 0; i < count; i++)
			fputs(value[i] == '/' ? ", " : (const char[]){value[i], 0}, s->file);
		fputc(']', s->file);
	} else {
		fprintf(s->file, is_one_of(name, length, reals) ? "float(%.*s)" : "%.*s",
			(int)count, value);
	}
}

/* Writes ", step_size=30, gamma=0.1" for "step:step_size=30,gamma=0.1". */
static void put_parameters(const struct script *s, const char *text)
{
	while (*text) {
		const size_t whole = strcspn(text, ","), length = strcspn(text, "=");
		const char *theirs = parameter_name(text, length);

		if (theirs)
			fprintf(s->file, ", %s=", theirs);
		else
			fprintf(s->file, ", %.*s=", (int)length, text);
		put_value(s, text, length, text + length + 1, whole - length - 1);
		text += whole + (text[whole] == ',');
	}
}

void pytorch_schedule(const struct script *s)
{
	const struct options *o = s->options;
	const char *text = o->config.schedule, *colon = text ? strchr(text, ':') : NULL;

	for (gf_schedule i = 0; i < GF_SCHEDULE_COUNT; i++)
		if (is_schedule(o, i))
			fprintf(s->file, "scheduler = torch.optim.lr_scheduler.%s(optimizer",
				SCHEDULES[i]);
	if (!text)
		return;
	if (colon)
		put_parameters(s, colon + 1);
	if (is_schedule(o, GF_SCHEDULE_one_cycle) && !strstr(text, "total_steps"))
		fputs(pytorch_schedules_steps(o) && (o->config.batch_size || o->config.shuffle)
				? ", total_steps=epochs * len(batches)"
				: ", total_steps=epochs",
			s->file);
	if (is_schedule(o, GF_SCHEDULE_plateau) && o->config.maximize)
		fputs(", mode=\"max\"", s->file);
	fputs(")\n", s->file);
}
