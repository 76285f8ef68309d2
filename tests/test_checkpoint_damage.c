/* test_checkpoint_damage.c: a file that is damaged, or is no checkpoint of this training, is
 * refused. */
#include "checkpoints.h"
#include "damage.h"
#include "scratch.h"

#include "safetensors.h"

#include <math.h>

static void assert_refused(const char *words)
{
	gf_error err = {0};
	char message[1024];

	snprintf(message, sizeof message, "%s: %s", PATH, words);
	assert_failure(read_path(PATH, &err), &err, GF_E_DATA, message);
}

static void a_missing_file_is_reported(void **state)
{
	gf_error err = {0};

	(void)state;
	assert_failure(read_path("none", &err), &err, GF_E_NOINPUT,
		"none: cannot open: No such file or directory");
}

static void a_model_file_is_named_as_such(void **state)
{
	gf_model *model = new_model(2, 1);

	(void)state;
	assert_int_equal(gf_model_save(model, PATH, NULL), GF_OK);
	assert_refused("a model, wanted a checkpoint");
	gf_model_free(model);
}

static void another_safetensors_file_is_refused(void **state)
{
	static const float values[P];
	const struct safetensors_tensor tensor = {"params", 1, {P}, values};
	const struct safetensors_pair pair = {"format", "pt"};

	(void)state;
	assert_int_equal(safetensors_write(PATH, &tensor, 1, &pair, 1, NULL), GF_OK);
	assert_refused("metadata \"format\" is \"pt\", wanted \"gpufit checkpoint\"");
	assert_int_equal(safetensors_write(PATH, &tensor, 1, NULL, 0, NULL), GF_OK);
	assert_refused("metadata \"format\" is missing, wanted \"gpufit checkpoint\"");
}

static void other_options_are_refused(void **state)
{
	char text[] = "loss mse\nlr 0.25\nrows 7\n";
	const struct fingerprint other = {.text = text, .length = strlen(text)};
	struct train_state p = new_state(S);
	gf_error err = {0};

	(void)state;
	write_good();
	assert_failure(checkpoint_read(&p, PATH, &other, &err), &err, GF_E_DATA,
		PATH ": the checkpoint was made with lr 0.5; this training has lr 0.25");
	train_state_free(&p);
}

/* ---- metadata ---- */

static const char *const KEYS[] = {"format", "version", "fingerprint", "epoch", "step", "steps",
	"best_epoch", "epochs_since", "plateau_bad", "plateau_cooling", "loss_sum", "rows_sum",
	"first_loss", "last_loss", "lr", "best_loss", "plateau_lr", "plateau_best", "rng",
	"rng_next", "checksum"};

/* Writes the good file with that value of the key; NULL: without the key. */
static void write_with(const char *key, const char *value)
{
	struct safetensors_pair pairs[COUNT(KEYS)];
	struct safetensors_tensor tensors[8];
	struct safetensors *file;
	size_t count = 0, found = 0;

	write_good();
	assert_int_equal(safetensors_read(&file, PATH, NULL), GF_OK);
	for (size_t i = 0; i < COUNT(KEYS); i++) {
		int is_key = strcmp(KEYS[i], key) == 0;

		found += (size_t)is_key;
		pairs[count].key = KEYS[i];
		pairs[count].value = is_key ? value : safetensors_metadata(file, KEYS[i]);
		count += pairs[count].value != NULL;
	}
	assert_int_equal(found, 1);
	for (size_t i = 0; i < safetensors_count(file); i++)
		tensors[i] = *safetensors_at(file, i);
	assert_int_equal(
		safetensors_write(PATH, tensors, safetensors_count(file), pairs, count, NULL),
		GF_OK);
	safetensors_free(file);
}

static void a_missing_key_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(KEYS); i++) {
		gf_error err = {0};
		char message[128];

		write_with(KEYS[i], NULL);
		snprintf(message, sizeof message, "%s: metadata \"%s\" is missing, wanted ", PATH,
			KEYS[i]);
		assert_int_equal(read_path(PATH, &err), GF_E_DATA);
		assert_begins(err.message, message);
	}
}

#define COUNTER  "a whole number, at most 18446744073709551614"
#define RNG      "624 words of eight hexadecimal digits"
#define FINITE   "a finite number"
#define OR_NONE  "a finite number, or inf"
#define OR_ZERO  "a finite number, 0 or above"
#define POSITIVE "a finite number above 0"

