/*
 * faults.c: the check of steps finds every fault of faults.txt.
 *
 * It builds the kernels with all faults in them, switches each on in turn and runs its job: the
 * training must be refused, with a message that names the wrong number.  With no fault switched
 * on each job must pass.
 *
 *	faults [FAULTS.TXT]	prints TAP
 *
 * Builds take nearly all of the time, so that there is one for each set of options
 * (tests/shared_builds.c), in one OpenCL context.  The linker (--wrap) routes
 * clCreateProgramWithSource here, where the faults are put into the lines of the kernels, and
 * clEnqueueNDRangeKernel, which switches one of them on: a kernel sees its number as the offset
 * of the work-items in a second dimension, which no kernel uses.
 */
#include "../shared_builds.h"
#include "../scratch.h"
#include "gpufitcl_notebook.h"

#include "options.h"
#include "program.h"

#include <ctype.h>
#include <regex.h>

/* The program's options and its first command are used; nothing else of it runs. */
const struct command commands[] = {
	{.name = "train", .bit = TRAIN, .operand = "DATA"}, {.name = NULL}};

enum { FIELDS = 5, LINE_MOST = 1024, WORDS_MOST = 32 };

struct fault {
	char line[LINE_MOST];
	char *file;        /* "loss.cl" or "loss.cl:FUNCTION" */
	char *text, *with; /* an expression, and the one that replaces it when the fault is on */
	char *named; /* an extended regular expression: the number that the check's message names */
	char *job;   /* DATA ENGINE ARGUMENTS... */
	size_t number; /* from 1; equal for the same fault in several jobs */
	size_t found;  /* how often the text was found in the kernels */
};

static struct fault *faults;
static size_t fault_count;
static size_t number_now; /* number of the fault that is on; 0: none */

static void require(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "faults: not so: %s\n", what);
	exit(1);
}

/* ---- faults in the source of the kernels ---- */

/* Returns whether the line begins a function of that name; *is_function: whether it begins one
 * at all. */
static int begins(const char *line, const char *name, int *is_function)
{
	const char *at = strstr(line, name);
	const size_t length = strlen(name);

	*is_function = (isalpha((unsigned char)line[0]) || line[0] == '_') && strchr(line, '(');
	return *is_function && at && at > line && at[-1] == ' ' && at[length] == '(';
}

/* Returns the last place of the text in the line, or NULL. */
static const char *last_of(const char *line, const char *text)
{
	const char *last = NULL;

	for (const char *at = strstr(line, text); at; at = strstr(at + 1, text))
		last = at;
	return last;
}

/* Frees the line and returns a new one with a switch in place of the fault's text.  The text
 * itself stands last in the switch, where a second fault of the same line finds it. */
static char *add_switch(char *line, const struct fault *f)
{
	const size_t room = strlen(line) + strlen(f->with) + 64;
	const char *at = last_of(line, f->text);
	char *copy = malloc(room);

	require(copy != NULL, "copy");
	snprintf(copy, room, "%.*s(get_global_offset(1) == %zu ? (%s) : (%s))%s", (int)(at - line),
		line, f->number, f->with, f->text, at + strlen(f->text));
	free(line);
	return copy;
}

/* The place of a line: the lines that begin its file and its function. */
struct place {
	const char *file, *function;
};

static int stands_in(const struct fault *f, struct place at)
{
	const char *colon = strchr(f->file, ':');
	char marker[128];
	int is_function;

	snprintf(marker, sizeof marker, "#line 1 \"kernels/%.*s\"\n",
		(int)(colon ? colon - f->file : (ptrdiff_t)strlen(f->file)), f->file);
	return strcmp(at.file, marker) == 0 &&
	       (!colon || begins(at.function, colon + 1, &is_function));
}

/* Returns a copy of the line with the switches of all faults in it.  If the text of one fault is
 * part of that of another, the longer one has to come first in the list, as it is no longer
 * found once the shorter is replaced. */
static char *switched_line(const char *line, struct place at)
{
	char *copy = strdup(line);
	size_t i;

	require(copy != NULL, "copy");
	for (i = 0; i < fault_count; i++) {
		struct fault *f = &faults[i];
		const char *found = strstr(f->number == i + 1 ? copy : line, f->text);

		if (!found || !stands_in(f, at))
			continue;
		f->found += last_of(line, f->text) == strstr(line, f->text) ? 1 : 2;
		if (f->number == i + 1)
			copy = add_switch(copy, f);
	}
	return copy;
}

/* Returns copies of lines (count) with the switches of all faults in them. */
static char **switched_lines(const char **lines, size_t count)
{
	char **switched = calloc(count, sizeof *switched);
	struct place at = {"", ""};
	size_t i;

	require(switched != NULL, "switched");
	for (i = 0; i < count; i++) {
		int is_function;

		(void)begins(lines[i], "", &is_function);
		if (strncmp(lines[i], "#line 1 ", 8) == 0)
			at = (struct place){lines[i], ""};
		else if (is_function)
			at.function = lines[i];
		switched[i] = switched_line(lines[i], at);
	}
	return switched;
}

__typeof__(clCreateProgramWithSource) __real_clCreateProgramWithSource,
	__wrap_clCreateProgramWithSource;
__typeof__(clEnqueueNDRangeKernel) __real_clEnqueueNDRangeKernel, __wrap_clEnqueueNDRangeKernel;

cl_program __wrap_clCreateProgramWithSource(
	cl_context context, cl_uint count, const char **lines, const size_t *lengths, cl_int *code)
{
	static char **switched;

	if (!switched)
		switched = switched_lines(lines, count);
	return __real_clCreateProgramWithSource(
		context, count, (const char **)switched, lengths, code);
}

