/*
 * export_onnx.c: writes a model as an ONNX graph, which onnxruntime and others run.
 *
 *	x (N, D)		float	input: the features
 *	prediction (N, K)	float	output of a model of numbers
 *	label (N)		string	output of a model of classes
 *	probabilities (N, C)	float	their probabilities, in the order of the classes
 *	scores (N, K)		float	instead the outputs z of a hinge, which has none
 *
 * A standardized model has x - center and the division by scale in double, as gf_predict computes
 * them, so that both multiply the same floats.  From there on z differs by the order of the sums
 * alone: at most 2 gamma sum |w a| with gamma = n u / (1 - n u), n = inputs + 1 and u = 2^-24.
 *
 * The numbers of fields and types are those of onnx.proto3 of github.com/onnx/onnx.
 */
#include "error.h"
#include "export.h"
#include "protobuf.h"

#include "json.h"

#include <stdlib.h>
#include <string.h>

enum { OPSET = 13, OPSET_OF_GELU = 20, IR_VERSION = 8, IR_VERSION_OF_GELU = 9 };

enum model_field {
	MODEL_IR_VERSION = 1,
	MODEL_PRODUCER = 2,
	MODEL_PRODUCER_VERSION = 3,
	MODEL_DOC = 6,
	MODEL_GRAPH = 7,
	MODEL_OPSET = 8,
	MODEL_METADATA = 14
};
enum graph_field {
	GRAPH_NODE = 1,
	GRAPH_NAME = 2,
	GRAPH_INITIALIZER = 5,
	GRAPH_INPUT = 11,
	GRAPH_OUTPUT = 12
};
enum node_field {
	NODE_INPUT = 1,
	NODE_OUTPUT = 2,
	NODE_NAME = 3,
	NODE_TYPE = 4,
	NODE_ATTRIBUTE = 5
};
enum attribute_field {
	ATTRIBUTE_NAME = 1,
	ATTRIBUTE_F = 2,
	ATTRIBUTE_I = 3,
	ATTRIBUTE_S = 4,
	ATTRIBUTE_TYPE = 20
};
enum attribute_type { TYPE_F = 1, TYPE_I = 2, TYPE_S = 3 };
enum tensor_field {
	TENSOR_DIM = 1,
	TENSOR_TYPE = 2,
	TENSOR_STRING = 6,
	TENSOR_NAME = 8,
	TENSOR_RAW = 9
};
enum tensor_type { TENSOR_FLOAT = 1, TENSOR_INT64 = 7, TENSOR_STRINGS = 8, TENSOR_DOUBLE = 11 };

enum { VALUE_NAME = 32 };

/* A graph under construction.  Each node takes the last value and makes the next one. */
struct graph {
	const gf_model *model; /* borrowed */
	struct message message;
	char value[VALUE_NAME]; /* the name of the last value */
	size_t values;          /* made so far */
};

/* ---- initializers: constant tensors ---- */

static struct message tensor(const char *name, enum tensor_type type, size_t rows, size_t columns)
{
	struct message t = {0};

	message_number(&t, TENSOR_DIM, rows);
	if (columns)
		message_number(&t, TENSOR_DIM, columns);
	message_number(&t, TENSOR_TYPE, type);
	message_text(&t, TENSOR_NAME, name);
	return t;
}

/* columns 0: a tensor of one dimension */
static void add_floats(
	struct graph *g, const char *name, size_t rows, size_t columns, const float *values)
{
	struct message t = tensor(name, TENSOR_FLOAT, rows, columns);

	message_floats(&t, TENSOR_RAW, values, columns ? rows * columns : rows);
	message_add(&g->message, GRAPH_INITIALIZER, &t);
}

static void add_doubles(struct graph *g, const char *name, const double *values, size_t count)
{
	struct message t = tensor(name, TENSOR_DOUBLE, count, 0);

	message_doubles(&t, TENSOR_RAW, values, count);
	message_add(&g->message, GRAPH_INITIALIZER, &t);
}

static void add_class_names(struct graph *g)
{
	const gf_model *model = g->model;
	struct message t = tensor("classes", TENSOR_STRINGS, model->classes, 0);

	for (size_t c = 0; c < model->classes; c++)
		message_text(&t, TENSOR_STRING, model->class_names[c]);
	message_add(&g->message, GRAPH_INITIALIZER, &t);
}