static const struct {
	const char *key, *value, *wanted;
} VALUES[] = {
	{"version", "2", "\"1\""},
	{"epoch", "", COUNTER},
	{"epoch", "-1", COUNTER},
	{"epoch", " 1", COUNTER},
	{"epoch", "1.0", COUNTER},
	{"step", "18446744073709551615", COUNTER},
	{"steps", "18446744073709551616", COUNTER},
	{"best_epoch", "99999999999999999999999999", COUNTER},
	{"epochs_since", "0x1", COUNTER},
	{"plateau_bad", "x", COUNTER},
	{"plateau_cooling", "1 ", COUNTER},
	{"rng_next", "625", "a whole number, at most 624"},
	{"loss_sum", "inf", FINITE},
	{"loss_sum", "nan", FINITE},
	{"loss_sum", "0x1p+99999", FINITE},
	{"rows_sum", "-0x1p+0", OR_ZERO},
	{"rows_sum", "inf", OR_ZERO},
	{"first_loss", "", "a number"},
	{"first_loss", "much", "a number"},
	{"last_loss", "0x1.8p+0x", "a number"},
	{"lr", "0x0p+0", POSITIVE},
	{"lr", "inf", POSITIVE},
	{"best_loss", "nan", OR_NONE},
	{"best_loss", "-inf", OR_NONE},
	{"plateau_lr", "-0x1p+0", OR_ZERO},
	{"plateau_lr", "nan", OR_ZERO},
	{"plateau_best", "-inf", OR_NONE},
	{"plateau_best", "nan", OR_NONE},
	{"rng", "", RNG},
	{"rng", "00000000", RNG},
};

static void an_impossible_value_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(VALUES); i++) {
		char words[256];

		write_with(VALUES[i].key, VALUES[i].value);
		snprintf(words, sizeof words, "metadata \"%s\" is \"%s\", wanted %s", VALUES[i].key,
			VALUES[i].value, VALUES[i].wanted);
		assert_refused(words);
	}
}

static void the_generator_s_words_must_be_hexadecimal(void **state)
{
	char text[8 * RNG_WORDS + 2] = "";

	(void)state;
	memset(text, '0', sizeof text - 1); /* one too many */
	write_with("rng", text);
	assert_refused("metadata \"rng\" is \"0000000000000000000000000000000000000000\"..., "
		       "wanted " RNG);
	text[8 * RNG_WORDS] = '\0';
	text[0] = '-';
	write_with("rng", text);
	assert_refused("metadata \"rng\" is \"-000000000000000000000000000000000000000\"..., "
		       "wanted " RNG);
}

static void counters_that_contradict_each_other_are_refused(void **state)
{
	(void)state;
	write_with("steps", "2");
	assert_refused("metadata \"step\" is 3, wanted at most \"steps\", which is 2");
	write_with("epoch", "8");
	assert_refused("metadata \"best_epoch\" is 9, wanted at most \"epoch\", which is 8");
	write_with("epochs_since", "13");
	assert_refused("metadata \"epochs_since\" is 13, wanted at most \"epoch\", which is 12");
}

/* ---- tensors ---- */

static void assert_tensors_refused(
	const struct safetensors_tensor *tensors, size_t count, const char *words)
{
	struct safetensors_pair pairs[COUNT(KEYS)];
	struct safetensors *file;

	write_good();
	assert_int_equal(safetensors_read(&file, PATH, NULL), GF_OK);
	for (size_t i = 0; i < COUNT(KEYS); i++)
		pairs[i] = (struct safetensors_pair){KEYS[i], safetensors_metadata(file, KEYS[i])};
	assert_int_equal(safetensors_write(PATH, tensors, count, pairs, COUNT(KEYS), NULL), GF_OK);
	safetensors_free(file);
	assert_refused(words);
}

