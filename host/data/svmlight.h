/*
 * svmlight.h: reader of the sparse text format of SVMlight and LIBSVM.
 *
 *	label index:value index:value ...  # comment
 *
 * Indices count from 1, or from 0 where the file has an index 0.  An index that a line leaves out
 * has the value 0; a value or label that is a word of na.h is missing; qid is ignored.
 * The dataset is dense: its features are "column1", "column2", ... up to the largest index, or as
 * many as the model has, which makes indices beyond them count for nothing; its target is "label".
 */
#ifndef GF_SVMLIGHT_H
#define GF_SVMLIGHT_H

#include "csv.h"
#include "gpufitcl.h"
#include "input.h"

/* in: at its beginning.  GF_E_DATA: "path:line: what was found; what was wanted".  GF_E_MEMORY:
 * the dense dataset is beyond this machine's memory.  GF_E_IO. */
gf_status svmlight_read(
	gf_dataset **data, struct input *in, const struct csv_options *options, gf_error *err);

#endif
