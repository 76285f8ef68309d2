#include "pipe.h"
#include "error.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static bool is_pipe(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISFIFO(info.st_mode);
}

/* An open that waits cannot be interrupted: signals go to a thread of their own (signals.c). */
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
