#include "precision.h"

#include <float.h>
#include <stdlib.h>

enum { NOTICES = 3 };

struct precision *precision_new(size_t count, const struct csv_options *options)
{
	struct precision *p = calloc(count + 1, sizeof *p); /* + 1: never a request for nothing */

	for (size_t i = 0; p && i < count; i++)
		p[i].wide = !precision_wanted(options);
	return p;
}

void precision_add_field(struct precision *p, const char *text, locale_t c)
{
	float value;

	if (!p->wide && !number_parse(&value, text, c))
		precision_add_text(p, value, text, c);
}

void precision_merge(struct precision *p, const struct precision *more)
{
	p->wide |= more->wide;
	if (!more->begun || p->wide)
		return;
	precision_add(p, more->low, more->least);
	precision_add(p, more->high, more->most);
}

/* How far apart the values lie: as floats, or within one. */
static double reach(const struct precision *p)
{
	return fmax((double)p->high - (double)p->low, p->most - p->least);
}

static int is_lost(const struct precision *p)
{
	return p->begun && !p->wide && p->most - p->least > 0x1p-12 * reach(p);
}

/* How far apart the floats around value are. */
static double spacing(float value)
{
	return (double)(nextafterf(fabsf(value), FLT_MAX) - fabsf(value));
}

void precision_tell(const struct precision *p, const char *label, const char *path, int is_target,
	const struct csv_options *options)
{
	const float largest = fmaxf(fabsf(p->low), fabsf(p->high));

	if (is_lost(p))
		data_notice(options,
			"%s: %s: the values vary by about %.3g, and 32-bit floats near %.6g are "
			"%.3g apart, so that different values become one; subtract %.6g or so from "
			"each of them in the file%s",
			path, label, reach(p), (double)largest, spacing(largest), (double)p->low,
			is_target ? ", and add it to the predictions" : "");
}

void precision_notice(const struct precision *p, const struct column_list *list,
	const struct columns *columns, const struct csv_options *options)
{
	size_t lost = 0;

	for (size_t i = 0; i < list->count; i++)
		if (is_lost(&p[i]) && ++lost <= NOTICES)
			precision_tell(&p[i], columns_label(columns, list->at[i]).text,
				columns->path, columns->roles[list->at[i]] == COLUMN_TARGET,
				options);
	if (lost > NOTICES)
		data_notice(options, "%s: the same of %zu more column%s", columns->path,
			lost - NOTICES, lost == NOTICES + 1 ? "" : "s");
}
