#include "data_notes.h"
#include "format.h"
#include "message.h"

/* The share of a dataset's numbers that its sparse rows have, in percent. */
static double percent_given(const gf_dataset *data, const uint64_t *start)
{
	const double rows = (double)gf_dataset_rows(data);

	return 100.0 * (double)start[gf_dataset_rows(data)] / rows /
	       (double)gf_dataset_features(data);
}

/* Data are dense where no option asks for sparse rows and the training does not take them. */
static void say_rows(const char *path, const gf_dataset *data, const gf_config *config)
{
	const char *why = gf_dataset_rows_why(data), *training = gf_config_dense_reason(config);
	const uint64_t *start;
	const uint32_t *index;
	const float *value;

	if (gf_dataset_sparse(data, &start, &index, &value))
		say("%s: rows are kept sparse, with %.2g %% of their numbers: %s", path,
			percent_given(data, start), why ? why : "as the cache has them");
	else if (why)
		say("%s: rows are dense: %s", path, training ? training : why);
}

void say_data_notes(const char *path, const gf_dataset *data, const gf_config *config, bool verbose)
{
	const size_t dropped = gf_dataset_dropped(data);

	if (dropped)
		say("%s: left out %s with missing values", path, format_count(dropped, "row").text);
	if (verbose && data)
		say_rows(path, data, config);
}
