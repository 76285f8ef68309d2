/*
 * sparse_shares.h: the columns of the rows that one rank of several sums (exchange.h), a subtree at
 * a time.
 */
#ifndef GF_SPARSE_SHARES_H
#define GF_SPARSE_SHARES_H

#include "device_sparse.h"
#include "subtrees.h"

struct sparse_share {
	struct column_rows rows; /* in one part */
	struct device_columns columns;
};

/* They do not overlap. */
struct sparse_shares {
	struct sparse_share share[SUBTREES_MOST];
	size_t count;
};

/* Sets *share to that of the rows.  Those that overlap it, which are left from an earlier division
 * of the rows, are freed.  GF_E_MEMORY; else as buffer_new */
gf_status sparse_shares_find(struct sparse_shares *shares, struct device_data *d, size_t first,
	size_t rows, const struct sparse_share **share, gf_error *err);

/* GF_E_CHECK: the device holds other columns than were sent. */
gf_status sparse_shares_audit(struct sparse_shares *shares, struct device_data *d, gf_error *err);

/* shares may be NULL. */
void sparse_shares_free(struct sparse_shares *shares);

#endif
