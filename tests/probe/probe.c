/* probe.c: the options of probe, and what all its steps share. */
#include "probe.h"

#include "clock.h"
#include "error.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const struct step {
	const char *word;
	gf_status (*take)(struct probe *p, gf_error *err);
} STEPS[] = {
	{"list", step_list},
	{"facts", step_facts},
	{"kernels", step_kernels},
	{"losses", step_losses},
	{"trainings", step_trainings},
	{"repeats", step_repeats},
	{"bandwidth", step_bandwidth},
	{"launches", step_launches},
	{"sweep", step_sweep},
	{"batches", step_batches},
	{"tails", step_tails},
	{"binary", step_binary},
	{"epochs-large", step_epochs_large},
	{"epochs-small", step_epochs_small},
	{"fits", step_fits},
	{"uploads", step_uploads},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define KERNELS_WORD(word, ...) #word,
static const char *const KERNELS_WORDS[] = {GF_KERNELS_LIST(KERNELS_WORD)};

const char *probe_kernels_word(gf_kernels kernels)
{
	return KERNELS_WORDS[kernels];
}

double probe_left(const struct probe *p)
{
	return p->seconds - (clock_seconds() - p->start);
}

/* One call of fputs for the line and its end, so that a killed process leaves no half of it. */
void probe_record(struct probe *p, json_t *line)
{
	char *text, *whole;

	json_object_set_new(line, "step", json_string(p->step));
	text = p->json ? json_compact_digits(line, 9) : NULL;
	whole = text ? malloc(strlen(text) + 2) : NULL;
	if (whole) {
		sprintf(whole, "%s\n", text);
		fputs(whole, p->json);
		fflush(p->json);
	}
	free(whole);
	free(text);
	json_decref(line);
}

void probe_say_left_out(struct probe *p, const char *what, size_t done, size_t all)
{
	if (done == all)
		return;
	printf("\n%zu of %zu %s: there was no time for the others\n", done, all, what);
	probe_record(p, json_pack("{s:s, s:I, s:I}", "left_out", what, "done", (json_int_t)done,
				"all", (json_int_t)all));
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double probe_median(double *values, size_t count)
{
	qsort(values, count, sizeof *values, by_value);
	return values[count / 2];
}

/* ---- options ---- */

static int usage(void)
{
	size_t i;

	fprintf(stderr, "usage: probe [--device D] [--kernels WORD] [--seconds S] [--json FILE]\n"
			"             [--folder DIR] [--scripts DIR] [--python FILE] STEP\nsteps:");
	for (i = 0; i < COUNT(STEPS); i++)
		fprintf(stderr, " %s", STEPS[i].word);
	fprintf(stderr, "\n");
	return EX_USAGE;
}

static int set_kernels(struct probe *p, const char *word)
{
	size_t k;

	for (k = 0; k < COUNT(KERNELS_WORDS); k++)
		if (strcmp(KERNELS_WORDS[k], word) == 0) {
			p->kernels = (gf_kernels)k;
			return 1;
		}
	return 0;
}

static int set_option(struct probe *p, const char *name, const char *value)
{
	if (strcmp(name, "--device") == 0)
		p->device = value;
	else if (strcmp(name, "--kernels") == 0)
		return set_kernels(p, value);
	else if (strcmp(name, "--seconds") == 0)
		p->seconds = strtod(value, NULL);
	else if (strcmp(name, "--json") == 0)
		return (p->json = fopen(value, "a")) != NULL;
	else if (strcmp(name, "--folder") == 0)
		p->folder = value;
	else if (strcmp(name, "--scripts") == 0)
		p->scripts = value;
	else if (strcmp(name, "--python") == 0)
		p->python = value;
	else
		return 0;
	return 1;
}

static const struct step *find_step(const char *word)
{
	size_t i;

	for (i = 0; i < COUNT(STEPS); i++)
		if (strcmp(STEPS[i].word, word) == 0)
			return &STEPS[i];
	return NULL;
}

/* ---- a step ---- */

static int exit_code(gf_status status)
{
	switch (status) {
	case GF_OK:
		return 0;
	case GF_E_CHECK:
		return EXIT_WRONG_BITS;
	case GF_E_UNAVAILABLE:
		return EXIT_SKIPPED;
	default:
		return 1;
	}
}

static int take(struct probe *p, const struct step *step)
{
	gf_error err = {0};
	gf_status status;

	p->step = step->word;
	setvbuf(stdout, NULL, _IOLBF, 0);
	status = step->take(p, &err);
	if (status) {
		printf("%s\n", err.message);
		probe_record(p, json_pack("{s:o}", "error", json_text(err.message)));
	}
	if (p->json)
		fclose(p->json);
	return exit_code(status);
}

int main(int argc, char **argv)
{
	struct probe p = {.folder = ".",
		.scripts = "tests/bench",
		.python = "python3",
		.start = clock_seconds(),
		.seconds = 60.0};
	const struct step *step;
	int i;

	for (i = 1; i + 1 < argc; i += 2)
		if (!set_option(&p, argv[i], argv[i + 1]))
			return usage();
	step = i < argc ? find_step(argv[i]) : NULL;
	return step ? take(&p, step) : usage();
}
