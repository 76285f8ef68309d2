/* signals.h: the user stops the training, or the reader of standard output goes away. */
#ifndef GF_SIGNALS_H
#define GF_SIGNALS_H

#include <stdbool.h>

/* From now on the first SIGINT, SIGTERM or SIGHUP is a request, and one a second later ends the
 * program. To be called while there is one thread: those made later inherit what it does. */
void signals_watch_interrupt(void);
bool signals_interrupted(void);

/* From now on a write into a closed pipe fails, and does not end the program: the model
 * that was asked for is still to be saved. */
void signals_watch_pipe(void);
bool signals_pipe_closed(void);

/* Ends the program as that write would have: without a word, and a shell reports 141. */
void signals_end_by_pipe(void);

#endif
