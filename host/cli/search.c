#include "search.h"
#include "clock.h"
#include "error.h"

#include <stdlib.h>

bool search_is_wanted(const struct options *options)
{
	return options->given[OPT_FOLDS] || options->given[OPT_SWEEP] || options->given[OPT_PATH];
}

static void on_training(size_t done, size_t total, void *user)
{
	progress_phase(user, GF_PHASE_training, done, total);
}

/* Each configuration has the numbers of its point, and all else from config. */
static gf_status make_configs(struct search *search, const gf_config *config, gf_error *err)
{
	search->configs = calloc(search->sweep.points, sizeof *search->configs);
	if (!search->configs)
		return gf_fail(err, GF_E_MEMORY, "there is no memory for %zu configurations",
			search->sweep.points);
	for (size_t i = 0; i < search->sweep.points; i++) {
		const struct options point = sweep_options(&search->sweep, search->options, i);
		gf_config *at = &search->configs[i];

		*at = point.config;
		at->init = options_init(&point);
		at->init_model = config->init_model;
		at->validation_data = config->validation_data;
		at->stop = config->stop;
		at->on_span = config->on_span;
		at->user = config->user;
	}
	return GF_OK;
}

static gf_status run_path(
	struct search *search, const gf_config *config, struct progress *progress, gf_error *err)
{
	const struct options *options = search->options;
	const gf_path_options o = {.penalty = options->path,
		.points = options->path_points,
		.folds = options->folds,
		.on_training = on_training,
		.user = progress};
	gf_config quiet = *config;

	quiet.wants = NULL;
	quiet.on_epoch = NULL;
	quiet.on_progress = NULL;
	quiet.notice = NULL;
	return gf_path_run(&search->path, search->data, &quiet, &o, err);
}

static gf_status run_search(
	struct search *search, const gf_config *config, struct progress *progress, gf_error *err)
{
	const struct options *options = search->options;
	gf_search_options o = {.folds = options->folds,
		.refit = options->output || options->export,
		.on_training = on_training,
		.user = progress};
	char unused[64];
	gf_status status;

	/* options_check has parsed it before: only memory can be missing. */
	if (!sweep_parse(&search->sweep, options, unused, sizeof unused))
		search->sweep.points = 0;
	status = make_configs(search, config, err);
	o.configs = search->configs;
	o.count = search->sweep.points;
	return status ? status : gf_search_run(&search->result, search->data, &o, err);
}

gf_status search_run(
	struct search *search, const gf_config *config, struct progress *progress, gf_error *err)
{
	const double began = clock_seconds();

	progress->counts = true;
	search->status = search->options->given[OPT_PATH]
				 ? run_path(search, config, progress, err)
				 : run_search(search, config, progress, err);
	search->seconds = clock_seconds() - began;
	return search->status;
}

bool search_is_known(const struct search *search)
{
	return search->result || search->path;
}

const gf_model *search_model(const struct search *search)
{
	if (search->path)
		return gf_path_at(search->path, gf_path_best(search->path)).model;
	return gf_search_model(search->result);
}

void search_free(struct search *search)
{
	gf_path_free(search->path);
	gf_search_free(search->result);
	free(search->configs);
	sweep_free(&search->sweep);
}
