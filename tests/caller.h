/* caller.h: a data set, a model of it and what else a user of the public calls has at hand. */
#ifndef GF_CALLER_H
#define GF_CALLER_H

#include "gpufitcl.h"

#define MODEL "model.safetensors"
#define CSV   "data.csv"

struct caller {
	gf_dataset *data; /* the notebook's */
	gf_model *model;  /* trained on it */
	gf_config config; /* two epochs by the reference */
	gf_epoch epoch;   /* its pointers are NULL */
	float parameters[2];
};

/* Writes CSV, two rows of one feature and a target, into the current folder. */
struct caller new_caller(void);
void free_caller(struct caller *c);

#endif
