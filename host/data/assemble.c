#include "assemble.h"
#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

gf_status assemble_names(struct columns *columns, size_t count, gf_error *err)
{
	char name[32];

	for (size_t i = 0; i < count; i++) {
		int length = snprintf(name, sizeof name, "column%zu", i + 1);

		if (texts_add(&columns->names, name, (size_t)length))
			return gf_fail(err, GF_E_MEMORY,
				"%s: no memory for the names of %zu columns", columns->path, count);
	}
	return GF_OK;
}

static gf_status copy_names(
	char **names, const struct columns *columns, const struct column_list *list, gf_error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *text = texts_at(&columns->names, list->at[i]);
		char *name = strdup(text);

		if (!name)
			return gf_fail_memory(err, strlen(text) + 1, "the name of a column");
		free(names[i]);
		names[i] = name;
	}
	return GF_OK;
}

gf_status assemble_dataset(
	gf_dataset **data, size_t rows, const struct columns *columns, gf_error *err)
{
	gf_status status =
		dataset_alloc(data, rows, columns->features.count, columns->targets.count, err);

	if (!status)
		status = copy_names((*data)->feature_names, columns, &columns->features, err);
	if (!status)
		status = copy_names((*data)->target_names, columns, &columns->targets, err);
	return status;
}

gf_status assemble_targets(struct targets **targets, const struct target_options *at,
	const struct csv_options *options, gf_error *err)
{
	struct target_options wanted = *at;

	wanted.rule = options->rule;
	wanted.known = options->wanted_features != NULL;
	wanted.known_classes = options->known_classes;
	wanted.known_class_count = options->known_class_count;
	wanted.reader = options;
	return targets_new(targets, &wanted, err);
}

gf_status assemble_finish(gf_dataset *data, struct targets *targets, size_t output, gf_error *err)
{
	char **names;
	size_t classes;
	gf_status status =
		targets_finish(targets, data->y + output, data->outputs, &names, &classes, err);

	/* There is but one target where there are classes. */
	if (!status && names) {
		data->class_names = names;
		data->classes = classes;
	}
	return status;
}
