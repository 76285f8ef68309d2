/* model.h: a Linear(D, K) with what is needed to use it: loss, names, classes, and what became of
 * the columns of its data. */
#ifndef GF_MODEL_H
#define GF_MODEL_H

#include "catalog.h"
#include "encoding.h"
#include "standardization.h"

struct rng;

struct gf_model {
	size_t features; /* D */
	size_t outputs;  /* K */
	gf_loss loss;    /* that it was trained for */
	struct loss_parameters parameters;
	float *params;                          /* (P): weight (K, D) row-major, then bias (K) */
	struct standardization standardization; /* of a model that was trained so */
	int no_bias;                     /* 1: its bias is zeros, never trained, and not saved */
	int named;                       /* the names are its data's; 0: made up, by number */
	char **feature_names;            /* (D) */
	char **target_names;             /* (targets) */
	size_t targets;                  /* columns: K, or 1 where the outputs are classes of one */
	char **class_names;              /* (classes), or NULL */
	size_t classes;                  /* 0: it predicts numbers */
	enum index_base index_base;      /* of its data, if these were svmlight */
	struct encoding encoding;        /* of its data's columns */
	gf_least_squares *least_squares; /* owned, one block, or NULL; not saved */
};

/* P = K (D + 1), or 0 where D or K is 0, or P floats are more than memory can hold. */
size_t model_params(size_t features, size_t outputs);

/* K of a model for that data and loss: its targets or, for cross_entropy, its classes; where they
 * have no names, as many as the largest target and 1, two at least.  0: a target is no class
 * index. */
size_t model_outputs_for(const gf_dataset *data, gf_loss loss);

/* Whether the loss can take data's targets, which need not come out of a file that was read for it.
 * GF_E_DATA: says which row has what, and what was wanted. */
gf_status model_check_targets(const gf_dataset *data, gf_loss loss, gf_error *err);

/* All parameters 0, loss mse, names "x1".. and "y1".. ("x" and "y" alone).
 * GF_E_USAGE: no features, no outputs, or more of them than memory can hold. */
gf_status model_new(gf_model **model, size_t features, size_t outputs, gf_error *err);

/* Sets the parameters before the first step.  Every init draws from rng as many numbers as
 * nn.Linear does, so that later draws do not depend on it.  rng may be NULL for zeros and notebook.
 * GF_E_USAGE: notebook, and the model is not its Linear(1, 1). */
gf_status model_init(gf_model *model, gf_init init, struct rng *rng, gf_error *err);

/* Copies from data what the model is to remember: names of features and, where data has any, of
 * targets and classes, and the encoding.  The model's loss says what the targets are.
 * GF_E_DATA: data and model differ in width. */
gf_status model_take_names(gf_model *model, const gf_dataset *data, gf_error *err);

/* Where the loss takes classes, and nobody named them: "0", "1", ..., or "-1" and "1" for those
 * that take these.  Not bce: its targets may be probabilities. */
gf_status model_number_classes(gf_model *model, gf_error *err);

/* The model's targets, cut down to as many as its loss makes of its outputs. */
gf_status model_settle_targets(gf_model *model, gf_error *err);

#endif
