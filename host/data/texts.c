#include "texts.h"
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int texts_add(struct texts *texts, const char *text, size_t length)
{
	if (length >= SIZE_MAX - texts->used)
		return -1;

	char *bytes = array_reserve(texts->bytes, &texts->room, texts->used + length + 1, 1);

	if (!bytes)
		return -1;
	texts->bytes = bytes;

	size_t *starts =
		array_reserve(texts->starts, &texts->starts_room, texts->count + 1, sizeof *starts);

	if (!starts)
		return -1;
	texts->starts = starts;

	memcpy(bytes + texts->used, text, length);
	bytes[texts->used + length] = 0;
	starts[texts->count++] = texts->used;
	texts->used += length + 1;
	return 0;
}

const char *texts_at(const struct texts *texts, size_t index)
{
	return texts->bytes + texts->starts[index];
}

void texts_free(struct texts *texts)
{
	free(texts->bytes);
	free(texts->starts);
	*texts = (struct texts){0};
}
