/* texts.h: many strings in one block of memory: a row of fields, the names of a header. */
#ifndef GF_TEXTS_H
#define GF_TEXTS_H

#include <stddef.h>

/* All zeros: none. */
struct texts {
	char *bytes; /* owned; (used), each string with its 0 */
	size_t used, room;
	size_t *starts; /* owned; (count) */
	size_t count, starts_room;
};

/* 0, or -1 where memory runs out. */
int texts_add(struct texts *texts, const char *text, size_t length);

/* Valid until the next texts_add. */
const char *texts_at(const struct texts *texts, size_t index);

void texts_free(struct texts *texts);

#endif
