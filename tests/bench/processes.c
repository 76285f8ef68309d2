#define _DEFAULT_SOURCE /* wait4 */
#include "processes.h"

#include "clock.h"
#include "error.h"

#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Without fork, which takes milliseconds in a process of this size.  The output goes to ends[1]. */
static int start_process(const struct process *p, const int *ends, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int failed = posix_spawn_file_actions_init(&actions);

	if (failed)
		return failed;
	failed = posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	if (!failed)
		failed = posix_spawn_file_actions_addclose(&actions, ends[0]);
	if (!failed)
		failed = posix_spawnp(
			pid, p->argv[0], &actions, NULL, (char *const *)p->argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

/* Reads to the end, so that the process need not wait; what does not fit is left out. */
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
	int ends[2], status = -1, failed;
	pid_t pid = -1;

	if (pipe(ends))
		return gf_fail(err, GF_E_IO, "no pipe");
	failed = start_process(p, ends, &pid);
	close(ends[1]);
	read_output(p, ends[0]);
	close(ends[0]);
	if (!failed)
		wait4(pid, &status, 0, &usage);
	*seconds = clock_seconds() - start;
	p->peak_kib = (double)usage.ru_maxrss;
	return status ? gf_fail(err, GF_E_IO, "%s: wait status %d", p->argv[0], status) : GF_OK;
}
