#define _DEFAULT_SOURCE /* wait4 */
#include "processes.h"

#include "clock.h"
#include "error.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void become(const struct process *p, int out)
{
	dup2(out, 1);
	execvp(p->argv[0], (char *const *)p->argv);
	_exit(127);
}

/* To its end, so that it need not wait; what there is no room for is left out. */
static void read_output(struct process *p, int from)
{
	char rest[4096];
	size_t filled = 0;
	ssize_t some;

	do {
		const size_t room = sizeof p->output - 1 - filled;

		some = room ? read(from, p->output + filled, room) : read(from, rest, sizeof rest);
		filled += some > 0 && room ? (size_t)some : 0;
	} while (some > 0);
	p->output[filled] = '\0';
}

gf_status process_take(void *process, double *seconds, gf_error *err)
{
	struct process *p = process;
	const double start = clock_seconds();
	struct rusage usage = {0};
	int pipe_ends[2], status = -1;
	pid_t pid;

	if (pipe(pipe_ends))
		return gf_fail(err, GF_E_IO, "no pipe");
	pid = fork();
	if (pid == 0) {
		close(pipe_ends[0]);
		become(p, pipe_ends[1]);
	}
	close(pipe_ends[1]);
	read_output(p, pipe_ends[0]);
	close(pipe_ends[0]);
	if (pid > 0)
		wait4(pid, &status, 0, &usage);
	*seconds = clock_seconds() - start;
	p->peak_kib = (double)usage.ru_maxrss;
	return status ? gf_fail(err, GF_E_IO, "%s: wait status %d", p->argv[0], status) : GF_OK;
}
