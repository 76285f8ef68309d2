#include "timeline.h"
#include "clock.h"
#include "error.h"
#include "json.h"
#include "print.h"

#include <math.h>
#include <stdlib.h>

#define PHASE_NAME(word, help) #word,

static const char *const phase_names[] = {GF_PHASE_LIST(PHASE_NAME)};

/* ---- events ---- */

/* Nanoseconds as microseconds, the unit of the format. */
static json_t *microseconds(double nanoseconds)
{
	return json_real(nanoseconds / 1e3);
}

/* Whole nanoseconds since the timeline began, so that an event ends where the next one begins, and
 * not a rounding later. */
static double nanoseconds(const struct timeline *t, double seconds)
{
	return round((seconds - t->began) * 1e9);
}

static json_t *new_event(const char *kind, const char *name, enum track track)
{
	json_t *event = json_object();

	json_set_text(event, "ph", kind);
	json_set_text(event, "name", name);
	json_object_set_new(event, "pid", json_integer(1));
	json_object_set_new(event, "tid", json_integer((json_int_t)track));
	return event;
}

/* Writes an event, a line.  Takes ownership of it.  Fifteen digits hold nanoseconds of months. */
static void put(struct timeline *t, json_t *event)
{
	char *text = t->err.status ? NULL : json_compact_digits(event, 15);

	json_decref(event);
	if (text)
		fprintf(t->out.file, "%s%s", t->events++ ? ",\n" : "", text);
	else
		gf_fail_memory(&t->err, 256, "an event of the timeline");
	free(text);
}

/* Returns 0 for an event that the file has no room for. */
static int take(struct timeline *t)
{
	if (t->err.status || !t->path)
		return 0;
	if (t->events < TIMELINE_EVENTS)
		return 1;
	t->left_out++;
	return 0;
}

/* Events of a track must not overlap.  Those of the device cannot, but for the error of the shift
 * between its clock and the host's: an event begins at the earliest where the last one ended.
 * args: more about the event; NULL: nothing */
static void put_span(struct timeline *t, const char *name, enum track track, double begin,
	double end, json_t *args)
{
	const double from = fmax(nanoseconds(t, begin), t->ended[track]);
	const double to = fmax(nanoseconds(t, end), from);
	json_t *event = new_event("X", name, track);

	json_object_set_new(event, "ts", microseconds(from));
	json_object_set_new(event, "dur", microseconds(to - from));
	if (args)
		json_object_set_new(event, "args", args);
	put(t, event);
	t->ended[track] = to;
}

/* Names a track, or the process, and puts it at its place. */
static void put_name(struct timeline *t, const char *what, const char *name, enum track track)
{
	json_t *event = new_event("M", what, track), *args = json_object();

	json_set_text(args, "name", name);
	json_object_set_new(event, "args", args);
	put(t, event);
}

static void put_place(struct timeline *t, enum track track)
{
	json_t *event = new_event("M", "thread_sort_index", track), *args = json_object();

	json_object_set_new(args, "sort_index", json_integer((json_int_t)track));
	json_object_set_new(event, "args", args);
	put(t, event);
}

/* ---- the timeline ---- */

gf_status timeline_open(struct timeline *t, const char *path, gf_error *err)
{
	static const char *const tracks[] = {[TRACK_PHASES] = "phases of the host",
		[TRACK_KERNELS] = "kernels",
		[TRACK_COPIES] = "copies"};

	*t = (struct timeline){.began = clock_seconds(), .phase = GF_PHASE_COUNT};
	if (!path)
		return GF_OK;
	TRY(outfile_open(&t->out, path, err));
	t->path = path;
	fputs("{\"traceEvents\":[\n", t->out.file);
	put_name(t, "process_name", "gpufit", TRACK_PHASES);
	for (enum track track = TRACK_PHASES; track <= TRACK_COPIES; track++) {
		put_name(t, "thread_name", tracks[track], track);
		put_place(t, track);
	}
	return GF_OK;
}

static void end_phase(struct timeline *t, double now)
{
	if (t->phase != GF_PHASE_COUNT && take(t))
		put_span(t, phase_names[t->phase], TRACK_PHASES, t->phase_began, now, NULL);
	t->phase = GF_PHASE_COUNT;
}

void timeline_phase(struct timeline *t, gf_phase phase)
{
	const double now = clock_seconds();

	if (!t->path || phase == t->phase)
		return;
	end_phase(t, now);
	t->phase = phase;
	t->phase_began = now;
}

void timeline_span(struct timeline *t, const gf_span *span)
{
	const double seconds = span->end - span->begin;
	json_t *args;

	if (!take(t))
		return;
	args = json_object();
	if (span->bytes) {
		json_object_set_new(args, "bytes", json_integer((json_int_t)span->bytes));
		if (seconds > 0.0)
			json_object_set_new(args, "GB/s",
				json_real(round(1e-6 * (double)span->bytes / seconds) / 1e3));
	}
	json_object_set_new(
		args, "waited_us", microseconds(round((span->begin - span->queued) * 1e9)));
	put_span(t, span->name, span->kind == GF_SPAN_kernel ? TRACK_KERNELS : TRACK_COPIES,
		span->begin, span->end, args);
}

gf_status timeline_close(struct timeline *t, bool keep, gf_error *err)
{
	if (!t->path)
		return GF_OK;
	end_phase(t, clock_seconds());
	fprintf(t->out.file, "\n],\"displayTimeUnit\":\"ns\",\"otherData\":{\"left_out\":%zu}}\n",
		t->left_out);
	t->path = NULL;
	if (keep && t->err.status == GF_OK)
		return outfile_commit(&t->out, err);
	outfile_abort(&t->out);
	return keep ? gf_fail(err, t->err.status, "%s", t->err.message) : GF_OK;
}
