#include "catalog.h"

#include <string.h>

#define WORD(word, help) #word,

static const char *const LOSS_WORDS[GF_LOSSES] = {GF_LOSS_LIST(WORD)};
static const char *const OPTIMIZER_WORDS[GF_OPTIMIZERS] = {GF_OPTIMIZER_LIST(WORD)};
static const char *const SCHEDULE_WORDS[GF_SCHEDULES] = {GF_SCHEDULE_LIST(WORD)};
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

const char *engine_word(gf_engine engine)
{
	return ENGINE_WORDS[engine];
}

int loss_parse(const char *word, gf_loss *loss)
{
	for (size_t i = 0; i < GF_LOSSES; i++)
		if (strcmp(word, LOSS_WORDS[i]) == 0) {
			*loss = (gf_loss)i;
			return 1;
		}
	return 0;
}
