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
		const struct sparse_share *share = &shares->share[i];

		if (share->first < first + rows && first < share->first + share->rows)
			remove_share(shares, i);
	}
}

/* Makes the columns on the host, to be sent, or to be compared. */
static gf_status host_columns(const struct device_data *d, const struct sparse_share *share,
	struct sparse_columns *columns, gf_error *err)
{
	TRY(sparse_columns_add(
		columns, d->dataset->sparse, d->features, NULL, share->first, share->rows, err));
	sparse_columns_finish(columns);
	return GF_OK;
}

static gf_status new_columns(struct sparse_share *share, struct device_data *d, gf_error *err)
{
	struct sparse_columns columns = {.parts = 0};
	gf_status status = host_columns(d, share, &columns, err);

	if (!status)
		status = device_columns_send(&share->columns, d->dev, &columns, d->outputs, err);
	sparse_columns_free(&columns);
	return status;
}

gf_status sparse_shares_find(struct sparse_shares *shares, struct device_data *d, size_t first,
	size_t rows, const struct sparse_share **found, gf_error *err)
{
	struct sparse_share *share;
	size_t i;

	for (i = 0; i < shares->count; i++)
		if (shares->share[i].first == first && shares->share[i].rows == rows) {
			*found = &shares->share[i];
			return GF_OK;
		}
	remove_overlapping(shares, first, rows);
	share = &shares->share[shares->count++];
	*share = (struct sparse_share){.first = first, .rows = rows};
	*found = share;
	return new_columns(share, d, err);
}

static gf_status audit(struct sparse_share *share, struct device_data *d, gf_error *err)
{
	struct sparse_columns columns = {.parts = 0};
	gf_status status = host_columns(d, share, &columns, err);

	if (!status)
		status = device_columns_audit(&share->columns, &columns, err);
	sparse_columns_free(&columns);
	return status;
}

gf_status sparse_shares_audit(struct sparse_shares *shares, struct device_data *d, gf_error *err)
{
	size_t i;

	for (i = 0; i < shares->count; i++)
		TRY(audit(&shares->share[i], d, err));
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
