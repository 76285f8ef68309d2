/* progress_line.h: one line that says how far a call is, as wide as there is room. */
#ifndef GF_PROGRESS_LINE_H
#define GF_PROGRESS_LINE_H

#include "gpufitcl.h"

#include <stdbool.h>

enum { PROGRESS_LINE_ROOM = 512 }; /* bytes that any line fits */

/* What there is to say.  All zeros but the phase: nothing more is known. */
struct progress_view {
	gf_phase phase;
	double seconds;      /* since the phase began */
	double seconds_left; /* 0: not known */
	double share;        /* of the phase that is done, 0 to 1; 0: not known */
	size_t count;        /* how many of noun are done; noun NULL: nothing is counted */
	const char *noun;
	bool stopping; /* the user asked to stop */

	/* Of a training. */
	size_t epochs; /* of the whole; 0: this is none, or nothing is known of it */
	size_t epoch;  /* the last that is done */
	bool has_loss, has_val_loss;
	float loss, val_loss;     /* of that epoch */
	double epochs_per_second; /* 0: not known */
};

/* At most `width` columns: the time left, then what is done.  A field that does not fit takes its
 * short form or is left out whole, the most important ones last. */
void progress_line(const struct progress_view *view, size_t width, char line[PROGRESS_LINE_ROOM]);

#endif
