/* test_progress_line.c: a line of progress fits the width of its terminal, and no field of it is
 * cut. */
#include "basics.h"

#include "format.h"
#include "progress.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NARROW = 20, WIDE = 140 };

/* ---- what a line may consist of ---- */

static const char *take(const char *at, const char *word)
{
	return at && strncmp(at, word, strlen(word)) == 0 ? at + strlen(word) : NULL;
}

static const char *take_whole(const char *at)
{
	const size_t digits = at ? strspn(at, "0123456789") : 0;

	return digits ? at + digits : NULL;
}

static const char *take_number(const char *at)
{
	const char *start = at;

	if (take(at, "nan"))
		return take(at, "nan");
	at += *at == '-';
	if (take(at, "inf"))
		return take(at, "inf");
	at = take_whole(at);
	if (at && *at == '.')
		at = take_whole(at + 1);
	if (at && *at == 'e')
		at = take_whole(at + 1 + strspn(at + 1, "+-"));
	return at == start ? NULL : at;
}

/* "12 s", "5 min 12 s", "2 h 41 min", "3 d 04 h", "over 9999 d" */
static const char *take_duration(const char *at)
{
	static const char *const units[][2] = {{" min ", " s"}, {" h ", " min"}, {" d ", " h"}};
	const char *number;

	if (take(at, "over 9999 d"))
		return take(at, "over 9999 d");
	number = take_whole(at);
	for (size_t i = 0; i < 3; i++)
		if (take(number, units[i][0]))
			return take(take_whole(take(number, units[i][0])), units[i][1]);
	return take(number, " s");
}

static const char *take_words(const char *at, size_t length)
{
	static const char *const words[] = {"stopping", "Ctrl-C again ends without saving",
		"reading the data", "reading", "preparing the data", "preparing",
		"compiling kernels", "compiling", "training", "checking the results", "checking",
		"evaluating all rows", "evaluating", "predicting all rows", "predicting",
		"measuring the device", "measuring", "saving"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == length && strncmp(at, words[i], length) == 0)
			return at + length;
	return NULL;
}

static const char *take_epoch(const char *at)
{
	const char *end = take_whole(take(at, "epoch "));
	const char *whole = take_whole(take(end, " of "));

	return whole ? whole : end;
}

static const char *take_loss(const char *at, const char *name)
{
	const char *number = take(at, name);

	return number ? take_number(number) : NULL;
}

/* The UTF-8 bytes of a block: U+2581 to U+2588, or a question mark. */
static const char *take_picture(const char *at)
{
	const char *start = at;

	while (take(at, "?") || (take(at, "\xe2\x96") && at[2] >= '\x81' && at[2] <= '\x88'))
		at += *at == '?' ? 1 : 3;
	return at == start ? NULL : at;
}

/* Columns of a terminal: bytes that do not continue a character. */
static size_t columns_of(const char *line)
{
	size_t columns = 0;

	for (; *line; line++)
		columns += (*line & 0xc0) != 0x80;
	return columns;
}

static bool is_field(const char *field, size_t length)
{
	char text[PROGRESS_LINE_ROOM];
	const char *ends[9];
	size_t count = 0;

	memcpy(text, field, length);
	text[length] = '\0';
	ends[count++] = take_words(text, length);
	ends[count++] = take_duration(text);
	ends[count++] = take(take_duration(text), " left");
	ends[count++] = take(take_duration(text), " an epoch");
	ends[count++] = take_epoch(text);
	ends[count++] = take_loss(text, "loss ");
	ends[count++] = take_loss(text, "val loss ");
	ends[count++] = take(take_whole(text), " %");
	ends[count++] = take_picture(text);
	for (size_t i = 0; i < count; i++)
		if (ends[i] == text + length)
			return true;
	return take(take_number(text), " epochs/s") == text + length ||
	       take_whole(take(take_whole(text), " of ")) == text + length;
}

static void assert_fields(const char *line, size_t width)
{
	for (const char *at = line; *at;) {
		const char *gap = strstr(at, "  ");
		const size_t length = gap ? (size_t)(gap - at) : strlen(at);

		if (!is_field(at, length))
			fail_msg("at %zu columns '%.*s' is no field of '%s'", width, (int)length,
				at, line);
		at += length + (gap ? 2 : 0);
	}
}

static void assert_lines(const struct progress_view *view)
{
	char left[64] = "", line[PROGRESS_LINE_ROOM];

	if (view->seconds_left > 0)
		snprintf(left, sizeof left, "%s left", format_duration(view->seconds_left).text);
	for (size_t width = NARROW; width <= WIDE; width++) {
		progress_line(view, width, line);
		if (columns_of(line) > width || strlen(line) == 0)
			fail_msg("at %zu columns a line is empty or too long: '%s'", width, line);
		assert_fields(line, width);
		if (strlen(left) <= width && !view->stopping)
			assert_memory_equal(line, left, strlen(left));
	}
}