/* ---- nodes ---- */

static void add_attribute(
	struct message *node, const char *name, enum attribute_type type, struct message value)
{
	message_text(&value, ATTRIBUTE_NAME, name);
	message_number(&value, ATTRIBUTE_TYPE, type);
	message_add(node, NODE_ATTRIBUTE, &value);
}

static void add_number(struct message *node, const char *name, uint64_t number)
{
	struct message value = {0};

	message_number(&value, ATTRIBUTE_I, number);
	add_attribute(node, name, TYPE_I, value);
}

static void add_float(struct message *node, const char *name, float number)
{
	struct message value = {0};

	message_float(&value, ATTRIBUTE_F, number);
	add_attribute(node, name, TYPE_F, value);
}

static void add_text(struct message *node, const char *name, const char *text)
{
	struct message value = {0};

	message_text(&value, ATTRIBUTE_S, text);
	add_attribute(node, name, TYPE_S, value);
}

/* Begins a node that takes one value, or two. */
static struct message node(const char *type, const char *input, const char *other)
{
	struct message n = {0};

	message_text(&n, NODE_TYPE, type);
	message_text(&n, NODE_INPUT, input);
	if (other)
		message_text(&n, NODE_INPUT, other);
	return n;
}

/* Ends a node, whose result has that name. */
static void add_named(struct graph *g, struct message n, const char *output)
{
	message_text(&n, NODE_OUTPUT, output);
	message_text(&n, NODE_NAME, output);
	message_add(&g->message, GRAPH_NODE, &n);
	snprintf(g->value, sizeof g->value, "%s", output);
}

/* Ends a node, whose result is the last value from here on. */
static void add_node(struct graph *g, struct message n)
{
	char name[VALUE_NAME];

	snprintf(name, sizeof name, "v%zu", ++g->values);
	add_named(g, n, name);
}

/* Converts the last value to another type of numbers. */
static void add_cast(struct graph *g, enum tensor_type type)
{
	struct message n = node("Cast", g->value, NULL);

	add_number(&n, "to", type);
	add_node(g, n);
}

/* ---- layers ---- */

static void add_standardization(struct graph *g)
{
	const struct standardization *s = &g->model->standardization;

	if (!s->center)
		return;
	add_doubles(g, "center", s->center, g->model->features);
	add_doubles(g, "scale", s->scale, g->model->features);
	add_cast(g, TENSOR_DOUBLE);
	add_node(g, node("Sub", g->value, "center"));
	add_node(g, node("Div", g->value, "scale"));
	add_cast(g, TENSOR_FLOAT);
}

/* z = a w^T + b */
static void add_dense(struct graph *g, const struct layer *layer, size_t i)
{
	const float *params = model_own_params(g->model);
	char weight[VALUE_NAME], bias[VALUE_NAME];
	struct message n;

	snprintf(weight, sizeof weight, "%zu.weight", 2 * i);
	snprintf(bias, sizeof bias, "%zu.bias", 2 * i);
	add_floats(g, weight, layer->outputs, layer->inputs, params + layer->weight);
	add_floats(g, bias, layer->outputs, 0, params + layer->bias);
	n = node("Gemm", g->value, weight);
	message_text(&n, NODE_INPUT, bias);
	add_number(&n, "transB", 1);
	add_node(g, n);
}

static void add_silu(struct graph *g)
{
	char z[VALUE_NAME];

	memcpy(z, g->value, sizeof z);
	add_node(g, node("Sigmoid", z, NULL));
	add_node(g, node("Mul", z, g->value));
}

/* The operators of ONNX; NULL: it takes more than one. */
static const char *const activation_types[] = {[GF_ACTIVATION_relu] = "Relu",
	[GF_ACTIVATION_tanh] = "Tanh",
	[GF_ACTIVATION_sigmoid] = "Sigmoid",
	[GF_ACTIVATION_gelu] = "Gelu",
	[GF_ACTIVATION_gelu_tanh] = "Gelu",
	[GF_ACTIVATION_leaky_relu] = "LeakyRelu",
	[GF_ACTIVATION_silu] = NULL};

_Static_assert(sizeof activation_types / sizeof *activation_types == GF_ACTIVATION_COUNT,
	"an activation has no operator of ONNX");

