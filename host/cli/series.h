/* series.h: the losses of a training, thinned to what a picture can show. */
#ifndef GF_SERIES_H
#define GF_SERIES_H

#include "gpufitcl.h"

#include <stdbool.h>
#include <stddef.h>

enum { SERIES_ROOM = 512 /* points; even */ };

struct series_point {
	size_t epoch;
	float loss, val_loss;
	double lr;
};

/* Each stride-th epoch from the first on.  When there are SERIES_ROOM of them, every second one is
 * dropped and the stride doubles: the points stay evenly spaced however long the training is. */
struct series {
	struct series_point points[SERIES_ROOM + 1]; /* the last place is for series_end */
	size_t count, stride;
	size_t epochs;            /* all that were added */
	struct series_point last; /* of the latest epoch, which may lie between two points */
	double least_lr, most_lr; /* of all epochs */
};

/* A struct series of zeros is empty.  Epochs are added in order. */
void series_add(struct series *series, const gf_epoch *epoch);

/* Appends the last epoch, if it is not yet a point.  Nothing may be added afterwards. */
void series_end(struct series *series);

#endif
