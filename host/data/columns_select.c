#include "columns.h"
#include "table_read.h"
#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int all_found(const struct columns *columns, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!columns_find(columns, names[i]))
			return 0;
	return 1;
}

static gf_status choose_freely(
	struct selection *features, struct selection *targets, const struct read_options *options)
{
	gf_status status = GF_OK;

	if (options->part == PART_TARGETS)
		return options->target ? selection_take_list(targets, options->target)
				       : selection_take_rest(targets);
	if (options->part == PART_ALL)
		status = options->target ? selection_take_list(targets, options->target)
					 : selection_take_last(targets, 1);
	if (status)
		return status;
	if (options->features)
		return selection_take_list(features, options->features);
	return selection_take_rest(features);
}

static size_t usable_width(const struct columns *columns)
{
	return columns->names.count - columns->weights.count - columns->excluded.count -
	       columns->index;
}

static int width_fits(size_t width, const struct read_options *options)
{
	size_t d = options->wanted_feature_count, k = options->wanted_target_count;

	return width == d + k || (width == d && !options->with_target);
}

/* Where columns are told apart by their place alone, those that are kept are no features as long
 * as the others are as many as the model needs. */
static void set_kept_aside(struct columns *columns, const struct read_options *options)
{
	const struct column_list *kept = &columns->kept;
	size_t free_ones = 0;

	for (size_t i = 0; i < kept->count; i++)
		free_ones += columns->roles[kept->at[i]] == COLUMN_UNUSED;
	if (!width_fits(usable_width(columns) - free_ones, options))
		return;
	for (size_t i = 0; i < kept->count; i++)
		if (columns->roles[kept->at[i]] == COLUMN_UNUSED) {
			columns->roles[kept->at[i]] = COLUMN_EXCLUDED;
			columns->excluded.at[columns->excluded.count++] = kept->at[i];
		}
}

/* The model's columns by their place alone. */
static gf_status check_width(const struct selection *c, const struct read_options *options)
{
	size_t width = usable_width(c->columns);
	size_t d = options->wanted_feature_count, k = options->wanted_target_count;

	if (width_fits(width, options))
		return GF_OK;
	if (options->with_target)
		return selection_refuse(c,
			"%zu column%s and no header; the model wants %zu, its targets last", width,
			plural_s(width), d + k);
	return selection_refuse(c,
		"%zu column%s and no header; the model wants %zu, or %zu with its targets", width,
		plural_s(width), d, d + k);
}

static gf_status check_count(const struct selection *c, size_t wanted)
{
	if (c->list->count == wanted)
		return GF_OK;
	return selection_refuse(c, "%zu column%s as %s; the model has %zu", c->list->count,
		plural_s(c->list->count), c->role == COLUMN_FEATURE ? "features" : "targets",
		wanted);
}

static gf_status choose_model_targets(
	struct selection *c, const struct read_options *options, int by_name)
{
	size_t d = options->wanted_feature_count, k = options->wanted_target_count;
	/* Without names it takes the width to see targets that are there but not wanted. */
	size_t width = usable_width(c->columns);
	int beside = !by_name && !options->features && width == d + k;
	gf_status status;

	if (options->target)
		status = selection_take_list(c, options->target);
	else if (!options->with_target && !beside)
		return GF_OK;
	else if (by_name)
		status = selection_take_names(c, options->wanted_targets, k);
	else
		status = selection_take_last(c, k);
	return status ? status : check_count(c, k);
}

static gf_status choose_model_features(
	struct selection *c, const struct read_options *options, int by_name)
{
	gf_status status;

	if (options->features)
		status = selection_take_list(c, options->features);
	else if (by_name)
		status = selection_take_names(
			c, options->wanted_features, options->wanted_feature_count);
	else
		status = selection_take_rest(c);
	return status ? status : check_count(c, options->wanted_feature_count);
}

/* The names that a model learnt from a file without a header are places ("column2"): they are
 * found by name in such a file, wherever its target stood. */
