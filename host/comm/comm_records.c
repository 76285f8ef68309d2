#include "comm_state.h"
#include "error.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

gf_status comm_meet_start(gf_comm *c, const struct comm_record *mine)
{
	struct comm_record *record = &c->records[c->rank];

	c->call = c->counters.calls;
	*record = *mine;
	record->call = c->call;
	snprintf(record->what, sizeof record->what, "%s", c->what);
	for (size_t r = 0; r < c->size; r++) {
		c->counts[r] = sizeof *record;
		c->places[r] = (int)(r * sizeof *record);
	}
	c->stage++;
	if (c->transport->start_gather(c->transport, c->records, c->counts, c->places))
		return comm_end_transport(c);
	return GF_OK;
}

/* ---- what records tell ---- */

static int same_exchange(const struct comm_record *a, const struct comm_record *b)
{
	return a->call == b->call && a->kind == b->kind &&
	       strncmp(a->what, b->what, COMM_WHAT) == 0 &&
	       (a->kind != COMM_GATHER || a->sizes == b->sizes);
}

struct exchange_text {
	char text[COMM_WHAT + 80];
};

/* "exchange 12, a gather of 40 bytes (gradient)" */
static struct exchange_text exchange_text(const struct comm_record *record)
{
	struct exchange_text text;

	if (record->kind == COMM_JOIN)
		snprintf(
			text.text, sizeof text.text, "exchange %" PRIu64 ", the end", record->call);
	else
		snprintf(text.text, sizeof text.text,
			"exchange %" PRIu64 ", a %s of %" PRIu64 " bytes (%.*s)", record->call,
			record->kind == COMM_GATHER ? "gather" : "swap", record->bytes, COMM_WHAT,
			record->what);
	return text;
}

/* All ranks compare with rank 0, and so say the same. */
static gf_status check_same(gf_comm *c)
{
	for (size_t r = 1; r < c->size; r++) {
		if (same_exchange(&c->records[0], &c->records[r]))
			continue;
		return comm_end(c, COMM_ENDED, GF_E_RANK, "%s is at %s, but %s at %s: " COMM_WANTED,
			comm_rank_text(c, r).text, exchange_text(&c->records[r]).text,
			comm_rank_text(c, 0).text, exchange_text(&c->records[0]).text);
	}
	return GF_OK;
}

/* ---- ranks that failed ---- */

/* What a rank that failed tells all others. */
struct failure {
	int told; /* the rank has printed it */
	char message[sizeof((gf_error *)0)->message];
};

/* The verdict is that of the lowest rank that failed.  Rank 0 prints it, unless one of those that
 * failed did. */
static void judge_failures(gf_comm *c, const struct failure *failures)
{
	size_t first = c->size, count = 0;
	int told = 0;

	for (size_t r = 0; r < c->size; r++) {
		if (c->records[r].kind != COMM_FAILED)
			continue;
		first = first < c->size ? first : r;
		told |= failures[count++].told;
	}
	c->verdict.status = GF_OK;
	if (told || count == c->size)
		comm_end(c, COMM_ENDED, (gf_status)c->records[first].status, "%s",
			failures[0].message);
	else
		comm_end(c, COMM_ENDED, (gf_status)c->records[first].status, "%s: %s",
			comm_rank_text(c, first).text, failures[0].message);
	c->tells = c->rank == 0 && !told;
}

static gf_status hear_failures(gf_comm *c)
{
	struct failure *const failures = calloc(c->size, sizeof *failures);
	size_t *const sizes = calloc(c->size, sizeof *sizes);
	struct failure *next = failures;
	gf_status status = GF_OK;

	if (!failures || !sizes) {
		status = comm_end_memory(c, c->size * sizeof *failures);
	} else {
		for (size_t r = 0; r < c->size; r++)
			sizes[r] = c->records[r].kind == COMM_FAILED ? sizeof *next : 0;
		for (size_t r = 0; r < c->rank; r++)
			next += sizes[r] != 0;
		if (sizes[c->rank]) {
			next->told = c->told;
			memcpy(next->message, c->verdict.message, sizeof next->message);
		}
		status = comm_gather_pieces(c, sizes, (unsigned char *)failures);
		if (!status)
			judge_failures(c, failures);
	}
	free(sizes);
	free(failures);
	return status ? status : c->verdict.status;
}

gf_status comm_meet_end(gf_comm *c)
{
	c->counters.given += sizeof *c->records;
	c->counters.got += (c->size - 1) * sizeof *c->records;
	for (size_t r = 0; r < c->size; r++)
		if (c->records[r].kind == COMM_FAILED)
			return hear_failures(c);
	return check_same(c);
}

gf_status comm_meet(gf_comm *c, const struct comm_record *mine, gf_error *err)
{
	gf_status status = c->verdict.status;

	if (!status)
		status = comm_meet_start(c, mine);
	if (!status)
		status = comm_wait(c, 1);
	if (!status)
		status = comm_meet_end(c);
	c->counters.calls++;
	return status ? comm_report(c, err) : GF_OK;
}
