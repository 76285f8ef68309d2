/* names.h: lists of names, each name and the list itself from malloc. */
#ifndef GF_NAMES_H
#define GF_NAMES_H

#include <stddef.h>

/* "x1".., or the letter alone where there is but one; NULL: no memory. */
char **names_numbered(char letter, size_t count);

/* names (count); NULL: no memory. */
char **names_copy(char *const *names, size_t count);

int names_equal(char *const *a, char *const *b, size_t count);

/* Also where names is NULL, or some of its names are. */
void names_free(char **names, size_t count);

#endif
