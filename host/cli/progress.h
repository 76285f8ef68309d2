/*
 * progress.h: how far the training is, on standard error.
 *
 * A terminal sees one line, rewritten at most ten times a second.  A file or a
 * pipe gets a line at epochs 0, 1, 2, 4, 8 ... and the last, but none in the
 * first second: what is over by then needs no progress.
 */
#ifndef GF_PROGRESS_H
#define GF_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
	bool wanted, terminal;
	bool visible;      /* our line is on the terminal now */
	double started;    /* when the first epoch was done, or before */
	double drawn;      /* when the line was last rewritten */
	size_t epochs;     /* all of them */
	size_t next_plain; /* the epoch of the next plain line */
};

void progress_init(struct progress *progress, size_t epochs, bool wanted);

/* A terminal sees the sentence until there is something newer. */
void progress_note(struct progress *progress, const char *sentence);

/* The training starts now. */
void progress_start(struct progress *progress);
void progress_step(struct progress *progress, size_t epoch, float loss);

/* Takes our line off the terminal: something else is about to be printed, or all is done. */
void progress_clear(struct progress *progress);

#endif
