#include "table_read.h"
#include "columns.h"
#include "dataset.h"
#include "error.h"
#include "formats.h"
#include "input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef gf_status read_input(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err);

static read_input *const READERS[FORMAT_COUNT] = {
	[FORMAT_csv] = csv_read,
	[FORMAT_npy] = npy_read,
	[FORMAT_svmlight] = svmlight_read,
	[FORMAT_idx] = idx_read,
};

/* The name of the first of a model's columns that is made of words; NULL: there is none. */
static const char *column_of_words(const struct encoding *encoding)
{
	for (size_t i = 0; encoding && i < encoding->count; i++)
		if (encoding->columns[i].words)
			return encoding->names[i];
	return NULL;
}

/* The first option given that is for CSV alone; NULL: there is none. */
static const char *option_for_csv(const struct read_options *options)
{
	return options->decimal == ','                      ? "decimal"
	       : options->comment                           ? "comment"
	       : options->skip_lines                        ? "skip_lines"
	       : options->text_encoding != GF_ENCODING_utf8 ? "encoding"
							    : NULL;
}

/* If the format lacks what an option is about, returns the end of the message "is FORMAT"; else
 * NULL.  If the labels have a file of their own, some options may be for the other file. */
static const char *what_it_lacks(enum format format, const struct read_options *options)
{
	const int is_svmlight = format == FORMAT_svmlight, one_file = options->part == PART_ALL;

	if (options->header == 1 && one_file)
		return ", which has no header";
	if (options->one_hot)
		return ", in which no column is made of words";
	if (options->keep)
		return ", which has no column of texts to keep";
	if (!is_svmlight && options->na && one_file)
		return ", which has no words; NaN alone is a missing value there";
	if (is_svmlight && options->sample_weight)
		return ", which has no column of weights";
	if (is_svmlight && options->offset)
		return ", which has no column of offsets";
	if (is_svmlight && options->part == PART_TARGETS)
		return "; a file of labels is npy, IDX or CSV";
	return NULL;
}

static gf_status check_options(enum format format, const struct input *in,
	const struct read_options *options, gf_error *err)
{
	const char *word = format_word(format), *words = column_of_words(options->encoding);

	if (format == FORMAT_csv)
		return GF_OK;
	if (words)
		return report_error(line_place(in->name, 0), err,
			"is %s; the model's column %s is made of words", word,
			quote_text(words).text);
	if (option_for_csv(options) && options->part == PART_ALL)
		return gf_fail(err, GF_E_USAGE, "%s: is %s; %s is an option for CSV", in->name,
			word, option_for_csv(options));
	if (what_it_lacks(format, options))
		return gf_fail(err, GF_E_USAGE, "%s: is %s%s", in->name, word,
			what_it_lacks(format, options));
	return GF_OK;
}

/* Tells the format of the file that is open, and whether it takes the options. */
static gf_status find_format(
	struct input *in, const struct read_options *options, enum format *format, gf_error *err)
{
	const char *bytes;
	size_t count;

	TRY(input_peek(in, &bytes, &count, err));
	TRY(foreign_check(bytes, count, in->name, err));
	*format = format_of(bytes, count, in->name);
	/* svmlight has no delimiter. */
	if (*format == FORMAT_svmlight && options->delimiter)
		*format = FORMAT_csv;
	return check_options(*format, in, options, err);
}

gf_status table_next(struct input *in, const struct read_options *options, enum format format,
	size_t counted, int *more, gf_error *err)
{
	const char *first = in->all.name;
	enum format found = format;

	TRY(input_next(in, counted, more, err));
	if (!*more)
		return GF_OK;
	TRY(find_format(in, options, &found, err));
	if (found == format)
		return GF_OK;
	return report_error(line_place(in->name, 0), err, "is %s; %s is wanted, as %s is",
		format_word(found), format_word(format), in->listed ? in->listed->name : first);
}

/* The files of a table. */
struct table_files {
	const char *const *paths; /* borrowed; (count) */
	size_t count;
};

static gf_status read_open(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err)
{
	enum format format = FORMAT_csv;

	TRY(find_format(in, options, &format, err));
	return READERS[format](data, in, options, err);
}

static gf_status read_files(gf_dataset **data, const struct table_files *files,
	const struct read_options *options, gf_error *err)
{
	struct input in;
	gf_status status = input_open_all(&in, files->paths, files->count, err);

	in.on_progress = options->on_progress;
	in.user = options->user;
	if (!status)
		status = read_open(data, &in, options, err);
	input_close(&in);
	return status;
}

