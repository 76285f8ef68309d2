/* unread.h: data on standard input that nothing on the command line asks for. */
#ifndef GF_UNREAD_H
#define GF_UNREAD_H

#include <stdbool.h>

/* Are there bytes to be read on standard input?  Takes none of them.  Where a pipe is empty but may
 * be written to, its writer has a tenth of a second to begin: "cat data.csv | gpufit" starts both
 * at once. */
bool unread_input(void);

#endif
