#include "catalog.h"

#include <math.h>
#include <string.h>

#define WORD(word, help) #word,

static const char *const LOSS_WORDS[GF_LOSS_COUNT] = {GF_LOSS_LIST(WORD)};
static const char *const SCHEDULE_WORDS[GF_SCHEDULE_COUNT] = {GF_SCHEDULE_LIST(WORD)};
static const char *const MISSING_WORDS[GF_MISSING_COUNT] = {GF_MISSING_LIST(WORD)};
static const char *const ACTIVATION_WORDS[GF_ACTIVATION_COUNT] = {GF_ACTIVATION_LIST(WORD)};
static const char *const ENGINE_WORDS[GF_ENGINE_COUNT] = {GF_ENGINE_LIST(WORD)};

const char *schedule_word(gf_schedule schedule)
{
	return SCHEDULE_WORDS[schedule];
}

const char *engine_word(gf_engine engine)
{
	return ENGINE_WORDS[engine];
}

const char *missing_word(gf_missing missing)
{
	return MISSING_WORDS[missing];
}

const char *activation_word(gf_activation activation)
{
	return ACTIVATION_WORDS[activation];
}

/* Returns the index of word among words (count); count if it is none of them. */
static size_t word_index(const char *word, const char *const *words, size_t count)
{
	size_t i = 0;

	while (i < count && strcmp(word, words[i]) != 0)
		i++;
	return i;
}

int loss_parse(const char *word, gf_loss *loss)
{
	const size_t index = word_index(word, LOSS_WORDS, GF_LOSS_COUNT);

	if (index < GF_LOSS_COUNT)
		*loss = (gf_loss)index;
	return index < GF_LOSS_COUNT;
}

int activation_parse(const char *word, gf_activation *activation)
{
	const size_t index = word_index(word, ACTIVATION_WORDS, GF_ACTIVATION_COUNT);

	if (index < GF_ACTIVATION_COUNT)
		*activation = (gf_activation)index;
	return index < GF_ACTIVATION_COUNT;
}

int missing_parse(const char *word, gf_missing *missing)
{
	const size_t index = word_index(word, MISSING_WORDS, GF_MISSING_COUNT);

	if (index < GF_MISSING_COUNT)
		*missing = (gf_missing)index;
	return index < GF_MISSING_COUNT;
}

/* ---- numbers ---- */

int range_has(enum range range, double value)
{
	if (!isfinite(value))
		return 0;
	switch (range) {
	case RANGE_ABOVE_ZERO:
		return value > 0.0;
	case RANGE_ZERO_OR_ABOVE:
		return value >= 0.0;
	case RANGE_ZERO_TO_ONE:
		return value >= 0.0 && value <= 1.0;
	case RANGE_UP_TO_ONE:
		return value > 0.0 && value <= 1.0;
	case RANGE_BELOW_ONE:
		return value >= 0.0 && value < 1.0;
	case RANGE_INSIDE:
		return value > 0.0 && value < 1.0;
	case RANGE_ONE_TO_TWO:
		return (float)value > 1.0f && (float)value < 2.0f;
	case RANGE_ANY:
	case RANGE_COUNT:
		break;
	}
	return 1;
}

const char *range_words(enum range range)
{
	static const char *const words[RANGE_COUNT] = {
		[RANGE_ANY] = "a number",
		[RANGE_ABOVE_ZERO] = "a number above 0",
		[RANGE_ZERO_OR_ABOVE] = "0 or a number above",
		[RANGE_ZERO_TO_ONE] = "a number from 0 to 1",
		[RANGE_UP_TO_ONE] = "a number above 0, at most 1",
		[RANGE_BELOW_ONE] = "a number from 0 on, below 1",
		[RANGE_INSIDE] = "a number above 0 and below 1",
		[RANGE_ONE_TO_TWO] = "a number above 1 and below 2",
	};

	return words[range];
}

/* ---- losses ---- */

#define PARAMETER(name, range)                                                          \
	.parameter = #name, .parameter_offset = offsetof(struct loss_parameters, name), \
	.parameter_range = (range)

/* The members of struct loss after the word. */
#define mse_row       .targets = TARGETS_NUMBERS, .divides_by_weights = 1
#define l1_row        .targets = TARGETS_NUMBERS, .divides_by_weights = 1, .has_kink = 1
#define smooth_l1_row .targets = TARGETS_NUMBERS, PARAMETER(beta, RANGE_ZERO_OR_ABOVE)
#define huber_row     .targets = TARGETS_NUMBERS, PARAMETER(delta, RANGE_ABOVE_ZERO)
#define bce_row       .targets = TARGETS_PROBABILITIES
#define cross_entropy_row                                    \
	.targets = TARGETS_CLASSES, .divides_by_weights = 1, \
	PARAMETER(label_smoothing, RANGE_BELOW_ONE)
