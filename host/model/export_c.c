/*
 * export_c.c: writes a model as one function of C99 that needs no library but C's own, and gives
 * the bits of gf_predict.
 *
 *	D features, K outputs, F feature lanes (kernels/README.md)
 *
 * The order of sums is that of kernels/README.md, and the functions of an activation are those of
 * kernels/: c_functions has their text.
 */
#include "error.h"
#include "export.h"
#include "sum_order.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* ---- text ---- */

/* Writes a text inside a comment, which it cannot end: a blank parts two characters that mean
 * something together, as those of a trigraph do. */
static void put_comment(FILE *file, const char *text)
{
	char clean[512];

	clean_text(clean, sizeof clean, text);
	for (const char *c = clean; *c; c++) {
		putc(*c == '\n' || *c == '\\' ? ' ' : *c, file);
		if (strchr("*/?", c[0]) && c[1] && strchr("*/?", c[1]))
			putc(' ', file);
	}
}

/* Writes a string literal.  A question mark is escaped because two of them may begin a trigraph,
 * and a byte is written as three octal digits, which no digit behind them can join. */
static void put_string(FILE *file, const char *text)
{
	putc('"', file);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c < ' ' || *c == 0x7f)
			fprintf(file, "\\%03o", *c);
		else
			fprintf(file, "%s%c", strchr("\"\\?", *c) ? "\\" : "", *c);
	}
	putc('"', file);
}

/* Writes a float so that it reads back to the bit. */
static void put_float(FILE *file, float value)
{
	char text[NUMBER_TEXT_ROOM];

	fprintf(file, "%sf", number_text_hexadecimal(text, (double)value));
}

enum { NUMBERS_IN_LINE = 6 };

static void put_separator(FILE *file, size_t i)
{
	fputs(i % NUMBERS_IN_LINE ? ", " : i ? ",\n\t" : "\n\t", file);
}

static void put_floats(
	FILE *file, const char *name, size_t layer, const float *values, size_t count)
{
	fprintf(file, "static const float %s_%zu[%zu] = {", name, layer, count);
	for (size_t i = 0; i < count; i++) {
		put_separator(file, i);
		put_float(file, values[i]);
	}
	fputs("\n};\n", file);
}

static void put_doubles(FILE *file, const char *name, const double *values, size_t count)
{
	char text[NUMBER_TEXT_ROOM];

	fprintf(file, "static const double %s[%zu] = {", name, count);
	for (size_t i = 0; i < count; i++) {
		put_separator(file, i);
		fputs(number_text_hexadecimal(text, values[i]), file);
	}
	fputs("\n};\n", file);
}

/* ---- the functions of an activation ---- */

/* The value of each activation, as kernels/activation.cl has it. */
static const char *const activation_values[] = {
	[GF_ACTIVATION_relu] = "\treturn z <= 0.0f ? 0.0f : z;\n",
	[GF_ACTIVATION_leaky_relu] = "\treturn z * (z > 0.0f ? 1.0f : NEGATIVE_SLOPE);\n",
	[GF_ACTIVATION_tanh] = "\treturn real_tanh(z);\n",
	[GF_ACTIVATION_sigmoid] = "\treturn real_sigmoid(z);\n",
	[GF_ACTIVATION_silu] = "\treturn z * real_sigmoid(z);\n",
	[GF_ACTIVATION_gelu] = "\treturn z * real_normal(z).below;\n",
	[GF_ACTIVATION_gelu_tanh] =
		"\t/* z sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3): beyond\n"
		"\t * -11 and 11 the sigmoid is 0 or 1. */\n"
		"\tconst float x = copysignf(size_up_to(z, 11.0f), z), square = x * x;\n"
		"\n"
		"\treturn z * real_sigmoid(x * fmaf(square, 0x1.2444f2p-4f, 0x1.988454p+0f));\n",
};

_Static_assert(sizeof activation_values / sizeof *activation_values == GF_ACTIVATION_COUNT,
	"an activation has no value in C");

