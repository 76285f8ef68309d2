/* sparse_scenarios.c: sparse rows from everywhere but svmlight. */
#include "npz_sparse_files.h"
#include "scenarios.h"
#include "scratch.h"

#include <string.h>

void sparse_scenarios_write_files(void)
{
	static const char words[] = "kind,y\na,1\nb,2\nc,3\nd,1\ne,2\nf,3\ng,1\nh,2\ni,3\na,1\n";
	const struct npz_file *file = &NPZ_SPARSE_FILES[1];

	assert_string_equal(file->name, "csc");
	scratch_write("sparse.npz", file->bytes, file->count);
	scratch_write("labels.csv", "1\n2\n3\n", 6);
	scratch_write("words.csv", words, sizeof words - 1);
}

static gf_status read_file(
	gf_dataset **data, const char *path, const char *labels, const char *one_hot, gf_error *err)
{
	gf_read_options options;

	gf_read_options_default(&options);
	options.sparse = 1;
	options.labels = labels;
	options.one_hot = one_hot;
	return gf_dataset_read(data, path, &options, err);
}

static gf_status take_arrays(gf_dataset **data, int dense, gf_error *err)
{
	static const int32_t start[] = {0, 2, 3}, index[] = {1, 8, 4};
	static const float value[] = {5, 2, -1};
	const gf_arrays arrays = {.rows = 2,
		.features = 9,
		.outputs = 1,
		.y = value,
		.sparse = {.start = start, .index = index, .value = value, .dense = dense}};

	return gf_dataset_new(data, &arrays, err);
}

static gf_status read_sparse(struct session *s, gf_error *err)
{
	gf_dataset *others[3] = {NULL};
	gf_status status = read_file(&others[0], "sparse.npz", "labels.csv", NULL, err);

	if (!status)
		status = read_file(&others[1], "words.csv", NULL, "kind", err);
	if (!status)
		status = take_arrays(&others[2], 1, err);
	if (!status)
		status = take_arrays(&s->data, 0, err);
	for (size_t i = 0; i < 3; i++)
		gf_dataset_free(others[i]);
	return status;
}

const struct scenario READ_SPARSE = {.run = read_sparse};
