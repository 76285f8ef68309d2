#define _GNU_SOURCE /* memfd_create */
#include "fuzz.h"
#include "dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void fuzz_require(int holds)
{
	if (!holds)
		abort();
}

const char *fuzz_file(const uint8_t *bytes, size_t count)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("input", 0);
	fuzz_require(fd >= 0 && ftruncate(fd, 0) == 0);
	fuzz_require(pwrite(fd, bytes, count, 0) == (ssize_t)count);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return path;
}

/* From the lowest bit: 3 rule, 2 header, 1 delimiter, 1 not mean, 1 weights; 2 model, 2 part,
 * 1 the model's classes, 1 features, 1 no missing values, 1 words.  With weights and no missing
 * values there is an offset, too. */
static struct read_options options_of(const uint8_t choice[2])
{
	static const enum loss_targets rules[] = {TARGETS_NUMBERS, TARGETS_ZERO_OR_ABOVE,
		TARGETS_PROBABILITIES, TARGETS_TWO_CLASSES, TARGETS_CLASSES, TARGETS_POSITIVE,
		TARGETS_ZERO_OR_ABOVE, TARGETS_PROBABILITIES};
	static const char *const features[] = {"column1", "b"}, *const targets[] = {"y"};
	static const char *const classes[] = {"0", "1", "a"};
	static const int headers[] = {-1, 0, 1, -1};
	static char *words[] = {"a", "red"}, *names[] = {"column1", "b"};
	static struct encoded encoded[] = {
		{.words = words, .count = 2, .frequent = 2}, {.mean = 2.5f, .most = (float)NAN}};
	static struct encoding encoding = {2, names, encoded, GF_MISSING_mean};
	unsigned model = choice[1] & 3;
	struct read_options options = {.rule = rules[choice[0] & 7],
		.header = headers[choice[0] >> 3 & 3],
		.delimiter = choice[0] & 32 ? ' ' : 0,
		.part = (enum table_part)((choice[1] >> 2 & 3) % 3),
		.with_target = model != 1,
		.features = choice[1] & 32 ? "2-3" : NULL,
		.keep = choice[1] & 16 ? "1" : NULL,
		.exclude = choice[1] & 32 && model == 0 ? "1" : NULL,
		.unseen = choice[0] & 8 ? GF_UNSEEN_zero : GF_UNSEEN_error,
		.target = model == 3 ? "1" : NULL};

	if (model == 1 || model == 2) {
		options.wanted_features = features;
		options.wanted_feature_count = 2;
		options.wanted_targets = targets;
		options.wanted_target_count = 1;
	}
	if (!(choice[1] & 64))
		options.missing = choice[0] & 64   ? GF_MISSING_drop
				  : choice[0] & 32 ? GF_MISSING_category
				  : choice[0] & 16 ? GF_MISSING_most
						   : GF_MISSING_mean;
	if (choice[0] & 128)
		options.sample_weight = "3";
	if (choice[0] & 128 && choice[1] & 64) {
		options.offset = "2";
		options.takes_exposure = choice[0] & 1;
	}
	if (choice[1] & 128 && options.wanted_features)
		options.encoding = &encoding;
	else if (choice[1] & 128)
		options.one_hot = "1";
	if (choice[1] & 16) {
		options.known_classes = classes;
		options.known_class_count = 2 + (options.rule == TARGETS_CLASSES);
	}
	return options;
}

static void check_numbers(const float *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fuzz_require(isfinite(numbers[i]));
}

/* Requires what sparse.h promises. */
static void check_sparse(const gf_dataset *data)
{
	const struct sparse_rows *s = data->sparse;

	fuzz_require(s->rows == data->rows && s->start[0] == 0);
	check_numbers(s->value, sparse_numbers(s));
	for (size_t i = 0; i < s->rows; i++)
		for (uint64_t n = s->start[i]; n < s->start[i + 1]; n++)
			fuzz_require(s->index[n] < data->features &&
				     (n == s->start[i] || s->index[n - 1] < s->index[n]));
}

/* Requires what dataset.h promises. */
static void check_dataset(const gf_dataset *data)
{
	fuzz_require(data->rows > 0 && (data->x != NULL) == (data->sparse == NULL));
	if (data->sparse)
		check_sparse(data);
	else
		check_numbers(data->x, data->x_bytes / sizeof(float));
	fuzz_require((data->y != NULL) == (data->outputs > 0));
	check_numbers(data->y, data->rows * data->outputs);
	check_numbers(data->weights, data->weights ? data->rows : 0);
	for (size_t j = 0; j < data->features; j++)
		fuzz_require(gf_dataset_feature_name(data, j) != NULL);
	for (size_t k = 0; k < data->outputs; k++)
		fuzz_require(gf_dataset_target_name(data, k) != NULL);
	for (size_t c = 0; c < data->classes; c++)
		fuzz_require(gf_dataset_class_name(data, c) != NULL);
	fuzz_require(data->classes == 0 || (data->classes > 1 && data->outputs == 1));
	for (size_t i = 0; data->classes && i < data->rows; i++)
		fuzz_require(data->y[i] < (float)data->classes);
}

static int check_outcome(gf_status status, gf_dataset *data, const gf_error *err)
{
	fuzz_require(status == err->status && (status == GF_OK) == (data != NULL));
	fuzz_require((status == GF_OK) == (err->message[0] == 0));
	if (data)
		check_dataset(data);
	gf_dataset_free(data);
	return 0;
}

int fuzz_path(const uint8_t *bytes, size_t count,
	gf_status (*read)(gf_dataset **data, const char *path, const struct read_options *options,
		gf_error *err))
{
	struct read_options options;
	gf_error err = {0};
	gf_dataset *data;

	if (count < 2)
		return 0;
	options = options_of(bytes);
	const char *path = fuzz_file(bytes + 2, count - 2);

	if (options.part != PART_ALL)
		options.labels = path;
	return check_outcome(read(&data, path, &options, &err), data, &err);
}

int fuzz_input(const uint8_t *bytes, size_t count,
	gf_status (*read)(gf_dataset **data, struct input *in, const struct read_options *options,
		gf_error *err))
{
	struct read_options options;
	struct input in;
	gf_error err = {0};
	gf_dataset *data;
	gf_status status;

	if (count < 2)
		return 0;
	options = options_of(bytes);
	fuzz_require(input_open(&in, fuzz_file(bytes + 2, count - 2), &err) == GF_OK);
	status = read(&data, &in, &options, &err);
	input_close(&in);
	return check_outcome(status, data, &err);
}
