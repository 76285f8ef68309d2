/* gpufitcl.c: what of the public header is no more than a default, or a call to one layer below. */
#include "catalog.h"
#include "csv.h"
#include "engine.h"
#include "error.h"
#include "model.h"
#include "table_read.h"

void gf_read_options_default(gf_read_options *options)
{
	*options = (gf_read_options){.header = -1, .with_target = 1};
}

/* data cannot see the catalog, whose order target_rule keeps. */
static enum target_rule rule_of(gf_loss loss)
{
	_Static_assert((int)TARGET_COUNTS == (int)TARGETS_COUNTS &&
			       (int)TARGET_PROBABILITIES == (int)TARGETS_PROBABILITIES &&
			       (int)TARGET_TWO_CLASSES == (int)TARGETS_TWO_CLASSES &&
			       (int)TARGET_CLASSES == (int)TARGETS_CLASSES,
		"target_rule is in the order of loss_targets");
	return (enum target_rule)loss_targets(loss);
}

/* What the model remembers goes before what options say of it. */
static void ask_for_model(struct csv_options *csv, const gf_model *model)
{
	const struct encoding *encoding = &model->encoding;
	int encoded = encoding->count > 0;

	csv->wanted_features =
		(const char *const *)(encoded ? encoding->names : model->feature_names);
	csv->wanted_feature_count = encoded ? encoding->count : model->features;
	csv->wanted_targets = (const char *const *)model->target_names;
	csv->wanted_target_count = model->targets;
	csv->encoding = encoded ? encoding : NULL;
	csv->known_classes = (const char *const *)model->class_names;
	csv->known_class_count = model->classes;
	if (encoded && csv->missing == GF_MISSING_error)
		csv->missing = encoding->missing;
	csv->by_place = !model->named;
}

gf_status gf_dataset_read(
	gf_dataset **data, const char *path, const gf_read_options *options, gf_error *err)
{
	gf_read_options defaults;
	struct csv_options csv;

	gf_read_options_default(&defaults);
	if (!options)
		options = &defaults;
	*data = NULL;
	if (options->model && options->one_hot)
		return gf_fail(err, GF_E_USAGE,
			"one_hot %s: the model knows which of its columns are words",
			options->one_hot);
	csv = (struct csv_options){.target = options->target,
		.features = options->features,
		.header = options->header,
		.delimiter = options->delimiter,
		.one_hot = options->one_hot,
		.sample_weight = options->sample_weight,
		.missing = options->missing,
		.labels = options->labels,
		.with_target = options->with_target};
	csv.rule = rule_of(options->model ? options->model->loss : options->loss);
	if (options->model)
		ask_for_model(&csv, options->model);
	if (csv.labels && csv.missing == GF_MISSING_drop)
		return gf_fail(err, GF_E_USAGE,
			"missing drop leaves out rows, whose labels in a second file remain");
	return table_read(data, path, &csv, err);
}

gf_status gf_selftest(const char *device, void (*on_result)(const gf_selftest_result *, void *),
	void *user, size_t *failed, gf_error *err)
{
	return engine_selftest(device, on_result, user, failed, err);
}
