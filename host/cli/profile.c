#include "format.h"
#include "json.h"
#include "print.h"
#include "report.h"

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

static void print_phases(const gf_profile *p, double load_seconds)
{
	double whole = load_seconds + p->wall_seconds;
	const struct {
		const char *name;
		double seconds;
	} phases[] = {
		{"load the data", load_seconds},
		{"open the device", p->open_seconds},
		{"build the kernels", p->build_seconds},
		{"upload", p->upload_seconds},
		{"train", p->train_seconds},
		{"check against the reference", p->check_seconds},
		{"measure the read ceiling", p->ceiling_seconds},
		{"other", p->other_seconds},
		{"whole", whole},
	};
	struct table table;

	table_init(&table, "lrr");
	for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
		table_cell(&table, "%s", phases[i].name);
		table_cell(&table, "%s", format_seconds(phases[i].seconds).text);
		table_cell(&table, "%s", format_percent(phases[i].seconds, whole).text);
	}
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

json_t *profile_json(const gf_profile *p)
{
	json_t *json = json_object(), *rows = json_array();

	json_set_number(json, "wall_seconds", p->wall_seconds);
	json_set_number(json, "open_seconds", p->open_seconds);
	json_set_number(json, "build_seconds", p->build_seconds);
	json_set_number(json, "upload_seconds", p->upload_seconds);
	json_set_number(json, "train_seconds", p->train_seconds);
	json_set_number(json, "check_seconds", p->check_seconds);
	json_set_number(json, "ceiling_seconds", p->ceiling_seconds);
	json_set_number(json, "other_seconds", p->other_seconds);
	json_set_number(json, "ceiling_bytes_per_second", p->ceiling_bytes_per_second);
	for (size_t i = 0; i < p->rows_count; i++)
		rows = json_append(rows, row_json(&p->rows[i]));
	json_object_set_new(json, "rows", rows);
	return json;
}
