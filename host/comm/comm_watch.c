#include "clock.h"
#include "comm_state.h"

#include <sched.h>
#include <time.h>

/* A rank that has waited for SPIN seconds gives its core away between two looks, and after YIELD
 * seconds sleeps, longer each time, up to NAP_LONGEST. */
#define SPIN        20e-6
#define YIELD       200e-6
#define NAP_LONGEST 500000L /* nanoseconds */

static void nap(double waited, int for_ranks, long *nanoseconds)
{
	if (waited < SPIN)
		return;
	if (waited < YIELD || !for_ranks) {
		sched_yield();
		return;
	}
	nanosleep(&(struct timespec){0, *nanoseconds}, NULL);
	*nanoseconds = *nanoseconds < NAP_LONGEST / 2 ? *nanoseconds * 2 : NAP_LONGEST;
}

gf_status comm_wait(gf_comm *c, int for_ranks)
{
	const double start = clock_seconds();
	long nanoseconds = 20000;

	for (;;) {
		int done = 0;

		if (c->transport->test(c->transport, &done))
			return comm_end(c, COMM_LOST, GF_E_RANK, "%s", c->transport->text);
		if (done)
			break;
		nap(clock_seconds() - start, for_ranks, &nanoseconds);
	}
	if (!for_ranks)
		c->counters.moved += clock_seconds() - start;
	return GF_OK;
}
