#include "gnuplot.h"
#include "error.h"
#include "outfile.h"
#include "process.h"
#include "text.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* ---- formats ---- */

/* Each takes the width and the height of the picture in points; a PNG has two pixels a point. */
static const struct format {
	const char *ending, *terminal;
} formats[] = {
	{".svg", "set terminal svg size %u,%u noenhanced background 'white' "
		 "font 'sans-serif,13'\n"},
	{".png", "if (strstrt(GPVAL_TERMINALS, 'pngcairo')) {"
		 "set terminal pngcairo size 2*%1$u,2*%2$u noenhanced font 'sans,20' "
		 "linewidth 2 pointscale 2} "
		 "else {set terminal png size %1$u,%2$u noenhanced}\n"},
	{".pdf", "set terminal pdfcairo size %u/72.,%u/72. noenhanced font 'sans,10'\n"},
};

enum {
	FORMATS = sizeof formats / sizeof *formats,
	PANEL_WIDTH = 480,
	NARROW_WIDTH = 400, /* of three panels or more */
	PANEL_HEIGHT = 400,
	LINES = 24, /* of a panel of characters */
	MOST_COLUMNS = 120
};

static bool is_terminal(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* NULL: the ending is not known. */
static const struct format *format_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *ending = strrchr(name, '.');

	for (size_t i = 0; ending && ending != name && i < FORMATS; i++)
		if (strcmp(ending, formats[i].ending) == 0)
			return &formats[i];
	return NULL;
}

bool gnuplot_knows(const char *path)
{
	return is_terminal(path) || format_of(path);
}

/* ---- the script ---- */

struct gnuplot_text gnuplot_text(const char *text)
{
	struct gnuplot_text quoted;
	char clean[GNUPLOT_TEXT], *to = quoted.text;

	clean_text(clean, sizeof clean, text);
	*to++ = '\'';
	for (const char *at = clean; *at; at++) {
		if (*at == '\'')
			*to++ = '\'';
		*to++ = *at == '\n' ? ' ' : *at;
	}
	*to++ = '\'';
	*to = '\0';
	return quoted;
}

/* Thin axes, and a light grid. */
static const char style[] = "reset\n"
			    "set border 3 lc rgb '#666666'\n"
			    "set tics nomirror\n"
			    "set grid lc rgb '#dddddd' lt 1\n"
			    "set key samplen 2 spacing 1.1\n";

void gnuplot_panel(const struct gnuplot *g)
{
	fputs(style, g->script);
	if (g->characters)
		fputs("unset grid\n", g->script);
}

void gnuplot_key(const struct gnuplot *g)
{
	fprintf(g->script, "set key %s left horizontal Left reverse\n",
		g->characters ? "below" : "above");
}

void gnuplot_axes(const struct gnuplot *g, const char *x, const char *y)
{
	char both[2 * GNUPLOT_TEXT];

	snprintf(both, sizeof both, "%.140s over %.140s", y, x);
	fprintf(g->script, "set xlabel %s\n", gnuplot_text(g->characters ? both : x).text);
	if (!g->characters)
		fprintf(g->script, "set ylabel %s\n", gnuplot_text(y).text);
}

static void set_terminal(const struct gnuplot *g, unsigned panels)
{
	const size_t columns = terminal_columns(STDOUT_FILENO);
	const unsigned width = panels > 2 ? NARROW_WIDTH : PANEL_WIDTH;

	if (g->characters)
		fprintf(g->script, "set terminal dumb mono nofeed noenhanced size %zu,%u\n",
			columns < MOST_COLUMNS ? columns - 1 : MOST_COLUMNS, panels * LINES);
	else
		fprintf(g->script, format_of(g->path)->terminal,
			panels * width + (panels == 1 ? width / 3 : 0), PANEL_HEIGHT);
}

gf_status gnuplot_begin(
	struct gnuplot *g, const char *path, const char *title, unsigned panels, gf_error *err)
{
	*g = (struct gnuplot){.path = path, .characters = is_terminal(path)};
	g->script = open_memstream(&g->text, &g->length);
	if (!g->script)
		return gf_fail(err, GF_E_MEMORY, "cannot allocate the script of %s", path);
	set_terminal(g, panels);
	fprintf(g->script, "set encoding utf8\nset multiplot layout %u,%u title %s\n",
		g->characters ? panels : 1, g->characters ? 1 : panels, gnuplot_text(title).text);
	return GF_OK;
}

