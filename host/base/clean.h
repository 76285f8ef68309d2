/* clean.h: text that comes from files and users, as a message may show it. */
#ifndef GF_CLEAN_H
#define GF_CLEAN_H

#include <stddef.h>

/* Copies text into out (room, 1 or more), cut where it does not fit.  Bytes that are no UTF-8, and
 * characters that a terminal obeys, become \n, \t or \xNN.  A newline with two blanks after it
 * stays: so do messages list things, and no line that text brings along can be taken for another
 * message.  What is clean stays as it is. */
void clean_text(char *out, size_t room, const char *text);

#endif
