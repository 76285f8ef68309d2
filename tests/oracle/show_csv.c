/*
 * show_csv.c: what gpufit reads of CSV files, for read_csv.py.
 *
 * Each line of standard input is a file: PATH, KEEP, FEATURES and TARGET, separated by tabs; an
 * empty KEEP keeps nothing.  Answers "error MESSAGE", or "rows N", kept names, and a line a row:
 * the kept texts in hexadecimal, features and targets as C's %a prints them.
 */
#include <gpufitcl.h>
#include <stdio.h>
#include <string.h>

static void show_text(const char *text)
{
	putchar('x');
	for (; *text; text++)
		printf("%02x", (unsigned char)*text);
	putchar(' ');
}

static void show(const gf_dataset *data)
{
	size_t rows = gf_dataset_rows(data), kept = gf_dataset_kept(data);
	size_t features = gf_dataset_features(data), outputs = gf_dataset_outputs(data);
	const float *x = gf_dataset_x(data), *y = gf_dataset_y(data);

	printf("rows %zu\n", rows);
	for (size_t i = 0; i < kept; i++)
		show_text(gf_dataset_kept_name(data, i));
	putchar('\n');
	for (size_t row = 0; row < rows; row++) {
		for (size_t i = 0; i < kept; i++)
			show_text(gf_dataset_kept_text(data, row, i));
		for (size_t i = 0; i < features; i++)
			printf("%a ", (double)x[row * features + i]);
		for (size_t i = 0; i < outputs; i++)
			printf("%a ", (double)y[row * outputs + i]);
		putchar('\n');
	}
}

int main(void)
{
	char line[4096];

	while (fgets(line, sizeof line, stdin)) {
		char *fields[4], *at = line;
		gf_read_options options;
		gf_error err = {0};
		gf_dataset *data;

		line[strcspn(line, "\n")] = 0;
		for (int i = 0; i < 4; i++) {
			fields[i] = at;
			at += strcspn(at, "\t");
			if (*at)
				*at++ = 0;
		}
		gf_read_options_default(&options);
		options.delimiter = ',';
		options.header = 1;
		options.keep = *fields[1] ? fields[1] : NULL;
		options.features = fields[2];
		options.target = fields[3];
		if (gf_dataset_read(&data, fields[0], &options, &err))
			printf("error %s\n", err.message);
		else
			show(data);
		gf_dataset_free(data);
	}
	return 0;
}
