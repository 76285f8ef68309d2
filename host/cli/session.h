/* session.h: what looks on while a model trains: progress, log, trace and explanation. */
#ifndef GF_SESSION_H
#define GF_SESSION_H

#include "log.h"
#include "options.h"
#include "progress.h"
#include "trace.h"

struct session {
	const struct options *options; /* borrowed */
	const gf_dataset *data;        /* borrowed */
	struct progress *progress;     /* borrowed */
	struct log log;
	struct trace trace;
	bool explained;
	gf_error err; /* the first error of ours: it stops the training */
};

/* Opens the log.  progress may have begun with the reading of the data. */
gf_status session_open(struct session *session, const struct options *options,
	const gf_dataset *data, struct progress *progress, gf_error *err);

/* From now on config's callbacks are the session's. */
void session_attach(struct session *session, gf_config *config);

/* Closes the log of a training that ended with status.  *err says what went wrong in the session
 * itself, now or earlier. */
gf_status session_close(struct session *session, gf_status status, gf_error *err);

#endif
