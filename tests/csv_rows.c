#include "csv_rows.h"

#include "dataset.h"
#include "input.h"
#include "scratch.h"
#include "table_read.h"

enum { OUTCOME = 8192 };

const struct read_options csv_plain = {.header = -1, .with_target = 1};

gf_status csv_read_file(
	gf_dataset **data, const char *path, const struct read_options *options, gf_error *err)
{
	struct input in;
	gf_status status = input_open(&in, path, err);

	*data = NULL;
	if (!status)
		status = csv_read(data, &in, options, err);
	input_close(&in);
	return status;
}

static const char *status_word(gf_status status)
{
	switch (status) {
	case GF_E_USAGE:
		return "USAGE";
	case GF_E_DATA:
		return "DATA";
	case GF_E_NOINPUT:
		return "NOINPUT";
	case GF_E_IO:
		return "IO";
	case GF_E_MEMORY:
		return "MEMORY";
	default:
		return "OTHER";
	}
}

static char *append_names(char *end, char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		end += sprintf(end, "%s%s", i ? " " : "", names[i]);
	return end;
}

static char *append_numbers(char *end, const float *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		end += sprintf(end, "%s%.9g", i ? " " : "", (double)numbers[i]);
	return end;
}

static char *append_sparse(char *end, const struct sparse_rows *rows, size_t row)
{
	for (uint64_t n = rows->start[row]; n < rows->start[row + 1]; n++)
		end += sprintf(end, "%s%u:%.9g", n > rows->start[row] ? " " : "", rows->index[n],
			(double)rows->value[n]);
	return end;
}

static void describe(char *end, const gf_dataset *data)
{
	size_t d = data->features, k = data->outputs;

	end = append_names(end, data->feature_names, d);
	end += sprintf(end, k ? " > " : "");
	end = append_names(end, data->target_names, k);
	end += sprintf(end, data->classes ? ": " : "");
	end = append_names(end, data->class_names, data->classes);
	for (size_t i = 0; i < data->rows; i++) {
		end += sprintf(end, "\n");
		end = data->sparse ? append_sparse(end, data->sparse, i)
				   : append_numbers(end, data->x + i * d, d);
		end += sprintf(end, k ? " > " : "");
		if (k > 0)
			end = append_numbers(end, data->y + i * k, k);
		if (data->weights)
			end += sprintf(end, " * %.9g", (double)data->weights[i]);
	}
	if (data->dropped)
		sprintf(end, "\ndropped %zu", data->dropped);
}

typedef gf_status read_function(
	gf_dataset **data, const char *path, const struct read_options *options, gf_error *err);

/* Frees data. */
static const char *outcome_text(gf_status status, gf_dataset *data, const gf_error *err)
{
	static char text[OUTCOME];

	assert_int_equal(status, err->status);
	if (status) {
		assert_null(data);
		snprintf(text, sizeof text, "%s %s", status_word(status), err->message);
	} else {
		describe(text, data);
	}
	gf_dataset_free(data);
	return text;
}

static const char *outcome(
	read_function *read, const char *path, const struct read_options *options)
{
	gf_error err = {0};
	gf_dataset *data;
	gf_status status = read(&data, path, options, &err);

	return outcome_text(status, data, &err);
}

const char *files_outcome(
	const char *const *paths, size_t count, const struct read_options *options)
{
	gf_error err = {0};
	gf_dataset *data;
	gf_status status = table_read_all(&data, paths, count, options, &err);

	return outcome_text(status, data, &err);
}

const char *csv_outcome(const char *path, const struct read_options *options)
{
	return outcome(csv_read_file, path, options);
}

const char *table_outcome(const char *path, const struct read_options *options)
{
	return outcome(table_read, path, options);
}

static size_t count_names(const char *const *names)
{
	size_t count = 0;

	while (count < NAMES && names[count])
		count++;
	return count;
}

static char notices[OUTCOME];

static void keep_notice(const char *text, void *user)
{
	size_t used = strlen(notices);

	(void)user;
	snprintf(notices + used, sizeof notices - used, "%s%s", used ? "\n" : "", text);
}

static void file_has_its_outcome(void **state)
{
	const struct csv_row *row = *state;
	struct read_options options = {
		.target = row->target,
		.features = row->features,
		.exclude = row->exclude,
		.header = row->header == AUTO ? -1 : row->header == YES,
		.delimiter = row->delimiter,
		.one_hot = row->one_hot,
		.sample_weight = row->sample_weight,
		.missing = row->missing,
		.rule = row->rule,
		.wanted_features = row->model[0] ? row->model : NULL,
		.wanted_feature_count = count_names(row->model),
		.wanted_targets = row->model_targets,
		.wanted_target_count = count_names(row->model_targets),
		.with_target = !row->without_target,
		.decimal = row->decimal,
		.comment = row->comment,
		.na = row->na,
		.skip_lines = row->skip_lines,
		.text_encoding = row->encoding,
		.notice = keep_notice,
	};

	notices[0] = 0;
	scratch_write("data.csv", row->text, row->length ? row->length : strlen(row->text));
	assert_string_equal(csv_outcome("data.csv", &options), row->outcome);
	if (row->notice)
		assert_string_equal(notices, row->notice);
}

int csv_run_rows(const char *group, const struct csv_row *rows, size_t count)
{
	struct CMUnitTest *tests = calloc(count, sizeof *tests);
	int failed;

	assert_non_null(tests);
	for (size_t i = 0; i < count; i++)
		tests[i] = (struct CMUnitTest){.name = rows[i].name,
			.test_func = file_has_its_outcome,
			.initial_state = (void *)&rows[i]};
	failed = _cmocka_run_group_tests(group, tests, count, scratch_enter, scratch_leave);
	free(tests);
	return failed;
}
