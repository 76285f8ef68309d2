/*
 * outfile.h: output files that appear whole or not at all.
 *
 *	if (outfile_open(&out, path, err))
 *		return err->status;
 *	fprintf(out.file, ...);
 *	return outfile_commit(&out, err);	or outfile_abort(&out)
 *
 * What is written goes to a temporary file in the target's folder, which takes
 * the target's place at the commit: a crash leaves the old file or the new one.
 * /dev/null, pipes and terminals cannot be replaced and are written to directly.
 * If path is a symbolic link, the file that it points to is replaced.
 */
#ifndef GF_OUTFILE_H
#define GF_OUTFILE_H

#include "gpufitcl.h"

#include <stdio.h>

struct outfile {
	FILE *file;       /* to write to */
	const char *path; /* borrowed: what the caller calls the file */
	char *target;     /* owned: what is replaced, links followed */
	char *temporary;  /* owned; NULL: file is the target itself */
};

/* Could a file be written there, and take its place?  Leaves nothing behind, and takes away what
 * processes left there that were killed.  What is no file to be replaced is not opened: to open and
 * close a pipe would end its reader.  GF_E_CANTCREATE. */
gf_status outfile_check(const char *path, gf_error *err);

/* Returns 1 if both paths name the same file, which need not exist yet.  Devices do not count. */
int outfile_same(const char *one, const char *other);

/* An existing file's permissions are kept.  "-" is a name like any other.
 * GF_E_CANTCREATE: no such folder, no permission, or path is a folder. */
gf_status outfile_open(struct outfile *out, const char *path, gf_error *err);

/* Hands what was written so far to the system, where it survives a kill.  GF_E_IO. */
gf_status outfile_flush(struct outfile *out, gf_error *err);

/* Like outfile_flush, and the file takes the target's place now; later writes go to it there.
 * GF_E_IO: the target could not be replaced. */
gf_status outfile_replace(struct outfile *out, gf_error *err);

/* Ends *out in any case; when it fails the target is as it was before.
 * GF_E_IO: some write since outfile_open failed, or this one. */
gf_status outfile_commit(struct outfile *out, gf_error *err);

/* Ends *out and leaves the target alone; nothing to do after a commit or an abort. */
void outfile_abort(struct outfile *out);

#endif
