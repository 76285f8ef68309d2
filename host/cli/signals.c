#include "signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

/* timeout(1) sends its signal twice, to the program and to its group; who presses Ctrl-C again
 * has waited. */
enum { ONE_REQUEST = 2 /* seconds */ };

/* The only state that outlives a call: a signal handler can reach nothing else. Two threads (an
 * OpenCL driver has its own) can be in the handler at once, so when the first request came is one
 * atomic step: 0 for not yet, and else the second it came in. */
static atomic_int interrupted_at;
static volatile sig_atomic_t pipe_closed;

static void note_interrupt(int number)
{
	struct timespec now;
	int first = 0;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (atomic_compare_exchange_strong(&interrupted_at, &first, (int)now.tv_sec + 1))
		return;
	if (now.tv_sec + 1 - first >= ONE_REQUEST) {
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
	return interrupted_at != 0;
}

void signals_watch_pipe(void)
{
	watch(SIGPIPE, note_pipe, SA_RESTART);
}

bool signals_pipe_closed(void)
{
	return pipe_closed;
}
