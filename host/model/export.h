/* export.h: a model as a program or a graph that predicts without gpufit. */
#ifndef GF_EXPORT_H
#define GF_EXPORT_H

#include "model.h"

#include <stdio.h>

/* What the outputs z (K) of a model become. */
enum meaning {
	MEANS_NUMBERS,     /* z themselves */
	MEANS_EXP,         /* exp z, of losses with a log link */
	MEANS_SIGMOID,     /* 1 / (1 + exp(-z)), of bce whose targets are no classes */
	MEANS_TWO_CLASSES, /* one output: the second class where z > 0 */
	MEANS_CLASSES      /* an output for each class: the largest is that of the class */
};

enum meaning model_meaning(const gf_model *model);

/* Returns 1 if the model has probabilities of its classes, which hinges do not. */
int model_has_probabilities(const gf_model *model);

/* Writes C99 or ONNX to file.  name: what the functions and the graph are called.
 * GF_E_MEMORY; errors of writing are left to who closes the file. */
gf_status export_c(const gf_model *model, const char *name, FILE *file, gf_error *err);
gf_status export_onnx(const gf_model *model, const char *name, FILE *file, gf_error *err);

/* A function, a type or a constant of kernels/ as C99, with the comment before it;
 * kernels/c99.awk makes this array, in which each comes after those that it uses. */
struct c_function {
	const char *name; /* "real_tanh", "struct normal" */
	const char *text;
};

extern const struct c_function c_functions[];
extern const size_t c_function_count;

#endif