/* ---- what is said ---- */

static const double TIMES[] = {
	0, 1e-9, 0.99, 59.5, 119.5, 3599.5, 9660, 86399.5, 3e5, 8e8, 9e8, 1e300, INFINITY};

enum { COUNT_OF_TIMES = sizeof TIMES / sizeof *TIMES };

static void a_training_fits_every_width_with_whole_fields(void **state)
{
	static const float losses[] = {
		0.0f, 0.123456789f, 12345.678f, 1e38f, -FLT_MAX, FLT_MIN, INFINITY, -INFINITY, NAN};
	static const size_t epochs[] = {1, 5000, 1000000000, SIZE_MAX};
	static const double rates[] = {0, 1e-300, 1e-9, 0.01, 0.4999, 0.9999, 9.99, 99999, 1e12};
	const size_t loss_count = sizeof losses / sizeof *losses;

	(void)state;
	for (size_t i = 0; i < loss_count * 4 * COUNT_OF_TIMES; i++) {
		struct progress_view view = {.phase = GF_PHASE_training,
			.epochs = epochs[i % 4],
			.epoch = epochs[i % 4] - 1,
			.has_loss = true,
			.has_val_loss = i % 2,
			.loss = losses[i / 4 % loss_count],
			.val_loss = -losses[i / 4 % loss_count],
			.epochs_per_second = rates[i % (sizeof rates / sizeof *rates)],
			.seconds_left = TIMES[i / 4 / loss_count]};

		assert_lines(&view);
	}
}

/* A series of so many epochs, whose losses these repeat. */
static const struct series *series_of(const float *losses, size_t count, size_t epochs)
{
	static struct series series;

	series = (struct series){.count = epochs};
	for (size_t i = 0; i < epochs; i++)
		series.points[i].loss = losses[i % count];
	return &series;
}

static void a_picture_of_the_losses_fits_every_width(void **state)
{
	static const float losses[] = {0.5f, 12345.678f, FLT_MAX, -FLT_MAX, NAN, INFINITY, 0.0f};
	struct progress_view view = {.phase = GF_PHASE_training,
		.epochs = 5000,
		.epoch = 12,
		.has_loss = true,
		.has_val_loss = true,
		.loss = 0.5f,
		.val_loss = 0.25f,
		.epochs_per_second = 99,
		.seconds_left = 12};

	(void)state;
	for (size_t count = 1; count <= COUNT(losses); count++)
		for (size_t epochs = 0; epochs < 60; epochs++) {
			view.losses = series_of(losses, count, epochs);
			assert_lines(&view);
		}
}

static void every_phase_fits_every_width_with_whole_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < GF_PHASE_COUNT * COUNT_OF_TIMES * 4; i++) {
		struct progress_view view = {.phase = (gf_phase)(i % GF_PHASE_COUNT),
			.seconds = TIMES[i / GF_PHASE_COUNT % COUNT_OF_TIMES],
			.seconds_left = i / GF_PHASE_COUNT / COUNT_OF_TIMES % 2 ? view.seconds : 0,
			.share = i % 3 / 2.0,
			.count = SIZE_MAX,
			.total = i % 5 ? 0 : SIZE_MAX,
			.stopping = i / GF_PHASE_COUNT / COUNT_OF_TIMES / 2};

		assert_lines(&view);
	}
}

/* The line of that view is the wanted one at that width. */
static void assert_line(const struct progress_view *view, size_t width, const char *wanted)
{
	char line[PROGRESS_LINE_ROOM];

	progress_line(view, width, line);
	assert_string_equal(line, wanted);
}

static void the_time_left_comes_first_and_the_rate_goes_first(void **state)
{
	const struct progress_view view = {.phase = GF_PHASE_training,
		.epochs = 5000,
		.epoch = 12,
		.has_loss = true,
		.has_val_loss = true,
		.loss = 0.123456791f,
		.val_loss = 0.234567896f,
		.epochs_per_second = 0.5163,
		.seconds_left = 9660};

	(void)state;
	assert_line(&view, 20, "2 h 41 min left");
	assert_line(&view, 29, "2 h 41 min left  epoch 12");
	assert_line(&view, 49, "2 h 41 min left  epoch 12 of 5000  loss 0.123");
	assert_line(&view, 59, "2 h 41 min left  epoch 12 of 5000  loss 0.123456791");
	assert_line(&view, 79,
		"2 h 41 min left  epoch 12 of 5000  loss 0.123456791  val loss 0.234567896");
	assert_line(&view, 129,
		"2 h 41 min left  epoch 12 of 5000  loss 0.123456791  val loss 0.234567896  "
		"0.52 epochs/s");
}

