/* gpufitcl.c: what of the public header is no more than a default, or a call to one layer below. */
#include "csv.h"
#include "engine.h"
#include "model.h"

void gf_read_options_default(gf_read_options *options)
{
	*options = (gf_read_options){.header = -1, .with_target = 1};
}

gf_status gf_dataset_read(
	gf_dataset **data, const char *path, const gf_read_options *options, gf_error *err)
{
	gf_read_options defaults;
	struct csv_options csv;

	gf_read_options_default(&defaults);
	if (!options)
		options = &defaults;
	csv = (struct csv_options){.target = options->target,
		.features = options->features,
		.header = options->header,
		.delimiter = options->delimiter,
		.with_target = options->with_target};
	if (options->model) {
		csv.wanted_features = (const char *const *)options->model->feature_names;
		csv.wanted_feature_count = options->model->features;
		csv.wanted_targets = (const char *const *)options->model->target_names;
		csv.wanted_target_count = options->model->outputs;
		csv.by_place = !options->model->named;
	}
	return csv_read(data, path, &csv, err);
}

gf_status gf_selftest(const char *device, void (*on_result)(const gf_selftest_result *, void *),
	void *user, size_t *failed, gf_error *err)
{
	return engine_selftest(device, on_result, user, failed, err);
}
