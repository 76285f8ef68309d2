/* model_data.c: the shape of a model for its data, and the names that it keeps from them. */
#include "dataset.h"
#include "error.h"
#include "model.h"
#include "model_metadata.h"
#include "targets.h"
#include "texts.h"

#include <string.h>

/* ---- targets ---- */

size_t model_outputs_for(const gf_dataset *data, gf_loss loss)
{
	float most = 0.0f;

	if (loss_targets(loss) != TARGETS_CLASSES)
		return data->outputs;
	if (data->classes > 0)
		return data->classes;
	if (data->outputs != 1)
		return 0;
	for (size_t i = 0; i < data->rows; i++) {
		if (!target_allowed(TARGETS_CLASSES, data->y[i]))
			return 0;
		most = data->y[i] > most ? data->y[i] : most;
	}
	return most > 1.0f ? (size_t)most + 1 : 2;
}

gf_status model_check_targets(const gf_dataset *data, gf_loss loss, gf_error *err)
{
	enum loss_targets targets = loss_targets(loss);

	if (targets >= TARGETS_TWO_CLASSES && data->outputs != 1)
		return gf_fail(err, GF_E_DATA, "%zu targets; %s takes a single column of classes",
			data->outputs, loss_word(loss));
	for (size_t i = 0; i < data->rows * data->outputs; i++)
		if (!target_allowed(targets, data->y[i]))
			return gf_fail(err, GF_E_DATA,
				"row %zu, from 0: target \"%s\" is %.9g; %s wants %s",
				i / data->outputs, data->target_names[i % data->outputs],
				(double)data->y[i], loss_word(loss), target_words(targets));
	return GF_OK;
}

/* ---- names and classes ---- */

gf_status model_settle_targets(gf_model *model, gf_error *err)
{
	char **names;

	if (loss_targets(model->loss) != TARGETS_CLASSES || model->targets == 1)
		return GF_OK;
	names = names_numbered('y', 1);
	if (!names)
		return gf_fail_memory(err, sizeof *names, "a name");
	names_free(model->target_names, model->targets);
	model->target_names = names;
	model->targets = 1;
	return GF_OK;
}

static gf_status set_classes(gf_model *model, char **names, size_t count, gf_error *err)
{
	if (!names)
		return gf_fail(err, GF_E_MEMORY, "cannot allocate the names of %zu classes", count);
	names_free(model->class_names, model->classes);
	model->class_names = names;
	model->classes = count;
	return GF_OK;
}

gf_status model_number_classes(gf_model *model, gf_error *err)
{
	enum loss_targets targets = loss_targets(model->loss);

	if (targets == TARGETS_CLASSES)
		return set_classes(
			model, names_of_numbers(0, 1, model->outputs), model->outputs, err);
	if (targets == TARGETS_TWO_CLASSES)
		return set_classes(model, names_of_numbers(-1, 2, 2), 2, err);
	return GF_OK;
}

/* Targets that are all 0 or 1 are two classes, as the labels of a file would be. */
static int is_binary(const gf_dataset *data)
{
	for (size_t i = 0; i < data->rows; i++)
		if (data->y[i] != 0.0f && data->y[i] != 1.0f)
			return 0;
	return 1;
}

static gf_status check_width(const gf_model *model, const gf_dataset *data, gf_error *err)
{
	int classes = loss_targets(model->loss) == TARGETS_CLASSES;
	size_t outputs = classes && data->classes ? data->classes : data->outputs;

	/* Class indices without names may be fewer than the model's classes. */
	if (classes && !data->classes && data->outputs == 1)
		outputs = model->outputs;
	if (data->features == model->features && (data->outputs == 0 || outputs == model->outputs))
		return GF_OK;
	return gf_fail(err, GF_E_DATA, "data of %zu features and %zu outputs, wanted %zu and %zu",
		data->features, outputs, model->features, model->outputs);
}

static gf_status copy_classes(gf_model *model, const gf_dataset *data, gf_error *err)
{
	int bce = loss_targets(model->loss) == TARGETS_PROBABILITIES;

	if (!loss_takes_classes(model->loss))
		return GF_OK;
	if (data->classes == 0 && bce && data->outputs == 1 && is_binary(data))
		return set_classes(model, names_of_numbers(0, 1, 2), 2, err);
	if (data->classes == 0)
		return model_number_classes(model, err);
	return set_classes(model, names_copy(data->class_names, data->classes), data->classes, err);
}

gf_status model_copy_names(gf_model *model, const gf_dataset *data, gf_error *err)
{
	TRY(check_width(model, data, err));
	TRY(model_settle_targets(model, err));
	for (size_t j = 0; j < data->features; j++)
		TRY(name_set(&model->feature_names[j], data->feature_names[j], err));
	for (size_t k = 0; k < data->outputs; k++)
		TRY(name_set(&model->target_names[k], data->target_names[k], err));
	TRY(copy_classes(model, data, err));
	if (data->offset)
		TRY(name_set(&model->offset_name, data->offset_name, err));
	model->has_exposure = data->has_exposure;
	model->named = 1;
	model->index_base = data->index_base;
	encoding_free(&model->encoding);
	return encoding_copy(&model->encoding, &data->encoding, err);
}

/* ---- the offset, in a model file ---- */

int model_metadata_add_offset(struct model_metadata *m, const gf_model *model)
{
	if (!model->offset_name)
		return 0;
	return model_metadata_add(
		m, model->has_exposure ? "exposure" : "offset", strdup(model->offset_name));
}

gf_status model_metadata_read_offset(const struct metadata_source *s)
{
	const char *offset = safetensors_metadata(s->file, "offset");
	const char *exposure = safetensors_metadata(s->file, "exposure");
	const char *name = offset ? offset : exposure;

	if (offset && exposure)
		return metadata_refuse(s, "exposure", ": there is an \"offset\" as well");
	if (name && !*name)
		return metadata_refuse(s, offset ? "offset" : "exposure", " is empty");
	s->model->has_exposure = exposure != NULL;
	return name ? name_set(&s->model->offset_name, name, s->err) : GF_OK;
}
