#include "progress.h"
#include "clock.h"
#include "format.h"
#include "terminal.h"

#include <stdio.h>
#include <unistd.h>

void progress_init(struct progress *progress, size_t epochs, bool validates, bool wanted)
{
	*progress = (struct progress){
		.wanted = wanted,
		.terminal = terminal_rewrites(STDERR_FILENO),
		.validates = validates,
		.epochs = epochs,
	};
}

/* One column stays free: a full line would wrap on some terminals. */
static void draw(struct progress *progress, const char *line)
{
	fprintf(stderr, "\r\033[K%.*s", (int)terminal_columns(STDERR_FILENO) - 1, line);
	fflush(stderr);
	progress->visible = true;
}

void progress_note(struct progress *progress, const char *sentence)
{
	if (progress->wanted && progress->terminal)
		draw(progress, sentence);
}

void progress_start(struct progress *progress)
{
	progress->drawn = clock_seconds();
}

/* Counted from the first step: what came before it, the building of kernels too, says nothing
 * about the steps to come.  0: not known yet. */
static double epochs_per_second(const struct progress *progress, size_t epoch, double now)
{
	double seconds = now - progress->first_step;

	return epoch > 0 && seconds > 0 ? (double)epoch / seconds : 0;
}

static void describe(
	const struct progress *progress, const gf_step *step, double rate, char *line, size_t size)
{
	double left = rate > 0 ? (double)(progress->epochs - step->epoch - 1) / rate : 0;
	int used = snprintf(line, size, "epoch %zu of %zu  loss %s", step->epoch, progress->epochs,
		format_float(step->loss).text);

	if (progress->validates)
		used += snprintf(line + used, size - (size_t)used, "  val loss %s",
			format_float(step->val_loss).text);
	if (rate > 0)
		used += snprintf(line + used, size - (size_t)used, "  %.*f epochs/s",
			rate < 10 ? 2 : 0, rate);
	if (left > 0)
		snprintf(line + used, size - (size_t)used, "  %s left", format_seconds(left).text);
}

static bool is_due(const struct progress *progress, size_t epoch, double now)
{
	if (progress->terminal)
		return now - progress->drawn >= 0.1;
	return now - progress->drawn >= 1 && epoch >= progress->next_plain;
}

void progress_step(struct progress *progress, const gf_step *step)
{
	char line[256];
	double now;

	if (!progress->wanted)
		return;
	now = clock_seconds();
	if (progress->first_step == 0)
		progress->first_step = now;
	if (!is_due(progress, step->epoch, now))
		return;
	describe(progress, step, epochs_per_second(progress, step->epoch, now), line, sizeof line);
	progress->drawn = now;
	progress->next_plain = 2 * step->epoch;
	if (progress->terminal)
		draw(progress, line);
	else
		fprintf(stderr, "%s\n", line);
}

void progress_clear(struct progress *progress)
{
	if (progress->visible)
		fputs("\r\033[K", stderr);
	progress->visible = false;
}
