#include "table_read.h"
#include "cache.h"
#include "columns.h"
#include "dataset.h"
#include "error.h"
#include "formats.h"
#include "input.h"
#include "labels.h"
#include "sparse_choice.h"
#include "zip.h"

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
	[FORMAT_npz] = npz_read,
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
	if (is_archive(bytes, count)) {
		TRY(zip_unpack(in, err));
		TRY(input_peek(in, &bytes, &count, err));
		TRY(foreign_check(bytes, count, in->name, err));
	}
	*format = format_of(bytes, count, in->name);
	/* svmlight has no delimiter. */
	if (*format == FORMAT_svmlight && options->delimiter)
		*format = FORMAT_csv;
	if (in->member && *format != FORMAT_npz)
		return report_error(line_place(in->name, 0), err,
			"is %s, in which no array has a name", format_word(*format));
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

static gf_status read_open(
	gf_dataset **data, struct input *in, const struct read_options *options, gf_error *err)
{
	enum format format = FORMAT_csv;

	TRY(find_format(in, options, &format, err));
	TRY(READERS[format](data, in, options, err));
	if (options->sparse != 1 || options->part == PART_TARGETS)
		return GF_OK;

	const gf_status status = sparse_keep(*data, &in->all, options, err);

	if (status) {
		gf_dataset_free(*data);
		*data = NULL;
	}
	return status;
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

static gf_status add_labels(gf_dataset *data, const struct table_files *files,
	const struct read_options *options, gf_error *err)
{
	const struct read_options wanted = labels_options(options, PART_TARGETS);
	char name[FILES_NAME_ROOM];
	gf_dataset *labels = NULL;
	gf_status status =
		read_files(&labels, &(struct table_files){&options->labels, 1}, &wanted, err);

	files_name(name, sizeof name, files->paths, files->count);
	if (!status)
		status = labels_join(data, labels, name, input_name(options->labels), err);
	gf_dataset_free(labels);
	return status;
}

static gf_status read_with_labels(gf_dataset **data, const struct table_files *files,
	const struct read_options *options, gf_error *err)
{
	const struct read_options wanted = labels_options(options, PART_FEATURES);

	TRY(read_files(data, files, &wanted, err));
	return options->with_target ? add_labels(*data, files, options, err) : GF_OK;
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

static gf_status read_all(gf_dataset **data, const struct table_files *files,
	const struct read_options *options, gf_error *err)
{
	return options->labels ? read_with_labels(data, files, options, err)
			       : read_files(data, files, options, err);
}

gf_status table_read_all(gf_dataset **data, const char *const *paths, size_t count,
	const struct read_options *options, gf_error *err)
{
	const struct table_files files = {paths, count};
	gf_status status;

	*data = NULL;
	TRY(check_standard_input(&files, options, err));
	status = options->cache ? cache_read(data, &files, read_all, options, err)
				: read_all(data, &files, options, err);
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
