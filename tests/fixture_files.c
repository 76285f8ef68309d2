#include "fixture_files.h"

#include "dataset.h"
#include "model.h"
#include "scratch.h"

#include <string.h>

gf_read_options options_with(gf_loss loss, const char *one_hot, gf_missing missing)
{
	gf_read_options options;

	gf_read_options_default(&options);
	options.loss = loss;
	options.one_hot = one_hot;
	options.missing = missing;
	return options;
}

gf_read_options options_for(const gf_model *model)
{
	gf_read_options options;

	gf_read_options_default(&options);
	options.model = model;
	return options;
}

gf_dataset *read_text(const char *text, const gf_read_options *options)
{
	gf_dataset *data = NULL;
	gf_error err = {0};

	scratch_write(CSV, text, strlen(text));
	if (gf_dataset_read(&data, CSV, options, &err))
		fail_msg("%s", err.message);
	return data;
}

void assert_text_refused(
	const char *text, const gf_read_options *options, gf_status status, const char *message)
{
	gf_dataset *data = NULL;
	gf_error err = {0};

	scratch_write(CSV, text, strlen(text));
	assert_failure(gf_dataset_read(&data, CSV, options, &err), &err, status, message);
	assert_null(data);
}

gf_model *load_model(const char *path)
{
	gf_model *model = NULL;
	gf_error err = {0};

	if (gf_model_load(&model, path, &err))
		fail_msg("%s", err.message);
	return model;
}

gf_status read_model(const char *path, gf_error *err)
{
	gf_model *model;
	const gf_status status = gf_model_load(&model, path, err);

	gf_model_free(model);
	return status;
}

gf_model *save_and_load(gf_model *model)
{
	gf_error err = {0};

	if (gf_model_save(model, "saved.safetensors", &err))
		fail_msg("%s", err.message);
	gf_model_free(model);
	return load_model("saved.safetensors");
}

void free_both(gf_dataset *data, gf_model *model)
{
	gf_dataset_free(data);
	gf_model_free(model);
}

gf_model *loaded_model(const gf_dataset *data, gf_loss loss)
{
	gf_model *model = new_model(data->features, model_outputs_for(data, loss));
	gf_error err = {0};

	model->loss = loss;
	if (model_copy_names(model, data, &err))
		fail_msg("%s", err.message);
	return save_and_load(model);
}

/* ---- comparing ---- */

static void assert_same_names(char *const *a, char *const *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_string_equal(a[i], b[i]);
}

void assert_same_data(const gf_dataset *a, const gf_dataset *b)
{
	assert_int_equal(a->rows, b->rows);
	assert_int_equal(a->features, b->features);
	assert_int_equal(a->outputs, b->outputs);
	assert_int_equal(a->classes, b->classes);
	assert_int_equal(a->dropped, b->dropped);
	assert_memory_equal(a->x, b->x, a->x_bytes);
	if (a->outputs)
		assert_memory_equal(a->y, b->y, a->rows * a->outputs * sizeof(float));
	assert_int_equal(!a->weights, !b->weights);
	if (a->weights)
		assert_memory_equal(a->weights, b->weights, a->rows * sizeof(float));
	assert_same_names(a->feature_names, b->feature_names, a->features);
	assert_same_names(a->target_names, b->target_names, a->outputs);
	assert_same_names(a->class_names, b->class_names, a->classes);
}
