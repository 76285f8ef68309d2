#include "comm_state.h"
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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
		transport->close(transport, 1);
		return gf_fail_memory(err, sizeof *c, "the ranks");
	}
	*c = (gf_comm){.transport = transport,
		.rank = transport->rank,
		.size = size,
		.timeout = options->rank_timeout,
		.piece = TRANSPORT_PIECE,
		.records = calloc(size, sizeof *c->records),
		.counts = calloc(2 * size, sizeof *c->counts),
		.places = calloc(2 * size, sizeof *c->places),
		.heard = calloc(size, 1)};
	if (!c->records || !c->counts || !c->places || !c->heard) {
		transport->close(transport, 1);
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
	c->tells = state == COMM_LOST || c->rank == 0;
	return gf_fail(&c->verdict, status, "%s", text);
}

gf_status comm_report(const gf_comm *c, gf_error *err)
{
	return gf_fail(err, c->verdict.status, "%s", c->verdict.message);
}

gf_status gf_comm_join(gf_comm *comm, gf_error *err)
{
	const struct comm_record record = {.kind = COMM_JOIN};

	error_clear(err);
	if (!comm)
		return GF_OK;
	comm->what = "end";
	TRY(comm_meet(comm, &record, err));
	comm->state = COMM_JOINED;
	return GF_OK;
}

int gf_comm_fail(gf_comm *comm, gf_error *err)
{
	const struct comm_record record = {.kind = COMM_FAILED, .status = (uint32_t)err->status};

	if (!comm || comm->state == COMM_JOINED)
		return 1;
	if (comm->state == COMM_OPEN) {
		comm->what = "failure";
		comm->verdict = *err;
		comm->state = COMM_FAILING;
		if (!comm_meet_start(comm, &record) && !comm_wait(comm, 1))
			comm_meet_end(comm);
	}
	*err = comm->verdict;
	return comm->tells;
}

void gf_comm_close(gf_comm *comm)
{
	if (!comm)
		return;
	comm->transport->close(comm->transport, comm->state == COMM_LOST);
	comm_free(comm);
}
