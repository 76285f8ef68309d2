#include "comm_state.h"
#include "error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>

enum { LOST_CODE = EX_TEMPFAIL /* of a program that a rank did not come to */ };

/* ---- a gf_comm ---- */

void gf_comm_options_default(gf_comm_options *options)
{
	*options = (gf_comm_options){.rank_timeout = 300};
}

static void comm_free(gf_comm *c)
{
	free(c->heard);
	free(c->places);
	free(c->counts);
	free(c->records);
	free(c);
}

gf_status comm_new(
	gf_comm **out, struct transport *transport, const gf_comm_options *options, gf_error *err)
{
	const size_t size = transport->size;
	gf_comm *const c = calloc(1, sizeof *c);

	if (!c) {
		transport->close(transport);
		return gf_fail_memory(err, sizeof *c, "the ranks");
	}
	*c = (gf_comm){.transport = transport,
		.rank = transport->rank,
		.size = size,
		.timeout = options->rank_timeout,
		.printed_after = 2,
		.piece = TRANSPORT_PIECE,
		.records = calloc(size, sizeof *c->records),
		.counts = calloc(2 * size, sizeof *c->counts),
		.places = calloc(2 * size, sizeof *c->places),
		.heard = calloc(size, 1)};
	if (!c->records || !c->counts || !c->places || !c->heard) {
		transport->close(transport);
		comm_free(c);
		return gf_fail_memory(err, size * sizeof *c->records, "the ranks");
	}
	*out = c;
	return GF_OK;
}

size_t gf_comm_rank(const gf_comm *comm)
{
	return comm ? comm->rank : 0;
}

size_t gf_comm_size(const gf_comm *comm)
{
	return comm ? comm->size : 1;
}

size_t gf_comm_host_rank(const gf_comm *comm)
{
	return comm ? comm->transport->host_rank : 0;
}

const char *gf_comm_host(const gf_comm *comm, size_t rank)
{
	return comm && rank < comm->size ? comm->transport->hosts[rank] : NULL;
}

const char *gf_comm_library(const gf_comm *comm)
{
	return comm ? comm->transport->library : NULL;
}

gf_comm_counters gf_comm_count(const gf_comm *comm)
{
	return comm ? comm->counters : (gf_comm_counters){0};
}

struct comm_rank_text comm_rank_text(const gf_comm *c, size_t rank)
{
	struct comm_rank_text text;

	snprintf(text.text, sizeof text.text, "rank %zu (%s)", rank, gf_comm_host(c, rank));
	return text;
}

/* ---- the end ---- */

gf_status comm_end(gf_comm *c, enum comm_state state, gf_status status, const char *format, ...)
{
	char text[sizeof c->verdict.message];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	c->state = state;
	c->tells = c->leads = state == COMM_LOST || c->rank == 0;
	return gf_fail(&c->verdict, status, "%s", text);
}

gf_status comm_end_transport(gf_comm *c)
{
	return comm_end(c, COMM_LOST, GF_E_RANK, "%s: exchange %" PRIu64 " (%s): %s",
		comm_rank_text(c, c->rank).text, c->call, c->what, c->transport->text);
}

gf_status comm_end_memory(gf_comm *c, size_t bytes)
{
	return comm_end(c, COMM_LOST, GF_E_MEMORY,
		"%s: cannot allocate %zu bytes for an exchange with the other ranks",
		comm_rank_text(c, c->rank).text, bytes);
}

gf_status comm_report(const gf_comm *c, gf_error *err)
{
	return gf_fail(err, c->verdict.status, "%s", c->verdict.message);
}

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
