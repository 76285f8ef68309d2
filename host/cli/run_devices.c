#include "commands.h"
#include "failure.h"
#include "format.h"
#include "message.h"
#include "table.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* "OpenCL 3.0": what follows is the vendor's, and long. */
static int version_length(const char *version)
{
	const char *number = strchr(version, ' ');

	return number ? (int)(number + 1 + strcspn(number + 1, " ") - version) : INT_MAX;
}

static void add_device(struct table *table, const gf_device_info *info)
{
	table_cell(table, "%zu", info->index);
	table_cell(table, "%zu:%zu", info->platform, info->device);
	table_cell(table, "%s", info->type);
	table_cell(table, "%zu", info->compute_units);
	table_cell(table, "%s", format_bytes(info->memory_bytes).text);
	table_cell(table, "%s", info->name);
	table_cell(table, "%s", info->platform_name);
	table_cell(table, "%.*s", version_length(info->version), info->version);
}

static void print_list(const gf_device_info *list, size_t count)
{
	static const char *const headers[] = {
		"", "P:D", "type", "units", "memory", "name", "platform", "version"};
	struct table table;

	table_init(&table, "rrlrrlll");
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
		table_cell(&table, "%s", headers[i]);
	for (size_t i = 0; i < count; i++)
		add_device(&table, &list[i]);
	table_print(&table, "");
}

static void print_all(const gf_device_info *info)
{
	printf("%zu  %s\n", info->index, info->name);
	printf("   P:D             %zu:%zu\n", info->platform, info->device);
	printf("   type            %s\n", info->type);
	printf("   platform        %s\n", info->platform_name);
	printf("   version         %s\n", info->version);
	printf("   driver          %s\n", info->driver);
	printf("   compute units   %zu\n", info->compute_units);
	printf("   memory          %s, %s\n", format_bytes(info->memory_bytes).text,
		info->unified_memory ? "shared with the host" : "its own");
	printf("   largest buffer  %s\n", format_bytes(info->max_alloc_bytes).text);
}

int run_devices(const struct options *options)
{
	gf_device_info *list;
	size_t count;
	gf_error err = {0};

	if (gf_device_list(&list, &count, &err))
		return failure(options, &err);
	if (!options->given[OPT_VERBOSE])
		print_list(list, count);
	for (size_t i = 0; options->given[OPT_VERBOSE] && i < count; i++)
		print_all(&list[i]);
	gf_device_list_free(list);
	return 0;
}
