/*
 * progress.h: how far a call of the library is, on standard error.
 *
 * A terminal sees one line, once the program takes a second, rewritten at most ten times a second
 * by a thread of its own: it goes on counting while a compiler or a kernel keeps the caller.  A
 * file or a pipe sees epochs alone, as lines at a distance that doubles, in epochs, and is a second
 * or more.
 *
 * Epochs come in bursts: an engine hands out many at once, after all were done.
 */
#ifndef GF_CLI_PROGRESS_H
#define GF_CLI_PROGRESS_H

#include "options.h"
#include "progress_line.h"

#include <pthread.h>
#include <stdbool.h>

/* How much was done when. */
struct progress_mark {
	double at;
	uint64_t done;
};

struct progress {
	bool wanted, terminal;
	bool quiet;       /* notices are not wanted */
	size_t epochs;    /* of a training, all of them; 0: no training */
	bool validates;   /* steps have a val_loss */
	const char *noun; /* what is counted that has no total; NULL: nothing */
	double began;

	pthread_t painter;
	pthread_mutex_t lock; /* of all below, and of what is drawn */
	pthread_cond_t ended;
	bool painting, ending;

	bool known;         /* there is something to say */
	bool held;          /* until the next report there is not */
	gf_progress now;    /* the last report */
	double phase_began; /* when that phase did */
	/* Of the reports of what has a total, the second and the last.  What is before the second
	 * says nothing about the time left: the first launch compiles, the first step is checked. */
	struct progress_mark second, last;
	size_t reports;
	bool stepping;  /* a training takes steps: what it does between them is short */
	uint64_t steps; /* of the whole training */
	bool stepped;   /* the following are those of an epoch */
	size_t epoch;
	float loss, val_loss;

	double stopped;    /* when we saw that the user asked to stop; 0: not yet */
	bool visible;      /* our line is on the terminal now */
	double drawn;      /* when the last plain line was, or the first epoch came */
	size_t next_plain; /* no plain line before this epoch */
};

/* Of a command with those options.  To be closed, also after a failure of what it shows. */
void progress_open(struct progress *progress, const struct options *options);
void progress_close(struct progress *progress);

/* From now on the callbacks are the progress's: on_progress, and notice unless it is quiet. */
void progress_attach_read(struct progress *progress, gf_read_options *read);
void progress_attach(struct progress *progress, gf_config *config);

/* What on_progress hears. */
void progress_report(struct progress *progress, const gf_progress *now);
void progress_step(struct progress *progress, const gf_epoch *step);

/* The same of what the program does by itself; total 0: not known. */
void progress_phase(struct progress *progress, gf_phase phase, uint64_t done, uint64_t total);

/* Says a sentence, which is not to stand behind our line. */
void progress_say(struct progress *progress, const char *sentence);

/* Takes our line off the terminal until there is something new: results are about to be printed. */
void progress_clear(struct progress *progress);

#endif
