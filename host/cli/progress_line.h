/* progress_line.h: the line that shows progress, fitted to a terminal's width. */
#ifndef GF_PROGRESS_LINE_H
#define GF_PROGRESS_LINE_H

#include "gpufitcl.h"

#include <stdbool.h>

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
};

/* Writes at most `width` columns: the time left, then what is done.  A field that does not fit is
 * shortened or left out, the least important first. */
void progress_line(const struct progress_view *view, size_t width, char line[PROGRESS_LINE_ROOM]);

#endif
