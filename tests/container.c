#include "container.h"

#include "safetensors.h"
#include "scratch.h"

void container_write(const char *header, size_t count)
{
	size_t length = strlen(header);
	char *bytes = calloc(1, 8 + length + count);

	assert_non_null(bytes);
	for (int i = 0; i < 8; i++)
		bytes[i] = (char)((uint64_t)length >> 8 * i);
	memcpy(bytes + 8, header, length);
	scratch_write(CONTAINER, bytes, 8 + length + count);
	free(bytes);
}

void container_refused(gf_status wanted, const char *message)
{
	struct safetensors *file = (void *)1;
	gf_error err = {0};

	assert_failure(safetensors_read(&file, CONTAINER, &err), &err, wanted, message);
	assert_null(file);
}

void assert_header_refused(const char *header, size_t count, const char *words)
{
	char message[1024];

	container_write(header, count);
	snprintf(message, sizeof message, "%s: %s", CONTAINER, words);
	container_refused(GF_E_DATA, message);
}
