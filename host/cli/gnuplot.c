#include "gnuplot.h"
#include "error.h"
#include "outfile.h"
#include "process.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- formats ---- */

/* Each takes the width and the height of the picture in points; a PNG has two pixels a point. */
static const struct format {
	const char *ending, *terminal;
	const char *end; /* is in the last 16 bytes of a picture */
} formats[] = {
	{".svg",
		"set terminal svg size %u,%u noenhanced background 'white' "
		"font 'sans-serif,13'\n",
		"</svg>"},
	{".png",
		"if (strstrt(GPVAL_TERMINALS, 'pngcairo')) {"
		"set terminal pngcairo size 2*%1$u,2*%2$u noenhanced font 'sans,20' "
		"linewidth 2 pointscale 2} "
		"else {set terminal png size %1$u,%2$u noenhanced}\n",
		"IEND"},
	{".pdf", "set terminal pdfcairo size %u/72.,%u/72. noenhanced font 'sans,10'\n", "%%EOF"},
};

enum {
	FORMATS = sizeof formats / sizeof *formats,
	PANEL_WIDTH = 480,
	NARROW_WIDTH = 400, /* of three panels or more */
	PANEL_HEIGHT = 400,
	LINES = 24,         /* of a panel of characters */
	LEAST_COLUMNS = 40, /* a narrower drawing could not be read */
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
		*to++ = (char)(*at == '\n' ? ' ' : *at);
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

/* Leaves one column free, because a full line wraps on some terminals. */
static size_t columns_of_drawing(void)
{
	const size_t columns = terminal_columns(STDOUT_FILENO) - 1;

	if (columns > MOST_COLUMNS)
		return MOST_COLUMNS;
	return columns < LEAST_COLUMNS ? LEAST_COLUMNS : columns;
}

static void set_terminal(const struct gnuplot *g, unsigned panels)
{
	const unsigned width = panels > 2 ? NARROW_WIDTH : PANEL_WIDTH;

	if (g->characters)
		fprintf(g->script, "set terminal dumb mono nofeed noenhanced size %zu,%u\n",
			columns_of_drawing(), panels * LINES);
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

/* ---- the picture ---- */

const char gnuplot_missing[] = "gnuplot is not installed (Debian: gnuplot-nox)";

/* gnuplot does not say that it could not write: the picture must have its end. */
static bool is_whole(FILE *drawing, const char *end)
{
	char last[16] = "";
	const size_t length = strlen(end);

	if (fseek(drawing, -(long)sizeof last, SEEK_END) != 0 ||
		fread(last, 1, sizeof last, drawing) != sizeof last)
		return false;
	for (size_t i = 0; i + length <= sizeof last; i++)
		if (memcmp(last + i, end, length) == 0)
			return true;
	return false;
}

static void copy(FILE *from, FILE *to)
{
	char bytes[1 << 14];
	size_t count;

	rewind(from);
	while ((count = fread(bytes, 1, sizeof bytes, from)) > 0)
		fwrite(bytes, 1, count, to);
}

/* Blanks fill each line of a drawing of characters: they are left out.  main reports a failed write
 * to standard output. */
static void print(FILE *drawing)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	rewind(drawing);
	putchar('\n');
	while ((length = getline(&line, &room, drawing)) > 0) {
		while (length > 0 && strchr(" \n\f", line[length - 1]))
			length--;
		printf("%.*s\n", (int)length, line);
	}
	free(line);
}

static gf_status save(const struct gnuplot *g, FILE *drawing, gf_error *err)
{
	struct outfile out;

	if (!is_whole(drawing, format_of(g->path)->end))
		return gf_fail(err, GF_E_IO,
			"%s: cannot draw: gnuplot's picture has no end: is the disk full?",
			g->path);
	TRY(outfile_open(&out, g->path, err));
	copy(drawing, out.file);
	return outfile_commit(&out, err);
}

static gf_status draw(const struct gnuplot *g, gf_error *err)
{
	FILE *drawing = tmpfile();
	gf_status status;

	if (!drawing)
		return gf_fail(err, GF_E_IO, "%s: cannot create a temporary file for gnuplot: %s",
			g->path, strerror(errno));
	status = gnuplot_run(g, drawing, err);
	if (!status && g->characters)
		print(drawing);
	else if (!status)
		status = save(g, drawing, err);
	fclose(drawing);
	return status;
}

/* Leaves the script, which holds the data, beside the picture that could not be drawn, and says so
 * in *err. */
static void leave_script(const struct gnuplot *g, gf_error *err)
{
	const gf_error why = *err;
	const size_t room = strlen(g->path) + sizeof ".gnuplot";
	char *path = malloc(room);
	struct outfile out;

	if (!path)
		return;
	snprintf(path, room, "%s.gnuplot", g->path);
	if (outfile_open(&out, path, NULL) == GF_OK) {
		fwrite(g->text, 1, g->length, out.file);
		if (outfile_commit(&out, NULL) == GF_OK) {
			error_clear(err);
			gf_fail(err, why.status, "%s; 'gnuplot %s >%s' draws what was left there",
				why.message, path, g->path);
		}
	}
	free(path);
}

gf_status gnuplot_end(struct gnuplot *g, gf_error *err)
{
	bool failed;

	fputs("unset multiplot\n", g->script);
	failed = ferror(g->script);
	failed = fclose(g->script) != 0 || failed;
	if (failed)
		gf_fail(err, GF_E_MEMORY, "cannot allocate the script of %s", g->path);
	else if (draw(g, err) == GF_E_CANTCREATE && !g->characters)
		leave_script(g, err);
	free(g->text);
	*g = (struct gnuplot){0};
	return err->status;
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
			      : gf_fail(err, GF_E_CANTCREATE, "--plot -: cannot draw: %s",
					gnuplot_missing);
}
