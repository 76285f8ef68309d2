#include "sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the options that can be swept ---- */

static const struct option_row *row_named(const struct command *command, const char *name)
{
	const struct option_row *row;

	for (size_t i = 0; (row = option_row_at(i)); i++)
		if ((row->commands & command->bit) && strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

/* Writes "lr, momentum, ..." */
static void list_swept(const struct command *command, char *list, size_t size)
{
	const struct option_row *row;
	size_t used = 0;

	list[0] = '\0';
	for (size_t i = 0; (row = option_row_at(i)) && used < size; i++)
		if ((row->commands & command->bit) && option_is_swept(row))
			used += (size_t)snprintf(
				list + used, size - used, "%s%s", used ? ", " : "", row->name);
}

static const char *why_not(const struct option_row *row)
{
	if (!row)
		return "is no option";
	if (option_reads_data(row))
		return "changes how DATA is read, which happens once";
	return "does not take one number of the training";
}

/* ---- one option ---- */

static size_t count_of(const char *text, char separator)
{
	size_t count = 1;

	for (; *text; text++)
		count += *text == separator;
	return count;
}

/* Cuts text at each separator, and stores where the pieces begin. */
static void cut(char *text, char separator, char **pieces)
{
	char *next;

	for (*pieces++ = text; (next = strchr(text, separator)); *pieces++ = text) {
		*next = '\0';
		text = next + 1;
	}
}

static bool check_values(
	const struct sweep_axis *axis, const struct options *options, char *complaint, size_t size)
{
	struct options point = *options;
	char wrong[1024];

	for (size_t i = 0; i < axis->count; i++) {
		point.texts[axis->row->option] = axis->values[i];
		if (option_store(&point, axis->row->option, wrong, sizeof wrong))
			continue;
		snprintf(complaint, size, "%s: %s", axis->row->name, wrong);
		return false;
	}
	return true;
}

static bool check_name(const struct sweep *sweep, const struct options *options, const char *name,
	const struct option_row *row, char *complaint, size_t size)
{
	char list[1024];

	if (!row || !option_is_swept(row)) {
		list_swept(options->command, list, sizeof list);
		snprintf(complaint, size, "'%s' %s; wanted: one of %s", name, why_not(row), list);
		return false;
	}
	if (options->given[row->option]) {
		snprintf(complaint, size, "--%s has a value already", name);
		return false;
	}
	for (size_t i = 0; i < sweep->axes_count; i++)
		if (sweep->axes[i].row == row) {
			snprintf(complaint, size, "%s is there twice", name);
			return false;
		}
	return true;
}

/* Parses "lr=0.1,0.01", whose values have room from `values` on. */
static bool take_axis(struct sweep *sweep, const struct options *options, char *item, char **values,
	char *complaint, size_t size)
{
	struct sweep_axis axis = {.values = values};
	char *equals = strchr(item, '=');

	if (!equals || equals == item) {
		snprintf(complaint, size,
			"wanted NAME=VALUE,VALUE,..., as in lr=0.1,0.01, found '%s'", item);
		return false;
	}
	*equals = '\0';
	axis.row = row_named(options->command, item);
	if (!check_name(sweep, options, item, axis.row, complaint, size))
		return false;
	axis.count = count_of(equals + 1, ',');
	cut(equals + 1, ',', values);
	if (!check_values(&axis, options, complaint, size))
		return false;
	sweep->axes[sweep->axes_count++] = axis;
	return true;
}

/* ---- all options ---- */

static bool take_all(
	struct sweep *sweep, const struct options *options, char *complaint, size_t size)
{
	char *items[SWEEP_OPTIONS], **values = sweep->values;
	const size_t count = count_of(sweep->text, '\n');

	if (count > SWEEP_OPTIONS) {
		snprintf(complaint, size, "wanted at most %d options, found %zu", SWEEP_OPTIONS,
			count);
		return false;
	}
	cut(sweep->text, '\n', items);
	for (size_t i = 0; i < count; i++) {
		if (!take_axis(sweep, options, items[i], values, complaint, size))
			return false;
		values += sweep->axes[i].count;
		sweep->points *= sweep->axes[i].count;
		if (sweep->points > SWEEP_POINTS) {
			snprintf(complaint, size, "the lists make more than %d combinations",
				SWEEP_POINTS);
			return false;
		}
	}
	return true;
}

bool sweep_parse(struct sweep *sweep, const struct options *options, char *complaint, size_t size)
{
	*sweep = (struct sweep){.points = 1};
	if (!options->sweep)
		return true;
	sweep->text = strdup(options->sweep);
	sweep->values = calloc(strlen(options->sweep) + 1, sizeof *sweep->values);
	if (sweep->text && sweep->values)
		return take_all(sweep, options, complaint, size);
	snprintf(complaint, size, "there is no memory for its values");
	return false;
}

void sweep_free(struct sweep *sweep)
{
	free(sweep->text);
	free(sweep->values);
}

/* ---- points ---- */

char *sweep_value(const struct sweep *sweep, size_t point, size_t axis)
{
	for (size_t i = sweep->axes_count; i-- > axis + 1;)
		point /= sweep->axes[i].count;
	return sweep->axes[axis].values[point % sweep->axes[axis].count];
}

struct options sweep_options(const struct sweep *sweep, const struct options *options, size_t point)
{
	struct options at = *options;
	char unused[1024];

	for (size_t i = 0; i < sweep->axes_count; i++) {
		const enum option option = sweep->axes[i].row->option;

		at.given[option] = true;
		at.texts[option] = sweep_value(sweep, point, i);
		option_store(&at, option, unused, sizeof unused);
	}
	at.sweep = NULL;
	at.given[OPT_SWEEP] = false;
	return at;
}