#define poisson_row       .targets = TARGETS_ZERO_OR_ABOVE, .has_log_link = 1
#define hinge_row         .targets = TARGETS_TWO_CLASSES, .has_kink = 1
#define squared_hinge_row .targets = TARGETS_TWO_CLASSES
#define epsilon_insensitive_row \
	.targets = TARGETS_NUMBERS, .has_kink = 1, PARAMETER(epsilon, RANGE_ZERO_OR_ABOVE)
#define quantile_row .targets = TARGETS_NUMBERS, .has_kink = 1, PARAMETER(quantile, RANGE_INSIDE)
#define gamma_row    .targets = TARGETS_POSITIVE, .has_log_link = 1
#define tweedie_row \
	.targets = TARGETS_ZERO_OR_ABOVE, .has_log_link = 1, PARAMETER(power, RANGE_ONE_TO_TWO)

#define ROW(name, help) {.word = #name, name##_row},

static const struct loss LOSSES[GF_LOSS_COUNT] = {GF_LOSS_LIST(ROW)};

const struct loss *loss_of(gf_loss loss)
{
	return &LOSSES[loss];
}

const char *loss_word(gf_loss loss)
{
	return LOSS_WORDS[loss];
}

enum loss_targets loss_targets(gf_loss loss)
{
	return LOSSES[loss].targets;
}

int loss_takes_classes(gf_loss loss)
{
	return loss_targets(loss) >= TARGETS_PROBABILITIES;
}

struct loss_parameters loss_parameters_default(void)
{
	return (struct loss_parameters){.delta = 1.0,
		.beta = 1.0,
		.epsilon = 0.1,
		.quantile = 0.5,
		.label_smoothing = 0.0,
		.power = 1.5};
}

struct loss_parameters loss_parameters_of(const gf_config *config)
{
	return (struct loss_parameters){.delta = config->delta,
		.beta = config->beta,
		.epsilon = config->epsilon,
		.quantile = config->quantile,
		.label_smoothing = config->label_smoothing,
		.power = config->power};
}

const char *loss_parameter(gf_loss loss, struct loss_parameters *parameters, double **value)
{
	const struct loss *row = &LOSSES[loss];

	if (row->parameter)
		*value = (double *)(void *)((char *)parameters + row->parameter_offset);
	return row->parameter;
}

/* ---- optimisers ---- */

/* The members of struct optimizer after the word. */
#define sgd_row                                                                               \
	.options = OPTIMIZER_MOMENTUM | OPTIMIZER_DAMPENING | OPTIMIZER_NESTEROV, .lr = 0.01, \
	.planes = {.momentum = 1}
#define adam_row                                                                                  \
	.options = OPTIMIZER_BETAS | OPTIMIZER_AMSGRAD | OPTIMIZER_EPS, .lr = 0.001, .eps = 1e-8, \
	.planes = {.always = 2, .amsgrad = 3}
#define adamw_row adam_row, .weight_decay = 0.01, .decoupled_decay = 1
#define rmsprop_row                                                                           \
	.options = OPTIMIZER_MOMENTUM | OPTIMIZER_ALPHA | OPTIMIZER_CENTERED | OPTIMIZER_EPS, \
	.lr = 0.01, .eps = 1e-8, .planes = {.always = 1, .centered = 2, .momentum = 3}
#define adagrad_row                                                              \
	.options = OPTIMIZER_LR_DECAY | OPTIMIZER_EPS, .lr = 0.01, .eps = 1e-10, \
	.planes = {.always = 1}

static const struct optimizer OPTIMIZERS[GF_OPTIMIZER_COUNT] = {GF_OPTIMIZER_LIST(ROW)};

const struct optimizer *optimizer_of(gf_optimizer optimizer)
{
	return &OPTIMIZERS[optimizer];
}

const char *optimizer_word(gf_optimizer optimizer)
{
	return OPTIMIZERS[optimizer].word;
}

int optimizer_has(gf_optimizer optimizer, enum optimizer_option option)
{
	return (OPTIMIZERS[optimizer].options & (unsigned)option) != 0;
}
