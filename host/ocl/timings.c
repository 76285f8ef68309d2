#include "timings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = GF_PROFILE_ROWS, PENDING = 1024 };

/* Work whose times have not been read yet. */
struct pending {
	size_t row;
	gf_span_kind kind;
	size_t bytes;
	double began;              /* of the call that enqueued it, by the host's clock */
	cl_event event;            /* owned */
	double queued, begin, end; /* by the device's clock, in seconds after its origin */
};

struct timings {
	gf_profile_row rows[ROWS];
	size_t row_count;
	/* Read in batches, since an event holds resources of the device. */
	struct pending pending[PENDING];
	size_t pending_count;
	/* Subtracted from the device's times while they are whole numbers: a double would lose
	 * digits of the nanoseconds since 1970. */
	cl_ulong origin;
	void (*on_span)(const gf_span *span, void *user);
	void *user;
};

gf_status timings_new(struct timings **timings, gf_error *err)
{
	*timings = calloc(1, sizeof **timings);
	return *timings ? GF_OK : gf_fail_memory(err, sizeof **timings, "timings");
}

static void drop_pending(struct timings *t)
{
	for (size_t i = 0; i < t->pending_count; i++)
		clReleaseEvent(t->pending[i].event);
	t->pending_count = 0;
}

void timings_free(struct timings *timings)
{
	if (timings)
		drop_pending(timings);
	free(timings);
}

void timings_listen(
	struct timings *timings, void (*on_span)(const gf_span *span, void *user), void *user)
{
	timings->on_span = on_span;
	timings->user = user;
}

static void add_call(gf_profile_row *row, double seconds)
{
	if (row->calls == 0 || seconds < row->min_seconds)
		row->min_seconds = seconds;
	if (seconds > row->max_seconds)
		row->max_seconds = seconds;
	row->total_seconds += seconds;
	row->calls++;
}

static gf_status read_out(struct timings *t, struct pending *p, gf_error *err)
{
	static const cl_profiling_info infos[] = {
		CL_PROFILING_COMMAND_QUEUED, CL_PROFILING_COMMAND_START, CL_PROFILING_COMMAND_END};
	double *const seconds[] = {&p->queued, &p->begin, &p->end};
	gf_profile_row *row = &t->rows[p->row];
	cl_int code = clWaitForEvents(1, &p->event);

	if (code)
		return clerror_fail(err, code, "clWaitForEvents", row->name);
	for (size_t i = 0; i < sizeof infos / sizeof *infos; i++) {
		cl_ulong time = 0;

		code = clGetEventProfilingInfo(p->event, infos[i], sizeof time, &time, NULL);
		if (code)
			return clerror_fail(err, code, "clGetEventProfilingInfo", row->name);
		if (!t->origin)
			t->origin = time;
		*seconds[i] = (time < t->origin ? -(double)(t->origin - time)
						: (double)(time - t->origin)) *
			      1e-9;
	}
	p->end = fmax(p->end, p->begin);
	add_call(row, p->end - p->begin);
	return GF_OK;
}

/* The host's clock less the device's.  The device notes the time of queuing during the host's call,
 * so the difference is at least (began - queued), and the largest of these is the best bound.  Each
 * batch has its own, since clocks drift.  (OpenCL 2.1 has clGetDeviceAndHostTimer, which many
 * devices lack.) */
static double clock_shift(const struct timings *t)
{
	double shift = -INFINITY;

	for (size_t i = 0; i < t->pending_count; i++)
		shift = fmax(shift, t->pending[i].began - t->pending[i].queued);
	return shift;
}

static void hand_out(const struct timings *t)
{
	const double shift = clock_shift(t);

	for (size_t i = 0; t->on_span && i < t->pending_count; i++) {
		const struct pending *p = &t->pending[i];
		const gf_span span = {.kind = p->kind,
			.name = t->rows[p->row].name,
			.bytes = p->bytes,
			.queued = p->queued + shift,
			.begin = p->begin + shift,
			.end = p->end + shift};

		t->on_span(&span, t->user);
	}
}

gf_status timings_drain(struct timings *t, gf_error *err)
{
	gf_status status = GF_OK;

	for (size_t i = 0; i < t->pending_count && !status; i++)
		status = read_out(t, &t->pending[i], err);
	if (!status)
		hand_out(t);
	drop_pending(t);
	return status;
}

/* Returns the row of that name, a new one if need be.  The program has fewer names than rows; if it
 * had more, the last row would count the rest. */
static size_t row_of(struct timings *t, gf_span_kind kind, const char *name)
{
	static const char *const verbs[] = {"", "write ", "read ", "clear ", "copy "};
	char title[sizeof t->rows[0].name];
	size_t row = 0;

	snprintf(title, sizeof title, "%s%s", verbs[kind], name);
	while (row < t->row_count && strcmp(t->rows[row].name, title) != 0)
		row++;
	if (row == ROWS)
		return ROWS - 1;
	if (row == t->row_count)
		memcpy(t->rows[t->row_count++].name, title, sizeof title);
	return row;
}

gf_status timings_add(struct timings *timings, gf_span_kind kind, const char *name, size_t bytes,
	double began, cl_event event, gf_error *err)
{
	const size_t row = row_of(timings, kind, name);

	timings->rows[row].bytes += bytes;
	timings->pending[timings->pending_count++] = (struct pending){
		.row = row, .kind = kind, .bytes = bytes, .began = began, .event = event};
	return timings->pending_count == PENDING ? timings_drain(timings, err) : GF_OK;
}

gf_status timings_rows(
	struct timings *timings, gf_profile_row *rows, size_t room, size_t *count, gf_error *err)
{
	gf_status status = timings_drain(timings, err);

	*count = timings->row_count < room ? timings->row_count : room;
	memcpy(rows, timings->rows, *count * sizeof *rows);
	return status;
}
