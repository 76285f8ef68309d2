/* dataset_read.c: the public options of reading, and of making a dataset of arrays, translated to
 * those of host/data. */
#include "dataset.h"
#include "catalog.h"
#include "table_read.h"
#include "engine.h"
#include "error.h"
#include "model.h"

void gf_read_options_default(gf_read_options *options)
{
	if (options)
		*options = (gf_read_options){.header = -1,
			.decimal = '.',
			.index_base = -1,
			.missing = GF_MISSING_auto,
			.with_target = 1};
}

/* The columns and classes of an encoding, which go before what options say of them. */
static void ask_for_encoding(
	struct read_options *csv, const struct encoding *encoding, char *const *names, size_t count)
{
	int encoded = encoding->count > 0;

	csv->wanted_features = (const char *const *)(encoded ? encoding->names : names);
	csv->wanted_feature_count = encoded ? encoding->count : count;
	csv->encoding = encoded ? encoding : NULL;
	if (encoded && csv->missing == GF_MISSING_auto)
		csv->missing = encoding->missing;
}

static void ask_for_model(struct read_options *csv, const gf_model *model)
{
	ask_for_encoding(csv, &model->encoding, model->feature_names, model->features);
	csv->wanted_targets = (const char *const *)model->target_names;
	csv->wanted_target_count = model->targets;
	csv->known_classes = (const char *const *)model->class_names;
	csv->known_class_count = model->classes;
	csv->by_place = !model->named;
}

static void ask_for_like(struct read_options *csv, const gf_dataset *like)
{
	ask_for_encoding(csv, &like->encoding, like->feature_names, like->features);
	csv->wanted_targets = (const char *const *)like->target_names;
	csv->wanted_target_count = like->outputs;
	csv->known_classes = (const char *const *)like->class_names;
	csv->known_class_count = like->classes;
}

static gf_status check_options(const gf_read_options *options, gf_error *err)
{
	if (options->loss >= GF_LOSS_COUNT)
		return gf_fail(err, GF_E_USAGE, "loss is %d, which is none of its %d words",
			(int)options->loss, GF_LOSS_COUNT);
	if (options->missing >= GF_MISSING_COUNT)
		return gf_fail(err, GF_E_USAGE, "missing is %d, which is none of its %d words",
			(int)options->missing, GF_MISSING_COUNT);
	if (options->model && options->like)
		return gf_fail(err, GF_E_USAGE, "data is read for a model or like other data");
	if (options->one_hot && (options->model || options->like))
		return gf_fail(err, GF_E_USAGE, "one_hot %s: the %s which of its columns are words",
			options->one_hot,
			options->model ? "model knows" : "data it is to be like know");
	if (options->exclude && (options->model || options->like))
		return gf_fail(err, GF_E_USAGE, "exclude %s: the %s which columns there are",
			options->exclude,
			options->model ? "model knows" : "data it is to be like know");
	return GF_OK;
}

static enum index_base index_base_of(const gf_read_options *options)
{
	if (options->index_base >= 0)
		return options->index_base == 0 ? INDEX_BASE_0 : INDEX_BASE_1;
	if (options->model)
		return options->model->index_base;
	return options->like ? options->like->index_base : INDEX_BASE_UNKNOWN;
}

gf_status gf_dataset_read(
	gf_dataset **data, const char *path, const gf_read_options *options, gf_error *err)
{
	gf_read_options defaults;
	struct read_options csv;

	error_clear(err);
	if (ERROR_NULL(data, err))
		return GF_E_USAGE;
	*data = NULL;
	if (ERROR_NULL(path, err))
		return GF_E_USAGE;
	gf_read_options_default(&defaults);
	if (!options)
		options = &defaults;
	if (check_options(options, err))
		return GF_E_USAGE;
	csv = (struct read_options){.target = options->target,
		.features = options->features,
		.exclude = options->exclude,
		.header = options->header,
		.delimiter = options->delimiter,
		.decimal = options->decimal,
		.comment = options->comment,
		.skip_lines = options->skip_lines,
		.text_encoding = options->encoding,
		.na = options->na,
		.one_hot = options->one_hot,
		.sample_weight = options->sample_weight,
		.missing = options->missing,
		.unseen = options->unseen,
		.keep = options->keep,
		.index_base = index_base_of(options),
		.labels = options->labels,
		.notice = options->notice,
		.on_progress = options->on_progress,
		.user = options->user,
		.with_target = options->with_target};
	csv.rule = loss_targets(options->model ? options->model->loss : options->loss);
	if (options->model)
		ask_for_model(&csv, options->model);
	else if (options->like)
		ask_for_like(&csv, options->like);
	if (csv.missing == GF_MISSING_auto)
		csv.missing = GF_MISSING_error;
	if (csv.labels && csv.missing == GF_MISSING_drop)
		return gf_fail(err, GF_E_USAGE,
			"missing drop leaves out rows, whose labels in a second file remain");
	return table_read(data, path, &csv, err);
}

gf_status gf_dataset_new(gf_dataset **data, const gf_arrays *arrays, gf_error *err)
{
	error_clear(err);
	if (ERROR_NULL(data, err))
		return GF_E_USAGE;
	*data = NULL;
	if (ERROR_NULL(arrays, err))
		return GF_E_USAGE;
	if (arrays->loss >= GF_LOSS_COUNT)
		return gf_fail(err, GF_E_USAGE, "loss is %d, which is none of its %d words",
			(int)arrays->loss, GF_LOSS_COUNT);
	return arrays_dataset(data, arrays, loss_targets(arrays->loss), err);
}

gf_status gf_selftest(const char *device, void (*on_result)(const gf_selftest_result *, void *),
	void *user, size_t *failed, gf_error *err)
{
	size_t uncounted;

	error_clear(err);
	return engine_selftest(device, on_result, user, failed ? failed : &uncounted, err);
}
