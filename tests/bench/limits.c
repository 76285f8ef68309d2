#include "limits.h"

#include "board.h"
#include "ceiling.h"
#include "native.h"

#include <math.h>
#include <string.h>

gf_status limits_open(struct limits *l, const char *device, gf_error *err)
{
	const struct engine_options options = {.device = device, .engine = GF_ENGINE_streaming};
	struct problem problem = {.train_rows = 7, .outputs = 1, .batch_size = 7};
	gf_status status = gf_dataset_notebook(&l->data, err);

	problem.data = l->data;
	return status ? status : engine_open(&l->engine, &problem, &options, err);
}

void limits_close(struct limits *l)
{
	engine_close(l->engine);
	gf_dataset_free(l->data);
	memset(l, 0, sizeof *l);
}

gf_status limits_take(void *bound, double *seconds, gf_error *err)
{
	struct bound *b = bound;
	struct board *board = (struct board *)b->limits->engine;
	double rate = 0.0, reading, computing;
	gf_status status = ceiling_measure(&board->dev, board->program, &rate, err);

	reading = b->bytes / rate;
	computing = b->flops / native_flops();
	b->by_flops = computing > reading;
	*seconds = fmax(reading, computing);
	return status;
}
