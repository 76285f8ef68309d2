#include "peers.h"

#include "error.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const SCRIPTS[PEERS_MOST] = {
	"peer_torch.py", "peer_numpy.py", "peer_sklearn.py", "peer_pandas.py", "peer_polars.py"};

/* ---- lines ---- */

static void hang_up(struct peer *p)
{
	if (p->to)
		fclose(p->to);
	if (p->from)
		fclose(p->from);
	p->to = p->from = NULL;
	p->ready = 0;
}

/* Returns the text after "ok"; NULL: the peer answered otherwise, and answer says why. */
static const char *answer_of(struct peer *p, char *answer, size_t size)
{
	if (!p->from || !fgets(answer, (int)size, p->from)) {
		snprintf(answer, size, "it is gone");
		hang_up(p);
		return NULL;
	}
	answer[strcspn(answer, "\n")] = '\0';
	if (strncmp(answer, "ok", 2) == 0)
		return answer + (answer[2] == ' ' ? 3 : 2);
	memmove(answer, answer + 3, strlen(answer) < 3 ? 1 : strlen(answer) - 2);
	return NULL;
}

static const char *say(struct peer *p, const char *line, char *answer, size_t size)
{
	if (p->to) {
		fprintf(p->to, "%s\n", line);
		fflush(p->to);
	}
	return answer_of(p, answer, size);
}

/* ---- starting and ending ---- */

/* In the child process: makes the pipes its standard input and output, and becomes the script. */
static void become(const char *python, const char *script, int in, int out)
{
	dup2(in, 0);
	dup2(out, 1);
	unsetenv("OMP_WAIT_POLICY"); /* it is meant for our own threads: see the Makefile */
	execlp(python, python, script, (char *)NULL);
	_exit(127);
}

/* Peers that are started later must not hold the pipes of this one open. */
static FILE *open_end(int fd, const char *mode)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fdopen(fd, mode);
}

static int spawn(struct peer *p, const char *python, const char *script)
{
	int to[2], from[2];

	if (pipe(to) || pipe(from))
		return 0;
	p->pid = fork();
	if (p->pid == 0) {
		close(to[1]);
		close(from[0]);
		become(python, script, to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	p->to = open_end(to[1], "w");
	p->from = open_end(from[0], "r");
	return p->pid > 0;
}

static void start(struct peer *p, const char *python, const char *folder, const char *script)
{
	char path[4096], line[256];
	const char *name;

	snprintf(path, sizeof path, "%s/%s", folder, script);
	name = spawn(p, python, path) ? answer_of(p, line, sizeof line) : NULL;
	if (name)
		snprintf(p->name, sizeof p->name, "%.*s", (int)sizeof p->name - 1, name);
	else
		hang_up(p);
	printf("%s: %s\n", script, name ? name : line);
	fflush(stdout);
}

void peers_start_one(
	struct peers *peers, const char *python, const char *folder, const char *script)
{
	signal(SIGPIPE, SIG_IGN);
	start(peers->list + peers->count, python, folder, script);
	peers->count++;
}

void peers_start(struct peers *peers, const char *python, const char *folder)
{
	memset(peers, 0, sizeof *peers);
	while (peers->count < PEERS_MOST)
		peers_start_one(peers, python, folder, SCRIPTS[peers->count]);
}

void peers_stop(struct peers *peers)
{
	size_t i;

	for (i = 0; i < peers->count; i++) {
		hang_up(peers->list + i);
		if (peers->list[i].pid > 0)
			waitpid(peers->list[i].pid, NULL, 0);
	}
}

/* ---- work ---- */

static gf_status take_peer(void *self, double *seconds, gf_error *err)
{
	char line[512];
	const char *found = say(self, "go", line, sizeof line);

	if (!found)
		return gf_fail(err, GF_E_IO, "%s", line);
	*seconds = strtod(found, NULL);
	return GF_OK;
}

void peers_prepare(struct peers *peers, struct contest *c, const char *ask)
{
	char line[512], answer[512];
	size_t i;

	snprintf(line, sizeof line, "prepare %s", ask);
	for (i = 0; i < peers->count; i++) {
		struct peer *p = peers->list + i;
		const char *what = p->to && !p->ready ? say(p, line, answer, sizeof answer) : NULL;

		if (!what)
			continue;
		p->ready = 1;
		snprintf(p->label, sizeof p->label, "%s%s%.20s", p->name, *what ? " " : "", what);
		contest_add(c, p->label, PEER, take_peer, p);
	}
}

void peers_drop(struct peers *peers)
{
	char line[512];
	size_t i;

	for (i = 0; i < peers->count; i++)
		if (peers->list[i].to && peers->list[i].ready) {
			say(peers->list + i, "drop", line, sizeof line);
			peers->list[i].ready = 0;
		}
}
