/* predictions_rows.c: predictions row by row, those of rows that were left out among them. */
#include "error.h"
#include "predictions.h"

gf_status predictions_rows(
	const struct predictions *p, FILE *file, predictions_writer *write, gf_error *err)
{
	const size_t rows = p->rows + gf_dataset_dropped(p->data);
	size_t dropped = 0;

	for (size_t row = 0; row < rows && !ferror(file); row++) {
		const bool left_out = gf_dataset_dropped_row(p->data, dropped) == row;
		const float *z = left_out ? NULL : p->z + (row - dropped) * p->outputs;

		dropped += left_out;
		if (p->progress && row % 4096 == 0)
			progress_phase(p->progress, GF_PHASE_saving, row, rows);
		TRY(write(p, file, row, z, err));
	}
	return GF_OK;
}
