#include "nist.h"

#include "dataset.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static gf_dataset *read_columns(const char *name)
{
	gf_read_options options;
	gf_dataset *data;
	gf_error err = {0};
	char path[128];

	gf_read_options_default(&options);
	options.target = "y";
	snprintf(path, sizeof path, "data/nist/%s.csv", name);
	if (gf_dataset_read(&data, path, &options, &err))
		fail_msg("%s", err.message);
	return data;
}

gf_dataset *nist_read(const char *name, size_t degree)
{
	gf_dataset *columns = read_columns(name), *data;
	const size_t N = columns->rows;
	size_t i, j;

	if (!degree)
		return columns;
	assert_int_equal(dataset_alloc(&data, N, degree, 1, NULL), GF_OK);
	for (i = 0; i < N; i++)
		for (j = 0; j < degree; j++)
			data->x[i * degree + j] =
				(float)pow((double)columns->x[i], (double)(j + 1));
	memcpy(data->y, columns->y, N * sizeof *data->y);
	gf_dataset_free(columns);
	return data;
}

void nist_certified(const char *name, void (*take)(void *user, const char *line), void *user)
{
	char line[512];
	FILE *file;

	snprintf(line, sizeof line, "data/nist/%s.certified.csv", name);
	file = fopen(line, "r");
	if (!file)
		fail_msg("%s: cannot be opened; the tests run in the repository's root", line);
	while (fgets(line, sizeof line, file))
		take(user, line);
	fclose(file);
}

double digits_of(double found, double certified)
{
	const double error = fabs(found - certified) / fabs(certified);

	return fmin(15.0, fmax(0.0, -log10(error)));
}

void assert_stated_digits(const char *name, const char *what, double reached, double stated)
{
	if (!(reached >= stated))
		fail_msg("%s: %s %.2f digits, stated %.1f", name, what, reached, stated);
	if (!(reached < stated + 1.0))
		fail_msg("%s: %s %.2f digits, more than the stated %.1f: "
			 "state it here and in data/README.md",
			name, what, reached, stated);
}
