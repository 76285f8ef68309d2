/* gnuplot_process.c: runs gnuplot (gnuplot.h). */
#include "gnuplot.h"
#include "error.h"
#include "process.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* A process of gnuplot.  Files, not pipes: neither side ever waits for the other to read. */
struct child {
	FILE *script, *said; /* owned: temporary files without names */
	FILE *drawing;       /* borrowed: where it draws */
	pid_t pid;
};

/* A process that runs on these files as its standard input, output and error.  Returns an errno.
 * Signals that the program blocks or ignores are gnuplot's to die from. */
static int spawn_on(const int files[3], pid_t *pid)
{
	char *const arguments[] = {(char[]){"gnuplot"}, (char[]){"-d"}, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int code;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	for (int i = 0; i < 3; i++)
		posix_spawn_file_actions_adddup2(&actions, files[i], i);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	code = posix_spawnp(pid, "gnuplot", &actions, &attributes, arguments, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return code;
}

/* Where the user closed a standard stream, a file has its descriptor: others stand in for those. */
static int spawn(struct child *child)
{
	FILE *const streams[3] = {child->script, child->drawing, child->said};
	int files[3], code;

	for (int i = 0; i < 3; i++)
		files[i] = fcntl(fileno(streams[i]), F_DUPFD_CLOEXEC, 3);
	code = spawn_on(files, &child->pid);
	for (int i = 0; i < 3; i++)
		if (files[i] >= 0)
			close(files[i]);
	return code;
}

/* Waits for the process to end, or for the user to ask to stop, which ends it. */
static gf_status await(const struct child *child, const char *path, int *ending, gf_error *err)
{
	static const struct timespec moment = {.tv_nsec = 5000000};
	const bool asked_before = interrupt_requested();

	while (waitpid(child->pid, ending, WNOHANG) == 0) {
		if (interrupt_requested() && !asked_before) {
			kill(child->pid, SIGTERM);
			waitpid(child->pid, ending, 0);
			return gf_fail(err, GF_E_INTERRUPTED, "%s: interrupted: not drawn", path);
		}
		nanosleep(&moment, NULL);
	}
	return GF_OK;
}

/* The last line that gnuplot wrote to its standard error says what was wrong. */
static void last_line(FILE *said, char *line, size_t room)
{
	char *next = NULL;
	size_t next_room = 0;

	*line = '\0';
	rewind(said);
	while (getline(&next, &next_room, said) > 0) {
		const char *text = next + strspn(next, " \t\n");

		if (*text)
			clean_text(line, room, text);
		next[0] = '\0';
	}
	if (strlen(line) > 1 && strcmp(line + strlen(line) - 2, "\\n") == 0)
		line[strlen(line) - 2] = '\0';
	free(next);
}

static gf_status judge(const struct child *child, int ending, const char *path, gf_error *err)
{
	char line[512];

	last_line(child->said, line, sizeof line);
	if (WIFSIGNALED(ending))
		return gf_fail(err, GF_E_CANTCREATE, "%s: cannot draw: gnuplot was ended by: %s",
			path, strsignal(WTERMSIG(ending)));
	if (!WIFEXITED(ending) || WEXITSTATUS(ending) != 0)
		return gf_fail(err, GF_E_CANTCREATE,
			"%s: cannot draw: gnuplot failed (exit status %d)%s%s", path,
			WEXITSTATUS(ending), *line ? ": " : "", line);
	return GF_OK;
}

static gf_status run(struct child *child, const struct gnuplot *g, gf_error *err)
{
	int code, ending = 0;

	if (fwrite(g->text, 1, g->length, child->script) != g->length ||
		fflush(child->script) != 0 || fseek(child->script, 0, SEEK_SET) != 0)
		return gf_fail(err, GF_E_IO, "%s: cannot write a temporary file for gnuplot: %s",
			g->path, strerror(errno));
	signal(SIGCHLD, SIG_DFL); /* else an ending would be lost where the parent ignores it */
	code = spawn(child);
	if (code == ENOENT)
		return gf_fail(
			err, GF_E_CANTCREATE, "%s: cannot draw: %s", g->path, gnuplot_missing);
	if (code)
		return gf_fail(err, GF_E_CANTCREATE, "%s: cannot draw: cannot start gnuplot: %s",
			g->path, strerror(code));
	TRY(await(child, g->path, &ending, err));
	return judge(child, ending, g->path, err);
}

gf_status gnuplot_run(const struct gnuplot *g, FILE *drawing, gf_error *err)
{
	struct child child = {.script = tmpfile(), .said = tmpfile(), .drawing = drawing};
	gf_status status;

	if (child.script && child.said)
		status = run(&child, g, err);
	else
		status = gf_fail(err, GF_E_IO, "%s: cannot create a temporary file for gnuplot: %s",
			g->path, strerror(errno));
	if (child.script)
		fclose(child.script);
	if (child.said)
		fclose(child.said);
	return status;
}
