#include "catalog.h"

#include <string.h>

#define WORD(word, help) #word,

static const char *const LOSS_WORDS[GF_LOSSES] = {GF_LOSS_LIST(WORD)};
static const char *const OPTIMIZER_WORDS[GF_OPTIMIZERS] = {GF_OPTIMIZER_LIST(WORD)};
static const char *const SCHEDULE_WORDS[GF_SCHEDULES] = {GF_SCHEDULE_LIST(WORD)};
static const char *const MISSING_WORDS[GF_MISSINGS] = {GF_MISSING_LIST(WORD)};
static const char *const ENGINE_WORDS[GF_ENGINES] = {GF_ENGINE_LIST(WORD)};

const char *loss_word(gf_loss loss)
{
	return LOSS_WORDS[loss];
}

const char *optimizer_word(gf_optimizer optimizer)
{
	return OPTIMIZER_WORDS[optimizer];
}

const char *schedule_word(gf_schedule schedule)
{
	return SCHEDULE_WORDS[schedule];
}

enum loss_targets loss_targets(gf_loss loss)
{
	switch (loss) {
	case GF_LOSS_poisson:
		return TARGETS_COUNTS;
	case GF_LOSS_bce:
		return TARGETS_PROBABILITIES;
	case GF_LOSS_hinge:
	case GF_LOSS_squared_hinge:
		return TARGETS_TWO_CLASSES;
	case GF_LOSS_cross_entropy:
		return TARGETS_CLASSES;
	default:
		return TARGETS_NUMBERS;
	}
}

int loss_takes_classes(gf_loss loss)
{
	return loss_targets(loss) >= TARGETS_PROBABILITIES;
}

int loss_divides_by_weights(gf_loss loss)
{
	return loss == GF_LOSS_mse || loss == GF_LOSS_l1 || loss == GF_LOSS_cross_entropy;
}

const char *engine_word(gf_engine engine)
{
	return ENGINE_WORDS[engine];
}

/* The word's place in the list; count: it is not there. */
static size_t place_of(const char *word, const char *const *words, size_t count)
{
	size_t i = 0;

	while (i < count && strcmp(word, words[i]) != 0)
		i++;
	return i;
}

int loss_parse(const char *word, gf_loss *loss)
{
	size_t place = place_of(word, LOSS_WORDS, GF_LOSSES);

	if (place < GF_LOSSES)
		*loss = (gf_loss)place;
	return place < GF_LOSSES;
}

struct loss_parameters loss_parameters_default(void)
{
	return (struct loss_parameters){
		.delta = 1.0, .beta = 1.0, .epsilon = 0.1, .quantile = 0.5, .label_smoothing = 0.0};
}

struct loss_parameters loss_parameters_of(const gf_config *config)
{
	return (struct loss_parameters){.delta = config->delta,
		.beta = config->beta,
		.epsilon = config->epsilon,
		.quantile = config->quantile,
		.label_smoothing = config->label_smoothing};
}

const char *loss_parameter(gf_loss loss, struct loss_parameters *parameters, double **value)
{
	switch (loss) {
	case GF_LOSS_huber:
		*value = &parameters->delta;
		return "delta";
	case GF_LOSS_smooth_l1:
		*value = &parameters->beta;
		return "beta";
	case GF_LOSS_epsilon_insensitive:
		*value = &parameters->epsilon;
		return "epsilon";
	case GF_LOSS_quantile:
		*value = &parameters->quantile;
		return "quantile";
	case GF_LOSS_cross_entropy:
		*value = &parameters->label_smoothing;
		return "label_smoothing";
	default:
		return NULL;
	}
}

const char *missing_word(gf_missing missing)
{
	return MISSING_WORDS[missing];
}

int missing_parse(const char *word, gf_missing *missing)
{
	size_t place = place_of(word, MISSING_WORDS, GF_MISSINGS);

	if (place < GF_MISSINGS)
		*missing = (gf_missing)place;
	return place < GF_MISSINGS;
}
