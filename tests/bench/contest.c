#include "contest.h"

#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A turn repeats the work for this long. */
#define TURN_SECONDS 0.4

/* After its work the threads of a peer spin for a while, and would take a core from the next
 * one. */
static const struct timespec PAUSE = {.tv_nsec = 200000000};

void contest_add(struct contest *c, const char *name, int role, take *take, void *self)
{
	struct contestant *new = c->list + c->count;

	if (c->count == CONTESTANTS)
		return;
	memset(new, 0, sizeof *new);
	new->name = name;
	new->role = role;
	new->take = take;
	new->self = self;
	c->count++;
}

static gf_status turn(struct contestant *who, double *best, gf_error *err)
{
	const double start = clock_seconds();
	double seconds = 0.0;
	int i;

	for (i = 0; i < REPEATS_MOST && (i == 0 || clock_seconds() - start < TURN_SECONDS); i++) {
		gf_status status = who->take(who->self, &seconds, err);

		if (status)
			return status;
		if (i == 0 || seconds < *best)
			*best = seconds;
	}
	return GF_OK;
}

static void leaves(struct contest *c, size_t i)
{
	c->count--;
	memmove(c->list + i, c->list + i + 1, (c->count - i) * sizeof *c->list);
}

static gf_status all_take_turns(struct contest *c, size_t t, gf_error *err)
{
	size_t i = 0;

	while (i < c->count) {
		struct contestant *who = c->list + i;
		gf_error why = {0};
		gf_status status = turn(who, who->seconds + t, &why);

		if (status && who->role != PEER) {
			if (err)
				*err = why;
			return status;
		}
		if (who->role == PEER)
			nanosleep(&PAUSE, NULL);
		if (status) {
			fprintf(stderr, "bench: %s is out: %s\n", who->name, why.message);
			leaves(c, i);
		} else {
			i++;
		}
	}
	return GF_OK;
}

gf_status contest_run(struct contest *c, gf_error *err)
{
	gf_status status = GF_OK;
	size_t t;

	nanosleep(&PAUSE, NULL);
	for (t = 0; t < c->turns && !status; t++)
		status = all_take_turns(c, t, err);
	return status;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct spread spread_of(const double *values, size_t count)
{
	double sorted[TURNS_MOST];

	memcpy(sorted, values, count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, by_value);
	return (struct spread){sorted[0], sorted[count / 2], sorted[count - 1]};
}

struct spread contest_ahead(const struct contest *c, const struct contestant *other)
{
	double times[TURNS_MOST];
	size_t t;

	for (t = 0; t < c->turns; t++)
		times[t] = other->seconds[t] / c->list[0].seconds[t];
	return spread_of(times, c->turns);
}

static double apart(const struct contest *c, const struct contestant *who)
{
	const struct spread s = spread_of(who->seconds, c->turns);

	return s.high / s.low - 1.0;
}

double contest_noise(const struct contest *c, const struct contestant *other)
{
	return apart(c, c->list) + apart(c, other);
}

int contest_too_fast(const struct contest *c)
{
	size_t i;

	for (i = 1; i < c->count && c->turns > 1; i++)
		if (c->list[i].role == BOUND &&
			contest_ahead(c, c->list + i).median > 1.0 + contest_noise(c, c->list + i))
			return 1;
	return 0;
}
