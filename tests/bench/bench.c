/*
 * bench.c: measures how fast gpufit is, beside the limits of the machine and other programs.
 *
 *	bench GPUFIT FOLDER OUT.json
 *
 * FOLDER holds the scripts of the peers.  Environment: GPUFIT_DEVICE; GPUFIT_PYTHON, by default
 * python3; MEBIBYTES of x in a full batch, by default 1024; QUICK: small sizes and one turn, to
 * see that every row runs; ONLY: rows of groups that begin with it.
 */
#include "bench.h"

#include "ours.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

int bench_wants(const struct bench *b, const char *group)
{
	return !b->only || strncmp(group, b->only, strlen(b->only)) == 0;
}

static void rows_of_works(struct bench *b)
{
	size_t i;

	for (i = 0; i < WORKLOADS_COUNT; i++)
		if (bench_wants(b, WORKLOADS[i].group))
			bench_work(b, WORKLOADS + i);
}

int main(int argc, char **argv)
{
	struct bench b = {.device = getenv("GPUFIT_DEVICE"),
		.python = setting("GPUFIT_PYTHON", "python3"),
		.quick = getenv("QUICK") != NULL,
		.only = getenv("ONLY")};
	gf_error err = {0};
	gf_status status;

	if (argc != 4) {
		fprintf(stderr, "usage: bench GPUFIT FOLDER OUT.json\n");
		return 64;
	}
	b.gpufit = argv[1];
	b.folder = argv[2];
	b.turns = b.quick ? 1 : 3;
	b.bytes = strtoul(setting("MEBIBYTES", b.quick ? "16" : "1024"), NULL, 10) << 20;
	peers_start(&b.peers, b.python, b.folder);
	figures_open(&b.figures, argv[3]);
	status = limits_open(&b.limits, b.device, &err);
	if (!status) {
		/* First: to Linux a process has used as much memory as the one that began it. */
		bench_processes(&b);
		rows_of_works(&b);
		bench_turns(&b);
		bench_products(&b);
		bench_calls(&b);
		bench_growth(&b);
		bench_larger(&b);
	}
	limits_close(&b.limits);
	peers_stop(&b.peers);
	if (!status)
		status = figures_close(&b.figures, &err);
	if (status)
		fprintf(stderr, "bench: %s\n", err.message);
	return status || b.figures.wrong;
}
