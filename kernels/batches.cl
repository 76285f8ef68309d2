/*
 * batches.cl: the batches and the rates of the steps that one launch takes (resident.cl).
 */
#ifndef BATCHES_CL
#define BATCHES_CL

#include "training.cl"
#include "rows.cl"

/* The batches and rates of a launch's steps, and the place of the next step among them. */
struct batch_cursor {
	__global const float *rates;
	ulong rate_stride, n, batch_size;
	ulong slot, end;   /* the next step, and the end of the launch */
	ulong start, done; /* first row of the batch, counted in the epoch and in the launch */
	uint gathered;	   /* 1: rows stand in the order of the launch's steps */
};

/* Sets the rates of the next step and returns the rows of its batch. */
static struct rows step_begin(struct batch_cursor *c, struct rows all, struct training *t)
{
	const ulong first = c->gathered ? c->done : c->start;

	all.count = min(c->batch_size, c->n - c->start);
	t->h = c->rates + c->slot * c->rate_stride;
	c->done += all.count;
	c->start = c->start + c->batch_size < c->n ? c->start + c->batch_size : 0;
	return rows_from(all, first);
}

#endif
