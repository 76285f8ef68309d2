/*
 * faults.c: the check can fail.  Builds the kernels with each fault of faults.txt in turn and runs
 * its job: the faulty training must be refused with the number that is wrong, the sound one must
 * pass.  All in one process and one OpenCL context, because builds are most of the time.
 *
 *	faults [FAULTS.TXT]	speaks TAP
 *
 * The linker routes clCreateProgramWithSource here (--wrap, in the Makefile), where the fault gets
 * into the kernels' lines.
 */
#include "../scratch.h"

#include "options.h"
#include "options.h"
#include "program.h"

#include <ctype.h>
#include <regex.h>

/* The program's options, and its first command; nothing else of it is run. */
const struct command commands[] = {
	{.name = "train", .bit = TRAIN, .operand = "DATA"}, {.name = NULL}};

enum { FIELDS = 5, LINE_MOST = 1024, WORDS_MOST = 32 };

struct fault {
	char line[LINE_MOST];
	char *file;        /* "loss.cl" or "loss.cl:FUNCTION" */
	char *text, *with; /* what is there once, and what takes its place */
	char *named;       /* what the check's message names, an extended regular expression */
	char *job;         /* DATA ENGINE ARGUMENTS... */
};

static const struct fault *fault_now; /* that builds get; NULL: none */
static size_t found_now;              /* how often its text was there in the last build */

static void require(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "faults: not so: %s\n", what);
	exit(1);
}

/* ---- a fault gets into the kernels ---- */

/* Whether a line begins a function of that name. */
static int begins(const char *line, const char *name, int *is_function)
{
	const char *at = strstr(line, name);
	const size_t length = strlen(name);

	*is_function = (isalpha((unsigned char)line[0]) || line[0] == '_') && strchr(line, '(');
	return *is_function && at && at > line && at[-1] == ' ' && at[length] == '(';
}

/* The line with the fault where the text is in it, in memory of its own; NULL: it is not. */
static char *spoiled_line(const struct fault *f, const char *line)
{
	const char *at = strstr(line, f->text);
	const size_t text = strlen(f->text), with = strlen(f->with);
	char *copy;

	if (!at)
		return NULL;
	found_now++;
	if (strstr(at + text, f->text))
		found_now++;
	copy = calloc(1, strlen(line) + with + 1);
	require(copy != NULL, "copy");
	memcpy(copy, line, (size_t)(at - line));
	memcpy(copy + (at - line), f->with, with);
	memcpy(copy + (at - line) + with, at + text, strlen(at + text));
	return copy;
}

/* lines (count), of which those that the fault changes are replaced by copies of theirs. */
static void spoil(const struct fault *f, const char **lines, size_t count)
{
	const char *colon = strchr(f->file, ':');
	char marker[128];
	int in_file = 0, in_function = !colon;
	size_t i;

	found_now = 0;
	snprintf(marker, sizeof marker, "#line 1 \"kernels/%.*s\"\n",
		(int)(colon ? colon - f->file : (ptrdiff_t)strlen(f->file)), f->file);
	for (i = 0; i < count; i++) {
		int is_function = 0, named = colon && begins(lines[i], colon + 1, &is_function);

		if (strncmp(lines[i], "#line 1 ", 8) == 0)
			in_file = strcmp(lines[i], marker) == 0;
		if (is_function)
			in_function = named;
		if (in_file && in_function) {
			const char *copy = spoiled_line(f, lines[i]);

			lines[i] = copy ? copy : lines[i];
		}
	}
}

cl_program __real_clCreateProgramWithSource(
	cl_context, cl_uint, const char **, const size_t *, cl_int *);
cl_program __wrap_clCreateProgramWithSource(
	cl_context, cl_uint, const char **, const size_t *, cl_int *);