static void add_activation(struct graph *g)
{
	const struct hidden *hidden = &g->model->hidden;
	const char *type = activation_types[hidden->activation];
	struct message n;

	if (!type) {
		add_silu(g);
		return;
	}
	n = node(type, g->value, NULL);
	if (hidden->activation == GF_ACTIVATION_leaky_relu)
		add_float(&n, "alpha", (float)hidden->negative_slope);
	if (hidden->activation == GF_ACTIVATION_gelu_tanh)
		add_text(&n, "approximate", "tanh");
	add_node(g, n);
}

static int has_gelu(const gf_model *model)
{
	const gf_activation activation = model->hidden.activation;

	return model->hidden.count &&
	       (activation == GF_ACTIVATION_gelu || activation == GF_ACTIVATION_gelu_tanh);
}

/* ---- inputs and outputs ---- */

static void add_dimension(struct message *shape, size_t size, const char *name)
{
	enum { SHAPE_DIM = 1, DIM_VALUE = 1, DIM_NAME = 2 };
	struct message dimension = {0};

	if (size)
		message_number(&dimension, DIM_VALUE, size);
	else
		message_text(&dimension, DIM_NAME, name);
	message_add(shape, SHAPE_DIM, &dimension);
}

/* Declares an input or an output (N, columns); columns 0: (N). */
static void declare(struct graph *g, enum graph_field field, const char *name,
	enum tensor_type element, size_t columns)
{
	enum {
		VALUE_NAMED = 1,
		VALUE_TYPE = 2,
		TYPE_TENSOR = 1,
		TENSOR_ELEMENT = 1,
		TENSOR_SHAPE = 2
	};
	struct message value = {0}, type = {0}, tensor_type = {0}, shape = {0};

	add_dimension(&shape, 0, "N");
	if (columns)
		add_dimension(&shape, columns, NULL);
	message_number(&tensor_type, TENSOR_ELEMENT, element);
	message_add(&tensor_type, TENSOR_SHAPE, &shape);
	message_add(&type, TYPE_TENSOR, &tensor_type);
	message_text(&value, VALUE_NAMED, name);
	message_add(&value, VALUE_TYPE, &type);
	message_add(&g->message, field, &value);
}

static void add_prediction(struct graph *g)
{
	const enum meaning meaning = model_meaning(g->model);
	const char *type = meaning == MEANS_EXP       ? "Exp"
			   : meaning == MEANS_SIGMOID ? "Sigmoid"
						      : "Identity";

	add_named(g, node(type, g->value, NULL), "prediction");
	declare(g, GRAPH_OUTPUT, "prediction", TENSOR_FLOAT, g->model->outputs);
}

/* The index of the class of each row, (N): z > 0, or the first of the largest z. */
static void add_class_index(struct graph *g, const char *z)
{
	static const float zero[] = {0.0f};
	struct message n;

	if (g->model->outputs == 1) {
		struct message shape = tensor("rows", TENSOR_INT64, 1, 0);
		const unsigned char minus_1[8] = {255, 255, 255, 255, 255, 255, 255, 255};

		message_bytes(&shape, TENSOR_RAW, minus_1, sizeof minus_1);
		message_add(&g->message, GRAPH_INITIALIZER, &shape);
		add_floats(g, "zero", 1, 0, zero);
		add_node(g, node("Greater", z, "zero"));
		add_cast(g, TENSOR_INT64);
		add_node(g, node("Reshape", g->value, "rows"));
		return;
	}
	n = node("ArgMax", z, NULL);
	add_number(&n, "axis", 1);
	add_number(&n, "keepdims", 0);
	add_node(g, n);
}

/* The probabilities 1 - p and p of two classes.  1 - p is computed from -z, or it would lose its
 * digits where p is near 1. */
static void add_two_probabilities(struct graph *g, const char *z)
{
	char first[VALUE_NAME];
	struct message n;

	add_node(g, node("Neg", z, NULL));
	add_node(g, node("Sigmoid", g->value, NULL));
	memcpy(first, g->value, sizeof first);
	add_node(g, node("Sigmoid", z, NULL));
	n = node("Concat", first, g->value);
	add_number(&n, "axis", 1);
	add_named(g, n, "probabilities");
}