/* ---- labels in a second file ---- */

/* Calls the labels "label", or "label1", ..., if their file has no header, since a feature may be
 * called "column1", too. */
static gf_status rename_labels(gf_dataset *labels, gf_error *err)
{
	char place[32], name[32] = "label";

	for (size_t k = 0; k < labels->outputs; k++) {
		snprintf(place, sizeof place, "column%zu", k + 1);
		if (strcmp(labels->target_names[k], place) != 0)
			continue;
		if (labels->outputs > 1)
			snprintf(name, sizeof name, "label%zu", k + 1);

		TRY(name_set(&labels->target_names[k], name, err));
	}
	return GF_OK;
}

/* Moves the targets of labels to data, which has none; labels gets data's empty ones. */
static void move_targets(gf_dataset *data, gf_dataset *labels)
{
	const gf_dataset moved = *labels;

	labels->outputs = 0;
	labels->y = NULL;
	labels->target_names = data->target_names;
	labels->class_names = NULL;
	labels->classes = 0;
	data->outputs = moved.outputs;
	data->y = moved.y;
	data->target_names = moved.target_names;
	data->class_names = moved.class_names;
	data->classes = moved.classes;
}

static gf_status check_rows(const gf_dataset *data, const gf_dataset *labels,
	const struct table_files *files, const char *labels_path, gf_error *err)
{
	char name[FILES_NAME_ROOM];

	files_name(name, sizeof name, files->paths, files->count);
	if (data->dropped)
		return report_error(line_place(name, 0), err,
			"%zu row%s %s a missing value; labels in a second file leave none out",
			data->dropped, plural_s(data->dropped),
			data->dropped == 1 ? "has" : "have");
	if (labels->rows == data->rows)
		return GF_OK;
	return gf_fail(err, GF_E_DATA, "%s %s %zu row%s, but %s has %zu label%s", name,
		files->count > 1 ? "have" : "has", data->rows, plural_s(data->rows),
		input_name(labels_path), labels->rows, plural_s(labels->rows));
}

static gf_status add_labels(gf_dataset *data, const struct table_files *files,
	const struct read_options *options, gf_error *err)
{
	struct read_options wanted = *options;
	gf_dataset *labels = NULL;
	gf_status status;

	wanted.part = PART_TARGETS;
	/* These options are for the file of features. */
	wanted.features = wanted.exclude = wanted.keep = wanted.one_hot = wanted.sample_weight =
		wanted.offset = NULL;
	wanted.missing = GF_MISSING_error;
	wanted.encoding = NULL;
	status = read_files(&labels, &(struct table_files){&options->labels, 1}, &wanted, err);
	if (!status)
		status = check_rows(data, labels, files, options->labels, err);
	if (!status)
		status = rename_labels(labels, err);
	if (!status)
		move_targets(data, labels);
	gf_dataset_free(labels);
	return status;
}

static gf_status read_features(gf_dataset **data, const struct table_files *files,
	const struct read_options *options, gf_error *err)
{
	struct read_options wanted = *options;

	wanted.part = PART_FEATURES;
	wanted.target = NULL;
	wanted.with_target = 0;
	return read_files(data, files, &wanted, err);
}

/* ---- a table ---- */

static gf_status check_standard_input(
	const struct table_files *files, const struct read_options *options, gf_error *err)
{
	size_t data = 0;

	for (size_t i = 0; i < files->count; i++)
		data += strcmp(files->paths[i], "-") == 0;
	if (data > 1)
		return gf_fail(err, GF_E_USAGE, "standard input cannot be two of the files");
	if (data && options->labels && strcmp(options->labels, "-") == 0)
		return gf_fail(
			err, GF_E_USAGE, "standard input cannot be both the data and the labels");
	return GF_OK;
}

gf_status table_read_all(gf_dataset **data, const char *const *paths, size_t count,
	const struct read_options *options, gf_error *err)
{
	const struct table_files files = {paths, count};
	gf_status status;

	*data = NULL;
	TRY(check_standard_input(&files, options, err));
	if (!options->labels)
		return read_files(data, &files, options, err);
	status = read_features(data, &files, options, err);
	if (!status && options->with_target)
		status = add_labels(*data, &files, options, err);
	if (status) {
		gf_dataset_free(*data);
		*data = NULL;
	}
	return status;
}

gf_status table_read(
	gf_dataset **data, const char *path, const struct read_options *options, gf_error *err)
{
	return table_read_all(data, &path, 1, options, err);
}