cl_program __wrap_clCreateProgramWithSource(
	cl_context context, cl_uint count, const char **lines, const size_t *lengths, cl_int *code)
{
	const char **own = malloc(count * sizeof *own);
	cl_program made;
	size_t i;

	require(own != NULL, "own");
	memcpy(own, lines, count * sizeof *own);
	if (fault_now)
		spoil(fault_now, own, count);
	made = __real_clCreateProgramWithSource(context, count, own, lengths, code);
	for (i = 0; i < count; i++)
		if (own[i] != lines[i])
			free((void *)(uintptr_t)own[i]);
	free(own);
	return made;
}

/* ---- a job ---- */

static gf_status read_data(gf_dataset **data, const struct options *options, gf_error *err)
{
	const gf_read_options read = options_read(options);

	return options->operand ? gf_dataset_read(data, options->operand, &read, err)
				: gf_dataset_notebook(data, err);
}

static gf_status fit(const struct options *options, gf_error *err)
{
	gf_config config = options->config;
	gf_dataset *data = NULL;
	gf_model *model = NULL;
	gf_status status = read_data(&data, options, err);

	if (!options->operand)
		config.init = GF_INIT_notebook;
	if (!status)
		status = gf_fit(&model, data, &config, NULL, err);
	gf_model_free(model);
	gf_dataset_free(data);
	return status;
}

/* DATA ENGINE ARGUMENTS..., with the fault that builds get now; *err: how it ended. */
static void run_job(const char *job, gf_error *err)
{
	char text[LINE_MOST], data[64], engine[64];
	char *words[WORDS_MOST] = {
		"--engine", engine, "--epochs", "3", "--lr", "0.001", "--check", "every", "-q"};
	int count = 9, code = 0;
	struct options options;
	char *word, *rest;

	*err = (gf_error){0};
	snprintf(text, sizeof text, "%s", job);
	snprintf(data, sizeof data, "%s.csv", strtok_r(text, " ", &rest));
	snprintf(engine, sizeof engine, "%s", strtok_r(NULL, " ", &rest));
	while ((word = strtok_r(NULL, " ", &rest)) && count < WORDS_MOST - 2)
		words[count++] = word;
	if (strcmp(data, "points.csv") != 0)
		words[count++] = data;
	if (options_parse(&options, commands, count, words, &code))
		fit(&options, err);
	else
		gf_fail(err, GF_E_USAGE, "the job's options end with exit code %d", code);
	options_free(&options);
}

/* ---- what comes of it ---- */

static size_t number;
static int failed;

static void verdict(int passed, const char *name, const char *said)
{
	printf("%sok %zu - %s\n", passed ? "" : "not ", ++number, name);
	if (!passed)
		printf("# %s\n", said);
	fflush(stdout);
	failed |= !passed;
}

static int names(const gf_error *err, const char *named)
{
	char pattern[LINE_MOST];
	regex_t regex;
	int matches;

	snprintf(pattern, sizeof pattern, "epoch [0-9]+(, step [0-9]+)?: %s", named);
	require(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) == 0,
		"regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB)");
	matches = regexec(&regex, err->message, 0, NULL, 0) == 0;
	regfree(&regex);
	return err->status == GF_E_CHECK && matches;
}

static void judge_sound(const char *job)
{
	char name[LINE_MOST + 64];
	gf_error err;

	fault_now = NULL;
	run_job(job, &err);
	snprintf(name, sizeof name, "the sound kernels pass %s", job);
	verdict(err.status == GF_OK, name, err.message);
}

static void judge_fault(const struct fault *f)
{
	char name[2 * LINE_MOST], said[LINE_MOST];
	gf_error err;

	fault_now = f;
	run_job(f->job, &err);
	snprintf(name, sizeof name, "%s: '%s' is caught as %s in %s", f->file, f->with, f->named,
		f->job);
	if (found_now == 1)
		snprintf(said, sizeof said, "%.*s", LINE_MOST - 1,
			err.status ? err.message : "the training passed its check");
	else
		snprintf(said, sizeof said, "'%s' is there %zu times; wanted: once", f->text,
			found_now);
	verdict(found_now == 1 && names(&err, f->named), name, said);
}

