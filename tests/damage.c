#include "damage.h"

#include "scratch.h"

void cut_at_any_byte(const char *path, read_file *read)
{
	size_t count;
	char *bytes = scratch_read(path, &count);

	for (size_t cut = 0; cut < count; cut++) {
		gf_error err = {0};

		scratch_write(path, bytes, cut);
		if (read(path, &err) != GF_E_DATA)
			fail_msg("cut at byte %zu of %zu: status %d \"%s\"", cut, count,
				(int)err.status, err.message);
	}
	free(bytes);
}

size_t flip_any_bit(const char *path, read_file *read, size_t *bits)
{
	size_t count, good = 0;
	char *bytes = scratch_read(path, &count);

	for (size_t bit = 0; bit < 8 * count; bit++) {
		gf_error err = {0};

		bytes[bit / 8] ^= (char)(1 << bit % 8);
		scratch_write(path, bytes, count);
		if (read(path, &err) == GF_OK)
			good++;
		else if (err.status != GF_E_DATA || strncmp(err.message, path, strlen(path)) ||
			 strncmp(err.message + strlen(path), ": ", 2))
			fail_msg("bit %zu of byte %zu: status %d \"%s\"", bit % 8, bit / 8,
				(int)err.status, err.message);
		bytes[bit / 8] ^= (char)(1 << bit % 8);
	}
	free(bytes);
	*bits = 8 * count;
	return good;
}
