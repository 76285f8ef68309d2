#include "mpi_ranks.h"
#include "error.h"
#include "format.h"
#include "gpufitcl_comm.h"
#include "json.h"
#include "message.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* ---- what mpirun says in the environment ---- */

struct launcher {
	const char *mpi, *size, *rank, *host_rank; /* names of variables */
};

/* The first whose size is set started this process: mpirun may itself run in a step of Slurm. */
static const struct launcher LAUNCHERS[] = {
	{"Open MPI", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK"},
	{"MPICH", "PMI_SIZE", "PMI_RANK", "MPI_LOCALRANKID"},
	{"Slurm", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "SLURM_LOCALID"},
};

static size_t number_of(const char *variable)
{
	const char *const text = getenv(variable);

	return text ? strtoul(text, NULL, 10) : 0;
}

/* The launcher of several processes that started this one; NULL: there is none. */
static const struct launcher *launcher(void)
{
	for (size_t i = 0; i < sizeof LAUNCHERS / sizeof *LAUNCHERS; i++)
		if (number_of(LAUNCHERS[i].size) > 0)
			return number_of(LAUNCHERS[i].size) > 1 ? &LAUNCHERS[i] : NULL;
	return NULL;
}

/* ---- silence ---- */

static int hushed = -1; /* standard error, while the rank is silent; -1: it is not */

static void point_at_nothing(int fd)
{
	const int nothing = open("/dev/null", O_WRONLY);

	if (nothing >= 0) {
		dup2(nothing, fd);
		close(nothing);
	}
}

void mpi_ranks_hush(int argc, char **argv)
{
	const struct launcher *const by = launcher();
	bool wanted = false;

	for (int i = 0; i < argc; i++)
		wanted |= strcmp(argv[i], "--mpi") == 0 || strncmp(argv[i], "--mpi=", 6) == 0;
	if (!wanted || !by || number_of(by->rank) == 0)
		return;
	fflush(stderr);
	hushed = dup(STDERR_FILENO);
	if (hushed >= 0)
		point_at_nothing(STDERR_FILENO);
}

static void speak(void)
{
	if (hushed < 0)
		return;
	fflush(stderr);
	dup2(hushed, STDERR_FILENO);
	close(hushed);
	hushed = -1;
}

/* Nothing but an error that no other rank prints leaves a rank other than 0. */
static void be_quiet(struct options *o)
{
	static const enum option dropped[] = {
		OPT_VERBOSE, OPT_TRACE, OPT_EXPLAIN, OPT_LOG, OPT_LOG_PARAMS, OPT_PLOT};

	fflush(stdout);
	point_at_nothing(STDOUT_FILENO);
	for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
		o->given[dropped[i]] = false;
	o->given[OPT_QUIET] = o->given[OPT_NO_PROGRESS] = true;
	o->output = o->export = o->log = o->plot = o->timeline = o->emit_pytorch = NULL;
}

/* ---- the plugin ---- */

#define PLUGIN "gpufit-mpi.so"

/* Looks for the plugin beside the program, and in the lib beside the program's bin; else the system
 * looks for it. */
static const char *find_plugin(const char *name, char path[PATH_MAX])
{
	static const char *const places[] = {"", "../lib/"};
	char program[PATH_MAX - 32];
	const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);

	if (strcmp(name, PLUGIN) != 0 || length <= 0)
		return name;
	program[length] = '\0';
	*(strrchr(program, '/') + 1) = '\0';
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		snprintf(path, PATH_MAX, "%s%s%s", program, places[i], PLUGIN);
		if (access(path, F_OK) == 0)
			return path;
	}
	return name;
}

static gf_status open_comm(struct options *o, gf_error *err)
{
	char path[PATH_MAX];
	gf_comm_options options;

	gf_comm_options_default(&options);
	options.plugin = find_plugin(o->mpi, path);
	if (o->given[OPT_RANK_TIMEOUT])
		options.rank_timeout = o->rank_timeout;
	return gf_comm_open(&o->config.comm, &options, err);
}

/* A plugin of another MPI than mpirun's knows nothing of the other processes. */
static int check_size(const struct options *o)
{
	const struct launcher *const by = launcher();

	if (!by || gf_comm_size(o->config.comm) > 1)
		return 0;
	say("%s started %zu processes, but the plugin %s was made for %s, which sees one: make it "
	    "anew, with the mpicc of that mpirun: make mpi MPICC=...",
		by->mpi, number_of(by->size), o->mpi, gf_comm_library(o->config.comm));
	return EX_UNAVAILABLE;
}

/* ---- devices ---- */

/* Item number `rank` of a list such as "0,1", modulo its length. */
static const char *item_of(const char *list, size_t rank, char *item, size_t room)
{
	size_t count = 1;

	for (const char *c = list; *c; c++)
		count += *c == ',';
	for (rank %= count; rank > 0; rank--)
		list = strchr(list, ',') + 1;
	snprintf(item, room, "%.*s", (int)strcspn(list, ","), list);
	return item;
}

/* The ranks of a host share out its devices of the kind that one process would take. */
static void choose_device(struct options *o)
{
	const size_t rank = gf_comm_host_rank(o->config.comm);
	gf_device_info best, *list = NULL;
	size_t count = 0, of_kind = 0, wanted;

	if (o->config.device) {
		o->config.device =
			item_of(o->config.device, rank, o->device_text, sizeof o->device_text);
		return;
	}
	if (rank == 0 || gf_device_find(&best, NULL, NULL) || gf_device_list(&list, &count, NULL))
		return; /* the training says what is wrong */
	for (size_t i = 0; i < count; i++)
		of_kind += strcmp(list[i].type, best.type) == 0;
	wanted = of_kind ? rank % of_kind : 0;
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].type, best.type) == 0 && wanted-- == 0)
			snprintf(o->device_text, sizeof o->device_text, "%zu", list[i].index);
	gf_device_list_free(list);
	if (o->device_text[0])
		o->config.device = o->device_text;
}

