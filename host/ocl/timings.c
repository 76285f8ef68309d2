#include "timings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = GF_PROFILE_ROWS, PENDING = 1024 };

struct pending {
	size_t row;
	cl_event event; /* owned */
};

struct timings {
	gf_profile_row rows[ROWS];
	size_t row_count;
	struct pending pending[PENDING]; /* read out in batches: an event holds device resources */
	size_t pending_count;
};

gf_status timings_new(struct timings **timings, gf_error *err)
{
	*timings = calloc(1, sizeof **timings);
	return *timings ? GF_OK : gf_fail_memory(err, sizeof **timings, "timings");
}

static void drop(struct timings *t)
{
	size_t i;

	for (i = 0; i < t->pending_count; i++)
		clReleaseEvent(t->pending[i].event);
	t->pending_count = 0;
}

void timings_free(struct timings *timings)
{
	if (timings)
		drop(timings);
	free(timings);
}

static void row_take(gf_profile_row *row, double seconds)
{
	if (row->calls == 0 || seconds < row->min_seconds)
		row->min_seconds = seconds;
	if (seconds > row->max_seconds)
		row->max_seconds = seconds;
	row->total_seconds += seconds;
	row->calls++;
}

static gf_status read_out(struct timings *t, const struct pending *p, gf_error *err)
{
	gf_profile_row *row = &t->rows[p->row];
	cl_ulong start = 0, end = 0;
	cl_int code = clWaitForEvents(1, &p->event);

	if (code)
		return clerror_fail(err, code, "clWaitForEvents", row->name);
	if ((code = clGetEventProfilingInfo(
		     p->event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL)) ||
		(code = clGetEventProfilingInfo(
			 p->event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL)))
		return clerror_fail(err, code, "clGetEventProfilingInfo", row->name);
	row_take(row, end > start ? (double)(end - start) * 1e-9 : 0.0);
	return GF_OK;
}

static gf_status drain(struct timings *t, gf_error *err)
{
	gf_status status = GF_OK;
	size_t i;

	for (i = 0; i < t->pending_count && !status; i++)
		status = read_out(t, &t->pending[i], err);
	drop(t);
	return status;
}

/* There are fewer names in the program than rows; were there more, the last row would take them. */
static size_t row_of(struct timings *t, const char *verb, const char *name)
{
	char title[sizeof t->rows[0].name];
	size_t i;

	snprintf(title, sizeof title, "%s%s%s", verb, *verb ? " " : "", name);
	for (i = 0; i < t->row_count; i++)
		if (!strcmp(t->rows[i].name, title))
			return i;
	if (t->row_count == ROWS)
		return ROWS - 1;
	memcpy(t->rows[i].name, title, sizeof title);
	return t->row_count++;
}

gf_status timings_add(struct timings *timings, const char *verb, const char *name, size_t bytes,
	cl_event event, gf_error *err)
{
	size_t row = row_of(timings, verb, name);

	timings->rows[row].bytes += bytes;
	timings->pending[timings->pending_count++] = (struct pending){row, event};
	return timings->pending_count == PENDING ? drain(timings, err) : GF_OK;
}

gf_status timings_rows(
	struct timings *timings, gf_profile_row *rows, size_t room, size_t *count, gf_error *err)
{
	gf_status status = drain(timings, err);

	*count = timings->row_count < room ? timings->row_count : room;
	memcpy(rows, timings->rows, *count * sizeof *rows);
	return status;
}
