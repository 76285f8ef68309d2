#include "target_advice.h"
#include "csv.h"

#include <math.h>

enum { FEW_ROWS = 4, MANY_CLASSES = 20 };

static int is_whole(float value)
{
	return value == floorf(value);
}

/* A column of two whole numbers is more often of two classes. */
void advise_on_numbers(const struct target_options *o, const float *values, size_t count)
{
	size_t i = 0, other;

	while (i < count && values[i] == values[0])
		i++;
	other = i;
	while (i < count && (values[i] == values[0] || values[i] == values[other]))
		i++;
	if (count < FEW_ROWS || other == count || i < count || !is_whole(values[0]) ||
		!is_whole(values[other]))
		return;
	data_notice(o->reader,
		"%s: %s: there are but two values, %.0f and %.0f; if these are classes, --loss bce "
		"is meant",
		o->path, o->column.text, (double)fminf(values[0], values[other]) + 0.0,
		(double)fmaxf(values[0], values[other]) + 0.0);
}

/* Classes that are almost as many as the rows are names or numbers. */
void advise_on_classes(const struct target_options *o, const struct label_set *labels, size_t rows)
{
	size_t classes = label_set_distinct(labels);
	int numbers = labels->words == 0, most = 2 * classes > rows;
	int fraction = numbers && label_set_has_fraction(labels);

	if (!(fraction && most) && !(classes > MANY_CLASSES && (fraction || most)))
		return;
	data_notice(o->reader, "%s: %s: %zu classes in %zu rows; %s", o->path, o->column.text,
		classes, rows,
		numbers ? "if this is a number to predict, --loss mse is meant"
			: "if this is not what to predict, --target names it");
}