/* ---- standard input, which mpirun gives to rank 0 alone ---- */

static bool is_input(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

static bool reads_input(const struct options *o)
{
	bool reads = is_input(o->read.labels) || is_input(o->validation_file);

	for (size_t i = 0; i < o->operand_count; i++)
		reads |= is_input(o->operands[i]);
	return reads;
}

/* A copy of it, without a name, becomes the standard input of each rank. */
static gf_status share_input(const struct options *o, gf_error *err)
{
	gf_comm *const comm = o->config.comm;
	FILE *const copy = tmpfile();
	gf_status status;

	if (!copy)
		return gf_fail(err, GF_E_CANTCREATE,
			"cannot create a file for standard input, of which each rank has a copy: "
			"%s",
			strerror(errno));
	status = gf_comm_copy(comm, gf_comm_rank(comm) == 0 ? stdin : NULL, copy, err);
	if (!status && (lseek(fileno(copy), 0, SEEK_SET) || dup2(fileno(copy), STDIN_FILENO) < 0))
		status = gf_fail(err, GF_E_IO, "the copy of standard input: %s", strerror(errno));
	fclose(copy);
	return status;
}

/* ---- what the ranks did ---- */

static size_t count_hosts(const gf_comm *comm)
{
	size_t count = 0;

	for (size_t r = 0; r < gf_comm_size(comm); r++) {
		size_t before = 0;

		while (strcmp(gf_comm_host(comm, before), gf_comm_host(comm, r)) != 0)
			before++;
		count += before == r;
	}
	return count;
}

static void say_ranks(const gf_comm *comm)
{
	const size_t ranks = gf_comm_size(comm), hosts = count_hosts(comm);

	say("%s: %s on %s", gf_comm_library(comm), format_count(ranks, "rank").text,
		format_count(hosts, "host").text);
}

void mpi_ranks_say(const gf_config *config)
{
	const gf_comm_counters n = gf_comm_count(config->comm);

	if (!config->comm)
		return;
	say("rank 0 gave %s in %s, and got %s: it waited %s for ranks and %s for bytes",
		format_bytes(n.given).text, format_count(n.calls, "exchange").text,
		format_bytes(n.got).text, format_seconds(n.waited).text,
		format_seconds(n.moved).text);
}

json_t *mpi_ranks_json(const gf_comm *comm)
{
	const gf_comm_counters n = gf_comm_count(comm);
	json_t *json = json_object();

	json_object_set_new(json, "count", json_integer((json_int_t)n.calls));
	json_object_set_new(json, "bytes_given", json_integer((json_int_t)n.given));
	json_object_set_new(json, "bytes_got", json_integer((json_int_t)n.got));
	json_object_set_new(json, "seconds_waited", json_number(n.waited));
	json_object_set_new(json, "seconds_moved", json_number(n.moved));
	return json;
}

/* ---- the ranks of a program ---- */

/* Without MPI the ranks cannot agree on who prints: a machine's first one does, since it is a
 * machine that has no plugin. */
static int say_alone(const gf_error *err)
{
	const struct launcher *const by = launcher();

	if (hushed < 0 || !by)
		return say_error(err);
	if (number_of(by->host_rank) == 0) {
		speak();
		say("rank %zu: %s", number_of(by->rank), err->message);
	}
	return exit_code(err->status);
}

static int join_ranks(struct options *options)
{
	const int code = check_size(options);

	speak();
	if (code)
		return code;
	if (gf_comm_rank(options->config.comm) > 0)
		be_quiet(options);
	else if (options->given[OPT_VERBOSE])
		say_ranks(options->config.comm);
	choose_device(options);
	return 0;
}

/* Threads of MPI and of drivers inherit the signals that are blocked: those that ask to stop are
 * for a thread of process.c, which begins later. */
int mpi_ranks_open(struct options *options)
{
	sigset_t requests, before;
	gf_error err = {0};
	int code = 0;

	if (!options->given[OPT_MPI]) {
		speak();
		return 0;
	}
	sigemptyset(&requests);
	sigaddset(&requests, SIGINT);
	sigaddset(&requests, SIGTERM);
	sigaddset(&requests, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &requests, &before);
	if (!open_comm(options, &err))
		code = join_ranks(options);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err.status)
		return say_alone(&err);
	if (!code && reads_input(options) && share_input(options, &err))
		code = mpi_ranks_tell(options, &err) ? say_error(&err) : exit_code(err.status);
	return code;
}

bool mpi_ranks_tell(const struct options *options, gf_error *err)
{
	gf_comm *const comm = options->config.comm;

	/* All ranks know that they were interrupted. */
	return err->status == GF_E_INTERRUPTED ? gf_comm_rank(comm) == 0 : gf_comm_fail(comm, err);
}

int mpi_ranks_close(const struct options *options, int code)
{
	gf_comm *const comm = options->config.comm;
	gf_error err;

	/* A rank that stopped because another was asked to, or could not write, has the code of
	 * that one. */
	if (comm && code == exit_code(GF_E_INTERRUPTED) && !interrupt_signal())
		code = 0;
	if (gf_comm_join(comm, &code, &err)) {
		if (gf_comm_fail(comm, &err))
			say_error(&err);
		code = exit_code(err.status);
	}
	gf_comm_close(comm);
	return code;
}
