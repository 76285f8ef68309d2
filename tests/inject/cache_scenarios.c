/* cache_scenarios.c: a cache is made and used, and a training has a file of its own beside it. */
#include "scenarios.h"

#include "error.h"

#include <unistd.h>

#define CACHE "few.cache"

static gf_status read_cached(gf_dataset **data, const char *path, int sparse, gf_error *err)
{
	gf_read_options options;

	gf_read_options_default(&options);
	options.cache = CACHE;
	options.sparse = sparse;
	options.loss = sparse ? GF_LOSS_bce : GF_LOSS_mse;
	return gf_dataset_read(data, path, &options, err);
}

static gf_status use_cache(struct session *s, gf_error *err)
{
	gf_dataset *sparse = NULL, *made = NULL;
	gf_config config;
	gf_status status = read_cached(&sparse, "sparse01.svm", 1, err);

	gf_config_default(&config);
	config.engine = GF_ENGINE_reference;
	config.epochs = 1;
	config.standardize = 1;
	config.validation = 0.4;
	if (!status)
		status = read_cached(&made, "few.csv", 0, err);
	if (!status)
		status = read_cached(&s->data, "few.csv", 0, err);
	if (!status)
		status = gf_fit(&s->model, s->data, &config, NULL, err);
	gf_dataset_free(sparse);
	gf_dataset_free(made);
	unlink(CACHE);
	return status;
}

const struct scenario USE_CACHE = {.run = use_cache};
