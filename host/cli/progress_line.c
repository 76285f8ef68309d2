#include "progress.h"
#include "format.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Fields of a line, from left to right. */
enum place {
	LEFT,
	HINT,
	PHASE,
	COUNT,
	SHARE,
	EPOCH,
	LOSS,
	VAL_LOSS,
	PICTURE,
	RATE,
	ELAPSED,
	PLACE_COUNT
};

struct line_field {
	char text[80];
	size_t room; /* columns; 0: the field is left out */
};

struct progress_fields {
	struct line_field fields[PLACE_COUNT];
	size_t width;
};

static const char GAP[] = "  ";

/* The width of the line if the field at `place` took `room` columns. */
static size_t width_with(const struct progress_fields *line, enum place place, size_t room)
{
	size_t width = room;

	for (size_t i = 0; i < PLACE_COUNT; i++)
		if (i != place && line->fields[i].room)
			width += line->fields[i].room + sizeof GAP - 1;
	return width;
}

/* Sets a field, or replaces it by a longer form, if the line has room for the text and for `least`
 * columns: the choice of fields must not change with each digit of a number. */
__attribute__((format(printf, 4, 5))) static void offer(
	struct progress_fields *line, enum place place, size_t least, const char *format, ...)
{
	struct line_field field;
	size_t length;
	va_list args;

	va_start(args, format);
	length = (size_t)vsnprintf(field.text, sizeof field.text, format, args);
	va_end(args);
	field.room = length > least ? length : least;
	if (length < sizeof field.text && width_with(line, place, field.room) <= line->width)
		line->fields[place] = field;
}

static void offer_elapsed(struct progress_fields *line, double seconds)
{
	offer(line, ELAPSED, 0, "%s", format_duration(floor(seconds)).text);
}

/* ---- a phase ---- */

static const char *words_of(gf_phase phase)
{
	static const char *const words[GF_PHASE_COUNT] = {
		[GF_PHASE_reading] = "reading the data",
		[GF_PHASE_preparing] = "preparing the data",
		[GF_PHASE_compiling] = "compiling kernels",
		[GF_PHASE_training] = "training",
		[GF_PHASE_checking] = "checking the results",
		[GF_PHASE_evaluating] = "evaluating all rows",
		[GF_PHASE_predicting] = "predicting all rows",
		[GF_PHASE_measuring] = "measuring the device",
		[GF_PHASE_saving] = "saving",
	};
	return words[phase];
}

static void offer_phase(struct progress_fields *line, const struct progress_view *v)
{
	const char *words = words_of(v->phase);

	offer(line, PHASE, 0, "%.*s", (int)strcspn(words, " "), words);
	if (v->share > 0)
		offer(line, SHARE, 0, "%.0f %%", floor(100 * v->share));
	if (v->total > 0)
		offer(line, COUNT, 0, "%zu of %zu", v->count, v->total);
	if (!(v->seconds_left > 0))
		offer_elapsed(line, v->seconds);
	offer(line, PHASE, 0, "%s", words);
}

/* ---- a picture of the losses ---- */

enum { FEW_BLOCKS = 8, MOST_BLOCKS = 24 };

struct heights {
	size_t count;
	double at[MOST_BLOCKS];
	double least, most; /* of the finite ones */
};

/* The mean of the losses that a block stands for. */
static double mean_loss(const struct series *losses, size_t first, size_t end)
{
	double sum = 0;

	for (size_t i = first; i < end; i++)
		sum += (double)losses->points[i].loss;
	return sum / (double)(end - first);
}

static bool all_above_zero(const struct series *losses)
{
	for (size_t i = 0; i < losses->count; i++)
		if (!(losses->points[i].loss > 0))
			return false;
	return true;
}

/* Heights are logarithms, if all losses have one. */
static struct heights heights_of(const struct series *losses, size_t count)
{
	const bool logarithmic = all_above_zero(losses);
	struct heights h = {.count = count, .least = INFINITY, .most = -INFINITY};

	for (size_t i = 0; i < count; i++) {
		const double mean = mean_loss(
			losses, i * losses->count / count, (i + 1) * losses->count / count);

		h.at[i] = logarithmic ? log(mean) : mean;
		if (isfinite(h.at[i])) {
			h.least = fmin(h.least, h.at[i]);
			h.most = fmax(h.most, h.at[i]);
		}
	}
	return h;
}