/* ---- the process ---- */

/* Files of a process that gnuplot runs in: what it reads, what it says, and where it draws. */
struct child {
	FILE *script, *said; /* owned: temporary files without names */
	int drawing;         /* a descriptor */
	pid_t pid;
};

static const char missing[] = "gnuplot is not installed (Debian: gnuplot-nox)";

/* Signals that the program blocks or ignores are gnuplot's to die from. */
static int spawn(struct child *child)
{
	char *const arguments[] = {(char[]){"gnuplot"}, (char[]){"-d"}, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int code;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fileno(child->script), STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, child->drawing, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fileno(child->said), STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	code = posix_spawnp(&child->pid, "gnuplot", &actions, &attributes, arguments, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
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
		return gf_fail(err, GF_E_CANTCREATE, "%s: cannot draw: %s", g->path, missing);
	if (code)
		return gf_fail(err, GF_E_CANTCREATE, "%s: cannot draw: cannot start gnuplot: %s",
			g->path, strerror(code));
	TRY(await(child, g->path, &ending, err));
	return judge(child, ending, g->path, err);
}

/* Runs gnuplot, which writes the picture to a descriptor. */
static gf_status draw_to(const struct gnuplot *g, int drawing, gf_error *err)
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

/* ---- the picture ---- */

static gf_status draw_file(const struct gnuplot *g, gf_error *err)
{
	struct outfile out;

	TRY(outfile_open(&out, g->path, err));
	if (draw_to(g, fileno(out.file), err) == GF_OK)
		return outfile_commit(&out, err);
	outfile_abort(&out);
	return err->status;
}

/* Leaves the script, which holds the data, beside the picture that could not be drawn, and says so
 * in *err. */
static gf_status leave_script(const struct gnuplot *g, gf_error *err)
{
	const gf_error why = *err;
	char *path = malloc(strlen(g->path) + sizeof ".gnuplot");
	struct outfile out;

	if (!path)
		return err->status;
	sprintf(path, "%s.gnuplot", g->path);
	if (outfile_open(&out, path, NULL) == GF_OK) {
		fwrite(g->text, 1, g->length, out.file);
		if (outfile_commit(&out, NULL) == GF_OK) {
			error_clear(err);
			gf_fail(err, why.status, "%s; 'gnuplot %s >%s' draws what was left there",
				why.message, path, g->path);
		}
	}
	free(path);
	return err->status;
}

gf_status gnuplot_end(struct gnuplot *g, gf_error *err)
{
	gf_status status = GF_OK;

	fputs("unset multiplot\n", g->script);
	if (ferror(g->script) || fclose(g->script) != 0)
		status = gf_fail(err, GF_E_MEMORY, "cannot allocate the script of %s", g->path);
	else if (g->characters)
		status = fflush(stdout) == 0 ? draw_to(g, STDOUT_FILENO, err) : GF_OK;
	else
		status = draw_file(g, err);
	if (status == GF_E_CANTCREATE && !g->characters)
		leave_script(g, err);
	free(g->text);
	*g = (struct gnuplot){0};
	return status;
}

void gnuplot_abandon(struct gnuplot *g)
{
	fclose(g->script);
	free(g->text);
	*g = (struct gnuplot){0};
}

/* ---- the check beforehand ---- */

/* Nothing can be left beside the terminal: without gnuplot a drawing there would be lost. */
static bool is_installed(void)
{
	const char *path = getenv("PATH");
	char name[4096];

	while (path && *path) {
		const size_t length = strcspn(path, ":");

		snprintf(name, sizeof name, "%.*s/gnuplot", (int)length, length ? path : ".");
		if (length + sizeof "/gnuplot" <= sizeof name && access(name, X_OK) == 0)
			return true;
		path += length + (path[length] == ':');
	}
	return false;
}

gf_status gnuplot_check(const char *path, gf_error *err)
{
	if (!is_terminal(path))
		return outfile_check(path, err);
	return is_installed() ? GF_OK
			      : gf_fail(err, GF_E_CANTCREATE, "--plot -: cannot draw: %s", missing);
}
