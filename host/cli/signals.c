#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

/* timeout(1) sends its signal twice, to the program and to its group; who presses Ctrl-C again
 * has waited. */
enum { ONE_REQUEST = 2 /* seconds */ };

/* The only state that outlives a call: a signal handler can reach nothing else. */
static volatile sig_atomic_t interrupted, interrupted_at, pipe_closed;

static void note_interrupt(int number)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!interrupted) {
		interrupted = 1;
		interrupted_at = (sig_atomic_t)now.tv_sec;
	} else if (now.tv_sec - interrupted_at >= ONE_REQUEST) {
		signal(number, SIG_DFL);
		raise(number);
	}
}

static void note_pipe(int signal)
{
	(void)signal;
	pipe_closed = 1;
}

/* What our parent told us to ignore (nohup, a shell's "&") stays ignored. */
static void watch(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, before;

	sigemptyset(&action.sa_mask);
	if (sigaction(signal, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(signal, &action, NULL);
}

void signals_watch_interrupt(void)
{
	watch(SIGINT, note_interrupt, SA_RESTART);
	watch(SIGTERM, note_interrupt, SA_RESTART);
}

bool signals_interrupted(void)
{
	return interrupted;
}

void signals_watch_pipe(void)
{
	watch(SIGPIPE, note_pipe, SA_RESTART);
}

bool signals_pipe_closed(void)
{
	return pipe_closed;
}
