#include "commands.h"
#include "failure.h"
#include "format.h"
#include "json.h"
#include "linear.h"
#include "name.h"
#include "print.h"
#include "words.h"

#include <stdio.h>

static json_t *names_json(const struct linear *linear,
	const char *(*name)(const struct linear *, size_t), size_t count)
{
	json_t *names = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(names, json_text(name(linear, i)));
	return names;
}

static json_t *model_json(const gf_model *model)
{
	struct linear linear = linear_of_model(model);
	size_t features = linear.features, outputs = linear.outputs;
	json_t *json = json_object();

	json_object_set_new(json, "features", json_integer((json_int_t)features));
	json_object_set_new(json, "outputs", json_integer((json_int_t)outputs));
	json_object_set_new(
		json, "loss", json_text(word_of(loss_words, (int)gf_model_loss(model))));
	json_object_set_new(
		json, "feature_names", names_json(&linear, linear_feature_name, features));
	json_object_set_new(json, "target_names", names_json(&linear, linear_output_name, outputs));
	json_object_set_new(json, "weight", json_rows(gf_model_weight(model), outputs, features));
	json_object_set_new(json, "bias", json_floats(gf_model_bias(model), outputs));
	return json;
}

/* "target   price" or "targets  setosa, versicolor, ... 8 more" */
static void print_targets(const struct linear *linear)
{
	size_t shown = linear->outputs < SHOWN_OUTPUTS ? linear->outputs : SHOWN_OUTPUTS;

	printf("%-9s", shown == 1 ? "target" : "targets");
	for (size_t k = 0; k < shown; k++)
		printf("%s%s", k ? ", " : "",
			name_format(linear_output_name(linear, k), NAME_WIDTH).text);
	if (shown < linear->outputs)
		printf(", ... %zu more", linear->outputs - shown);
	putchar('\n');
}

static void print_model(const gf_model *model)
{
	struct linear linear = linear_of_model(model);

	printf("linear   %s, ", format_count(linear.features, "feature").text);
	printf("%s\n", format_count(linear.outputs, "output").text);
	printf("loss     %s\n", word_of(loss_words, (int)gf_model_loss(model)));
	print_targets(&linear);
	putchar('\n');
	linear_print(&linear, "", gf_model_weight(model), gf_model_bias(model), "");
}

int run_show(const struct options *options)
{
	gf_model *model = NULL;
	gf_error err = {0};
	int code = 0;

	if (gf_model_load(&model, options->operand, &err))
		return failure(options, &err);
	if (options->given[OPT_JSON])
		code = print_json(model_json(model));
	else
		print_model(model);
	gf_model_free(model);
	return code;
}
