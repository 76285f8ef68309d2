#define _GNU_SOURCE /* pipe2 */
#include "decompress.h"
#include "data_report.h"
#include "error.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- the programs ---- */

struct compression {
	const char *magic; /* (length) the file's first bytes */
	size_t length;
	const char *name;         /* of the format */
	const char *package;      /* that has the program, in Debian and Ubuntu */
	const char *arguments[4]; /* of the program, which is the first; it reads standard input */
};

/* --long=31 lets zstd use as much memory as files of zstd --long need. */
static const struct compression COMPRESSIONS[] = {
	{"\x28\xb5\x2f\xfd", 4, "zstd", "zstd", {"zstd", "-dcq", "--long=31", NULL}},
	{"\xfd\x37zXZ", 6, "xz", "xz-utils", {"xz", "-dc", NULL}},
	{"BZh", 3, "bzip2", "bzip2", {"bzip2", "-dc", NULL}},
	{"\x04\x22\x4d\x18", 4, "lz4", "lz4", {"lz4", "-dc", NULL}},
	{"\x1f\x9d", 2, "compress", "gzip", {"gzip", "-dc", NULL}},
};

const struct compression *compression_of(const char *bytes, size_t count)
{
	for (size_t i = 0; i < sizeof COMPRESSIONS / sizeof *COMPRESSIONS; i++) {
		const struct compression *c = &COMPRESSIONS[i];

		if (count >= c->length && memcmp(bytes, c->magic, c->length) == 0)
			return c;
	}
	return NULL;
}

/* ---- the process ---- */

enum { FEED_BYTES = 1 << 20, LOG_BYTES = 1024 };

struct decompressor {
	const struct compression *compression; /* borrowed */
	const char *name;                      /* borrowed; the file as messages name it */
	pid_t pid;                             /* 0: not started, or waited for */
	int in;       /* a socket to its standard input; -1: it reads the file itself */
	int out, log; /* pipes from its standard output and standard error; -1: closed */
	int ended;    /* out has no more bytes */
	char words[LOG_BYTES + 1]; /* (word_bytes) the beginning of what came from log */
	size_t word_bytes;
	gzFile file;                 /* borrowed; the rest of what goes to in */
	char *feed;                  /* owned; (FEED_BYTES) or NULL */
	size_t feed_begin, feed_end; /* of the bytes in feed that have not been sent */
};

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static gf_status fail_call(const struct decompressor *d, const char *call, int code, gf_error *err)
{
	return gf_fail(err, GF_E_IO, "%s: %s, to run %s: %s", d->name, call,
		d->compression->arguments[0], strerror(code));
}

static gf_status open_pipe(struct decompressor *d, int *from, int *to, gf_error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return fail_call(d, "pipe2", errno, err);
	*from = ends[0];
	*to = ends[1];
	return GF_OK;
}

/* A socket, unlike a pipe, can be written to without SIGPIPE where the program has ended. */
static gf_status open_socket(struct decompressor *d, int *from, gf_error *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return fail_call(d, "socketpair", errno, err);
	d->in = ends[0];
	*from = ends[1];
	return GF_OK;
}

/* The process inherits blocked signals: a Ctrl-C that the caller has blocked, to end in order,
 * must not end the process before the caller. */
static int spawn(struct decompressor *d, const int standard[3])
{
	char *const *arguments = (char *const *)(uintptr_t)d->compression->arguments;
	posix_spawn_file_actions_t actions;
	int code = posix_spawn_file_actions_init(&actions);

	if (code)
		return code;
	for (int i = 0; i < 3 && !code; i++)
		code = posix_spawn_file_actions_adddup2(&actions, standard[i], i);
	if (!code)
		code = posix_spawnp(&d->pid, arguments[0], &actions, NULL, arguments, environ);
	if (code)
		d->pid = 0;
	posix_spawn_file_actions_destroy(&actions);
	return code;
}

static gf_status start(struct decompressor *d, const int standard[3], gf_error *err)
{
	const struct compression *c = d->compression;
	int code = spawn(d, standard);

	if (code == ENOENT)
		return gf_fail(err, GF_E_NOINPUT,
			"%s: is compressed by %s, and the program %s, which reads that, is not "
			"installed (Debian and Ubuntu: apt install %s)",
			d->name, c->name, c->arguments[0], c->package);
	return code ? fail_call(d, "posix_spawnp", code, err) : GF_OK;
}

static gf_status open_ends(struct decompressor *d, int fd, int standard[3], gf_error *err)
{
	TRY(open_pipe(d, &d->out, &standard[1], err));
	TRY(open_pipe(d, &d->log, &standard[2], err));
	if (fd < 0)
		TRY(open_socket(d, &standard[0], err));
	return start(d, (const int[3]){fd < 0 ? standard[0] : fd, standard[1], standard[2]}, err);
}

/* Keeps the bytes of a pipe that have been read already. */
static gf_status keep_first(struct decompressor *d, const struct compressed *from, gf_error *err)
{
	if (from->fd >= 0)
		return GF_OK;
	d->feed = malloc(FEED_BYTES);
	if (!d->feed || from->count > FEED_BYTES)
		return gf_fail_memory(err, FEED_BYTES, d->name);
	memcpy(d->feed, from->first, from->count);
	d->feed_end = from->count;
	return GF_OK;
}

