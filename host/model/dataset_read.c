/* dataset_read.c: gf_dataset_read and gf_dataset_new: checks the public options and translates them
 * to those of host/data. */
#include "catalog.h"
#include "dataset.h"
#include "error.h"
#include "gpufitcl_arrow.h"
#include "model.h"
#include "table_read.h"

void gf_read_options_default(gf_read_options *options)
{
	if (options)
		*options = (gf_read_options){.header = -1,
			.decimal = '.',
			.index_base = -1,
			.sparse = -1,
			.missing = GF_MISSING_auto,
			.with_target = 1};
}

/* Asks for the columns of the encoding or, if it has none, for columns of these names (count). */
static void ask_for_columns(struct read_options *read, const struct encoding *encoding,
	char *const *names, size_t count)
{
	const int is_encoded = encoding->count > 0;

	read->wanted_features = (const char *const *)(is_encoded ? encoding->names : names);
	read->wanted_feature_count = is_encoded ? encoding->count : count;
	read->encoding = is_encoded ? encoding : NULL;
	if (is_encoded && read->missing == GF_MISSING_auto)
		read->missing = encoding->missing;
}

/* Asks for the offset that other data have, unless the options name a column. */
static void ask_for_offset(struct read_options *read, const char *name, int has_exposure)
{
	if (read->offset)
		return;
	read->offset = name;
	read->takes_exposure = has_exposure;
}

static void ask_for_model(struct read_options *read, const gf_model *model)
{
	ask_for_columns(read, &model->encoding, model->feature_names, model->features);
	read->wanted_targets = (const char *const *)model->target_names;
	read->wanted_target_count = model->targets;
	read->known_classes = (const char *const *)model->class_names;
	read->known_class_count = model->classes;
	read->by_place = !model->named;
	ask_for_offset(read, model->offset_name, model->has_exposure);
}

static void ask_for_like(struct read_options *read, const gf_dataset *like)
{
	ask_for_columns(read, &like->encoding, like->feature_names, like->features);
	read->wanted_targets = (const char *const *)like->target_names;
	read->wanted_target_count = like->outputs;
	read->known_classes = (const char *const *)like->class_names;
	read->known_class_count = like->classes;
	ask_for_offset(read, like->offset_name, like->has_exposure);
}

static gf_status check_loss(gf_loss loss, gf_error *err)
{
	if (loss < GF_LOSS_COUNT)
		return GF_OK;
	return gf_fail(err, GF_E_USAGE, "loss is %d, which is none of its %d words", (int)loss,
		GF_LOSS_COUNT);
}

