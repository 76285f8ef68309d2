/* model.h: a Linear(D, K) with what is needed to use it: loss and names. */
#ifndef GF_MODEL_H
#define GF_MODEL_H

#include "gpufitcl.h"

struct rng;

struct gf_model {
	size_t features;      /* D */
	size_t outputs;       /* K */
	gf_loss loss;         /* that it was trained for */
	float *params;        /* (P): weight (K, D) row-major, then bias (K) */
	int named;            /* the names are its data's; 0: made up, by number */
	char **feature_names; /* (D) */
	char **target_names;  /* one a target column: (K), or (1) where outputs are classes */
	int no_bias;          /* 1: its bias is zeros, never trained, and not saved */
	char **class_names;   /* (classes), or NULL */
	size_t classes;       /* 0: it predicts numbers */
};

/* P = K (D + 1), or 0 where P floats are more than memory can hold. */
size_t model_params(size_t features, size_t outputs);

/* All parameters 0, loss mse, names "x1".. and "y1".. ("x" and "y" alone).
 * GF_E_USAGE: no features, no outputs, or more of them than memory can hold. */
gf_status model_new(gf_model **model, size_t features, size_t outputs, gf_error *err);

/* The parameters before the first step; only pytorch draws from rng, which else may be NULL.
 * GF_E_USAGE: notebook, and the model is not its Linear(1, 1). */
gf_status model_init(gf_model *model, gf_init init, struct rng *rng, gf_error *err);

/* Copies the names of data's features and, where it has any, of its targets.
 * GF_E_DATA: data and model differ in width. */
gf_status model_take_names(gf_model *model, const gf_dataset *data, gf_error *err);

/* name, copied, takes the place of *slot, one of the model's names. */
gf_status model_set_name(char **slot, const char *name, gf_error *err);

#endif
