/* pytorch_data.c: the part of the script that reads the data, and how that is found out. */
#include "catalog.h"
#include "error.h"
#include "format.h"
#include "pytorch.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- the first line of the file ---- */

enum { LINE_ROOM = 1 << 20, FIELDS = 1 << 16 };

/* The first line, cut into fields, which are unquoted. */
struct line {
	char text[LINE_ROOM]; /* as it stands in the file */
	char cut[LINE_ROOM];
	const char *fields[FIELDS];
	size_t count;
};

/* Cuts the line at the delimiter outside of quotes. */
static void cut_line(struct line *line, char delimiter)
{
	char *to = line->cut;
	bool quoted = false;

	line->count = 0;
	line->fields[line->count++] = to;
	for (const char *c = line->text; *c; c++) {
		if (*c == '"' && quoted && c[1] == '"')
			*to++ = *c++;
		else if (*c == '"')
			quoted = !quoted;
		else if (*c != delimiter || quoted)
			*to++ = *c;
		else if (line->count < FIELDS) {
			*to++ = 0;
			line->fields[line->count++] = to;
		}
	}
	*to = 0;
}

static bool has_field(const struct line *line, const char *name)
{
	for (size_t i = 0; i < line->count; i++)
		if (strcmp(line->fields[i], name) == 0)
			return true;
	return false;
}

/* The place of a column without a name, from 0, which gpufit calls "column3"; SIZE_MAX: the name is
 * another. */
static size_t place_of(const char *name)
{
	unsigned long place;
	int length = 0;

	if (sscanf(name, "column%lu%n", &place, &length) != 1 || name[length] || place == 0)
		return SIZE_MAX;
	return place - 1;
}

/* Returns true if the column is among the fields of the first line: by name in a header, by place
 * otherwise. */
static bool has_column(const struct line *line, const char *name, bool header)
{
	return header ? has_field(line, name) : place_of(name) < line->count;
}

static bool has_columns(const struct line *line, const gf_dataset *data, bool header)
{
	for (size_t j = 0; j < gf_dataset_features(data); j++)
		if (!has_column(line, gf_dataset_feature_name(data, j), header))
			return false;
	for (size_t k = 0; k < gf_dataset_outputs(data); k++)
		if (!has_column(line, gf_dataset_target_name(data, k), header))
			return false;
	return true;
}

/* ---- the kind of file ---- */

static gf_status read_first_line(struct line *line, const char *path, gf_error *err)
{
	FILE *file = fopen(path, "rb");
	char *read;

	if (!file)
		return gf_fail(err, GF_E_NOINPUT, "%s: cannot be opened again", path);
	read = fgets(line->text, LINE_ROOM, file);
	fclose(file);
	if (!read)
		line->text[0] = 0;
	line->text[strcspn(line->text, "\r\n")] = 0;
	if (strncmp(line->text, "\xef\xbb\xbf", 3) == 0)
		memmove(line->text, line->text + 3, strlen(line->text + 3) + 1);
	return GF_OK;
}

/* Takes the delimiter with which the first line has all columns. */
static gf_status csv_source(struct source *source, struct line *line, const struct options *o,
	const gf_dataset *data, gf_error *err)
{
	const char given[] = {o->read.delimiter, 0}, *candidates = *given ? given : ",\t;|";

	source->kind = SOURCE_CSV;
	for (const char *c = candidates; *c; c++)
		for (int header = 1; header >= 0; header--) {
			cut_line(line, *c);
			source->delimiter = *c;
			source->header = header;
			if (has_columns(line, data, header))
				return GF_OK;
		}
	return gf_fail(err, GF_E_USAGE,
		"--emit-pytorch reads .npy and text with , ; | or tabs between columns, whose "
		"first line is data or names all columns: %s is another",
		o->operand);
}

gf_status pytorch_source(
	struct source *source, const struct options *o, const gf_dataset *data, gf_error *err)
{
	struct line *line;
	gf_status status;

	*source = (struct source){.kind = SOURCE_POINTS};
	if (!o->operand)
		return GF_OK;
	if (gf_dataset_dropped(data))
		return gf_fail(err, GF_E_USAGE,
			"--emit-pytorch: %s has missing values, which the script does not know",
			o->operand);
	line = calloc(1, sizeof *line);
	if (!line)
		return gf_fail_memory(err, sizeof *line, "a line");
	status = read_first_line(line, o->operand, err);
	if (!status && strncmp(line->text, "\x93NUMPY", 6) == 0)
		source->kind = SOURCE_NPY;
	else if (!status)
		status = csv_source(source, line, o, data, err);
	free(line);
	return status;
}

/* ---- the script ---- */

/* A list of the columns' places, from 0. */
static void put_places(
	const struct script *s, const char *(*name)(const gf_dataset *, size_t), size_t count)
{
	fputc('[', s->file);
	for (size_t i = 0; i < count; i++)
		fprintf(s->file, "%s%zu", i ? ", " : "", place_of(name(s->data, i)));
	fputc(']', s->file);
}