#define FIVE   "▁▁▁▁▁"
#define TWENTY FIVE FIVE FIVE FIVE

/* Each loss is a tenth of the one before: on a logarithmic scale the steps are equal. */
static void the_picture_of_the_losses_is_logarithmic_and_grows_with_the_width(void **state)
{
	static const float tenths[] = {1e7f, 1e6f, 1e5f, 1e4f, 1e3f, 1e2f, 1e1f, 1};
	static const float negative[] = {-1, 7};
	struct progress_view view = {.phase = GF_PHASE_training,
		.epochs = 5000,
		.epoch = 12,
		.has_loss = true,
		.loss = 1,
		.seconds_left = 12,
		.losses = series_of(tenths, 8, 8)};

	(void)state;
	assert_line(&view, 42, "12 s left  epoch 12 of 5000  loss 1");
	assert_line(&view, 52, "12 s left  epoch 12 of 5000  loss 1  █▇▆▅▄▃▂▁");
	view.losses = series_of(negative, 2, 2);
	assert_line(&view, 52, "12 s left  epoch 12 of 5000  loss 1  ▁█");
	view.losses = series_of(tenths, 1, 512);
	assert_line(&view, 63, "12 s left  epoch 12 of 5000  loss 1  " FIVE FIVE "▁▁▁");
	assert_line(&view, 99, "12 s left  epoch 12 of 5000  loss 1  " TWENTY "▁▁▁▁");
}

static void a_phase_says_how_long_it_has_taken_until_it_knows_what_is_left(void **state)
{
	struct progress_view view = {.phase = GF_PHASE_reading, .seconds = 3};

	(void)state;
	assert_line(&view, 79, "reading the data  3 s");
	view.share = 0.456;
	view.seconds_left = 3.6;
	assert_line(&view, 79, "4 s left  reading the data  45 %");
	assert_line(&view, 20, "4 s left  reading");
}

static void cases_of_the_selftest_are_counted(void **state)
{
	const struct progress_view view = {
		.phase = GF_PHASE_checking, .seconds = 3, .count = 12, .total = 139};

	(void)state;
	assert_line(&view, 79, "checking the results  12 of 139  3 s");
	assert_line(&view, 20, "checking  12 of 139");
}

static void a_stop_says_what_a_second_one_does(void **state)
{
	struct progress_view view = {.phase = GF_PHASE_checking, .seconds = 3, .stopping = true};

	(void)state;
	assert_line(&view, 29, "stopping  checking  3 s");
	assert_line(&view, 49, "stopping  Ctrl-C again ends without saving  3 s");
	assert_line(
		&view, 79, "stopping  Ctrl-C again ends without saving  checking the results  3 s");
}

/* The fields that fit do not depend on the digits of the numbers. */
static void the_fields_of_a_line_do_not_change_with_the_digits(void **state)
{
	struct progress_view few = {.phase = GF_PHASE_training,
				     .epochs = 20000,
				     .epoch = 1,
				     .has_loss = true,
				     .loss = 0.5f,
				     .has_val_loss = true,
				     .val_loss = 2.0f,
				     .seconds_left = 12},
			     many = few;
	char one[PROGRESS_LINE_ROOM], other[PROGRESS_LINE_ROOM];

	(void)state;
	many.loss = 1.23456789e-5f;
	many.val_loss = 1.98765432e-5f;
	for (size_t width = NARROW; width <= WIDE; width++) {
		progress_line(&few, width, one);
		progress_line(&many, width, other);
		assert_int_equal(
			strstr(one, "of 20000") != NULL, strstr(other, "of 20000") != NULL);
		assert_int_equal(strstr(one, "  loss") != NULL, strstr(other, "  loss") != NULL);
		assert_int_equal(
			strstr(one, "val loss") != NULL, strstr(other, "val loss") != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_training_fits_every_width_with_whole_fields),
		cmocka_unit_test(every_phase_fits_every_width_with_whole_fields),
		cmocka_unit_test(a_picture_of_the_losses_fits_every_width),
		cmocka_unit_test(the_picture_of_the_losses_is_logarithmic_and_grows_with_the_width),
		cmocka_unit_test(the_time_left_comes_first_and_the_rate_goes_first),
		cmocka_unit_test(a_phase_says_how_long_it_has_taken_until_it_knows_what_is_left),
		cmocka_unit_test(cases_of_the_selftest_are_counted),
		cmocka_unit_test(the_fields_of_a_line_do_not_change_with_the_digits),
		cmocka_unit_test(a_stop_says_what_a_second_one_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
