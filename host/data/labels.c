/* labels.c: features and targets that are read apart become one dataset. */
#include "labels.h"
#include "data_report.h"
#include "error.h"

#include <stdio.h>
#include <string.h>

/* Calls the labels "label", or "label1", ..., if their file has no header, since a feature may be
 * called "column1", too. */
static gf_status rename_labels(gf_dataset *labels, gf_error *err)
{
	char place[32], name[32] = "label";

	for (size_t k = 0; k < labels->outputs; k++) {
		snprintf(place, sizeof place, "column%zu", k + 1);
		if (strcmp(labels->target_names[k], place) != 0)
			continue;
		if (labels->outputs > 1)
			snprintf(name, sizeof name, "label%zu", k + 1);

		TRY(name_set(&labels->target_names[k], name, err));
	}
	return GF_OK;
}

/* Moves the targets of labels to data, which has none; labels gets data's empty ones. */
static void move_targets(gf_dataset *data, gf_dataset *labels)
{
	const gf_dataset moved = *labels;

	labels->outputs = 0;
	labels->y = NULL;
	labels->target_names = data->target_names;
	labels->class_names = NULL;
	labels->classes = 0;
	data->outputs = moved.outputs;
	data->y = moved.y;
	data->target_names = moved.target_names;
	data->class_names = moved.class_names;
	data->classes = moved.classes;
}

static gf_status check_rows(const gf_dataset *data, const gf_dataset *labels, const char *name,
	const char *labels_name, gf_error *err)
{
	if (data->dropped)
		return report_error(line_place(name, 0), err,
			"%zu row%s %s a missing value; labels that are not columns of the data "
			"leave none out",
			data->dropped, plural_s(data->dropped),
			data->dropped == 1 ? "has" : "have");
	if (labels->rows == data->rows)
		return GF_OK;
	return gf_fail(err, GF_E_DATA, "%s: %zu row%s, but %s has %zu label%s", name, data->rows,
		plural_s(data->rows), labels_name, labels->rows, plural_s(labels->rows));
}

struct read_options labels_options(const struct read_options *options, enum table_part part)
{
	struct read_options wanted = *options;

	wanted.part = part;
	if (part == PART_FEATURES) {
		wanted.target = NULL;
		wanted.with_target = 0;
		return wanted;
	}
	/* These options are for the features. */
	wanted.features = wanted.exclude = wanted.keep = wanted.one_hot = wanted.sample_weight =
		wanted.offset = wanted.cache = NULL;
	wanted.missing = GF_MISSING_error;
	wanted.encoding = NULL;
	wanted.sparse = 0;
	return wanted;
}

gf_status labels_join(gf_dataset *data, gf_dataset *labels, const char *name,
	const char *labels_name, gf_error *err)
{
	TRY(check_rows(data, labels, name, labels_name, err));
	TRY(rename_labels(labels, err));
	move_targets(data, labels);
	return GF_OK;
}
