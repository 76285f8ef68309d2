/* clock.h: the time, to measure how long something takes. */
#ifndef GF_CLOCK_H
#define GF_CLOCK_H

#include <time.h>

/* Seconds since a fixed moment.  They never decrease, even when the date is changed. */
static inline double clock_seconds(void)
{
	struct timespec now;

	/* This cannot fail: POSIX requires the clock since 2008. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
