/* clock.h: how long things take. */
#ifndef GF_CLOCK_H
#define GF_CLOCK_H

/* Seconds since some fixed moment; never goes back, whatever happens to the date. */
double clock_seconds(void);

#endif