cl_int __wrap_clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
	const size_t *offset, const size_t *global, const size_t *local, cl_uint waits,
	const cl_event *list, cl_event *event)
{
	/* Not 0 when no fault is on, as PoCL would build each kernel again for an offset of 0. */
	const size_t number[] = {0, number_now ? number_now : fault_count + 1};
	const size_t items[] = {global[0], 1}, group[] = {local[0], 1};

	require(dimensions == 1 && !offset, "launches are in one dimension from 0");
	return __real_clEnqueueNDRangeKernel(
		queue, kernel, 2, number, items, group, waits, list, event);
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

/* Runs the job "DATA ENGINE ARGUMENTS..." with the fault that is on; *err says how it ended. */
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
	if (options_parse(&options, commands, true, count, words, &code))
		fit(&options, err);
	else
		gf_fail(err, GF_E_USAGE, "the job's options end with exit code %d", code);
	options_free(&options);
}

/* ---- the verdict ---- */

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

	number_now = 0;
	run_job(job, &err);
	snprintf(name, sizeof name, "the sound kernels pass %s", job);
	verdict(err.status == GF_OK, name, err.message);
}

static void judge_fault(const struct fault *f)
{
	char name[2 * LINE_MOST], said[LINE_MOST];
	gf_error err;

	number_now = f->number;
	run_job(f->job, &err);
	snprintf(name, sizeof name, "%s: '%s' is caught as %s in %s", f->file, f->with, f->named,
		f->job);
	if (f->found == 1)
		snprintf(said, sizeof said, "%.*s", LINE_MOST - 1,
			err.status ? err.message : "the training passed its check");
	else
		snprintf(said, sizeof said, "'%s' is there %zu times; wanted: once", f->text,
			f->found);
	verdict(f->found == 1 && names(&err, f->named), name, said);
}

/* ---- the list ---- */

/* Cuts off the blanks around a text. */
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

/* Reads the faults of the file into faults. */
static void read_faults(const char *path)
{
	FILE *file = fopen(path, "r");
	struct fault f = {0};

	require(file != NULL, "file");
	while (fgets(f.line, sizeof f.line, file)) {
		if (f.line[0] == '#' || !*trim(f.line))
			continue;
		faults = realloc(faults, (fault_count + 1) * sizeof *faults);
		require(faults != NULL, "faults");
		faults[fault_count++] = f;
	}
	fclose(file);
	for (size_t i = 0; i < fault_count; i++)
		if (!parse_fault(&faults[i])) {
			fprintf(stderr, "%s: not FILE | TEXT | WITH | NAMED | JOB: %s\n", path,
				faults[i].line);
			exit(1);
		}
}

static int is_same(const struct fault *a, const struct fault *b)
{
	return strcmp(a->file, b->file) == 0 && strcmp(a->text, b->text) == 0 &&
	       strcmp(a->with, b->with) == 0;
}

static void number_faults(void)
{
	for (size_t i = 0; i < fault_count; i++) {
		size_t j = 0;

		while (!is_same(&faults[j], &faults[i]))
			j++;
		faults[i].number = j + 1;
	}
}

/* Returns whether an earlier fault has the same job, which has then run already. */
static int seen_before(size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(faults[j].job, faults[i].job) == 0)
			return 1;
	return 0;
}

/* ---- data ---- */

/* Writes a table of D features and the target y.  By default its rows fill 2 blocks and part of
 * a third.  Without classes all targets lie on one side of the outputs, so that nothing cancels
 * and small faults show. */
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

/* Rows of svmlight with a third of their numbers; the columns' trees have gaps. */
static void write_sparse(const char *path, size_t D, size_t rows)
{
	FILE *file = fopen(path, "w");
	size_t i, j;

	require(file != NULL, "file");
	for (i = 0; i < rows; i++) {
		fprintf(file, "%zu", 100 + i % 16);
		for (j = 0; j < D; j++)
			if ((i / 2 + j) % 3 == 0 || j + 1 == D)
				fprintf(file, " %zu:%.4f", j + 1, 0.5 + (double)((i + j) % 9));
		fputs("\n", file);
	}
	require(fclose(file) == 0, "fclose(file)");
}

static void write_tables(void)
{
	static const size_t widths[] = {2, 3, 5, 20, 80};
	char path[32];
	size_t i, kind;

	for (i = 0; i < sizeof widths / sizeof *widths; i++)
		for (kind = 0; kind < 3; kind++) {
			snprintf(path, sizeof path, "%c%zu.csv", "dbc"[kind], widths[i]);
			write_table(path, widths[i], kind ? kind + 1 : 0, 150);
		}
	write_table("deep.csv", 3, 0, 5000);
	write_sparse("sparse.csv", 20, 150);
}

int main(int argc, char **argv)
{
	size_t i;

	read_faults(argc > 1 ? argv[1] : FAULTS_LIST);
	number_faults();
	unsetenv("GPUFIT_DEVICE");
	require(scratch_enter(NULL) == 0, "scratch_enter(NULL)");
	write_tables();
	/* Kernels run for milliseconds here, and build faster without optimisation. */
	shared_builds_options = " -cl-opt-disable";
	for (i = 0; i < fault_count; i++) {
		if (!seen_before(i))
			judge_sound(faults[i].job);
		judge_fault(&faults[i]);
	}
	printf("1..%zu\n", number);
	free(faults);
	(void)scratch_leave(NULL);
	return failed;
}