static void offer_picture(struct progress_fields *line, const struct series *losses, size_t blocks)
{
	static const char *const levels[] = {
		"\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"};
	struct line_field field = {.room = losses->count < blocks ? losses->count : blocks};
	const struct heights h = heights_of(losses, field.room);
	size_t used = 0;

	for (size_t i = 0; i < h.count; i++) {
		const double share =
			h.most > h.least ? (h.at[i] - h.least) / (h.most - h.least) : 0;
		const char *block = isfinite(h.at[i]) ? levels[(int)(share * 7.99)] : "?";

		used += (size_t)snprintf(field.text + used, sizeof field.text - used, "%s", block);
	}
	if (line->fields[LOSS].room && width_with(line, PICTURE, field.room) <= line->width)
		line->fields[PICTURE] = field;
}

/* ---- a training ---- */

enum { SHORT_ROOM = 8, LONG_ROOM = 14 }; /* "1.23e-05", "1.23456789e-05" */

static void offer_loss(struct progress_fields *line, enum place place, float loss, bool longer)
{
	const char *name = place == LOSS ? "loss" : "val loss";
	const size_t before = strlen(name) + 1;

	if (isnan(loss)) /* never "-nan" */
		offer(line, place, before + SHORT_ROOM, "%s nan", name);
	else if (longer)
		offer(line, place, before + LONG_ROOM, "%s %s", name,
			format_float((double)loss).text);
	else
		offer(line, place, before + SHORT_ROOM, "%s %.3g", name, (double)loss);
}

static void offer_rate(struct progress_fields *line, double rate)
{
	if (rate >= 10)
		offer(line, RATE, 0, "%.0f epochs/s", rate);
	else if (rate >= 0.5)
		offer(line, RATE, 0, "%.2f epochs/s", rate);
	else if (rate > 0)
		offer(line, RATE, 0, "%s an epoch", format_duration(1 / rate).text);
}

static void offer_training(struct progress_fields *line, const struct progress_view *v)
{
	const bool validates = v->has_loss && v->has_val_loss;
	const bool pictured = v->losses && v->losses->count > 1;

	offer(line, EPOCH, 0, "epoch %zu", v->epoch);
	if (v->has_loss)
		offer_loss(line, LOSS, v->loss, false);
	offer(line, EPOCH, 0, "epoch %zu of %zu", v->epoch, v->epochs);
	if (validates)
		offer_loss(line, VAL_LOSS, v->val_loss, false);
	if (pictured)
		offer_picture(line, v->losses, FEW_BLOCKS);
	if (v->has_loss)
		offer_loss(line, LOSS, v->loss, true);
	if (validates)
		offer_loss(line, VAL_LOSS, v->val_loss, true);
	offer_rate(line, v->epochs_per_second);
	for (size_t blocks = FEW_BLOCKS; pictured && blocks <= MOST_BLOCKS; blocks++)
		offer_picture(line, v->losses, blocks);
	if (!v->has_loss && !(v->seconds_left > 0))
		offer_elapsed(line, v->seconds);
}

/* ---- the whole line ---- */

static void join(const struct progress_fields *line, char text[PROGRESS_LINE_ROOM])
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < PLACE_COUNT; i++)
		if (line->fields[i].room)
			used += (size_t)snprintf(text + used, PROGRESS_LINE_ROOM - used, "%s%s",
				used ? GAP : "", line->fields[i].text);
}

void progress_line(const struct progress_view *v, size_t width, char text[PROGRESS_LINE_ROOM])
{
	struct progress_fields line = {
		.width = width < PROGRESS_LINE_ROOM ? width : PROGRESS_LINE_ROOM - 1};

	if (v->stopping) {
		offer(&line, LEFT, 0, "stopping");
		offer(&line, HINT, 0, "Ctrl-C again ends without saving");
	} else if (v->seconds_left > 0) {
		offer(&line, LEFT, 0, "%s left", format_duration(v->seconds_left).text);
	}
	if (v->epochs > 0)
		offer_training(&line, v);
	else
		offer_phase(&line, v);
	join(&line, text);
}
