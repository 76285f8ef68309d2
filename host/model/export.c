#include "error.h"
#include "export.h"
#include "outfile.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum meaning model_meaning(const gf_model *model)
{
	if (model->classes)
		return model->outputs == 1 ? MEANS_TWO_CLASSES : MEANS_CLASSES;
	if (loss_of(model->loss)->has_log_link)
		return MEANS_EXP;
	return model->loss == GF_LOSS_bce ? MEANS_SIGMOID : MEANS_NUMBERS;
}

int model_has_probabilities(const gf_model *model)
{
	return model->classes && loss_targets(model->loss) != TARGETS_TWO_CLASSES;
}

/* ---- the file ---- */

typedef gf_status exporter(const gf_model *, const char *name, FILE *, gf_error *);

static exporter *exporter_of(const char *path)
{
	static const struct {
		const char *ending;
		exporter *export;
	} formats[] = {{".onnx", export_onnx}, {".c", export_c}};
	const size_t length = strlen(path);

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		const size_t tail = strlen(formats[i].ending);

		if (length > tail && strcmp(path + length - tail, formats[i].ending) == 0)
			return formats[i].export;
	}
	return NULL;
}

static gf_status check_ending(const char *path, gf_error *err)
{
	if (exporter_of(path))
		return GF_OK;
	return gf_fail(err, GF_E_USAGE, "wanted a file whose name ends in .onnx or .c, found %s",
		quote_text(path).text);
}

gf_status gf_export_check(const char *path, gf_error *err)
{
	error_clear(err);
	if (ERROR_NULL(path, err))
		return GF_E_USAGE;
	TRY(check_ending(path, err));
	return outfile_check(path, err);
}

/* Makes the path's last part, without its ending, a name that C takes: "my-model.c" becomes
 * my_model, "3d.c" model_3d. */
static char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	const char *prefix = isalpha((unsigned char)*base) ? "" : "model_";
	const size_t room = strlen(prefix) + strlen(base) + 1;
	char *name = malloc(room);

	if (!name)
		return NULL;
	snprintf(name, room, "%s%s", prefix, base);
	*strrchr(name, '.') = 0;
	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	return name;
}

static gf_status write_file(
	const gf_model *model, const char *path, const char *name, gf_error *err)
{
	struct outfile out;

	TRY(outfile_open(&out, path, err));
	if (exporter_of(path)(model, name, out.file, err)) {
		outfile_abort(&out);
		return err->status;
	}
	return outfile_commit(&out, err);
}

static gf_status check_model(const gf_model *model, gf_error *err)
{
	if (model->offset_name)
		return gf_fail(err, GF_E_USAGE,
			"the model has the offset %s, for which an exported model has no input",
			quote_text(model->offset_name).text);
	if (model->hidden.count && model->hidden.activation == GF_ACTIVATION_COUNT)
		return gf_fail(err, GF_E_USAGE,
			"the model's file does not name the activation after its hidden layers; "
			"gf_model_set_activation can");
	return GF_OK;
}

gf_status gf_model_export(const gf_model *model, const char *path, gf_error *err)
{
	gf_error own = {0};
	char *name;

	err = err ? err : &own;
	error_clear(err);
	if (ERROR_NULL(model, err) || ERROR_NULL(path, err))
		return GF_E_USAGE;
	TRY(check_ending(path, err));
	TRY(check_model(model, err));
	name = name_of(path);
	if (!name)
		return gf_fail_memory(err, strlen(path), "a model's name");
	write_file(model, path, name, err);
	free(name);
	return err->status;
}
