#include "streams.h"
#include "error.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { WRITER_BEGINS = 100 /* milliseconds that a pipe's writer has */ };

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

/* ---- pipes ---- */

bool is_pipe(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISFIFO(info.st_mode);
}

/* A blocking open could not be interrupted: a thread of its own waits for signals (signals.c). */
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
		if (signals_interrupted())
			return gf_fail(err, GF_E_INTERRUPTED,
				"%s: interrupted, and nobody reads this pipe: the model is not "
				"saved",
				path);
		nanosleep(&moment, NULL);
	}
	return GF_OK;
}

/* ---- terminal ---- */

bool terminal_rewrites(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

size_t terminal_columns(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}
