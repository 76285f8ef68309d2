/*
 * outfile.h: output files that appear whole or not at all.
 *
 *	TRY(outfile_open(&out, path, err));
 *	fprintf(out.file, ...);
 *	return outfile_commit(&out, err);	or outfile_abort(&out)
 *
 * Writes go to a temporary file in the target's folder, which the commit renames to the target: a
 * crash leaves the old file or the new one.  /dev/null, pipes and terminals cannot be replaced and
 * are written to directly.  If path is a symbolic link, the file that it points to is replaced.
 */
#ifndef GF_OUTFILE_H
#define GF_OUTFILE_H

#include "gpufitcl.h"

#include <stdio.h>

struct outfile {
	FILE *file;       /* to write to */
	const char *path; /* borrowed: what the caller calls the file */
	char *target;     /* owned: the file to be replaced, after following links */
	char *temporary;  /* owned; NULL: file is the target itself */
};

/* Checks that a file can be written there and replace what is there.  Leaves nothing behind, and
 * removes temporary files that killed processes left there.  A pipe is not opened, since closing it
 * would end its reader.  GF_E_CANTCREATE. */
gf_status outfile_check(const char *path, gf_error *err);

/* Returns 1 if both paths name the same file, which need not exist yet.  Devices do not count. */
int outfile_same(const char *one, const char *other);

/* Opens *out for writing.  An existing file's permissions are kept.  "-" is a name like any other.
 * GF_E_CANTCREATE: no such folder, no permission, or path is a folder. */
gf_status outfile_open(struct outfile *out, const char *path, gf_error *err);

/* Hands what was written so far to the system, where it survives a kill.  GF_E_IO. */
gf_status outfile_flush(struct outfile *out, gf_error *err);

/* Like outfile_flush, and replaces the target now; later writes go to it there.
 * GF_E_IO: the target could not be replaced. */
gf_status outfile_replace(struct outfile *out, gf_error *err);

/* Replaces the target and ends *out, also after an error, when the target stays as it was.
 * GF_E_IO: a write since outfile_open failed, or this one. */
gf_status outfile_commit(struct outfile *out, gf_error *err);

/* Removes the name of the temporary file, which is then gone with the process, however that ends;
 * *out can only be aborted. */
void outfile_unlink(struct outfile *out);

/* Ends *out and leaves the target as it was.  Does nothing after a commit or an abort. */
void outfile_abort(struct outfile *out);

#endif
