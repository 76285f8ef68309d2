#include "signals.h"
#include "clock.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* Signals this close together, in seconds, are one request: timeout(1) sends its signal twice, to
 * the program and to its group, and a user who presses Ctrl-C again waits longer. */
static const double one_request = 1.0;

/* Globals, because nothing can be passed to a signal handler. */
static atomic_bool interrupted;
static volatile sig_atomic_t pipe_closed;
static sigset_t requests; /* written before the thread that waits for them starts */

/* Ends the program as the signal does by default. */
static void end_by(int number)
{
	sigset_t only;

	sigemptyset(&only);
	sigaddset(&only, number);
	signal(number, SIG_DFL);
	pthread_sigmask(SIG_UNBLOCK, &only, NULL);
	raise(number);
}

static void *await_requests(void *unused)
{
	double first = 0;
	int number;

	(void)unused;
	while (sigwait(&requests, &number) == 0) {
		if (!interrupted)
			first = clock_seconds();
		else if (clock_seconds() - first >= one_request)
			end_by(number);
		interrupted = true;
	}
	return NULL;
}

/* A signal that the parent process ignores, as nohup and a shell's "&" do, stays ignored. */
static bool is_ignored(int signal)
{
	struct sigaction now;

	return sigaction(signal, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* A handler would not do, because a driver may replace it: LLVM, which PoCL uses, installs one that
 * lasts for one signal, and the second of a pair then ends the program.  So the signals are blocked
 * in every thread, and one thread waits for them.  Without that thread they end the program. */
void signals_watch_interrupt(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	pthread_t thread;

	sigemptyset(&requests);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (!is_ignored(numbers[i]))
			sigaddset(&requests, numbers[i]);
	pthread_sigmask(SIG_BLOCK, &requests, NULL);
	if (pthread_create(&thread, NULL, await_requests, NULL) == 0)
		pthread_detach(thread);
	else
		pthread_sigmask(SIG_UNBLOCK, &requests, NULL);
}

bool signals_interrupted(void)
{
	return interrupted;
}

static void note_pipe(int signal)
{
	(void)signal;
	pipe_closed = 1;
}

void signals_watch_pipe(void)
{
	struct sigaction action = {.sa_handler = note_pipe, .sa_flags = SA_RESTART};

	sigemptyset(&action.sa_mask);
	if (!is_ignored(SIGPIPE))
		sigaction(SIGPIPE, &action, NULL);
}

bool signals_pipe_closed(void)
{
	return pipe_closed;
}

void signals_end_by_pipe(void)
{
	end_by(SIGPIPE);
}
