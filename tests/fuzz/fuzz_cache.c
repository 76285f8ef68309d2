/*
 * fuzz_cache.c: fuzzes the reader of the tail of a cache, whose checksum would stop any change.
 *
 * The first three bytes of an input are the rows, features and outputs of the dataset.
 */
#include "cache_tail.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { SHAPE = 3 };

/* Requires what dataset.h promises of what the tail has. */
static void check_dataset(const gf_dataset *data)
{
	fuzz_require((data->y != NULL) == (data->outputs > 0));
	for (size_t j = 0; j < data->features; j++)
		fuzz_require(gf_dataset_feature_name(data, j) != NULL);
	for (size_t k = 0; k < data->outputs; k++)
		fuzz_require(gf_dataset_target_name(data, k) != NULL);
	for (size_t c = 0; c < data->classes; c++)
		fuzz_require(gf_dataset_class_name(data, c) != NULL);
	for (size_t k = 0; k < gf_dataset_kept(data); k++)
		fuzz_require(gf_dataset_kept_text(data, data->rows - 1, k) != NULL);
	fuzz_require((data->offset != NULL) == (data->offset_name != NULL));
}

/* Requires that the dataset is written as it was read. */
static void check_writing(
	gf_dataset *data, struct cache_notes *notes, const uint8_t *bytes, size_t count)
{
	char *text = NULL;
	size_t length = 0;
	struct cache_walk walk = {.out = open_memstream(&text, &length)};

	fuzz_require(walk.out != NULL);
	cache_tail_walk(&walk, data, notes);
	fuzz_require(fclose(walk.out) == 0 && walk.written == count && length == count);
	fuzz_require(memcmp(text, bytes, count) == 0);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	struct cache_walk walk = {.at = bytes + SHAPE, .left = count - SHAPE};
	struct cache_notes notes = {0};
	gf_dataset *data;

	if (count < SHAPE || bytes[0] == 0)
		return 0;
	data = calloc(1, sizeof *data);
	fuzz_require(data != NULL);
	data->rows = bytes[0];
	data->features = bytes[1];
	data->outputs = bytes[2];
	cache_tail_walk(&walk, data, &notes);
	if (!walk.is_damaged && !walk.lacks_memory) {
		check_dataset(data);
		check_writing(data, &notes, bytes + SHAPE, count - SHAPE);
	}
	cache_notes_free(&notes);
	gf_dataset_free(data);
	return 0;
}