static int found_by_name(const struct columns *columns, const struct read_options *options)
{
	if (options->by_place)
		return 0;
	return columns->header ||
	       (all_found(columns, options->wanted_features, options->wanted_feature_count) &&
		       (!options->with_target || all_found(columns, options->wanted_targets,
							 options->wanted_target_count)));
}

/* The targets alone, in a file of labels: by name, or all that it has. */
static gf_status choose_model_labels(struct selection *c, const struct read_options *options)
{
	size_t k = options->wanted_target_count;
	gf_status status;

	if (options->target)
		status = selection_take_list(c, options->target);
	else if (c->columns->header && all_found(c->columns, options->wanted_targets, k))
		status = selection_take_names(c, options->wanted_targets, k);
	else
		status = selection_take_rest(c);
	return status ? status : check_count(c, k);
}

/* Names that stand for places: column1, column2, ... */
static int are_places(const char *const *names, size_t count)
{
	size_t place;
	int length;

	for (size_t i = 0; i < count; i++)
		if (sscanf(names[i], "column%zu%n", &place, &length) != 1 || names[i][length])
			return 0;
	return count > 0;
}

/* What its training had no names for cannot be found by names. */
static gf_status check_places(const struct selection *c, const struct read_options *options)
{
	const char *const *names = options->wanted_features;
	size_t count = options->wanted_feature_count;

	if (!c->columns->header || options->features || options->by_place ||
		!are_places(names, count) || all_found(c->columns, names, count))
		return GF_OK;
	return selection_refuse(c,
		"the model was trained on a file without names and takes columns by their place, "
		"from %s to %s, but line %zu has names: --skip-lines %zu leaves it out, --header "
		"no reads it as data",
		names[0], names[count - 1], c->columns->line, c->columns->line);
}

/* Places can be other ones than the model's; only the user can tell. */
static void tell_places(const struct selection *features, const struct read_options *options)
{
	const struct columns *columns = features->columns;
	const struct column_list *list = &columns->features;
	size_t count = list->count;

	if (columns->line == 0 || columns->header || options->by_place || !count)
		return;
	data_notice(options,
		"%s:%zu: no header, so columns are told by their place: column %zu is the model's "
		"%s%s%s",
		columns->path, columns->line, list->at[0] + 1,
		quote_of(options->wanted_features[0], strlen(options->wanted_features[0])).text,
		count > 1 ? ", and so on to its " : "",
		count > 1 ? quote_of(options->wanted_features[count - 1],
				    strlen(options->wanted_features[count - 1]))
				    .text
			  : "");
}

static gf_status choose_for_model(
	struct selection *features, struct selection *targets, const struct read_options *options)
{
	if (options->part == PART_TARGETS)
		return choose_model_labels(targets, options);

	int by_name = found_by_name(features->columns, options);
	gf_status status = GF_OK;

	status = check_places(features, options);
	if (!status && !by_name && !options->target && !options->features) {
		set_kept_aside(features->columns, options);
		status = check_width(features, options);
	}
	if (!status)
		status = choose_model_targets(targets, options, by_name);
	if (!status)
		status = choose_model_features(features, options, by_name);
	if (!status && !by_name && !options->features)
		tell_places(features, options);
	if (!options->with_target)
		targets->list->count = 0;
	return status;
}

/* Before the others, which leave them out. */
static gf_status exclude(struct selection *c, const struct read_options *options)
{
	return options->exclude && options->part != PART_TARGETS
		       ? selection_take_list(c, options->exclude)
		       : GF_OK;
}

/* One column, and before the others, which leave it out. */
static gf_status choose_weights(struct selection *c, const struct read_options *options)
{
	gf_status status;

	if (!options->sample_weight || options->part == PART_TARGETS)
		return GF_OK;
	status = selection_take_list(c, options->sample_weight);
	if (!status && c->list->count > 1)
		status = selection_refuse(
			c, "%zu columns as the sample weight, wanted one", c->list->count);
	return status;
}