gf_status decompressor_open(struct decompressor **d, const struct compression *compression,
	const struct compressed *from, gf_error *err)
{
	int standard[3] = {-1, -1, -1};
	struct decompressor *made = calloc(1, sizeof *made);
	gf_status status;

	*d = made;
	if (!made)
		return gf_fail_memory(err, sizeof *made, from->name);
	*made = (struct decompressor){.compression = compression,
		.name = from->name,
		.in = -1,
		.out = -1,
		.log = -1,
		.file = from->file};
	status = keep_first(made, from, err);
	if (!status)
		status = open_ends(made, from->fd, standard, err);
	/* The process has its own copies: with ours open, its end would not be seen. */
	for (int i = 0; i < 3; i++)
		close_end(&standard[i]);
	return status;
}

/* ---- its input ---- */

/* Reads more of a pipe into feed. */
static gf_status refill(struct decompressor *d, gf_error *err)
{
	int count = gzread(d->file, d->feed, FEED_BYTES);

	if (count < 0)
		return gf_fail(err, GF_E_IO, "%s: %s", d->name, strerror(errno));
	d->feed_begin = 0;
	d->feed_end = (size_t)count;
	return GF_OK;
}

/* Sends what the socket takes without waiting.  If the process has ended, its exit status will say
 * why. */
static gf_status send_some(struct decompressor *d, gf_error *err)
{
	ssize_t count;

	if (d->feed_begin == d->feed_end)
		TRY(refill(d, err));
	if (d->feed_begin == d->feed_end) {
		close_end(&d->in);
		return GF_OK;
	}
	count = send(d->in, d->feed + d->feed_begin, d->feed_end - d->feed_begin,
		MSG_NOSIGNAL | MSG_DONTWAIT);
	if (count > 0)
		d->feed_begin += (size_t)count;
	else if (errno != EAGAIN && errno != EINTR)
		close_end(&d->in);
	return GF_OK;
}

/* ---- its output ---- */

static gf_status read_output(
	struct decompressor *d, void *bytes, size_t room, size_t *got, gf_error *err)
{
	ssize_t count = read(d->out, bytes, room);

	if (count < 0 && errno != EINTR)
		return fail_call(d, "read", errno, err);
	d->ended = count == 0;
	*got += count > 0 ? (size_t)count : 0;
	return GF_OK;
}

/* Keeps the first of its words, and reads the others so that it need not wait. */
static gf_status read_log(struct decompressor *d, gf_error *err)
{
	char bytes[LOG_BYTES];
	size_t room = LOG_BYTES - d->word_bytes;
	ssize_t count = read(d->log, bytes, sizeof bytes);

	if (count < 0 && errno != EINTR)
		return fail_call(d, "read", errno, err);
	if (count == 0)
		close_end(&d->log);
	if (count <= 0)
		return GF_OK;
	room = room < (size_t)count ? room : (size_t)count;
	memcpy(d->words + d->word_bytes, bytes, room);
	d->word_bytes += room;
	return GF_OK;
}

/* Waits until one of its ends is ready, and serves those that are. */
static gf_status serve(struct decompressor *d, void *bytes, size_t room, size_t *got, gf_error *err)
{
	struct pollfd ends[] = {{.fd = d->out, .events = POLLIN}, {.fd = d->log, .events = POLLIN},
		{.fd = d->in, .events = POLLOUT}};

	if (poll(ends, 3, -1) < 0)
		return errno == EINTR ? GF_OK : fail_call(d, "poll", errno, err);
	if (ends[2].revents)
		TRY(send_some(d, err));
	if (ends[1].revents)
		TRY(read_log(d, err));
	return ends[0].revents ? read_output(d, bytes, room, got, err) : GF_OK;
}

/* ---- its end ---- */

/* The first of its lines that is not empty. */
static const char *first_line(struct decompressor *d)
{
	char *line = d->words + strspn(d->words, "\r\n");

	line[strcspn(line, "\r\n")] = '\0';
	return *line ? line : "it does not say why";
}

static gf_status await(struct decompressor *d, int *status, gf_error *err)
{
	pid_t pid = d->pid;

	d->pid = 0;
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return fail_call(d, "waitpid", errno, err);
	return GF_OK;
}

static gf_status conclude(struct decompressor *d, gf_error *err)
{
	const char *program = d->compression->arguments[0];
	char reason[LOG_BYTES];
	int status = 0;

	while (d->log >= 0)
		TRY(read_log(d, err));
	close_end(&d->in);
	TRY(await(d, &status, err));
	if (WIFSIGNALED(status))
		return report_error(line_place(d->name, 0), err, "%s was ended by signal %d",
			program, WTERMSIG(status));
	if (WEXITSTATUS(status) == 0)
		return GF_OK;
	clean_text(reason, sizeof reason, first_line(d));
	return report_error(
		line_place(d->name, 0), err, "%s cannot decompress it: %s", program, reason);
}

gf_status decompressor_read(
	struct decompressor *d, void *bytes, size_t room, size_t *got, gf_error *err)
{
	*got = 0;
	while (*got < room && !d->ended)
		TRY(serve(d, (char *)bytes + *got, room - *got, got, err));
	return d->ended && d->pid ? conclude(d, err) : GF_OK;
}

void decompressor_close(struct decompressor *d)
{
	int status;

	if (!d)
		return;
	close_end(&d->in);
	close_end(&d->out);
	close_end(&d->log);
	if (d->pid) {
		kill(d->pid, SIGKILL);
		await(d, &status, NULL);
	}
	free(d->feed);
	free(d);
}
