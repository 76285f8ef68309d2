#include "limits.h"
#include "gpufitcl_notebook.h"

#include "cl_engine.h"
#include "device_data.h"
#include "error.h"
#include "native.h"
#include "device_memory.h"

#include <math.h>
#include <stdlib.h>
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
	buffer_free(&l->x);
	free(l->host);
	engine_close(l->engine);
	gf_dataset_free(l->data);
	memset(l, 0, sizeof *l);
}

/* Makes a buffer of zeros in the same kind of memory as x of a data set. */
static gf_status need_x(struct limits *l, size_t bytes, gf_error *err)
{
	struct cl_engine *e = (struct cl_engine *)l->engine;

	if (l->host && l->x.bytes == bytes)
		return GF_OK;
	buffer_free(&l->x);
	free(l->host);
	l->host = pages_alloc(bytes);
	if (!l->host)
		return gf_fail_memory(err, bytes, "the read ceiling");
	memset(l->host, 0, bytes);
	return buffer_share(&l->x, &e->dev, "read ceiling", l->host, bytes, err);
}

/* Measures the rate of reading x; if x is in several parts, that of the first. */
static gf_status measure(const struct bound *e, double *rate, gf_error *err)
{
	struct cl_engine *own = (struct cl_engine *)e->engine;
	struct cl_engine *other = (struct cl_engine *)e->limits->engine;
	const size_t most = other->dev.id.info.max_alloc_bytes;
	gf_status status;

	if (own)
		return ceiling_measure(
			&own->dev, own->program, &own->data->all.parts[0].x, rate, err);
	status = need_x(e->limits, e->x_bytes < most ? e->x_bytes : most, err);
	return status ? status
		      : ceiling_measure(&other->dev, other->program, &e->limits->x, rate, err);
}

gf_status limits_take(void *bound, double *seconds, gf_error *err)
{
	struct bound *e = bound;
	double rate = 1.0, reading, computing, dividing;
	gf_status status = measure(e, &rate, err);

	reading = e->effort.bytes / rate;
	computing = e->effort.flops / native_flops();
	dividing = e->effort.divisions / native_divisions();
	*seconds = fmax(reading, fmax(computing, dividing));
	e->name = *seconds > fmax(computing, dividing) ? "read ceiling"
		  : computing > dividing               ? "compute ceiling"
						       : "division ceiling";
	return status;
}

void limits_name(const struct bound *bound, struct contest *c)
{
	size_t i;

	for (i = 0; i < c->count; i++)
		if (c->list[i].self == bound && bound->name)
			c->list[i].name = bound->name;
}
