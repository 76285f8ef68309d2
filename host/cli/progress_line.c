#include "progress_line.h"
#include "format.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Fields of a line so far. */
struct line {
	char *text; /* borrowed */
	size_t used, width;
};

static const char GAP[] = "  ";

/* Adds the field where it fits. */
__attribute__((format(printf, 2, 3))) static bool add(struct line *line, const char *format, ...)
{
	const size_t gap = line->used ? sizeof GAP - 1 : 0;
	char field[PROGRESS_LINE_ROOM / 8];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(field, sizeof field, format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= sizeof field ||
		line->used + gap + (size_t)length > line->width)
		return false;
	memcpy(line->text + line->used, GAP, gap);
	memcpy(line->text + line->used + gap, field, (size_t)length + 1);
	line->used += gap + (size_t)length;
	return true;
}

static void add_words(struct line *line, const struct progress_view *v)
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
	const char *word = words[v->phase];

	if (!add(line, "%s", word))
		add(line, "%.*s", (int)strcspn(word, " "), word);
}

/* A sign of nan says nothing. */
static void add_loss(struct line *line, const char *name, float loss)
{
	const double value = isnan(loss) ? (double)NAN : (double)loss;

	if (isnan(value))
		add(line, "%s nan", name);
	else if (!add(line, "%s %s", name, format_float(value).text))
		add(line, "%s %.3g", name, value);
}

static void add_rate(struct line *line, double rate)
{
	if (rate >= 10)
		add(line, "%.0f epochs/s", rate);
	else if (rate >= 0.5)
		add(line, "%.2f epochs/s", rate);
	else if (rate > 0)
		add(line, "%s an epoch", format_duration(1 / rate).text);
}

static void add_training(struct line *line, const struct progress_view *v)
{
	if (!add(line, "epoch %zu of %zu", v->epoch, v->epochs))
		add(line, "epoch %zu", v->epoch);
	if (v->has_loss)
		add_loss(line, "loss", v->loss);
	if (v->has_loss && v->has_val_loss)
		add_loss(line, "val loss", v->val_loss);
	add_rate(line, v->epochs_per_second);
	if (!v->has_loss && !(v->seconds_left > 0))
		add(line, "%s", format_duration(v->seconds).text);
}

static void add_phase(struct line *line, const struct progress_view *v)
{
	add_words(line, v);
	if (v->noun)
		add(line, "%s", format_count(v->count, v->noun).text);
	if (v->share > 0)
		add(line, "%.0f %%", floor(100 * v->share));
	if (!(v->seconds_left > 0))
		add(line, "%s", format_duration(v->seconds).text);
}

void progress_line(const struct progress_view *v, size_t width, char text[PROGRESS_LINE_ROOM])
{
	struct line line = {text, 0, width < PROGRESS_LINE_ROOM ? width : PROGRESS_LINE_ROOM - 1};

	*text = '\0';
	if (v->stopping) {
		add(&line, "stopping");
		add(&line, "Ctrl-C again ends without saving");
	} else if (v->seconds_left > 0) {
		add(&line, "%s left", format_duration(v->seconds_left).text);
	}
	if (v->epochs > 0 && !v->stopping)
		add_training(&line, v);
	else
		add_phase(&line, v);
}
