#include "array.h"

#include <stdint.h>
#include <stdlib.h>

enum { FIRST_ROOM = 16 };

void *array_reserve(void *array, size_t *room, size_t need, size_t size)
{
	size_t more = *room ? *room : FIRST_ROOM;

	if (need <= *room)
		return array;
	while (more < need && more <= SIZE_MAX / 2)
		more *= 2;
	if (more < need || more > SIZE_MAX / size)
		return NULL;

	void *moved = realloc(array, more * size);

	if (moved)
		*room = more;
	return moved;
}
