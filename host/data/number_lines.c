#include "number_lines.h"
#include "decimal.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { PART_BYTES = 1 << 17 }; /* fewer are not worth a thread */

/* Past the line, or NULL: it is another kind of line. */
static char *take_line(
	const struct number_lines *lines, char *at, float *row, struct precision *precision)
{
	const struct plain_form *form = lines->form;
	float unread;

	for (size_t i = 0; i < lines->columns; i++) {
		size_t place = lines->places[i];
		const char *end;

		at = plain_skip_blanks(form, at);
		end = place < lines->width ? precision_take(&precision[place], &row[place], at)
					   : decimal_float(&unread, at);
		at = end ? plain_after_field(form, at + (end - at)) : NULL;
		if (!at || plain_ends_line(at) != (i + 1 == lines->columns))
			return NULL;
		at++;
	}
	return at + (at[-1] == '\r');
}

struct job {
	const struct number_lines *lines;
	struct number_part *part;
	pthread_t thread;
	int started;
};

static void *take_part(void *user)
{
	const struct job *job = user;
	struct number_part *part = job->part;
	float *row = part->out;
	char *next;

	for (size_t i = 0; i < job->lines->width; i++)
		part->precision[i] = (struct precision){.wide = job->lines->precision[i].wide};
	/* Two bytes a column are the least: a line broken off must not write beyond out. */
	while ((size_t)(part->end - part->stop) / 2 >= job->lines->columns &&
		(next = take_line(job->lines, part->stop, row, part->precision))) {
		part->stop = next;
		part->rows++;
		row += job->lines->width;
	}
	return NULL;
}

static size_t count_parts(size_t length)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t most = cores > NUMBER_PARTS ? NUMBER_PARTS : cores > 1 ? (size_t)cores : 1;
	size_t count = length / PART_BYTES;

	return count > most ? most : count > 0 ? count : 1;
}

size_t number_lines_take(const struct number_lines *lines, char *text, char *end, float *out,
	struct number_part parts[NUMBER_PARTS])
{
	struct job jobs[NUMBER_PARTS];
	size_t length = (size_t)(end - text), count = count_parts(length);
	char *at = text;

	for (size_t i = 0; i < count; i++) {
		char *from = text + length / count * (i + 1);
		char *until = end;

		if (from < at)
			from = at;
		if (i + 1 < count && from < end)
			until = (char *)memchr(from, '\n', (size_t)(end - from)) + 1;
		parts[i] = (struct number_part){
			at, until, out + (at - text) / 2, 0, at, parts[i].precision};
		jobs[i] = (struct job){.lines = lines, .part = &parts[i]};
		at = until;
	}
	/* The last part is this thread's, as is one for which there is no other. */
	for (size_t i = 0; i < count; i++) {
		jobs[i].started = i + 1 < count &&
				  !pthread_create(&jobs[i].thread, NULL, take_part, &jobs[i]);
		if (!jobs[i].started)
			take_part(&jobs[i]);
	}
	for (size_t i = 0; i < count; i++)
		if (jobs[i].started)
			pthread_join(jobs[i].thread, NULL);
	return count;
}
