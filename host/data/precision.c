#include "precision.h"
#include "memory.h"

#include <float.h>
#include <stdlib.h>

enum { NOTICES = 3 /* for as many columns; the others are counted */ };

double precision_integer_rest(uint64_t magnitude)
{
	const double size = (double)(float)(double)magnitude;

	if (size >= 0x1p64)
		return (double)magnitude - size;
	return (double)(int64_t)(magnitude - (uint64_t)size);
}

struct precision *precision_new(size_t count, const struct read_options *options)
{
	struct precision *p = calloc(count + 1, sizeof *p); /* + 1: never a request for nothing */

	for (size_t i = 0; p && i < count; i++)
		p[i].wide = !precision_wanted(options);
	return p;
}

void precision_add_if_number(struct precision *p, const char *text, locale_t c)
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
	precision_add(p, more->low, more->lowest_rest);
	precision_add(p, more->high, more->highest_rest);
}

/* The distance between the smallest and the largest value: that of the floats or, where all values
 * become one float, that of the rests. */
static double value_range(const struct precision *p)
{
	return fmax((double)p->high - (double)p->low, p->highest_rest - p->lowest_rest);
}

static int merges_values(const struct precision *p)
{
	return p->begun && !p->wide && p->highest_rest - p->lowest_rest > 0x1p-12 * value_range(p);
}

/* The distance between value and the next larger float. */
static double float_spacing(float value)
{
	return (double)(nextafterf(fabsf(value), FLT_MAX) - fabsf(value));
}

void precision_notice_column(const struct precision *p, struct data_place column, int is_target,
	const struct read_options *options)
{
	const float largest = fmaxf(fabsf(p->low), fabsf(p->high));

	if (merges_values(p))
		report_notice(column, options,
			"the values vary by about %.3g, and 32-bit floats near %.6g are "
			"%.3g apart, so that different values become one; subtract %.6g or so from "
			"each of them in the file%s",
			value_range(p), (double)largest, float_spacing(largest), (double)p->low,
			is_target ? ", and add it to the predictions" : "");
}

void precision_notice(const struct precision *p, const struct column_list *list,
	const struct columns *columns, const struct read_options *options)
{
	size_t merging = 0;

	for (size_t i = 0; i < list->count; i++)
		if (merges_values(&p[i]) && ++merging <= NOTICES)
			precision_notice_column(&p[i], columns_place(columns, 0, list->at[i]),
				columns->roles[list->at[i]] == COLUMN_TARGET, options);
	if (merging > NOTICES)
		report_notice(files_place(columns->files, 0), options,
			"the values of %zu more column%s become one in the same way",
			merging - NOTICES, plural_s(merging - NOTICES));
}

/* ---- rows that leave zeros out ---- */

static int compare_indices(const void *a, const void *b)
{
	uint32_t x = ((const struct watched_index *)a)->index;
	uint32_t y = ((const struct watched_index *)b)->index;

	return (x > y) - (x < y);
}

static int add_first(
	struct sparse_precision *s, uint32_t index, float value, const char *text, locale_t c)
{
	struct watched_index *indices =
		array_reserve(s->indices, &s->room, s->count + 1, sizeof *indices);

	if (!indices)
		return -1;
	s->indices = indices;
	indices[s->count] = (struct watched_index){.index = index};
	if (text)
		precision_add_text(&indices[s->count].precision, value, text, c);
	s->count++;
	return 0;
}

/* Most rows have the same indices in the same order. */
static struct watched_index *find(struct sparse_precision *s, uint32_t index)
{
	const struct watched_index key = {.index = index};

	if (s->next < s->count && s->indices[s->next].index == index)
		return &s->indices[s->next];
	return bsearch(&key, s->indices, s->count, sizeof key, compare_indices);
}

int sparse_precision_add(
	struct sparse_precision *s, uint32_t index, float value, const char *text, locale_t c)
{
	struct watched_index *found;

	if (s->rows == 0)
		return add_first(s, index, value, text, c);
	found = s->count ? find(s, index) : NULL;
	if (!found)
		return 0;
	if (text)
		precision_add_text(&found->precision, value, text, c);
	found->row = s->rows + 1;
	s->next = (size_t)(found - s->indices) + 1;
	return 0;
}

/* Stops watching columns that are wide, or that this row has left out. */
static void keep_narrow(struct sparse_precision *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++)
		if (!s->indices[i].precision.wide &&
			(s->rows == 0 || s->indices[i].row == s->rows + 1))
			s->indices[kept++] = s->indices[i];
	s->count = kept;
}

void sparse_precision_end_row(struct sparse_precision *s)
{
	if (s->rows == 0 && s->count)
		qsort(s->indices, s->count, sizeof *s->indices, compare_indices);
	keep_narrow(s);
	s->next = 0;
	s->rows++;
}

int sparse_precision_notice(const struct sparse_precision *s, size_t base,
	const struct columns *columns, const struct read_options *options)
{
	struct precision *precision = calloc(s->count + 1, sizeof *precision);
	struct column_list list = {.at = calloc(s->count + 1, sizeof *list.at)};
	int failed = !precision || !list.at;

	for (size_t i = 0; i < s->count && !failed; i++) {
		size_t column = s->indices[i].index - base;

		if (column >= columns->names.count || columns->roles[column] != COLUMN_FEATURE)
			continue;
		precision[list.count] = s->indices[i].precision;
		list.at[list.count++] = column;
	}
	if (!failed)
		precision_notice(precision, &list, columns, options);
	free(list.at);
	free(precision);
	return failed ? -1 : 0;
}

void sparse_precision_free(struct sparse_precision *s)
{
	free(s->indices);
	*s = (struct sparse_precision){0};
}