/* The model knows which of its columns are words. */
static gf_status choose_one_hot(struct selection *c, const struct read_options *options)
{
	const struct column_list *features = &c->columns->features;
	const struct encoding *encoding = options->encoding;

	if (options->part == PART_TARGETS)
		return GF_OK;
	for (size_t i = 0; encoding && i < encoding->count; i++)
		if (encoding->columns[i].words)
			c->columns->roles[features->at[i]] = COLUMN_ONE_HOT;
	return options->one_hot ? selection_take_list(c, options->one_hot) : GF_OK;
}

static gf_status check_features(const struct selection *c, const struct read_options *options)
{
	size_t count = c->columns->names.count;

	if (c->list->count > 0 || options->part == PART_TARGETS)
		return GF_OK;
	if (c->columns->excluded.count)
		return selection_refuse(c,
			"%zu column%s, %zu of them excluded: none is left for the features", count,
			plural_s(count), c->columns->excluded.count);
	return selection_refuse(c,
		"%zu column%s, taken by the target%s: none is left for the features", count,
		plural_s(count), plural_s(count));
}

/* JSON has no other encoding, and a name is to be found again by the model that remembers it. */
static gf_status check_encoding(const struct selection *c)
{
	for (size_t i = 0; i < c->list->count; i++) {
		const char *name = texts_at(&c->columns->names, c->list->at[i]);

		if (!utf8_valid(name, strlen(name)))
			return selection_refuse(c,
				"%s: the name is not UTF-8; --encoding latin-1 reads such a file",
				columns_label(c->columns, c->list->at[i]).text);
	}
	return GF_OK;
}

/* Names that predict could not find again have got a number. */
static void tell_renamed(const struct columns *columns, const struct read_options *options)
{
	for (size_t i = 0; columns->twins && i < columns->names.count; i++) {
		size_t first = columns->twins[i];

		if (first == SIZE_MAX || (columns->roles[i] == COLUMN_UNUSED &&
						 columns->roles[first] == COLUMN_UNUSED))
			continue;
		data_notice(options,
			"%s:%zu: columns %zu and %zu are both called %s; the latter is %s here",
			columns->path, columns->line, first + 1, i + 1,
			columns_name(columns, first).text, columns_name(columns, i).text);
		return;
	}
}

gf_status columns_select(struct columns *columns, const struct read_options *options, gf_error *err)
{
	int model = options->wanted_features != NULL;
	struct selection features = {
		.columns = columns,
		.list = &columns->features,
		.role = COLUMN_FEATURE,
		.noun = model && !options->features ? "the model's feature" : "feature",
		.err = err,
	};
	struct selection targets = {
		.columns = columns,
		.list = &columns->targets,
		.role = COLUMN_TARGET,
		.noun = model && !options->target ? "the model's target" : "target",
		.err = err,
	};
	struct selection weights = {
		.columns = columns,
		.list = &columns->weights,
		.role = COLUMN_WEIGHT,
		.noun = "sample weight",
		.err = err,
	};
	struct selection one_hot = {
		.columns = columns,
		.list = &columns->one_hot,
		.role = COLUMN_ONE_HOT,
		.noun = "one-hot column",
		.err = err,
	};
	struct selection excluded = {
		.columns = columns,
		.list = &columns->excluded,
		.role = COLUMN_EXCLUDED,
		.noun = "excluded column",
		.err = err,
	};
	struct selection kept = {
		.columns = columns,
		.list = &columns->kept,
		.role = COLUMN_UNUSED,
		.noun = "kept column",
		.err = err,
	};
	gf_status status = columns_make_unique(columns, err);

	if (!status)
		status = columns_index(columns, err);

	if (!status)
		status = exclude(&excluded, options);
	if (!status && options->keep && options->part != PART_TARGETS)
		status = selection_take_list(&kept, options->keep);
	if (!status)
		status = choose_weights(&weights, options);
	if (!status)
		status = model ? choose_for_model(&features, &targets, options)
			       : choose_freely(&features, &targets, options);
	if (!status)
		status = check_features(&features, options);
	if (!status)
		status = choose_one_hot(&one_hot, options);
	if (!status)
		status = check_encoding(&features);
	if (!status)
		status = check_encoding(&targets);
	if (!status)
		tell_renamed(columns, options);
	return status;
}