static gf_status check_options(const gf_read_options *options, gf_error *err)
{
	const char *source = options->model ? "model" : "data of like";

	TRY(check_loss(options->loss, err));
	if (options->missing >= GF_MISSING_COUNT)
		return gf_fail(err, GF_E_USAGE, "missing is %d, which is none of its %d words",
			(int)options->missing, GF_MISSING_COUNT);
	if (options->model && options->like)
		return gf_fail(
			err, GF_E_USAGE, "model and like are both given; only one of them can be");
	if (options->offset && options->exposure)
		return gf_fail(err, GF_E_USAGE,
			"offset and exposure are both given; an exposure is an offset by its "
			"logarithm, so that a column of their sum is wanted");
	if (options->one_hot && (options->model || options->like))
		return gf_fail(err, GF_E_USAGE,
			"one_hot %s: the %s already say%s which columns are words",
			options->one_hot, source, options->model ? "s" : "");
	if (options->exclude && (options->model || options->like))
		return gf_fail(err, GF_E_USAGE,
			"exclude %s: the %s already say%s which columns are read", options->exclude,
			source, options->model ? "s" : "");
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

static int predicts_sparse(const gf_model *model)
{
	return !model->hidden.count && !model->standardization.center &&
	       !gf_model_has_intervals(model);
}

/* Validation data is kept as the data that trains, and dense for a model that takes no sparse
 * rows. */
static int sparse_of(const gf_read_options *options)
{
	if (options->sparse == 0 || options->sparse == 1)
		return options->sparse;
	if (options->model && !predicts_sparse(options->model))
		return 0;
	return options->like ? options->like->sparse != NULL : options->sparse;
}

static struct read_options translate(const gf_read_options *options)
{
	struct read_options read = {.target = options->target,
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
		.offset = options->offset ? options->offset : options->exposure,
		.takes_exposure = options->exposure != NULL,
		.missing = options->missing,
		.unseen = options->unseen,
		.keep = options->keep,
		.index_base = index_base_of(options),
		.sparse = sparse_of(options),
		.labels = options->labels,
		.cache = options->cache,
		.notice = options->notice,
		.on_progress = options->on_progress,
		.user = options->user,
		.with_target = options->with_target,
		.rule = loss_targets(options->model ? options->model->loss : options->loss)};

	if (options->model)
		ask_for_model(&read, options->model);
	else if (options->like)
		ask_for_like(&read, options->like);
	if (read.missing == GF_MISSING_auto)
		read.missing = GF_MISSING_error;
	return read;
}

/* Reads paths (count), none of which is NULL. */
static gf_status read_files(gf_dataset **data, const char *const *paths, size_t count,
	const gf_read_options *options, gf_error *err)
{
	gf_read_options defaults;
	struct read_options read;

	gf_read_options_default(&defaults);
	if (!options)
		options = &defaults;
	TRY(check_options(options, err));
	read = translate(options);
	if (read.labels && read.missing == GF_MISSING_drop)
		return gf_fail(err, GF_E_USAGE,
			"missing drop cannot be used with labels in a second file, which would no "
			"longer match the rows");
	return table_read_all(data, paths, count, &read, err);
}

gf_status gf_dataset_read(
	gf_dataset **data, const char *path, const gf_read_options *options, gf_error *err)
{
	error_clear(err);
	if (ERROR_NULL(data, err))
		return GF_E_USAGE;
	*data = NULL;
	if (ERROR_NULL(path, err))
		return GF_E_USAGE;
	return read_files(data, &path, 1, options, err);
}

gf_status gf_dataset_read_files(gf_dataset **data, const char *const *paths, size_t count,
	const gf_read_options *options, gf_error *err)
{
	error_clear(err);
	if (ERROR_NULL(data, err))
		return GF_E_USAGE;
	*data = NULL;
	if (ERROR_NULL(paths, err))
		return GF_E_USAGE;
	if (count == 0)
		return gf_fail(
			err, GF_E_USAGE, "gf_dataset_read_files: count is 0, and no file has rows");
	for (size_t i = 0; i < count; i++)
		if (!paths[i])
			return gf_fail(err, GF_E_USAGE,
				"gf_dataset_read_files: paths[%zu] must not be NULL", i);
	return read_files(data, paths, count, options, err);
}

/* ---- tables in memory ---- */

/* The first option given that is for files alone; NULL: there is none. */
static const char *option_for_files(const gf_read_options *o)
{
	return o->header >= 0                    ? "header"
	       : o->delimiter                    ? "delimiter"
	       : o->decimal && o->decimal != '.' ? "decimal"
	       : o->comment                      ? "comment"
	       : o->skip_lines                   ? "skip_lines"
	       : o->encoding != GF_ENCODING_utf8 ? "encoding"
	       : o->labels                       ? "labels"
	       : o->cache                        ? "cache"
	       : o->index_base >= 0              ? "index_base"
						 : NULL;
}

static gf_status read_arrow(gf_dataset **data, const struct arrow_source *source,
	const gf_read_options *options, gf_error *err)
{
	gf_read_options defaults;
	struct read_options read;

	gf_read_options_default(&defaults);
	if (!options)
		options = &defaults;
	TRY(check_options(options, err));
	if (option_for_files(options))
		return gf_fail(err, GF_E_USAGE,
			"%s is an option for files, not for tables in memory",
			option_for_files(options));
	read = translate(options);
	return arrow_read(data, source, &read, err);
}

gf_status gf_dataset_arrow(gf_dataset **data, const struct ArrowSchema *schema,
	const struct ArrowArray *array, const gf_read_options *options, gf_error *err)
{
	const struct arrow_source source = {.schema = schema, .array = array};

	error_clear(err);
	if (ERROR_NULL(data, err))
		return GF_E_USAGE;
	*data = NULL;
	if (ERROR_NULL(schema, err) || ERROR_NULL(array, err))
		return GF_E_USAGE;
	return read_arrow(data, &source, options, err);
}

gf_status gf_dataset_arrow_stream(gf_dataset **data, struct ArrowArrayStream *stream,
	const gf_read_options *options, gf_error *err)
{
	const struct arrow_source source = {.stream = stream};

	error_clear(err);
	if (ERROR_NULL(data, err))
		return GF_E_USAGE;
	*data = NULL;
	if (ERROR_NULL(stream, err))
		return GF_E_USAGE;
	return read_arrow(data, &source, options, err);
}

/* ---- arrays in memory ---- */

gf_status gf_dataset_new(gf_dataset **data, const gf_arrays *arrays, gf_error *err)
{
	error_clear(err);
	if (ERROR_NULL(data, err))
		return GF_E_USAGE;
	*data = NULL;
	if (ERROR_NULL(arrays, err))
		return GF_E_USAGE;
	TRY(check_loss(arrays->loss, err));
	return arrays_dataset(data, arrays, loss_targets(arrays->loss), err);
}
