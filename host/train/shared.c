/* shared.c: keeps the rows and the engine of a training for the next one on the same rows. */
#include "shared.h"
#include "engine.h"

#include <string.h>

/* Returns 1 if both configurations make the same rows of a dataset, with the same weights. */
static int makes_same_rows(const gf_config *a, const gf_config *b)
{
	if (a->validation != b->validation || (a->validation > 0.0 && a->seed != b->seed))
		return 0;
	return a->validation_data == b->validation_data && a->standardize == b->standardize &&
	       a->no_bias == b->no_bias && a->class_weight == b->class_weight &&
	       a->class_weights == b->class_weights && a->loss == b->loss;
}

int shared_take(struct shared *shared, struct train_data *train_data, const gf_config *config,
	struct rng *rng)
{
	if (!shared)
		return 0;
	shared->same_rows = 0;
	if (!shared->train_data.data)
		return 0;
	if (!makes_same_rows(&shared->config, config)) {
		shared_drop_rows(shared);
		return 0;
	}
	shared->same_rows = 1;
	*train_data = shared->train_data;
	if (config->validation > 0.0)
		*rng = shared->rng;
	memset(&shared->train_data, 0, sizeof shared->train_data);
	return 1;
}

void shared_note(struct shared *shared, const gf_config *config, const struct rng *rng)
{
	if (!shared)
		return;
	shared->config = *config;
	shared->rng = *rng;
}

void shared_keep(struct shared *shared, struct engine *engine, struct train_data *train_data)
{
	if (train_data->data)
		shared->train_data = *train_data;
	memset(train_data, 0, sizeof *train_data);
	if (!engine)
		return;
	engine_close(shared->engine);
	engine_retire(engine);
	shared->engine = engine;
}

void shared_drop_rows(struct shared *shared)
{
	if (shared->engine)
		engine_drop_data(shared->engine);
	train_data_free(&shared->train_data);
}

void shared_free(struct shared *shared)
{
	shared_drop_rows(shared);
	engine_close(shared->engine);
	shared->engine = NULL;
}
