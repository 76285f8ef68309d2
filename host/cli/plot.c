#include "plot.h"
#include "format.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- colours ---- */

struct rgb {
	unsigned red, green, blue;
};

static const struct rgb classes[] = {{0x0b, 0x6e, 0x99}, {0xd9, 0x73, 0x0d}, {0x00, 0x9e, 0x73},
	{0xcc, 0x79, 0xa7}, {0xe6, 0xb8, 0x00}, {0x56, 0xb4, 0xe9}, {0x8c, 0x56, 0x4b},
	{0x44, 0x44, 0x44}};

static struct colour colour_of(struct rgb c)
{
	struct colour colour;

	snprintf(colour.text, sizeof colour.text, "#%02x%02x%02x", c.red & 255, c.green & 255,
		c.blue & 255);
	return colour;
}

static struct rgb class_rgb(size_t class_index)
{
	return classes[class_index % (sizeof classes / sizeof *classes)];
}

struct colour plot_colour(size_t class_index)
{
	return colour_of(class_rgb(class_index));
}

static unsigned mix(unsigned from, unsigned to, double share)
{
	return (unsigned)lround((double)from + share * ((double)to - (double)from));
}

static struct colour mixed(struct rgb from, struct rgb to, double share)
{
	return colour_of((struct rgb){mix(from.red, to.red, share),
		mix(from.green, to.green, share), mix(from.blue, to.blue, share)});
}

struct colour plot_tint(size_t class_index)
{
	return mixed((struct rgb){255, 255, 255}, class_rgb(class_index), 0.2);
}

struct colour plot_shade(double share)
{
	return mixed((struct rgb){0xbc, 0xd9, 0xe6}, (struct rgb){0x0b, 0x6e, 0x99}, share);
}

/* ---- titles ---- */

struct plot_title plot_file_title(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	struct plot_title title;

	if (!path)
		path = "the built-in points";
	else if (strcmp(path, "-") == 0)
		path = "standard input";
	snprintf(title.text, sizeof title.text, "%s", slash ? slash + 1 : path);
	return title;
}

struct plot_title plot_files_title(const char *first, size_t count)
{
	struct plot_title title = plot_file_title(first);
	const size_t used = strlen(title.text);

	if (count > 1)
		snprintf(title.text + used, sizeof title.text - used, " and %zu more file%s",
			count - 1, count > 2 ? "s" : "");
	return title;
}

/* ---- ranges ---- */

const struct extent extent_none = {INFINITY, -INFINITY};

void extent_add(struct extent *extent, double value)
{
	if (!isfinite(value))
		return;
	extent->least = fmin(extent->least, value);
	extent->most = fmax(extent->most, value);
}

struct extent extent_of(const float *values, size_t count, size_t stride)
{
	struct extent extent = extent_none;
	double size, margin;

	for (size_t i = 0; i < count; i++)
		extent_add(&extent, (double)values[i * stride]);
	size = extent.most - extent.least;
	margin = size > 0 ? size / 20 : 1;
	return (struct extent){fmax(extent.least - margin, -(double)FLT_MAX),
		fmin(extent.most + margin, (double)FLT_MAX)};
}

/* ---- rows ---- */

size_t plot_stride(size_t rows)
{
	return (rows + PLOT_POINTS - 1) / PLOT_POINTS;
}

struct plot_title plot_rows_title(size_t rows)
{
	const size_t stride = plot_stride(rows);
	struct plot_title title;

	if (stride > 1)
		snprintf(title.text, sizeof title.text, "%zu of %zu rows",
			(rows + stride - 1) / stride, rows);
	else
		snprintf(title.text, sizeof title.text, "%s", format_count(rows, "row").text);
	return title;
}

size_t plot_class_of(const gf_dataset *data, size_t row)
{
	const float y = gf_dataset_y(data)[row];

	return y > 0 ? (size_t)y : 0;
}

bool plot_has_probabilities(const gf_model *model)
{
	return gf_model_classes(model) > 0 && gf_model_loss(model) != GF_LOSS_hinge &&
	       gf_model_loss(model) != GF_LOSS_squared_hinge;
}
