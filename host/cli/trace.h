/* trace.h: --trace, what the notebook printed at every step, as a table. */
#ifndef GF_TRACE_H
#define GF_TRACE_H

#include "param_table.h"

#include <stdbool.h>

struct trace {
	bool wanted;
	size_t first;              /* how many epochs from 0 on */
	size_t epochs;             /* all of them: the last is shown too */
	bool batches;              /* an epoch has more than one step */
	bool standardized;         /* it trains on other features than the data's own */
	struct param_table linear; /* of the data that trains */
};

bool trace_shows(const struct trace *trace, size_t epoch);
void trace_print(const struct trace *trace, const gf_epoch *step);

#endif
