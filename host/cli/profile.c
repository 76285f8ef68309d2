#include "format.h"
#include "json.h"
#include "print.h"
#include "report.h"

#include <stddef.h>
#include <stdio.h>

static double bytes_per_second(const gf_profile_row *row)
{
	return row->total_seconds > 0 ? (double)row->bytes / row->total_seconds : 0;
}

static void add_bandwidth(struct table *table, const gf_profile_row *row, double ceiling)
{
	double rate = bytes_per_second(row);

	if (row->bytes == 0) {
		table_end_row(table);
		return;
	}
	table_cell(table, "%s", format_bytes(row->bytes).text);
	table_cell(table, "%.3g", rate / 1e9);
	table_cell(table, "%s", format_percent(rate, ceiling).text);
}

/* The time of all kernels and copies. */
static double device_seconds(const gf_profile *profile)
{
	double sum = 0.0;

	for (size_t i = 0; i < profile->rows_count; i++)
		sum += profile->rows[i].total_seconds;
	return sum;
}

static void add_row(struct table *table, const gf_profile_row *row, const gf_profile *profile)
{
	double mean = row->calls ? row->total_seconds / (double)row->calls : 0;

	table_name(table, row->name);
	table_cell(table, "%zu", row->calls);
	table_cell(table, "%s", format_seconds(row->total_seconds).text);
	table_cell(table, "%s", format_seconds(mean).text);
	table_cell(table, "%s", format_seconds(row->min_seconds).text);
	table_cell(table, "%s", format_seconds(row->max_seconds).text);
	table_cell(table, "%s", format_percent(row->total_seconds, device_seconds(profile)).text);
	add_bandwidth(table, row, profile->ceiling_bytes_per_second);
}

static void print_rows(const gf_profile *profile)
{
	static const char *const headers[] = {"kernel or copy", "calls", "total", "mean", "min",
		"max", "share", "bytes", "GB/s", "of ceiling", NULL};
	struct table table;

	table_init(&table, "lrrrrrrrrr");
	table_headers(&table, headers);
	for (size_t i = 0; i < profile->rows_count; i++)
		add_row(&table, &profile->rows[i], profile);
	table_print(&table, "");
	if (profile->ceiling_bytes_per_second > 0)
		printf("read ceiling of these data, measured just now on this device: %.3g GB/s\n",
			profile->ceiling_bytes_per_second / 1e9);
}

/* The phases, whose sum is the time of gf_fit. */
static const struct phase {
	const char *key, *words;
	size_t at; /* offset of a double in gf_profile */
} PHASES[] = {
	{"open_seconds", "open the device", offsetof(gf_profile, open_seconds)},
	{"build_seconds", "build the kernels", offsetof(gf_profile, build_seconds)},
	{"upload_seconds", "upload", offsetof(gf_profile, upload_seconds)},
	{"train_seconds", "train", offsetof(gf_profile, train_seconds)},
	{"check_seconds", "check against the reference", offsetof(gf_profile, check_seconds)},
	{"ceiling_seconds", "measure the read ceiling", offsetof(gf_profile, ceiling_seconds)},
	{"other_seconds", "other", offsetof(gf_profile, other_seconds)},
};

enum { PHASE_COUNT = sizeof PHASES / sizeof *PHASES };

static double seconds_of(const gf_profile *profile, const struct phase *phase)
{
	return *(const double *)((const char *)profile + phase->at);
}

static void add_phase(struct table *table, const char *words, double seconds, double whole)
{
	table_cell(table, "%s", words);
	table_cell(table, "%s", format_seconds(seconds).text);
	table_cell(table, "%s", format_percent(seconds, whole).text);
}

static void print_phases(const gf_profile *profile, double load_seconds)
{
	const double whole = load_seconds + profile->wall_seconds;
	struct table table;

	table_init(&table, "lrr");
	add_phase(&table, "load the data", load_seconds, whole);
	for (size_t i = 0; i < PHASE_COUNT; i++)
		add_phase(&table, PHASES[i].words, seconds_of(profile, &PHASES[i]), whole);
	add_phase(&table, "whole", whole, whole);
	table_print(&table, "");
}

void profile_print(const gf_profile *profile, double load_seconds)
{
	putchar('\n');
	print_rows(profile);
	putchar('\n');
	print_phases(profile, load_seconds);
}

static json_t *row_json(const gf_profile_row *row)
{
	json_t *json = json_object();

	json_set_text(json, "name", row->name);
	json_set_count(json, "calls", row->calls);
	json_set_number(json, "total_seconds", row->total_seconds);
	json_set_number(json, "min_seconds", row->min_seconds);
	json_set_number(json, "max_seconds", row->max_seconds);
	json_set_count(json, "bytes", row->bytes);
	return json;
}

json_t *profile_json(const gf_profile *profile)
{
	json_t *json = json_object(), *rows = json_array();

	json_set_number(json, "wall_seconds", profile->wall_seconds);
	for (size_t i = 0; i < PHASE_COUNT; i++)
		json_set_number(json, PHASES[i].key, seconds_of(profile, &PHASES[i]));
	json_set_number(json, "ceiling_bytes_per_second", profile->ceiling_bytes_per_second);
	for (size_t i = 0; i < profile->rows_count; i++)
		rows = json_append(rows, row_json(&profile->rows[i]));
	json_object_set_new(json, "rows", rows);
	return json;
}