static void tensors_of_another_training_are_refused(void **state)
{
	static const float values[S * P + 1];
	const struct safetensors_tensor params = {"params", 1, {P}, values},
					state_of = {"state", 2, {S, P}, values},
					best = {"best", 1, {P}, values};

	(void)state;
	assert_tensors_refused((struct safetensors_tensor[]){state_of, best}, 2,
		"no tensor \"params\", wanted one of shape (3)");
	assert_tensors_refused((struct safetensors_tensor[]){params, best}, 2,
		"no tensor \"state\", wanted one of shape (2, 3)");
	assert_tensors_refused((struct safetensors_tensor[]){params, state_of}, 2,
		"no tensor \"best\", wanted one of shape (3)");
	assert_tensors_refused(
		(struct safetensors_tensor[]){params, state_of, best, {"first", 1, {P}, values}}, 4,
		"4 tensors, wanted 3");
	assert_tensors_refused(
		(struct safetensors_tensor[]){{"params", 1, {4}, values}, state_of, best}, 3,
		"tensor \"params\": shape (4), wanted (3)");
	assert_tensors_refused(
		(struct safetensors_tensor[]){params, {"state", 2, {P, S}, values}, best}, 3,
		"tensor \"state\": shape (3, 2), wanted (2, 3)");
	assert_tensors_refused(
		(struct safetensors_tensor[]){params, {"state", 1, {P}, values}, best}, 3,
		"tensor \"state\": shape (3), wanted (2, 3)");
	assert_tensors_refused(
		(struct safetensors_tensor[]){params, state_of, {"best", 0, {0}, values}}, 3,
		"tensor \"best\": shape (), wanted (3)");
}

static void parameters_that_are_not_finite_are_refused(void **state)
{
	static const float zeros[S * P], values[P] = {1, NAN, 2}, others[P] = {1, 2, -INFINITY};
	const struct safetensors_tensor params = {"params", 1, {P}, zeros},
					state_of = {"state", 2, {S, P}, zeros},
					best = {"best", 1, {P}, others};

	(void)state;
	assert_tensors_refused(
		(struct safetensors_tensor[]){{"params", 1, {P}, values}, state_of, best}, 3,
		"tensor \"params\": [1] is nan, wanted a finite number");
	assert_tensors_refused((struct safetensors_tensor[]){params, state_of, best}, 3,
		"tensor \"best\": [2] is -inf, wanted a finite number");
}

/* ---- any damage ---- */

static void the_checksum_finds_changed_numbers(void **state)
{
	gf_error err = {0};

	(void)state;
	write_with("plateau_bad", "5");
	assert_int_equal(read_path(PATH, &err), GF_E_DATA);
	assert_begins(err.message, PATH ": damaged: metadata \"checksum\" is \"");
	write_with("checksum", "none");
	err = (gf_error){0};
	assert_int_equal(read_path(PATH, &err), GF_E_DATA);
	assert_begins(err.message,
		PATH ": damaged: metadata \"checksum\" is \"none\", but the file's is ");
}

static void a_file_cut_at_any_byte_is_refused(void **state)
{
	(void)state;
	write_good();
	cut_at_any_byte(PATH, read_path);
}

/* The state of the random generator is most of the file: only one bit of each of its digits is
 * flipped. */
static void a_file_with_a_bit_flipped_is_refused(void **state)
{
	size_t count;
	char *bytes, *rng;

	(void)state;
	write_good();
	bytes = scratch_read(PATH, &count);
	rng = strstr(bytes + 8, "\"rng\":\"") + 7;
	for (size_t bit = 0; bit < 8 * count; bit++) {
		char *at = bytes + bit / 8;
		gf_error err = {0};

		if (at >= rng && at < rng + 8 * RNG_WORDS && bit / 8 % 8 != bit % 8)
			continue;
		*at ^= (char)(1 << bit % 8);
		scratch_write(PATH, bytes, count);
		if (read_path(PATH, &err) != GF_E_DATA)
			fail_msg("bit %zu of byte %zu: status %d \"%s\"", bit % 8, bit / 8,
				(int)err.status, err.message);
		assert_begins(err.message, PATH ": ");
		*at ^= (char)(1 << bit % 8);
	}
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_file_is_reported),
		cmocka_unit_test(a_model_file_is_named_as_such),
		cmocka_unit_test(another_safetensors_file_is_refused),
		cmocka_unit_test(other_options_are_refused),
		cmocka_unit_test(a_missing_key_is_refused),
		cmocka_unit_test(an_impossible_value_is_refused),
		cmocka_unit_test(the_generator_s_words_must_be_hexadecimal),
		cmocka_unit_test(counters_that_contradict_each_other_are_refused),
		cmocka_unit_test(tensors_of_another_training_are_refused),
		cmocka_unit_test(parameters_that_are_not_finite_are_refused),
		cmocka_unit_test(the_checksum_finds_changed_numbers),
		cmocka_unit_test(a_file_cut_at_any_byte_is_refused),
		cmocka_unit_test(a_file_with_a_bit_flipped_is_refused),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
