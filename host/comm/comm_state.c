#include "comm_state.h"
#include "error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- a gf_comm ---- */

void gf_comm_options_default(gf_comm_options *options)
{
	*options = (gf_comm_options){.rank_timeout = 300};
}

void comm_free(gf_comm *c)
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

/* ---- how it ended ---- */

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
