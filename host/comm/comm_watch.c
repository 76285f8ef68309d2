#include "clock.h"
#include "comm_state.h"
#include "error.h"

#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* A rank that has waited for SPIN seconds gives its core away between two looks, and after YIELD
 * seconds sleeps, longer each time, up to NAP_LONGEST: ranks that still compute may need the
 * core. */
#define SPIN        20e-6
#define YIELD       200e-6
#define NAP_FIRST   20000L  /* nanoseconds */
#define NAP_LONGEST 500000L /* nanoseconds */

/* MPI proceeds by a step at each test; an exchange takes some. */
enum { TESTS = 10 };

/* Where ranks ask for each other, their notes have this many seconds to arrive, or half of the
 * timeout if that is less. */
#define NOTES_TAKE 2.0

enum note_kind {
	NOTE_LATE, /* the sender has waited too long: who else is here? */
	NOTE_HERE, /* the answer of a rank that has left the exchange of the late one */
	NOTE_LOST, /* the sender has found ranks missing, prints which, and ends all */
};

struct note {
	uint32_t kind;
	uint64_t stage; /* of the sender */
};

_Static_assert(sizeof(struct note) <= TRANSPORT_NOTE, "a note has room for this");

struct watch {
	double start;  /*  when it began */
	double asked;  /* when it began to ask for the others; 0: not yet */
	long nap;      /* nanoseconds */
	size_t leader; /* the rank that ends all; size: none does */
};

double comm_grace(const gf_comm *c)
{
	return c->timeout < 2 * NOTES_TAKE ? c->timeout / 2 : NOTES_TAKE;
}

/* ---- notes ---- */

static int send_note(gf_comm *c, size_t rank, enum note_kind kind)
{
	const struct note note = {kind, c->stage};
	unsigned char bytes[TRANSPORT_NOTE] = {0};

	memcpy(bytes, &note, sizeof note);
	return c->transport->send_note(c->transport, rank, bytes);
}

static int ask_all(gf_comm *c, struct watch *w)
{
	int failed = 0;

	w->asked = clock_seconds();
	for (size_t r = 0; r < c->size; r++)
		if (r != c->rank)
			failed |= send_note(c, r, NOTE_LATE);
	return failed;
}

/* A rank that is late in this exchange or a later one makes this one ask, too, so that all ranks
 * that are here know the same at about the same time.  One that is late in an earlier exchange only
 * wants to hear from this one. */
static int hear(gf_comm *c, struct watch *w, size_t rank, const struct note *note)
{
	int failed = 0;

	if (note->kind == NOTE_LATE && note->stage >= c->stage && w->asked <= 0)
		failed = ask_all(c, w);
	else if (note->kind == NOTE_LATE && note->stage < c->stage)
		failed = send_note(c, rank, NOTE_HERE);
	else if (note->kind == NOTE_LOST)
		w->leader = rank;
	c->heard[rank] = 1;
	return failed;
}

static int take_notes(gf_comm *c, struct watch *w)
{
	unsigned char bytes[TRANSPORT_NOTE];
	struct note note;
	size_t rank;

	for (;;) {
		if (c->transport->take_note(c->transport, &rank, bytes))
			return 1;
		if (rank == c->size)
			return 0;
		memcpy(&note, bytes, sizeof note);
		if (hear(c, w, rank, &note))
			return 1;
	}
}

/* ---- ranks that do not come ---- */

/* "rank 1 (a), rank 3 (b) and 6 more": those that were not heard of.  Returns how many. */
static size_t list_missing(const gf_comm *c, char *text, size_t room)
{
	size_t count = 0, used = 0;

	text[0] = '\0';
	for (size_t r = 0; r < c->size; r++) {
		if (r == c->rank || c->heard[r])
			continue;
		if (used < room && ++count <= 8)
			used += (size_t)snprintf(text + used, room - used, "%s%s",
				count > 1 ? ", " : "", comm_rank_text(c, r).text);
	}
	if (count > 8 && used < room)
		snprintf(text + used, room - used, " and %zu more", count - 8);
	return count;
}

static gf_status lose(gf_comm *c)
{
	char missing[2048];
	const size_t count = list_missing(c, missing, sizeof missing);
	size_t first = 0;

	if (count)
		comm_end(c, COMM_LOST, GF_E_RANK,
			"%s %s not come to exchange %" PRIu64
			" (%s) for %g s (--rank-timeout): all ranks end",
			missing, count > 1 ? "have" : "has", c->call, c->what, c->timeout);
	else
		comm_end(c, COMM_LOST, GF_E_RANK,
			"exchange %" PRIu64
			" (%s) has not ended for %g s (--rank-timeout), though all ranks are "
			"there: all end",
			c->call, c->what, c->timeout);
	while (first < c->rank && !c->heard[first])
		first++;
	c->leads = first == c->rank;
	c->tells = c->leads && !c->told;
	for (size_t r = 0; c->leads && r < c->size; r++)
		if (c->heard[r] && send_note(c, r, NOTE_LOST))
			break;
	return c->verdict.status;
}

/* Another rank has found out which are missing. */
static gf_status follow(gf_comm *c, size_t leader)
{
	comm_end(c, COMM_LOST, GF_E_RANK, "%s found that ranks are missing, and ends all",
		comm_rank_text(c, leader).text);
	c->leads = c->tells = 0;
	return c->verdict.status;
}

/* Looks after the ranks that are missing.  GF_OK: wait on. */
static gf_status look_after(gf_comm *c, struct watch *w)
{
	const double now = clock_seconds();

	if (take_notes(c, w))
		return comm_end_transport(c);
	if (w->leader < c->size)
		return follow(c, w->leader);
	if (w->asked > 0)
		return now - w->asked < comm_grace(c) ? GF_OK : lose(c);
	if (now - w->start > c->timeout && ask_all(c, w))
		return comm_end_transport(c);
	return GF_OK;
}

/* ---- waiting ---- */

static gf_status wait_a_little(gf_comm *c, struct watch *w, int for_ranks)
{
	const double waited = clock_seconds() - w->start;

	if (waited < SPIN)
		return GF_OK;
	if (waited < YIELD) {
		sched_yield();
		return GF_OK;
	}
	if (for_ranks) {
		nanosleep(&(struct timespec){0, w->nap}, NULL);
		w->nap = w->nap < NAP_LONGEST / 2 ? 2 * w->nap : NAP_LONGEST;
	} else {
		sched_yield();
	}
	return look_after(c, w);
}

gf_status comm_wait_for(gf_comm *c, int for_ranks, double seconds, int *done)
{
	struct watch w = {.start = clock_seconds(), .nap = NAP_FIRST, .leader = c->size};

	*done = 0;
	memset(c->heard, 0, c->size);
	for (;;) {
		for (size_t i = 0; i < TESTS && !*done; i++)
			if (c->transport->test(c->transport, done))
				return comm_end_transport(c);
		if (*done || clock_seconds() - w.start > seconds)
			return GF_OK;
		TRY(wait_a_little(c, &w, for_ranks));
	}
}

gf_status comm_wait(gf_comm *c, int for_ranks)
{
	const double start = clock_seconds();
	int done;
	const gf_status status = comm_wait_for(c, for_ranks, HUGE_VAL, &done);

	*(for_ranks ? &c->counters.waited : &c->counters.moved) += clock_seconds() - start;
	return status;
}
