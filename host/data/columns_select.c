/* columns_select.c: which columns are features, targets, weights and offsets, by options or by a
 * model. */
#include "columns.h"
#include "error.h"
#include "encoding.h"
#include "read_options.h"
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

/* ---- columns for a training ---- */

static gf_status choose_for_training(
	struct selection *features, struct selection *targets, const struct read_options *options)
{
	if (options->part == PART_TARGETS)
		return options->target ? selection_add_list(targets, options->target)
				       : selection_add_rest(targets);
	if (options->part == PART_ALL)
		TRY(options->target ? selection_add_list(targets, options->target)
				    : selection_add_last(targets, 1));
	if (options->features)
		return selection_add_list(features, options->features);
	return selection_add_rest(features);
}

/* ---- columns for a model ---- */

/* How many columns can be features or targets. */
static size_t usable_width(const struct columns *columns)
{
	return columns->names.count - columns->weights.count - columns->offsets.count -
	       columns->excluded.count - columns->has_row_names;
}

static int width_fits(size_t width, const struct read_options *options)
{
	size_t d = options->wanted_feature_count, k = options->wanted_target_count;

	return width == d + k || (width == d && !options->with_target);
}

/* Where columns are known by their place alone, columns of --keep are no features if the others are
 * as many as the model needs. */
static void exclude_kept(struct columns *columns, const struct read_options *options)
{
	const struct column_list *kept = &columns->kept;
	size_t unused = 0;

	for (size_t i = 0; i < kept->count; i++)
		unused += columns->roles[kept->at[i]] == COLUMN_UNUSED;
	if (!width_fits(usable_width(columns) - unused, options))
		return;
	for (size_t i = 0; i < kept->count; i++)
		if (columns->roles[kept->at[i]] == COLUMN_UNUSED) {
			columns->roles[kept->at[i]] = COLUMN_EXCLUDED;
			columns->excluded.at[columns->excluded.count++] = kept->at[i];
		}
}

/* The model's columns are known by their place alone. */
static gf_status check_width(const struct selection *s, const struct read_options *options)
{
	size_t width = usable_width(s->columns);
	size_t d = options->wanted_feature_count, k = options->wanted_target_count;

	if (width_fits(width, options))
		return GF_OK;
	if (options->with_target)
		return selection_refuse(s,
			"%zu column%s and no header; the model wants %zu, its targets last", width,
			plural_s(width), d + k);
	return selection_refuse(s,
		"%zu column%s and no header; the model wants %zu, or %zu with its targets", width,
		plural_s(width), d, d + k);
}

static gf_status check_count(const struct selection *s, size_t wanted)
{
	if (s->list->count == wanted)
		return GF_OK;
	return selection_refuse(s, "%zu column%s as %s; the model has %zu", s->list->count,
		plural_s(s->list->count), s->role == COLUMN_FEATURE ? "features" : "targets",
		wanted);
}

static gf_status choose_model_targets(
	struct selection *s, const struct read_options *options, int by_name)
{
	size_t d = options->wanted_feature_count, k = options->wanted_target_count;
	/* Without names, only the width tells that the file has targets, which are no features. */
	size_t width = usable_width(s->columns);
	int file_has_targets = !by_name && !options->features && width == d + k;

	if (options->target)
		TRY(selection_add_list(s, options->target));
	else if (!options->with_target && !file_has_targets)
		return GF_OK;
	else if (by_name)
		TRY(selection_add_names(s, options->wanted_targets, k));
	else
		TRY(selection_add_last(s, k));
	return check_count(s, k);
}

static gf_status choose_model_features(
	struct selection *s, const struct read_options *options, int by_name)
{
	if (options->features)
		TRY(selection_add_list(s, options->features));
	else if (by_name)
		TRY(selection_add_names(
			s, options->wanted_features, options->wanted_feature_count));
	else
		TRY(selection_add_rest(s));
	return check_count(s, options->wanted_feature_count);
}

