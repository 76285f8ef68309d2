/* signals.h: the user stops the training, or the reader of standard output closes the pipe. */
#ifndef GF_SIGNALS_H
#define GF_SIGNALS_H

#include <stdbool.h>

/* From now on the first SIGINT, SIGTERM or SIGHUP only asks to stop, and one that comes a second
 * later or more ends the program.  Call it while there is one thread: later threads inherit the
 * blocked signals. */
void signals_watch_interrupt(void);
bool signals_interrupted(void);

/* From now on a write to a closed pipe fails and does not end the program: the model is still to be
 * saved. */
void signals_watch_pipe(void);
bool signals_pipe_closed(void);

/* Ends the program as SIGPIPE does: without a message, and a shell reports 141. */
void signals_end_by_pipe(void);

#endif
