#include "sparse_choice.h"
#include "dataset.h"
#include "error.h"
#include "memory.h"
#include "sparse.h"
#include "sum_order.h"

enum { NAME_BYTES = 96 /* roughly what a column takes in memory beside its numbers */ };

/* ---- memory ---- */

#define STORED ", all of them stored,"
#define KEPT   ", kept sparse,"

static double name_bytes(const struct sparse_choice *c)
{
	return (double)NAME_BYTES * (double)c->features;
}

static double dense_bytes(const struct sparse_choice *c)
{
	return ((double)c->rows + TILE_ROWS) * (double)c->features * sizeof(float) + name_bytes(c);
}

static double sparse_rows_bytes(const struct sparse_choice *c)
{
	return c->numbers * (sizeof(uint32_t) + sizeof(float)) +
	       (double)c->rows * sizeof(uint64_t) + name_bytes(c);
}

static gf_status check_memory(
	const struct sparse_choice *c, double needed, const char *what, gf_error *err)
{
	if (needed <= memory_of_machine())
		return GF_OK;
	return gf_fail(err, GF_E_MEMORY,
		"%s: %zu row%s x %zu features%s would take %.1f GB; this machine has %.1f GB",
		c->files->name, c->rows, plural_s(c->rows), c->features, what, needed * 1e-9,
		memory_of_machine() * 1e-9);
}

/* With a cache, dense rows are in a file. */
static gf_status check_dense(const struct sparse_choice *c, gf_error *err)
{
	return c->options->cache ? GF_OK : check_memory(c, dense_bytes(c), STORED, err);
}

gf_status sparse_check_columns(const struct sparse_choice *c, gf_error *err)
{
	if (c->options->sparse == 0 && !c->options->features)
		return check_dense(c, err);
	return check_memory(c, sparse_rows_bytes(c), KEPT, err);
}

/* ---- the choice ---- */

/* Returns 1 if missing values are to be filled in or left out while the rows are read. */
static int has_gaps(const struct sparse_choice *c)
{
	return !c->is_filled && c->options->missing != GF_MISSING_error;
}

static gf_status check_asked(const struct sparse_choice *c, gf_error *err)
{
	if (has_gaps(c))
		return report_error(files_place(c->files, 0), err,
			"rows cannot be kept sparse with missing values that are filled in or left "
			"out (--missing); wanted: --sparse no");
	if (c->features < SPARSE_FEATURES)
		return report_error(files_place(c->files, 0), err,
			"rows of %zu feature%s cannot be kept sparse, which wants %d or more; "
			"wanted: --sparse no",
			c->features, plural_s(c->features), SPARSE_FEATURES);
	return GF_OK;
}

/* On a CPU steps took as long with 7 % of the numbers as with all of them, and small data suit
 * other engines. */
#define SPARSE_SHARE 0.05
#define SPARSE_BYTES 0x1p24

#define SHARE_TEXT "5 % of the numbers are not 0"
#define BYTES_TEXT "16 MiB"

/* Returns why the rows are dense though nothing keeps them from being sparse, or NULL. */
static const char *why_dense(const struct sparse_choice *c)
{
	const double share = c->numbers / (double)c->rows / (double)c->features;

	if (c->options->sparse != 2)
		return "sparse ones were not asked for";
	if (share > SPARSE_SHARE)
		return "more than " SHARE_TEXT;
	return dense_bytes(c) < SPARSE_BYTES ? "all numbers take less than " BYTES_TEXT : NULL;
}

static int exceeds_memory(const struct sparse_choice *c)
{
	const double dense = dense_bytes(c);

	return dense > memory_of_machine() / 2 && sparse_rows_bytes(c) < dense;
}

static void notice_memory(const struct sparse_choice *c)
{
	report_notice(files_place(c->files, 0), c->options,
		"%zu row%s x %zu features, of which %.2g %% are given, are kept sparse: all of "
		"them would take %.1f GB",
		c->rows, plural_s(c->rows), c->features,
		100.0 * c->numbers / (double)c->rows / (double)c->features, dense_bytes(c) * 1e-9);
}

/* Rows are dense where little depends on it, since more trainings take them. */
static int choose_freely(const struct sparse_choice *c, const char **why)
{
	*why = c->features < SPARSE_FEATURES ? "sparse ones want 9 features or more"
	       : has_gaps(c)                 ? "missing values are filled in or left out"
					     : NULL;
	if (*why)
		return 0;
	if (exceeds_memory(c)) {
		notice_memory(c);
		*why = "all numbers would take more than half of the machine's memory";
		return 1;
	}
	*why = why_dense(c);
	if (*why)
		return 0;
	*why = "at most " SHARE_TEXT ", and all would take " BYTES_TEXT " or more";
	return 1;
}

gf_status sparse_choose(const struct sparse_choice *c, int *sparse, const char **why, gf_error *err)
{
	*sparse = c->options->sparse == 1;
	*why = "as asked";
	if (*sparse)
		TRY(check_asked(c, err));
	else if (c->options->sparse != 0)
		*sparse = choose_freely(c, why);
	return *sparse ? check_memory(c, sparse_rows_bytes(c), KEPT, err) : check_dense(c, err);
}

gf_status sparse_keep(gf_dataset *data, const struct file_list *files,
	const struct read_options *options, gf_error *err)
{
	const struct sparse_choice choice = {.options = options,
		.files = files,
		.rows = data->rows,
		.features = data->features,
		.is_filled = 1};
	int sparse = 0;

	if (data->sparse)
		return GF_OK;
	TRY(sparse_choose(&choice, &sparse, &data->rows_why, err));
	return sparse ? dataset_make_sparse(data, err) : GF_OK;
}
