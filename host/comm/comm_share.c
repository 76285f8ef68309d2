/* comm_share.c: what rank 0 alone has goes to all ranks; and as many bytes of each. */
#include "comm.h"
#include "error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

gf_status comm_gather_each(
	gf_comm *c, const char *what, const void *mine, size_t bytes, void *all, gf_error *err)
{
	size_t *sizes = malloc(comm_size(c) * sizeof *sizes), r;
	gf_status status;

	if (!sizes)
		return gf_fail_memory(err, comm_size(c) * sizeof *sizes, what);
	for (r = 0; r < comm_size(c); r++)
		sizes[r] = bytes;
	status = comm_gather(c, what, mine, sizes, all, err);
	free(sizes);
	return status;
}

gf_status comm_share(gf_comm *c, const char *what, void *at, size_t bytes, gf_error *err)
{
	size_t *sizes;
	gf_status status;

	if (comm_size(c) == 1)
		return GF_OK;
	sizes = calloc(comm_size(c), sizeof *sizes);
	if (!sizes)
		return gf_fail_memory(err, comm_size(c) * sizeof *sizes, what);
	sizes[0] = bytes;
	status = comm_gather(c, what, at, sizes, at, err);
	free(sizes);
	return status;
}

/* ---- a file ---- */

enum { PIECE_BYTES = 1 << 24 };

static gf_status read_piece(FILE *from, char *piece, uint64_t *bytes, gf_error *err)
{
	*bytes = fread(piece, 1, PIECE_BYTES, from);
	return ferror(from) ? gf_fail(err, GF_E_IO, "the input of rank 0: cannot read: %s",
				      strerror(errno))
			    : GF_OK;
}

static gf_status write_piece(FILE *to, const char *piece, size_t bytes, gf_error *err)
{
	if (fwrite(piece, 1, bytes, to) == bytes && fflush(to) == 0)
		return GF_OK;
	return gf_fail(
		err, GF_E_IO, "the copy of the input of rank 0: cannot write: %s", strerror(errno));
}

gf_status gf_comm_copy(gf_comm *comm, FILE *from, FILE *to, gf_error *err)
{
	char *piece = malloc(PIECE_BYTES);
	uint64_t bytes = 1;
	gf_status status = GF_OK;

	error_clear(err);
	if (!piece)
		return gf_fail_memory(err, PIECE_BYTES, "a piece of the input of rank 0");
	while (bytes && !status) {
		if (comm_rank(comm) == 0)
			status = read_piece(from, piece, &bytes, err);
		if (!status)
			status = comm_share(comm, "size of input", &bytes, sizeof bytes, err);
		if (!status && bytes)
			status = comm_share(comm, "input", piece, (size_t)bytes, err);
		if (!status)
			status = write_piece(to, piece, (size_t)bytes, err);
	}
	free(piece);
	return status;
}
