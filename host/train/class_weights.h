/*
 * class_weights.h: the weights of the classes of a training: balanced, or a list such as "a=2,b=1".
 *
 * A list names classes as the data spells them.  A name that has a comma, or begins with a quote,
 * stands in quotes, as in CSV: "yes, sir"=2; a quote inside is doubled.  A class that the list does
 * not name weighs 1.
 */
#ifndef GF_CLASS_WEIGHTS_H
#define GF_CLASS_WEIGHTS_H

#include "train_data.h"

/* Checks the form of a list without the data's classes: GF_E_USAGE. */
gf_status class_weights_check(const char *list, gf_error *err);

/* Sets t->class_weights for cross_entropy.  For the other losses of classes, which have one output,
 * it multiplies the rows' weights by those of their classes; ones are made if there are none.
 * data: the user's, which has the names of the classes; outputs: K.
 * GF_E_USAGE: a name that is no class, or no class has a weight.
 * GF_E_DATA: a class to balance that has no rows, or targets that are no classes. */
gf_status class_weights_set(struct train_data *t, const gf_dataset *data, const gf_config *config,
	size_t outputs, gf_error *err);

#endif
