#include "search.h"
#include "clock.h"
#include "message.h"

#include <stdlib.h>

bool search_is_wanted(const struct options *options)
{
	return options->given[OPT_FOLDS] || options->given[OPT_SWEEP];
}

static void on_training(size_t done, size_t total, void *user)
{
	progress_phase(user, GF_PHASE_training, done, total);
}

/* Each configuration has the numbers of its point, and all else from config. */
static gf_status make_configs(struct search *search, const gf_config *config, gf_error *err)
{
	search->configs = calloc(search->sweep.points, sizeof *search->configs);
	if (!search->configs) {
		err->status = GF_E_MEMORY;
		snprintf(err->message, sizeof err->message,
			"there is no memory for %zu configurations", search->sweep.points);
		return err->status;
	}
	for (size_t i = 0; i < search->sweep.points; i++) {
		gf_config *at = &search->configs[i];

		*at = sweep_options(&search->sweep, search->options, i).config;
		at->init = config->init;
		at->init_model = config->init_model;
		at->validation_data = config->validation_data;
		at->stop = config->stop;
		at->user = config->user;
	}
	return GF_OK;
}

gf_status search_run(
	struct search *search, const gf_config *config, struct progress *progress, gf_error *err)
{
	const struct options *options = search->options;
	const double began = clock_seconds();
	gf_search_options o = {.folds = options->folds,
		.refit = options->output != NULL,
		.on_training = on_training,
		.user = progress};
	char unused[64];

	/* options_check has parsed it before: only memory can be missing. */
	if (!sweep_parse(&search->sweep, options, unused, sizeof unused))
		search->sweep.points = 0;
	search->status = make_configs(search, config, err);
	progress->counts = true;
	o.configs = search->configs;
	o.count = search->sweep.points;
	if (!search->status)
		search->status = gf_search_run(&search->result, search->data, &o, err);
	search->seconds = clock_seconds() - began;
	return search->status;
}

void search_free(struct search *search)
{
	gf_search_free(search->result);
	free(search->configs);
	sweep_free(&search->sweep);
}
