/* model.h: a Linear(D, K), or a network with hidden layers, and what its use needs: the loss, the
 * names, the classes, and how its features were made from the columns of data. */
#ifndef GF_MODEL_H
#define GF_MODEL_H

#include "catalog.h"
#include "encoding.h"
#include "interval.h"
#include "network.h"
#include "standardization.h"

struct rng;

struct gf_model {
	size_t features; /* D */
	size_t outputs;  /* K */
	gf_loss loss;    /* that it is trained for */
	struct loss_parameters parameters;
	struct hidden hidden; /* count 0: a Linear(D, K) */
	float *params;        /* (P): of each layer weight, then bias (network.h) */
	struct standardization standardization; /* of the features, if they were standardized */
	struct interval interval;               /* of predictions, if statistics were asked for */
	int no_bias;                            /* 1: biases are zeros, not trained and not saved */
	int named;                       /* 1: the names are its data's; 0: made up, by number */
	char **feature_names;            /* (D) */
	char **target_names;             /* (targets) */
	size_t targets;                  /* columns: K, or 1 if the outputs are its classes */
	char **class_names;              /* (classes), or NULL */
	size_t classes;                  /* 0: it predicts numbers */
	enum index_base index_base;      /* of its data, if they were svmlight */
	struct encoding encoding;        /* of the columns of its data */
	char *offset_name;               /* the column of its data's offset, or NULL */
	int has_exposure;                /* 1: the offset is the logarithm of that column */
	gf_least_squares *least_squares; /* owned, one block, or NULL; not saved */
	gf_statistics *statistics;       /* the same */
};

/* Returns the class of a target of a loss that takes classes: the target itself, or 0 and 1 for the
 * -1 and 1 of a hinge. */
static inline size_t model_class_of(float target)
{
	return target > 0.0f ? (size_t)target : 0;
}

/* K of a model for that data and loss: the number of targets or, for cross_entropy, of classes.
 * Classes without names are counted by the largest target, at least two.  0: a target is not a
 * class index. */
size_t model_outputs_for(const gf_dataset *data, gf_loss loss);

/* Checks that the loss can take data's targets, which may have been read for another loss.
 * GF_E_DATA names the row, what it has and what was wanted. */
gf_status model_check_targets(const gf_dataset *data, gf_loss loss, gf_error *err);

/* Makes a model with parameters 0, loss mse, and names "x1", "x2", ... and "y1", "y2", ... ("x" and
 * "y" for one).  GF_E_USAGE: no features, no outputs, or more than memory can hold. */
gf_status model_new(gf_model **model, size_t features, size_t outputs, gf_error *err);

/* Makes a model with hidden layers; otherwise as model_new. */
gf_status model_new_network(gf_model **model, size_t features, const struct hidden *hidden,
	size_t outputs, gf_error *err);

static inline struct network model_network(const gf_model *model)
{
	struct network network;

	network_of(&network, model->features, &model->hidden, model->outputs);
	return network;
}

/* Returns P. */
static inline size_t model_params(const gf_model *model)
{
	return model_network(model).parameters;
}

/* Sets the parameters before the first step.  Every init draws from rng as many numbers as the
 * layers' nn.Linear do, so that later draws do not depend on it.  rng may be NULL for zeros and
 * notebook.  GF_E_USAGE: init is notebook, and the model is not its Linear(1, 1), or is zeros for a
 * network. */
gf_status model_init(gf_model *model, gf_init init, struct rng *rng, gf_error *err);

/* Copies from data the names of features, of targets and of classes, if data has these, and the
 * encoding.  The model's loss says what the targets are.
 * GF_E_DATA: data and model differ in width. */
gf_status model_copy_names(gf_model *model, const gf_dataset *data, gf_error *err);

/* Names the classes by number if the loss takes classes: "0", "1", ...; "-1" and "1" for a loss of
 * two classes.  Does nothing for bce, whose targets may be probabilities. */
gf_status model_number_classes(gf_model *model, gf_error *err);

/* Reduces the targets to one if the loss makes the outputs the classes of one target. */
gf_status model_settle_targets(gf_model *model, gf_error *err);

#endif