/* Returns 1 if columns are found by name, 0 if by place.  A model of a file without a header has
 * names that stand for places ("column2"): they are found by name in such a file, wherever its
 * target is. */
static int found_by_name(const struct columns *columns, const struct read_options *options)
{
	if (options->by_place)
		return 0;
	return columns->header ||
	       (all_found(columns, options->wanted_features, options->wanted_feature_count) &&
		       (!options->with_target || all_found(columns, options->wanted_targets,
							 options->wanted_target_count)));
}

/* A file of labels: its targets are found by name, or are all that it has. */
static gf_status choose_model_labels(struct selection *s, const struct read_options *options)
{
	size_t k = options->wanted_target_count;

	if (options->target)
		TRY(selection_add_list(s, options->target));
	else if (s->columns->header && all_found(s->columns, options->wanted_targets, k))
		TRY(selection_add_names(s, options->wanted_targets, k));
	else
		TRY(selection_add_rest(s));
	return check_count(s, k);
}

/* Returns 1 if the names stand for places: column1, column2, ... */
static int are_places(const char *const *names, size_t count)
{
	size_t place;
	int length;

	for (size_t i = 0; i < count; i++)
		if (sscanf(names[i], "column%zu%n", &place, &length) != 1 || names[i][length])
			return 0;
	return count > 0;
}

/* A model of a file without names cannot find its columns by name. */
static gf_status check_places(const struct selection *s, const struct read_options *options)
{
	const char *const *names = options->wanted_features;
	size_t count = options->wanted_feature_count;

	if (!s->columns->header || options->features || options->by_place ||
		!are_places(names, count) || all_found(s->columns, names, count))
		return GF_OK;
	return selection_refuse(s,
		"the model was trained on a file without names and takes columns by their place, "
		"from %s to %s, but line %zu has names: --skip-lines %zu leaves it out, --header "
		"no reads it as data",
		names[0], names[count - 1], s->columns->line, s->columns->line);
}

/* Only the user can tell whether the columns are in the model's order. */
static void notice_places(const struct columns *columns, const struct read_options *options)
{
	const struct column_list *list = &columns->features;
	const char *const *names = options->wanted_features;
	size_t count = list->count;

	if (columns->line == 0 || columns->header || options->by_place || !count)
		return;
	report_notice(files_place(columns->files, columns->line), options,
		"no header, so columns are told by their place: column %zu is the model's %s%s%s",
		list->at[0] + 1, quote_text(names[0]).text, count > 1 ? ", and so on to its " : "",
		count > 1 ? quote_text(names[count - 1]).text : "");
}

static gf_status choose_for_model(
	struct selection *features, struct selection *targets, const struct read_options *options)
{
	if (options->part == PART_TARGETS)
		return choose_model_labels(targets, options);

	const int by_name = found_by_name(features->columns, options);

	TRY(check_places(features, options));
	if (!by_name && !options->target && !options->features) {
		exclude_kept(features->columns, options);
		TRY(check_width(features, options));
	}
	TRY(choose_model_targets(targets, options, by_name));
	TRY(choose_model_features(features, options, by_name));
	if (!by_name && !options->features)
		notice_places(features->columns, options);
	if (!options->with_target)
		targets->list->count = 0;
	return GF_OK;
}

/* ---- columns for both ---- */

/* Adds the list of an option that is about features. */
static gf_status add_option(
	struct selection *s, const char *list, const struct read_options *options)
{
	return list && options->part != PART_TARGETS ? selection_add_list(s, list) : GF_OK;
}

static gf_status check_single(const struct selection *s)
{
	if (s->list->count <= 1)
		return GF_OK;
	return selection_refuse(s, "%zu columns as the %s, wanted one", s->list->count, s->noun);
}

/* The sample weight and the offset are one column each. */
static gf_status choose_single(
	struct selection *s, const char *column, const struct read_options *options)
{
	TRY(add_option(s, column, options));
	return check_single(s);
}

