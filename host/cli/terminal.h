/* terminal.h: where output goes, and how wide that is. */
#ifndef GF_TERMINAL_H
#define GF_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Can a line there be rewritten? */
bool terminal_rewrites(int fd);

/* The columns of that terminal; 80 for what is none. */
size_t terminal_columns(int fd);

#endif
