#include "sparse_shares.h"

#include <stdlib.h>

static void remove_share(struct sparse_shares *shares, size_t i)
{
	device_columns_free(&shares->share[i].columns);
	shares->share[i] = shares->share[--shares->count];
}

static void remove_overlapping(struct sparse_shares *shares, size_t first, size_t rows)
{
	size_t i = shares->count;

	while (i-- > 0) {
		const struct column_rows *other = &shares->share[i].rows;

		if (other->first < first + rows && first < other->first + other->rows)
			remove_share(shares, i);
	}
}

gf_status sparse_shares_find(struct sparse_shares *shares, struct device_data *d, size_t first,
	size_t rows, const struct sparse_share **found, gf_error *err)
{
	struct sparse_share *share;
	size_t i;

	for (i = 0; i < shares->count; i++) {
		share = &shares->share[i];
		*found = share;
		if (share->rows.first == first && share->rows.rows == rows)
			return GF_OK;
	}
	remove_overlapping(shares, first, rows);
	share = &shares->share[shares->count++];
	*share = (struct sparse_share){.rows = {first, rows, rows}};
	*found = share;
	return device_columns_new(&share->columns, d, &share->rows, err);
}

gf_status sparse_shares_audit(struct sparse_shares *shares, struct device_data *d, gf_error *err)
{
	size_t i;

	for (i = 0; i < shares->count; i++)
		TRY(device_columns_audit(
			&shares->share[i].columns, d, &shares->share[i].rows, err));
	return GF_OK;
}

void sparse_shares_free(struct sparse_shares *shares)
{
	if (!shares)
		return;
	while (shares->count)
		remove_share(shares, 0);
	free(shares);
}
