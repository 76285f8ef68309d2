/*
 * progress.h: shows on standard error how far a call of the library is.
 *
 * On a terminal: one line, with a small picture of the losses where it has characters for that,
 * from the first second on, redrawn at most ten times a second.  A thread redraws it, so that the
 * time advances also while a compiler or a kernel keeps the caller busy.
 * In a file or a pipe: a line for an epoch now and then, a second or more apart, and each at twice
 * the epoch of the one before.
 *
 * Epochs come in bursts: an engine reports many at once, after all of them are done.
 */
#ifndef GF_PROGRESS_H
#define GF_PROGRESS_H

#include "options.h"
#include "series.h"
#include "timeline.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A report: how much was done at which time. */
struct progress_mark {
	double at; /* seconds */
	uint64_t done;
};

struct progress {
	bool wanted, terminal;
	bool quiet;     /* notices are not shown */
	size_t epochs;  /* of the training; 0: this is not a training */
	bool validates; /* epochs have a val_loss */
	bool counts;    /* a phase shows "12 of 139" instead of a percentage */
	double began;
	struct timeline *timeline; /* borrowed: is told each phase; NULL: there is none */

	pthread_t painter;    /* the thread that draws the line */
	pthread_mutex_t lock; /* of all members below, and of standard error */
	pthread_cond_t ended;
	bool painting, ending;

	bool known;         /* there was a report */
	bool held;          /* the line stays hidden until the next report */
	gf_progress now;    /* the last report */
	double phase_began; /* when the phase of the last report began */
	/* The second and the last report that has a total.  The first does not tell the speed: the
	 * first launch includes compiling, and the first step is checked. */
	struct progress_mark second, last;
	size_t reports;
	bool stepping;  /* steps are taken: phases in between are short */
	uint64_t steps; /* of the whole training */
	bool stepped;   /* the next members are those of an epoch */
	size_t epoch;
	float loss, val_loss;
	bool draws_losses; /* the terminal has characters for it */
	struct series losses;

	double stopped;    /* when the user's request to stop was seen; 0: not yet */
	bool visible;      /* the line is on the terminal now */
	double drawn;      /* when the last line went to a file, or when the first epoch came */
	size_t next_plain; /* a file gets no line before this epoch */
};

/* Begins to show the progress of a command.  Must be closed, also after a failure. */
void progress_open(struct progress *progress, const struct options *options);
void progress_close(struct progress *progress);

/* Sets the callbacks on_progress and, unless quiet, notice. */
void progress_attach_read(struct progress *progress, gf_read_options *read);
void progress_attach(struct progress *progress, gf_config *config);

/* Takes a report of the library's on_progress. */
void progress_report(struct progress *progress, const gf_progress *now);

/* Takes an epoch of the library's on_epoch. */
void progress_epoch(struct progress *progress, const gf_epoch *epoch);

/* Reports what the program itself does; total 0: unknown. */
void progress_phase(struct progress *progress, gf_phase phase, uint64_t done, uint64_t total);

/* Says a sentence on a line of its own, not behind the progress. */
void progress_say(struct progress *progress, const char *sentence);

/* Erases the line until the next report, so that results can be printed. */
void progress_clear(struct progress *progress);

/* ---- the line ---- */

enum { PROGRESS_LINE_ROOM = 512 }; /* bytes that hold any line */

/* What the line may show.  0: unknown, for all members but phase. */
struct progress_view {
	gf_phase phase;
	double seconds; /* since the phase began */
	double seconds_left;
	double share;        /* the part of the phase that is done, 0 to 1 */
	size_t count, total; /* so many of all the cases are done */
	bool stopping;       /* the user asked to stop */

	/* A training. */
	size_t epochs; /* all of them; 0: this is not a training */
	size_t epoch;  /* the last one that is done */
	bool has_loss, has_val_loss;
	float loss, val_loss; /* of that epoch */
	double epochs_per_second;
	const struct series *losses; /* borrowed: drawn in a few blocks; NULL: they are not */
};

/* Writes at most `width` columns: the time left, then what is done.  A field that does not fit is
 * shortened or left out, the least important first. */
void progress_line(const struct progress_view *view, size_t width, char line[PROGRESS_LINE_ROOM]);

#endif
