/* data_notes.h: what a user is told of data once they have been read. */
#ifndef GF_DATA_NOTES_H
#define GF_DATA_NOTES_H

#include "gpufitcl.h"

#include <stdbool.h>

/* Says how many rows of the file were left out and, if verbose, whether rows are sparse, and why.
 * data may be NULL; config is that of the training. */
void say_data_notes(
	const char *path, const gf_dataset *data, const gf_config *config, bool verbose);

#endif