/* ---- the list ---- */

/* The text between two bars, without the blanks around it. */
static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (isspace((unsigned char)*text))
		text++;
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text;
}

static int parse_fault(struct fault *f)
{
	char **const fields[FIELDS] = {&f->file, &f->text, &f->with, &f->named, &f->job};
	char *at = f->line;
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		char *bar = i + 1 < FIELDS ? strchr(at, '|') : NULL;

		if (i + 1 < FIELDS && !bar)
			return 0;
		if (bar)
			*bar = '\0';
		*fields[i] = trim(at);
		at = bar ? bar + 1 : at;
	}
	return 1;
}

/* All faults of the file, and their count; to be freed. */
static struct fault *read_faults(const char *path, size_t *count)
{
	FILE *file = fopen(path, "r");
	struct fault *faults = NULL;
	struct fault f;

	require(file != NULL, "file");
	*count = 0;
	while (fgets(f.line, sizeof f.line, file)) {
		if (f.line[0] == '#' || !*trim(f.line))
			continue;
		faults = realloc(faults, (*count + 1) * sizeof *faults);
		require(faults != NULL, "faults");
		faults[(*count)++] = f;
	}
	fclose(file);
	for (size_t i = 0; i < *count; i++)
		if (!parse_fault(&faults[i])) {
			fprintf(stderr, "%s: not FILE | TEXT | WITH | NAMED | JOB: %s\n", path,
				faults[i].line);
			exit(1);
		}
	return faults;
}

/* Each job once: whether an earlier fault has the same. */
static int seen_before(const struct fault *faults, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(faults[j].job, faults[i].job) == 0)
			return 1;
	return 0;
}

/* ---- data ---- */

/* D features and the target y.  The default is 3 blocks of rows, the last one ragged.  Without
 * classes all targets lie on one side of the outputs, so that nothing cancels and a small fault
 * stays in sight. */
static void write_table(const char *path, size_t D, size_t classes, size_t rows)
{
	FILE *file = fopen(path, "w");
	size_t i, j;

	require(file != NULL, "file");
	for (j = 0; j < D; j++) {
		if (j < 26)
			fprintf(file, "%c,", (char)('a' + j));
		else
			fprintf(file, "a%zu,", j);
	}
	fputs("y\n", file);
	for (i = 0; i < rows; i++) {
		for (j = 0; j < D; j++)
			fprintf(file, "%.4f,", 0.5 + (double)((i * 37 + j * 101) % 64) / 64.0);
		fprintf(file, "%zu\n", classes ? i % (2 * classes - 1) % classes : 100 + i % 16);
	}
	require(fclose(file) == 0, "fclose(file)");
}

static void write_tables(void)
{
	static const size_t widths[] = {3, 5, 20, 80};
	char path[32];
	size_t i, kind;

	for (i = 0; i < sizeof widths / sizeof *widths; i++)
		for (kind = 0; kind < 3; kind++) {
			snprintf(path, sizeof path, "%c%zu.csv", "dbc"[kind], widths[i]);
			write_table(path, widths[i], kind ? kind + 1 : 0, 150);
		}
	write_table("deep.csv", 3, 0, 5000);
}

int main(int argc, char **argv)
{
	size_t count, i;
	const char *list = argc > 1 ? argv[1] : FAULTS_LIST;
	struct fault *faults = read_faults(list, &count);

	unsetenv("GPUFIT_DEVICE");
	require(scratch_enter(NULL) == 0, "scratch_enter(NULL)");
	write_tables();
	for (i = 0; i < count; i++) {
		if (!seen_before(faults, i))
			judge_sound(faults[i].job);
		judge_fault(&faults[i]);
	}
	printf("1..%zu\n", number);
	free(faults);
	(void)scratch_leave(NULL);
	return failed;
}