/* The model knows which of its columns are words. */
static gf_status choose_one_hot(struct selection *s, const struct read_options *options)
{
	const struct column_list *features = &s->columns->features;
	const struct encoding *encoding = options->encoding;

	if (options->part == PART_TARGETS)
		return GF_OK;
	for (size_t i = 0; encoding && i < encoding->count; i++)
		if (encoding->columns[i].words)
			s->columns->roles[features->at[i]] = COLUMN_ONE_HOT;
	return options->one_hot ? selection_add_list(s, options->one_hot) : GF_OK;
}

static gf_status check_features(const struct selection *s, const struct read_options *options)
{
	size_t count = s->columns->names.count;

	if (s->list->count > 0 || options->part == PART_TARGETS)
		return GF_OK;
	if (s->columns->excluded.count)
		return selection_refuse(s,
			"%zu column%s, %zu of them excluded: none is left for the features", count,
			plural_s(count), s->columns->excluded.count);
	return selection_refuse(s,
		"%zu column%s, taken by the target%s: none is left for the features", count,
		plural_s(count), plural_s(count));
}

/* A model remembers the names, and its file's JSON holds UTF-8 alone. */
static gf_status check_encoding(const struct selection *s)
{
	for (size_t i = 0; i < s->list->count; i++) {
		const char *name = texts_at(&s->columns->names, s->list->at[i]);

		if (!utf8_valid(name, strlen(name)))
			return selection_refuse(s,
				"%s: the name is not UTF-8; --encoding latin-1 reads such a file",
				columns_label(s->columns, s->list->at[i]).text);
	}
	return GF_OK;
}

/* Tells of the first column that is used under another name than the file's. */
static void notice_renamed(const struct columns *columns, const struct read_options *options)
{
	for (size_t i = 0; columns->same_name && i < columns->names.count; i++) {
		size_t first = columns->same_name[i];

		if (first == SIZE_MAX || (columns->roles[i] == COLUMN_UNUSED &&
						 columns->roles[first] == COLUMN_UNUSED))
			continue;
		report_notice(files_place(columns->files, columns->line), options,
			"columns %zu and %zu are both called %s; the latter is %s here", first + 1,
			i + 1, columns_name(columns, first).text, columns_name(columns, i).text);
		return;
	}
}

gf_status columns_select(struct columns *columns, const struct read_options *options, gf_error *err)
{
	const int model = options->wanted_features != NULL;
	const char *feature = model && !options->features ? "the model's feature" : "feature";
	const char *target = model && !options->target ? "the model's target" : "target";
	struct selection features = {columns, &columns->features, COLUMN_FEATURE, feature, err};
	struct selection targets = {columns, &columns->targets, COLUMN_TARGET, target, err};
	struct selection weights = {
		columns, &columns->weights, COLUMN_WEIGHT, "sample weight", err};
	struct selection offsets = {columns, &columns->offsets, COLUMN_OFFSET,
		options->takes_exposure ? "exposure" : "offset", err};
	struct selection one_hot = {
		columns, &columns->one_hot, COLUMN_ONE_HOT, "one-hot column", err};
	struct selection excluded = {
		columns, &columns->excluded, COLUMN_EXCLUDED, "excluded column", err};
	struct selection kept = {columns, &columns->kept, COLUMN_UNUSED, "kept column", err};

	if (columns->header) /* names that are made up differ */
		TRY(columns_make_unique(columns, err));
	TRY(columns_index(columns, err));
	/* Features and targets are what these leave. */
	TRY(add_option(&excluded, options->exclude, options));
	TRY(add_option(&kept, options->keep, options));
	TRY(choose_single(&weights, options->sample_weight, options));
	TRY(choose_single(&offsets, options->offset, options));
	TRY(model ? choose_for_model(&features, &targets, options)
		  : choose_for_training(&features, &targets, options));
	TRY(check_features(&features, options));
	TRY(choose_one_hot(&one_hot, options));
	TRY(check_encoding(&features));
	TRY(check_encoding(&targets));
	TRY(check_encoding(&offsets));
	notice_renamed(columns, options);
	return GF_OK;
}