static void add_probabilities(struct graph *g, const char *z)
{
	struct message n;

	if (!model_has_probabilities(g->model)) {
		add_named(g, node("Identity", z, NULL), "scores");
		declare(g, GRAPH_OUTPUT, "scores", TENSOR_FLOAT, g->model->outputs);
		return;
	}
	if (g->model->outputs == 1) {
		add_two_probabilities(g, z);
	} else {
		n = node("Softmax", z, NULL);
		add_number(&n, "axis", 1);
		add_named(g, n, "probabilities");
	}
	declare(g, GRAPH_OUTPUT, "probabilities", TENSOR_FLOAT, g->model->classes);
}

static void add_label(struct graph *g)
{
	char z[VALUE_NAME];

	memcpy(z, g->value, sizeof z);
	add_class_names(g);
	add_class_index(g, z);
	add_named(g, node("Gather", "classes", g->value), "label");
	declare(g, GRAPH_OUTPUT, "label", TENSOR_STRINGS, 0);
	add_probabilities(g, z);
}

/* ---- the model ---- */

static void add_graph(struct message *m, const gf_model *model, const char *name)
{
	const struct network network = model_network(model);
	struct graph g = {.model = model, .value = "x"};

	message_text(&g.message, GRAPH_NAME, name);
	declare(&g, GRAPH_INPUT, "x", TENSOR_FLOAT, model->features);
	add_standardization(&g);
	for (size_t i = 0; i < network.count; i++) {
		add_dense(&g, &network.layers[i], i);
		if (i + 1 < network.count)
			add_activation(&g);
	}
	if (model->classes)
		add_label(&g);
	else
		add_prediction(&g);
	message_add(m, MODEL_GRAPH, &g.message);
}

static void add_property(struct message *m, const char *key, const char *value)
{
	enum { ENTRY_KEY = 1, ENTRY_VALUE = 2 };
	struct message entry = {0};

	message_text(&entry, ENTRY_KEY, key);
	message_text(&entry, ENTRY_VALUE, value ? value : "");
	message_add(m, MODEL_METADATA, &entry);
}

/* A list of names as JSON. */
static void add_names(struct message *m, const char *key, char *const *names, size_t count)
{
	json_t *list = json_array();
	char *text;

	for (size_t i = 0; i < count; i++)
		list = json_append(list, json_text(names[i]));
	text = json_compact(list);
	json_decref(list);
	m->failed |= !text;
	add_property(m, key, text);
	free(text);
}

static void add_head(struct message *m, const gf_model *model)
{
	enum { OPSET_DOMAIN = 1, OPSET_VERSION = 2 };
	struct message opset = {0};

	message_number(m, MODEL_IR_VERSION, has_gelu(model) ? IR_VERSION_OF_GELU : IR_VERSION);
	message_text(m, MODEL_PRODUCER, "gpufit");
	message_text(m, MODEL_PRODUCER_VERSION, GF_VERSION);
	message_text(m, MODEL_DOC,
		"x has the features, in the order of feature_names in the metadata.  They are "
		"numbers: the caller turns words and missing values into numbers, as the training "
		"did.");
	message_text(&opset, OPSET_DOMAIN, "");
	message_number(&opset, OPSET_VERSION, has_gelu(model) ? OPSET_OF_GELU : OPSET);
	message_add(m, MODEL_OPSET, &opset);
	add_names(m, "feature_names", model->feature_names, model->features);
	add_names(m, "target_names", model->target_names, model->targets);
	add_property(m, "loss", loss_word(model->loss));
}

/* A message of Protocol Buffers is at most 2 GiB - 1 long. */
static gf_status check_size(const struct message *m, gf_error *err)
{
	if (m->failed)
		return gf_fail_memory(err, m->count, "an ONNX model");
	if (m->count > INT32_MAX)
		return gf_fail(err, GF_E_USAGE,
			"the model is too large for ONNX, whose files are at most 2 GiB: it takes "
			"%zu bytes",
			m->count);
	return GF_OK;
}

gf_status export_onnx(const gf_model *model, const char *name, FILE *file, gf_error *err)
{
	struct message m = {0};
	gf_status status;

	add_head(&m, model);
	add_graph(&m, model, name);
	status = check_size(&m, err);
	if (!status)
		fwrite(m.bytes, 1, m.count, file);
	message_free(&m);
	return status;
}
