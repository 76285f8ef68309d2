#include "option_tables.h"

static const char *const TITLES[GROUP_COUNT] = {
	[GROUP_MODEL] = "Options:",
	[GROUP_COLUMNS] = "Columns:",
	[GROUP_READING] = "Reading DATA:",
	[GROUP_LOSS] = "Loss:",
	[GROUP_OPTIMIZER] = "Optimizer:",
	[GROUP_SCHEDULE] = "Schedule:",
	[GROUP_TRAINING] = "Training:",
	[GROUP_VALIDATION] = "Validation:",
	[GROUP_WHERE] = "Where:",
	[GROUP_RESULT] = "What comes out:",
	[GROUP_HELP] = "Help:",
};

static struct poptOption entry_of(const struct option_row *row)
{
	int kind = row->metavar ? POPT_ARG_STRING : POPT_ARG_NONE;

	if (row->optional_value)
		kind |= POPT_ARGFLAG_OPTIONAL;
	return (struct poptOption){.longName = row->name,
		.shortName = row->letter,
		.argInfo = (unsigned)kind,
		.val = (int)row->option,
		.descrip = row->help,
		.argDescrip = row->metavar};
}

/* The command's options of that group from `at` on; how many they are. */
static size_t add_group(
	struct poptOption *at, const struct command *command, enum option_group group)
{
	const struct option_row *row;
	size_t count = 0;

	for (size_t i = 0; (row = option_row_at(i)); i++)
		if (row->group == group && (row->commands & command->bit))
			at[count++] = entry_of(row);
	return count;
}

const struct poptOption *option_tables_of(
	struct option_tables *tables, const struct command *command)
{
	struct poptOption *groups = tables->entries, *next = groups + GROUP_COUNT + 1;

	*tables = (struct option_tables){0};
	for (size_t group = 0; group < GROUP_COUNT; group++) {
		size_t count = add_group(next, command, (enum option_group)group);

		if (count == 0)
			continue;
		*groups++ = (struct poptOption){
			.argInfo = POPT_ARG_INCLUDE_TABLE, .arg = next, .descrip = TITLES[group]};
		next += count + 1; /* popt's tables end in zeros */
	}
	return tables->entries;
}
