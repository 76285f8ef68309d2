#include "process.h"
#include "clock.h"
#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- the request to stop ---- */

/* Signals this close together, in seconds, are one request: timeout(1) sends its signal twice, to
 * the program and to its group, and a user who presses Ctrl-C again waits longer. */
static const double one_request = 1.0;

/* Globals, because nothing can be passed to a signal handler. */
static atomic_int requested; /* the first signal; 0: none came */
static volatile sig_atomic_t pipe_closed;
static sigset_t requests; /* the signals that ask to stop; set before their thread starts */

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
		if (!requested) {
			first = clock_seconds();
			requested = number;
		} else if (clock_seconds() - first >= one_request) {
			end_by(number);
		}
	}
	return NULL;
}

/* A signal that the parent process ignores, as nohup and a shell's "&" do, stays ignored. */
static bool is_ignored(int number)
{
	struct sigaction now;

	return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* A handler would not do, because a driver may replace it: LLVM, which PoCL uses, installs one that
 * lasts for one signal, and the second of a pair then ends the program.  So the signals are blocked
 * in every thread, and one thread waits for them.  Without that thread they end the program. */
void interrupt_watch(void)
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

bool interrupt_requested(void)
{
	return requested != 0;
}

int interrupt_signal(void)
{
	return requested;
}

/* ---- pipes ---- */

enum { WRITER_BEGINS = 100 /* milliseconds that a pipe's writer has */ };

static void note_pipe(int signal)
{
	(void)signal;
	pipe_closed = 1;
}

void pipe_watch(void)
{
	struct sigaction action = {.sa_handler = note_pipe, .sa_flags = SA_RESTART};

	sigemptyset(&action.sa_mask);
	if (!is_ignored(SIGPIPE))
		sigaction(SIGPIPE, &action, NULL);
}

bool pipe_is_closed(void)
{
	return pipe_closed;
}

bool output_has_no_reader(void)
{
	struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};

	return poll(&output, 1, 0) == 1 && (output.revents & POLLERR);
}

void end_by_closed_pipe(void)
{
	end_by(SIGPIPE);
}

bool unread_input(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	struct stat info;
	int bytes = 0;

	if (fstat(STDIN_FILENO, &info) != 0)
		return false;
	if (S_ISREG(info.st_mode)) {
		off_t at = lseek(STDIN_FILENO, 0, SEEK_CUR);

		return at >= 0 && at < info.st_size;
	}
	if (!S_ISFIFO(info.st_mode) && !S_ISSOCK(info.st_mode))
		return false;
	return poll(&input, 1, WRITER_BEGINS) == 1 && ioctl(STDIN_FILENO, FIONREAD, &bytes) == 0 &&
	       bytes > 0;
}

bool is_pipe(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISFIFO(info.st_mode);
}

/* A blocking open could not be interrupted: a thread of its own waits for signals. */
gf_status pipe_await(const char *path, int *held, gf_error *err)
{
	static const struct timespec moment = {.tv_nsec = 20000000};

	*held = -1;
	if (!is_pipe(path))
		return GF_OK;
	while ((*held = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0) {
		if (errno != ENXIO)
			return gf_fail(
				err, GF_E_CANTCREATE, "%s: cannot open: %s", path, strerror(errno));
		if (interrupt_requested())
			return gf_fail(err, GF_E_INTERRUPTED,
				"%s: interrupted, and nobody reads this pipe: the model is not "
				"saved",
				path);
		nanosleep(&moment, NULL);
	}
	return GF_OK;
}

/* ---- the terminal ---- */

bool terminal_rewrites(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

/* The first of these that is set decides, as setlocale(3) has it. */
static const char *character_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return "C";
}

bool terminal_has_blocks(void)
{
	const char *term = getenv("TERM"), *locale = character_locale();
	const char *encoding = strchr(locale, '.');

	return term && strcmp(term, "linux") != 0 && encoding &&
	       (strncasecmp(encoding, ".utf-8", 6) == 0 || strncasecmp(encoding, ".utf8", 5) == 0);
}

size_t terminal_columns(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}
