/* large_index.h: keeps svmlight lines out that ask for gigabytes, which is no error to look for. */
#ifndef GF_LARGE_INDEX_H
#define GF_LARGE_INDEX_H

#include <stddef.h>
#include <stdint.h>

/* Returns whether five or more digits stand before a colon. */
static inline int has_large_index(const uint8_t *bytes, size_t count)
{
	size_t digits = 0;

	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == ':' && digits >= 5)
			return 1;
		digits = bytes[i] >= '0' && bytes[i] <= '9' ? digits + 1 : 0;
	}
	return 0;
}

#endif
