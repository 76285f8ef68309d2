/* confusion.h: which classes a model takes for which: rows by their class and the predicted one. */
#ifndef GF_CONFUSION_H
#define GF_CONFUSION_H

#include "gpufitcl.h"

#include <jansson.h>

/* Rows of more classes are not counted, and the JSON has no matrix of more. */
enum { CONFUSION_CLASSES = 1000, CONFUSION_JSON = 100 };

struct confusion {
	const gf_model *model; /* borrowed; its classes have the names */
	size_t classes;        /* 0: there is nothing to show */
	size_t *counts; /* owned; (classes, classes) row-major: the class, the predicted one */
};

/* Counts; classes is 0 if the model predicts numbers, or has too many classes.
 * As gf_confusion.  confusion_free may follow in any case. */
gf_status confusion_open(struct confusion *confusion, const gf_model *model, const gf_dataset *data,
	const float *outputs, gf_error *err);
void confusion_free(struct confusion *confusion);

/* Prints the matrix after an empty line; of many classes the pairs that are confused most. */
void confusion_print(const struct confusion *confusion);

/* Sets the keys classes and confusion, a list of lists. */
void confusion_set_json(json_t *json, const struct confusion *confusion);

#endif
