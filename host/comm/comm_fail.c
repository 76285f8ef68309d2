#include "comm_state.h"
#include "error.h"

#include <stdio.h>
#include <sysexits.h>
#include <time.h>

enum { LOST_CODE = EX_TEMPFAIL /* of a program that a rank did not come to */ };

gf_status gf_comm_join(gf_comm *comm, int *code, gf_error *err)
{
	const struct comm_record record = {.kind = COMM_JOIN, .status = code ? (uint32_t)*code : 0};

	error_clear(err);
	if (!comm)
		return GF_OK;
	comm->what = "end";
	TRY(comm_meet(comm, &record, err));
	comm->state = COMM_JOINED;
	for (size_t r = 0; code && r < comm->size; r++)
		if (*code < (int)comm->records[r].status)
			*code = (int)comm->records[r].status;
	return GF_OK;
}

/* Shows the others that this rank failed, and waits for them for a while. */
static void show_failure(gf_comm *c, const gf_error *err)
{
	const struct comm_record record = {.kind = COMM_FAILED, .status = (uint32_t)err->status};
	int done;

	c->what = "failure";
	c->state = COMM_FAILING;
	c->verdict = *err;
	if (comm_meet_start(c, &record) || comm_wait_for(c, 1, c->printed_after, &done))
		return;
	if (done) {
		comm_meet_end(c);
		return;
	}
	snprintf(c->verdict.message, sizeof c->verdict.message, "%s: %.*s",
		comm_rank_text(c, c->rank).text, (int)sizeof err->message - TRANSPORT_TEXT - 8,
		err->message);
	c->told = c->tells = 1;
}

int gf_comm_fail(gf_comm *comm, gf_error *err)
{
	int tells;

	if (!comm || comm->state == COMM_JOINED || !err || !err->status)
		return 1;
	if (comm->state == COMM_OPEN)
		show_failure(comm, err);
	*err = comm->verdict;
	tells = comm->tells;
	comm->tells = 0;
	return tells;
}

/* Waits until all ranks know how it ended, and leave MPI together. */
static void end_together(gf_comm *c)
{
	if (c->state == COMM_FAILING && !comm_wait(c, 1))
		comm_meet_end(c);
	else if (c->state == COMM_OPEN)
		gf_comm_join(c, NULL, NULL);
}

static void comm_sleep(double seconds)
{
	const time_t whole = (time_t)seconds;

	nanosleep(&(struct timespec){whole, (long)(1e9 * (seconds - (double)whole))}, NULL);
}

/* Ranks that are not there to leave MPI with the others are ended.  The rank that prints ends all:
 * the others give it the time to do so. */
static void end_all(gf_comm *c)
{
	if (!c->leads)
		comm_sleep(2 * comm_grace(c) + 0.5);
	c->transport->abort(c->transport, LOST_CODE);
}

void gf_comm_close(gf_comm *comm)
{
	if (!comm)
		return;
	end_together(comm);
	if (comm->state == COMM_LOST)
		end_all(comm);
	else
		comm->transport->close(comm->transport);
	comm_free(comm);
}