static void put_columns(const struct script *s)
{
	const size_t D = gf_dataset_features(s->data), K = gf_dataset_outputs(s->data);
	const bool named = s->source.kind == SOURCE_CSV && s->source.header;
	void (*put)(const struct script *, const char *(*)(const gf_dataset *, size_t), size_t) =
		named ? put_names : put_places;

	fputs("features = ", s->file);
	put(s, gf_dataset_feature_name, D);
	fputs("\ntargets = ", s->file);
	put(s, gf_dataset_target_name, K);
	fputc('\n', s->file);
}

/* The target of a model of classes becomes the index of the class, or for a hinge -1 or 1. */
static void put_classes(const struct script *s)
{
	const gf_loss loss = s->options->config.loss;
	const char *of_row = s->source.kind == SOURCE_CSV ? "row[targets[0]].strip()" : "row";

	fputs("classes = ", s->file);
	put_names(s, gf_dataset_class_name, gf_dataset_classes(s->data));
	if (s->source.kind == SOURCE_NPY)
		fputs("\nlabels = [f\"{value:g}\" for value in table[:, targets[0]]]", s->file);
	fprintf(s->file, "\ny = torch.tensor([classes.index(%s) for row in %s])\n", of_row,
		s->source.kind == SOURCE_CSV ? "rows" : "labels");
	if (loss_targets(loss) == TARGETS_TWO_CLASSES)
		fputs("y = 2.0 * y.unsqueeze(1) - 1\n", s->file);
	else if (loss != GF_LOSS_cross_entropy)
		fputs("y = y.unsqueeze(1).float()\n", s->file);
}

static void put_tensor(const struct script *s, const char *name, const char *columns)
{
	fprintf(s->file,
		"%s = torch.tensor([[float(row[column]) for column in %s] for row in rows])\n",
		name, columns);
}

/* DictReader leaves out empty lines; reader has a row without columns for each. */
static void put_csv(const struct script *s)
{
	const char delimiter[] = {s->source.delimiter, 0};
	const bool header = s->source.header;

	fputs("with open(", s->file);
	put_text(s, s->options->operand);
	fputs(", newline=\"\", encoding=\"utf-8-sig\") as file:\n", s->file);
	fputs(header ? "    rows = list(csv.DictReader(file"
		     : "    rows = [row for row in csv.reader(file",
		s->file);
	if (*delimiter != ',') {
		fputs(", delimiter=", s->file);
		put_text(s, delimiter);
	}
	fputs(header ? "))\n" : ") if row]\n", s->file);
	put_columns(s);
	put_tensor(s, "x", "features");
	if (gf_dataset_classes(s->data))
		put_classes(s);
	else
		put_tensor(s, "y", "targets");
}

static void put_npy(const struct script *s)
{
	fputs("table = numpy.load(", s->file);
	put_text(s, s->options->operand);
	fputs(")\n", s->file);
	put_columns(s);
	fputs("x = torch.tensor(table[:, features], dtype=torch.float32)\n", s->file);
	if (gf_dataset_classes(s->data))
		put_classes(s);
	else
		fputs("y = torch.tensor(table[:, targets], dtype=torch.float32)\n", s->file);
}

static void put_numbers(const struct script *s, const char *name, const float *values, size_t count)
{
	fprintf(s->file, "%s = torch.tensor([", name);
	for (size_t i = 0; i < count; i++)
		fprintf(s->file, "%s[%s]", i ? ", " : "", format_shortest(values[i]).text);
	fputs("], dtype=torch.float32)\n", s->file);
}

static void put_points(const struct script *s)
{
	put_numbers(s, "x", gf_dataset_x(s->data), gf_dataset_rows(s->data));
	put_numbers(s, "y", gf_dataset_y(s->data), gf_dataset_rows(s->data));
}

/* Features are standardized with the mean and the deviation of the rows that train. */
static void put_standardization(const struct script *s)
{
	if (!s->options->config.standardize)
		return;
	fputs("\n# The deviation is that of the population, and a constant column stays as it is.\n"
	      "center, scale = x.double().mean(0), x.double().std(0, unbiased=False)\n"
	      "scale[scale == 0] = 1\n",
		s->file);
	if (s->options->config.validation > 0)
		fputs("x_val = ((x_val.double() - center) / scale).float()\n", s->file);
	fputs("x = ((x.double() - center) / scale).float()\n", s->file);
}

static void put_split(const struct script *s)
{
	const double share = s->options->config.validation;

	if (share <= 0)
		return;
	fputs("\ntrain, val = torch.utils.data.random_split(range(len(x)), [1 - ", s->file);
	put_number(s, share);
	fputs(", ", s->file);
	put_number(s, share);
	fputs("])\n"
	      "x_val, y_val = x[val.indices], y[val.indices]\n"
	      "x, y = x[train.indices], y[train.indices]\n",
		s->file);
}

void pytorch_data(const struct script *s)
{
	fputs("# ---- data ----\n\n", s->file);
	switch (s->source.kind) {
	case SOURCE_POINTS:
		put_points(s);
		break;
	case SOURCE_NPY:
		put_npy(s);
		break;
	case SOURCE_CSV:
		put_csv(s);
		break;
	}
	put_split(s);
	put_standardization(s);
	fputc('\n', s->file);
}
