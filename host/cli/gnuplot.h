/*
 * gnuplot.h: draws a picture with the installed gnuplot, which gets a script with all data on its
 * standard input and writes the picture to its standard output.
 *
 *	struct gnuplot g;
 *
 *	TRY(gnuplot_begin(&g, "loss.svg", "houses.csv", 1, err));
 *	gnuplot_panel(&g);
 *	fprintf(g.script, "plot '-' with lines title %s\n", gnuplot_text("loss").text);
 *	...
 *	return gnuplot_end(&g, err);
 *
 * The file's ending says the format.  The file "-" is a drawing of characters on standard output.
 */
#ifndef GF_GNUPLOT_H
#define GF_GNUPLOT_H

#include "gpufitcl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct gnuplot {
	FILE *script;     /* to write to */
	const char *path; /* borrowed */
	char *text;       /* owned: what was written to script */
	size_t length;
	bool characters; /* the picture is made of characters: it has no colours */
};

/* True if path is "-" or ends in a known format. */
bool gnuplot_knows(const char *path);

/* Checks what can be checked before there is something to draw.  GF_E_CANTCREATE: the file cannot
 * be written; path is "-", and there is no gnuplot. */
gf_status gnuplot_check(const char *path, gf_error *err);

/* Begins the script of a picture with so many panels, side by side: of characters one below the
 * other.  GF_E_MEMORY. */
gf_status gnuplot_begin(
	struct gnuplot *g, const char *path, const char *title, unsigned panels, gf_error *err);

/* Begins a panel, with nothing but the common style: the next plot fills it. */
void gnuplot_panel(const struct gnuplot *g);

/* Names what is plotted in a line of its own: of characters below the panel. */
void gnuplot_key(const struct gnuplot *g);

/* Labels the axes.  Of characters the label of x names both: there is no room beside the y axis. */
void gnuplot_axes(const struct gnuplot *g, const char *x, const char *y);

/* Draws the picture and frees *g, also after an error.  Without gnuplot, or where it fails, the
 * script is left beside the picture and the message names it.
 * GF_E_CANTCREATE, GF_E_IO, GF_E_MEMORY.  GF_E_INTERRUPTED: the user asked to stop. */
gf_status gnuplot_end(struct gnuplot *g, gf_error *err);

/* Frees *g without a picture. */
void gnuplot_abandon(struct gnuplot *g);

/* Runs gnuplot on the script (text, length), which draws into the file.  The first three as of
 * gnuplot_end. */
gf_status gnuplot_run(const struct gnuplot *g, FILE *drawing, gf_error *err);

extern const char gnuplot_missing[]; /* why it cannot be run, where it is not installed */

/* A text as the script spells it: in quotes, in which gnuplot replaces nothing.  A long one is cut,
 * and what a terminal would obey is spelt out. */
enum { GNUPLOT_TEXT = 160 /* bytes, before they are quoted */ };

struct gnuplot_text {
	char text[2 * GNUPLOT_TEXT + 3];
};

struct gnuplot_text gnuplot_text(const char *text);

#endif
