#include "progress.h"
#include "clock.h"
#include "format.h"
#include "terminal.h"

#include <stdio.h>
#include <unistd.h>

void progress_init(struct progress *progress, size_t epochs, bool wanted)
{
	*progress = (struct progress){
		.wanted = wanted,
		.terminal = terminal_rewrites(STDERR_FILENO),
		.epochs = epochs,
		.started = clock_seconds(),
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
	progress->started = progress->drawn = clock_seconds();
}

static void describe(const struct progress *progress, size_t epoch, float loss, double now,
	char *line, size_t size)
{
	size_t done = epoch + 1;
	double rate = (double)done / (now - progress->started);
	double left = (double)(progress->epochs - done) / rate;

	snprintf(line, size, "epoch %zu of %zu  loss %s  %.*f epochs/s%s%s%s", epoch,
		progress->epochs, format_float(loss).text, rate < 10 ? 2 : 0, rate,
		left > 0 ? "  " : "", left > 0 ? format_seconds(left).text : "",
		left > 0 ? " left" : "");
}

static bool plain_is_due(struct progress *progress, size_t epoch, double now)
{
	bool last = epoch + 1 == progress->epochs;
	bool due = epoch >= progress->next_plain || last;

	while (progress->next_plain <= epoch)
		progress->next_plain = progress->next_plain ? 2 * progress->next_plain : 1;
	return due && now - progress->started >= 1;
}

void progress_step(struct progress *progress, size_t epoch, float loss)
{
	char line[256];
	double now;

	if (!progress->wanted)
		return;
	now = clock_seconds();
	if (progress->terminal ? now - progress->drawn < 0.1 : !plain_is_due(progress, epoch, now))
		return;
	describe(progress, epoch, loss, now, line, sizeof line);
	progress->drawn = now;
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
