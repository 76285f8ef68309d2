/*
 * progress.h: how far the training is, on standard error.
 *
 * A terminal sees one line, rewritten at most ten times a second.  A file or a
 * pipe gets lines at a distance that doubles, in epochs, and is a second or
 * more; so none in the first second: what is over by then needs no progress.
 *
 * Epochs come in bursts: an engine hands out many at once, after all were done.
 */
#ifndef GF_PROGRESS_H
#define GF_PROGRESS_H

#include "gpufitcl.h"

#include <stdbool.h>

struct progress {
	bool wanted, terminal;
	bool validates;    /* steps have a val_loss */
	bool visible;      /* our line is on the terminal now */
	double first_step; /* when it came, the kernels being built by then; 0: not yet */
	double drawn;      /* when the last line was, or the training began */
	size_t epochs;     /* all of them */
	size_t next_plain; /* no plain line before this epoch */
};

void progress_init(struct progress *progress, size_t epochs, bool validates, bool wanted);

/* A terminal sees the sentence until there is something newer. */
void progress_note(struct progress *progress, const char *sentence);

/* The training starts now. */
void progress_start(struct progress *progress);
void progress_step(struct progress *progress, const gf_step *step);

/* Takes our line off the terminal: something else is about to be printed, or all is done. */
void progress_clear(struct progress *progress);

#endif
