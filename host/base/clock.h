/* clock.h: how long things take. */
#ifndef GF_CLOCK_H
#define GF_CLOCK_H

#include <time.h>

/* Seconds since some fixed moment; never goes back, whatever happens to the date. */
static inline double clock_seconds(void)
{
	struct timespec now;

	/* Cannot fail: POSIX since 2008 requires this clock of Linux and macOS alike. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
