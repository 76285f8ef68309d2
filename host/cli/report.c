#include "report.h"
#include "format.h"
#include "json.h"
#include "linear.h"
#include "profile.h"
#include "words.h"

#include <stdio.h>

/* More parameters belong in a model file. */
enum { JSON_PARAMETERS = 1000 };

static const char *status_word(gf_status status)
{
	switch (status) {
	case GF_OK:
		return "done";
	case GF_E_DIVERGED:
		return "diverged";
	case GF_E_CHECK:
		return "check failed";
	case GF_E_INTERRUPTED:
		return "interrupted";
	default:
		return NULL;
	}
}

bool report_is_due(const struct outcome *outcome)
{
	return status_word(outcome->status) != NULL;
}

static void print_training(const struct outcome *outcome)
{
	const gf_report *r = outcome->report;

	printf("device   %s\n", r->device);
	printf("engine   %s\n", word_of(engine_words, (int)r->engine));
	printf("data     %s, ", format_count(r->rows, "row").text);
	printf("%s, ", format_count(r->features, "feature").text);
	printf("%s\n", format_count(r->outputs, "output").text);
	printf("epochs   %zu in %s", r->epochs, format_seconds(r->train_seconds).text);
	if (outcome->status != GF_OK)
		printf(", %s", status_word(outcome->status));
	putchar('\n');
}

static void print_loss(const gf_report *r)
{
	if (r->epochs > 0)
		printf("loss     %s -> %s\n", format_float(r->first_loss).text,
			format_float(r->loss).text);
	else
		printf("loss     %s at the start\n", format_float(r->first_loss).text);
}

static void print_checked(const gf_report *r)
{
	if (r->engine == GF_ENGINE_reference)
		puts("checked  nothing: this engine is the reference itself");
	else if (r->checked)
		printf("checked  %s against the reference: worst %.2g of the bound\n",
			format_count(r->checked, "epoch").text, r->worst_check);
	else
		puts("checked  no epoch");
}

void report_print(const struct outcome *outcome)
{
	const gf_model *model = outcome->model;

	print_training(outcome);
	print_loss(outcome->report);
	print_checked(outcome->report);
	if (outcome->saved)
		printf("saved    %s\n", outcome->saved);
	if (model) {
		struct linear linear = linear_of_data(outcome->data);

		putchar('\n');
		linear_print(&linear, "", gf_model_weight(model), gf_model_bias(model), "");
	}
	if (outcome->profile)
		profile_print(&outcome->report->profile, outcome->load_seconds);
}

static void set_shape(json_t *json, const gf_report *r)
{
	json_object_set_new(json, "device", json_text(r->device));
	json_object_set_new(json, "engine", json_text(word_of(engine_words, (int)r->engine)));
	json_object_set_new(json, "rows", json_integer((json_int_t)r->rows));
	json_object_set_new(json, "features", json_integer((json_int_t)r->features));
	json_object_set_new(json, "outputs", json_integer((json_int_t)r->outputs));
	json_object_set_new(json, "epochs", json_integer((json_int_t)r->epochs));
}

/* A training that failed has no final parameters. */
static void set_parameters(json_t *json, const gf_model *model)
{
	size_t features = model ? gf_model_features(model) : 0;
	size_t outputs = model ? gf_model_outputs(model) : 0;

	if (!model || features >= JSON_PARAMETERS || outputs * (features + 1) > JSON_PARAMETERS)
		return;
	json_object_set_new(json, "weight", json_rows(gf_model_weight(model), outputs, features));
	json_object_set_new(json, "bias", json_floats(gf_model_bias(model), outputs));
}

json_t *report_json(const struct outcome *outcome)
{
	const gf_report *r = outcome->report;
	json_t *json = json_object();

	set_shape(json, r);
	json_object_set_new(json, "first_loss", json_number(r->first_loss));
	json_object_set_new(json, "loss", json_number(r->loss));
	set_parameters(json, outcome->model);
	json_object_set_new(json, "checked", json_integer((json_int_t)r->checked));
	json_object_set_new(
		json, "worst_check", r->checked ? json_number(r->worst_check) : json_null());
	if (outcome->status == GF_E_DIVERGED)
		json_object_set_new(json, "lr_limit", json_number(r->lr_limit));
	json_object_set_new(json, "train_seconds", json_number(r->train_seconds));
	json_object_set_new(json, "load_seconds", json_number(outcome->load_seconds));
	json_object_set_new(json, "status", json_text(status_word(outcome->status)));
	if (outcome->profile)
		json_object_set_new(json, "profile", profile_json(&r->profile));
	return json;
}
