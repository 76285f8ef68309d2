/* npz.h: the arrays of an .npz file, which is a zip archive of .npy files. */
#ifndef GF_NPZ_H
#define GF_NPZ_H

#include "dataset.h"
#include "input.h"
#include "zip.h"

enum { NPZ_NAME_ROOM = 1024 };

struct npz {
	struct input *in; /* borrowed, as options and err */
	const struct read_options *options;
	gf_error *err;
	const unsigned char *bytes; /* (count) the archive, mapped or in memory */
	size_t count;
	struct file_memory file;   /* owned */
	unsigned char *memory;     /* owned; NULL: the archive is mapped */
	struct zip_member *arrays; /* owned; (array_count) members that end in .npy */
	size_t array_count, array_room;
	struct zip zip;
};

/* Returns the array of the name PREFIX or, where word is given, PREFIX_WORD; NULL: there is none.
 * Upper case counts as lower case. */
const struct zip_member *npz_find(const struct npz *n, const char *prefix, const char *word);

/* An array while it is read: in has the bytes of its .npy file. */
struct npz_array {
	struct input in;
	unsigned char *owned; /* owned; what in reads, or NULL */
	char name[NPZ_NAME_ROOM];
};

/* To be closed, unless it fails.  GF_E_DATA. */
gf_status npz_open(struct npz *n, const struct zip_member *member, struct npz_array *array);
void npz_close(struct npz_array *array);

/* ---- sparse matrices of scipy, in npz_sparse.c ---- */

/* Returns 1 if the arrays are those of scipy.sparse.save_npz, and no name chooses one of them. */
int npz_is_sparse(const struct npz *n);

/* Reads the matrix as features: each column is one.
 * GF_E_USAGE: targets are asked for.  GF_E_DATA: "d.npz: row 3, column 5: it comes twice". */
gf_status npz_sparse_read(gf_dataset **data, struct npz *n);

#endif