static int is_word(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* Returns 1 if the text has that whole word, outside of comments. */
static int mentions(const char *text, const char *word)
{
	const size_t length = strlen(word);

	for (const char *at = text; *at; at++) {
		if (at[0] == '/' && at[1] == '*')
			at = strstr(at, "*/") + 1;
		else if (strncmp(at, word, length) == 0 && (at == text || !is_word(at[-1])) &&
			 !is_word(at[length]))
			return 1;
	}
	return 0;
}

/* Marks the functions that the text uses, and those that these use. */
static void mark_used(const char *text, unsigned char *used)
{
	for (size_t i = 0; i < c_function_count; i++)
		if (!used[i] && mentions(text, c_functions[i].name)) {
			used[i] = 1;
			mark_used(c_functions[i].text, used);
		}
}

/* ---- what the file says of the model ---- */

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* The name of output k: that of its class, if each output is one. */
static const char *output_name(const gf_model *model, size_t k)
{
	if (model_meaning(model) == MEANS_CLASSES)
		return gf_model_class_name(model, k);
	return gf_model_target_name(model, k);
}

/* Lists the places of an array, each on a line: "x[0]  sepal_length". */
static void put_legend(FILE *file, const char *array, size_t count,
	const char *(*name)(const gf_model *, size_t), const gf_model *model)
{
	for (size_t i = 0; i < count; i++) {
		fprintf(file, " *\t%s[%zu]\t", array, i);
		put_comment(file, name(model, i));
		putc('\n', file);
	}
}

static void put_classes_usage(FILE *file, const gf_model *model, const char *name)
{
	fprintf(file,
		" * %s_predict(x, z) returns the class of a row x as its index in\n"
		" * %s_classes, and sets the outputs z, from which it follows: ",
		name, name);
	if (model->outputs == 1)
		fputs("the class is 1 where z[0] is above 0, else 0.\n", file);
	else
		fputs("it is that of the largest.\n", file);
	if (!model_has_probabilities(model))
		return;
	fprintf(file, " * The probabilities of the classes are %s.\n",
		model->outputs == 1 ? "1 - p and p for p = 1 / (1 + exp(-z[0]))"
				    : "exp(z[k]) divided by the sum of all exp(z[k])");
}

static void put_usage(FILE *file, const gf_model *model, const char *name)
{
	if (model->classes)
		put_classes_usage(file, model, name);
	else
		fprintf(file, " * %s_predict(x, y) sets the prediction%s y for a row x.\n", name,
			plural(model->outputs));
	fputs(" *\n", file);
	put_legend(file, "x", model->features, gf_model_feature_name, model);
	put_legend(file, model->classes ? "z" : "y", model->outputs, output_name, model);
}

static void put_head(FILE *file, const gf_model *model, const char *name)
{
	fprintf(file,
		"/*\n * %s.c: a model that gpufit " GF_VERSION
		" has written: %zu feature%s, %zu output%s, "
		"loss %s.\n *\n",
		name, model->features, plural(model->features), model->outputs,
		plural(model->outputs), loss_word(model->loss));
	put_usage(file, model, name);
	fputs(" *\n"
	      " * The features are numbers: the caller turns words and missing values into\n"
	      " * numbers, as the training did.  The results have the bits of gpufit predict\n"
	      " * if the compiler does not fuse products with sums: cc -std=c99\n"
	      " * -ffp-contract=off.  float and double are those of IEEE 754; link with -lm.\n"
	      " */\n"
	      "#include <float.h>\n#include <math.h>\n#include <stdint.h>\n#include <string.h>\n\n",
		file);
}

static void put_class_names(FILE *file, const gf_model *model, const char *name)
{
	fprintf(file, "const char *const %s_classes[%zu] = {\n", name, model->classes);
	for (size_t c = 0; c < model->classes; c++) {
		putc('\t', file);
		put_string(file, model->class_names[c]);
		fputs(",\n", file);
	}
	fputs("};\n\n", file);
}

/* ---- the numbers ---- */

static void put_parameters(FILE *file, const gf_model *model)
{
	const struct network network = model_network(model);
	const float *params = model_own_params(model);

	if (model->standardization.center) {
		put_doubles(file, "center", model->standardization.center, model->features);
		put_doubles(file, "scale", model->standardization.scale, model->features);
	}
	for (size_t i = 0; i < network.count; i++) {
		const struct layer *l = &network.layers[i];

		put_floats(file, "weight", i, params + l->weight, l->inputs * l->outputs);
		put_floats(file, "bias", i, params + l->bias, l->outputs);
	}
}

/* ---- the function ---- */

/* The name of what a layer takes. */
static void put_input(FILE *file, const gf_model *model, size_t layer)
{
	if (layer)
		fprintf(file, "a%zu", layer);
	else
		fputs(model->standardization.center ? "s" : "x", file);
}

static void put_layer(FILE *file, const gf_model *model, const struct network *network, size_t i)
{
	const struct layer *l = &network->layers[i];
	const int last = i + 1 == network->count, dense = network->count > 1;

	fprintf(file, "\tfor (k = 0; k < %zu; k++)\n\t\t", l->outputs);
	if (last)
		fputs(model->classes ? "z[k] = " : "y[k] = ", file);
	else
		fprintf(file, "a%zu[k] = activation(", i + 1);
	fprintf(file, "%s(weight_%zu + k * %zu, ", dense ? "dense_output" : "linear_output", i,
		l->inputs);
	put_input(file, model, i);
	fprintf(file, ", %zu, ", l->inputs);
	if (!dense)
		fprintf(file, "%zu, ", sum_order_of(l->inputs).lanes);
	fprintf(file, "bias_%zu[k])%s;\n", i, last ? "" : ")");
}

/* What becomes of the last layer's outputs (count). */
static void put_meaning(FILE *file, enum meaning meaning, size_t count)
{
	switch (meaning) {
	case MEANS_NUMBERS:
		break;
	case MEANS_EXP:
	case MEANS_SIGMOID:
		fprintf(file, "\tfor (k = 0; k < %zu; k++)\n\t\ty[k] = (float)%s(y[k]);\n", count,
			meaning == MEANS_EXP ? "exp" : "sigmoid");
		break;
	case MEANS_TWO_CLASSES:
		fputs("\treturn z[0] > 0.0f;\n", file);
		break;
	case MEANS_CLASSES:
		fprintf(file, "\tfor (k = 1; k < %zu; k++)\n\t\tif (z[k] > z[best])\n", count);
		fputs("\t\t\tbest = k;\n\treturn best;\n", file);
		break;
	}
}

static void put_predict(FILE *file, const gf_model *model, const char *name)
{
	const struct network network = model_network(model);

	fprintf(file, "%s %s_predict(const float *x, float *%s)\n{\n",
		model->classes ? "int" : "void", name, model->classes ? "z" : "y");
	if (model->standardization.center)
		fprintf(file, "\tfloat s[%zu];\n", model->features);
	for (size_t i = 1; i < network.count; i++)
		fprintf(file, "\tfloat a%zu[%zu];\n", i, network.layers[i].inputs);
	fprintf(file, "\tint k%s;\n\n", model_meaning(model) == MEANS_CLASSES ? ", best = 0" : "");
	if (model->standardization.center)
		fprintf(file,
			"\tfor (k = 0; k < %zu; k++)\n"
			"\t\ts[k] = standardized(x[k], center[k], scale[k]);\n",
			model->features);
	for (size_t i = 0; i < network.count; i++)
		put_layer(file, model, &network, i);
	put_meaning(file, model_meaning(model), model->outputs);
	fputs("}\n", file);
}

/* ---- the file ---- */

static void put_activation(FILE *file, const struct hidden *hidden)
{
	if (!hidden->count)
		return;
	if (hidden->activation == GF_ACTIVATION_leaky_relu) {
		fputs("#define NEGATIVE_SLOPE ", file);
		put_float(file, (float)hidden->negative_slope);
		fputs("\n\n", file);
	}
	fprintf(file, "static float activation(float z)\n{\n%s}\n\n",
		activation_values[hidden->activation]);
}

/* Constants stand one below the other. */
static void put_function(FILE *file, const char *text)
{
	fputs(text, file);
	if (*text != '#')
		putc('\n', file);
}

static void put_functions(FILE *file, const gf_model *model, unsigned char *used)
{
	mark_used(model->hidden.count ? "dense_output" : "linear_output", used);
	if (model->hidden.count)
		mark_used(activation_values[model->hidden.activation], used);
	if (model->standardization.center)
		mark_used("standardized", used);
	if (model_meaning(model) == MEANS_SIGMOID)
		mark_used("sigmoid", used);
	for (size_t i = 0; i < c_function_count; i++)
		if (used[i])
			put_function(file, c_functions[i].text);
	put_activation(file, &model->hidden);
}

gf_status export_c(const gf_model *model, const char *name, FILE *file, gf_error *err)
{
	unsigned char *used = calloc(c_function_count, 1);

	if (!used)
		return gf_fail_memory(err, c_function_count, "names of functions");
	put_head(file, model, name);
	if (model->classes)
		put_class_names(file, model, name);
	put_functions(file, model, used);
	put_parameters(file, model);
	putc('\n', file);
	put_predict(file, model, name);
	free(used);
	return GF_OK;
}
