/* whole.c: measures what a user waits for: from a file to a saved model, and the default run. */
#include "bench.h"

#include "clock.h"
#include "error.h"
#include "processes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char CSV[] = "build/bench.csv", MODEL[] = "build/bench.safetensors",
		  THEIRS[] = "build/bench.joblib", THEY[] = "pandas + scikit-learn";

/* ---- a file ---- */

enum { FILE_FEATURES = 10 };

/* Writes a line of numbers in (-1, 1), the last a sum of the others, as in exported
 * measurements. */
static void write_line(FILE *file, unsigned *state)
{
	int i, number, sum = 0;

	for (i = 0; i < FILE_FEATURES; i++) {
		*state = *state * 1664525u + 1013904223u;
		number = (int)(*state >> 12) - (1 << 19);
		sum += i % 2 ? number : -number;
		fprintf(file, "%s0.%06d,", number < 0 ? "-" : "", abs(number));
	}
	fprintf(file, "%s0.%06d\n", sum < 0 ? "-" : "", abs(sum) / FILE_FEATURES);
}

/* Returns the file's size; 0: it cannot be written. */
static double write_csv(double bytes)
{
	FILE *file = fopen(CSV, "w");
	unsigned state = 1;
	long end;
	int i;

	if (!file)
		return 0.0;
	for (i = 1; i <= FILE_FEATURES; i++)
		fprintf(file, "x%d,", i);
	fputs("y\n", file);
	while ((double)ftell(file) < bytes)
		for (i = 0; i < 1000; i++)
			write_line(file, &state);
	end = ftell(file);
	return fclose(file) ? 0.0 : (double)end;
}

/* ---- who takes part ---- */

/* Takes the seconds that the report of a run has under that key. */
static gf_status take_reported(void *process, double *seconds, gf_error *err)
{
	struct process *p = process;
	gf_status status = process_take(p, seconds, err);
	json_t *report = status ? NULL : json_loads(p->output, 0, NULL);

	*seconds = json_number_value(json_object_get(report, "load_seconds"));
	json_decref(report);
	if (!status && *seconds <= 0.0)
		return gf_fail(err, GF_E_IO, "%s: no load_seconds", p->argv[0]);
	return status;
}

gf_status bench_take_bytes(void *path, double *seconds, gf_error *err)
{
	static char block[1 << 18];
	const double start = clock_seconds();
	FILE *file = fopen(path, "rb");
	size_t some;

	if (!file)
		return gf_fail(err, GF_E_IO, "%s: cannot be read", (const char *)path);
	setvbuf(file, NULL, _IONBF, 0);
	do
		some = fread(block, 1, sizeof block, file);
	while (some);
	fclose(file);
	*seconds = clock_seconds() - start;
	return GF_OK;
}

static struct process train_of(const struct bench *b)
{
	return (struct process){
		.argv = {b->gpufit, "-q", "--json", "--epochs", "1", CSV, "-o", MODEL}};
}

/* ---- rows ---- */

void bench_row(struct bench *b, const struct heading *h, struct contest *c)
{
	gf_error err = {0};

	if (contest_run(c, &err)) {
		b->figures.wrong++;
		figures_say(h->group, h->words, h->shape, err.message);
	} else {
		figures_add(&b->figures, h, c);
	}
}

static void reading(struct bench *b, double bytes, const char *shape)
{
	const struct aim aims[AIMS] = {{AIM_AT_LEAST, 200.0, NULL}};
	const struct heading h = {"P6", "reading CSV", shape, {"MB/s", bytes / 1e6, RATE}, 0, aims};
	struct process train = train_of(b);
	struct contest c = {.turns = b->turns};
	char ask[128], path[sizeof CSV];

	memcpy(path, CSV, sizeof path);
	snprintf(ask, sizeof ask, "way=read file=%s", CSV);
	contest_add(&c, "gpufit", OURS, take_reported, &train);
	contest_add(&c, "reading its bytes", LIMIT, bench_take_bytes, path);
	peers_prepare(&b->peers, &c, ask);
	bench_row(b, &h, &c);
	peers_drop(&b->peers);
}

static gf_status take_known(void *value, double *seconds, gf_error *err)
{
	(void)err;
	*seconds = *(const double *)value;
	return GF_OK;
}

static void peaks(struct bench *b, const char *shape, const double *ours, const double *theirs)
{
	const struct heading h = {
		"memory", "CSV to model, peak", shape, {"MiB", 1.0 / 1024.0, EACH}, 0, NULL};
	struct contest c = {.turns = 1};

	contest_add(&c, "gpufit", OURS, take_known, (void *)ours);
	if (*theirs > 0.0)
		contest_add(&c, THEY, PEER, take_known, (void *)theirs);
	bench_row(b, &h, &c);
}

static void to_a_model(struct bench *b, const char *shape)
{
	const struct aim aims[AIMS] = {{AIM_AHEAD, 2.0, THEY}};
	const struct heading h = {"P6", "CSV to saved model", shape, {"s", 1.0, EACH}, 0, aims};
	char script[512];
	struct process ours = train_of(b);
	struct process theirs = {.argv = {b->python, script, CSV, THEIRS}};
	struct contest c = {.turns = b->turns};

	snprintf(script, sizeof script, "%s/pandas_sklearn.py", b->folder);
	contest_add(&c, "gpufit", OURS, process_take, &ours);
	contest_add(&c, THEY, PEER, process_take, &theirs);
	bench_row(b, &h, &c);
	peaks(b, shape, &ours.peak_kib, &theirs.peak_kib);
}

static void from_a_file(struct bench *b)
{
	const double bytes = write_csv(b->quick ? 2e6 : 100e6);
	char shape[64];

	snprintf(shape, sizeof shape, "%.0f MB, %d columns", bytes / 1e6, FILE_FEATURES + 1);
	if (bytes > 0.0) {
		reading(b, bytes, shape);
		to_a_model(b, shape);
	} else {
		figures_say("P6", "reading CSV", CSV, "cannot be written");
	}
	remove(CSV);
	remove(MODEL);
	remove(THEIRS);
}

static void default_run(struct bench *b)
{
	const struct aim aims[AIMS] = {{AIM_AT_MOST, 60.0, NULL}};
	const struct heading h = {
		"P7", "default run, process", "7 x 1", {"ms", 1e3, EACH}, 0, aims};
	struct process ours = {.argv = {b->gpufit, "-q"}};
	struct process torch = {.argv = {b->python, "-c", "import torch"}};
	struct contest c = {.turns = b->turns};

	contest_add(&c, "gpufit", OURS, process_take, &ours);
	contest_add(&c, "import torch", PEER, process_take, &torch);
	bench_row(b, &h, &c);
}

static void check_every(struct bench *b)
{
	const struct aim aims[AIMS] = {{AIM_SHARE, 1 / 1.2, NULL}};
	const struct heading h = {"P7", "each epoch checked", "7 x 1", {"ms", 1e3, EACH}, 0, aims};
	struct process ours = {.argv = {b->gpufit, "-q", "--check", "every"}};
	struct process off = {.argv = {b->gpufit, "-q", "--check", "off"}};
	struct contest c = {.turns = b->turns};

	contest_add(&c, "gpufit", OURS, process_take, &ours);
	contest_add(&c, "--check off", LIMIT, process_take, &off);
	bench_row(b, &h, &c);
}

void bench_processes(struct bench *b)
{
	if (bench_wants(b, "P6"))
		from_a_file(b);
	if (bench_wants(b, "P7")) {
		default_run(b);
		check_every(b);
	}
}
