#include "commands.h"
#include "failure.h"
#include "format.h"
#include "json.h"
#include "print.h"
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
	table_cell(table, "%s", format_count(info->compute_units, "unit").text);
	table_cell(table, "%s", format_bytes(info->memory_bytes).text);
	table_cell(table, "%s", info->name);
}

/* The devices that share the first one's platform, under its name; returns how many. */
static size_t print_platform(const gf_device_info *list, size_t count)
{
	struct table table;
	size_t shown = 0;

	printf("%s, %.*s\n", list->platform_name, version_length(list->version), list->version);
	table_init(&table, "rllrrl");
	for (; shown < count && list[shown].platform == list->platform; shown++)
		add_device(&table, &list[shown]);
	table_print(&table, "  ");
	return shown;
}

static void print_list(const gf_device_info *list, size_t count)
{
	for (size_t shown = 0; shown < count;)
		shown += print_platform(list + shown, count - shown);
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

static json_t *device_json(const gf_device_info *info)
{
	json_t *json = json_object();

	json_object_set_new(json, "index", json_integer((json_int_t)info->index));
	json_object_set_new(json, "platform", json_integer((json_int_t)info->platform));
	json_object_set_new(json, "device", json_integer((json_int_t)info->device));
	json_object_set_new(json, "name", json_text(info->name));
	json_object_set_new(json, "platform_name", json_text(info->platform_name));
	json_object_set_new(json, "version", json_text(info->version));
	json_object_set_new(json, "driver", json_text(info->driver));
	json_object_set_new(json, "type", json_text(info->type));
	json_object_set_new(json, "compute_units", json_integer((json_int_t)info->compute_units));
	json_object_set_new(json, "memory_bytes", json_integer((json_int_t)info->memory_bytes));
	json_object_set_new(
		json, "max_alloc_bytes", json_integer((json_int_t)info->max_alloc_bytes));
	json_object_set_new(json, "unified_memory", json_boolean(info->unified_memory));
	return json;
}

static json_t *list_json(const gf_device_info *list, size_t count)
{
	json_t *json = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(json, device_json(&list[i]));
	return json;
}

int run_devices(const struct options *options)
{
	gf_device_info *list;
	size_t count;
	gf_error err = {0};
	int code = 0;

	if (gf_device_list(&list, &count, &err))
		return failure(options, &err);
	if (options->given[OPT_JSON])
		code = print_json(list_json(list, count));
	else if (!options->given[OPT_VERBOSE])
		print_list(list, count);
	else
		for (size_t i = 0; i < count; i++)
			print_all(&list[i]);
	gf_device_list_free(list);
	return code;
}
