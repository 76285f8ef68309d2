/* test_checkpoint.c: a checkpoint brings the state of a training back to the bit. */
#include "checkpoints.h"
#include "scratch.h"

#include "safetensors.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>

static void assert_same_floats(const float *found, const float *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_same_float(found[i], wanted[i], "values", i);
}

#define ASSERT_SAME(member) assert_memory_equal(&a->member, &b->member, sizeof a->member)

static void assert_same_state(const struct train_state *a, const struct train_state *b)
{
	ASSERT_SAME(epoch);
	ASSERT_SAME(step);
	ASSERT_SAME(steps);
	ASSERT_SAME(loss_sum);
	ASSERT_SAME(rows_sum);
	ASSERT_SAME(first_loss);
	ASSERT_SAME(last_loss);
	ASSERT_SAME(lr);
	ASSERT_SAME(rng.state);
	ASSERT_SAME(rng.next);
	ASSERT_SAME(best_loss);
	ASSERT_SAME(best_epoch);
	ASSERT_SAME(epochs_since);
	ASSERT_SAME(plateau.lr);
	ASSERT_SAME(plateau.best);
	ASSERT_SAME(plateau.bad);
	ASSERT_SAME(plateau.cooling);
	ASSERT_SAME(parameters);
	ASSERT_SAME(planes);
	assert_same_floats(a->params, b->params, P);
	assert_same_floats(a->optimizer, b->optimizer, a->planes * P);
	assert_same_floats(a->best, b->best, P);
}

/* ---- what is right ---- */

static void assert_comes_back(const struct train_state *written)
{
	struct train_state found = new_state(written->planes);
	gf_error err = {0};

	write_state(written);
	if (checkpoint_read(&found, PATH, &FINGERPRINT, &err))
		fail_msg("%s", err.message);
	assert_same_state(&found, written);
	train_state_free(&found);
}

static void a_checkpoint_comes_back_to_the_bit(void **state)
{
	struct train_state p = some_state();

	(void)state;
	assert_comes_back(&p);
	train_state_free(&p);
}

static void the_start_of_a_training_comes_back(void **state)
{
	struct train_state p = new_state(S);

	(void)state;
	assert_true(isinf(p.best_loss) && isinf(p.plateau.best));
	p.lr = 0.01;
	rng_seed(&p.rng, 0);
	assert_comes_back(&p);
	train_state_free(&p);
}

static void arrays_that_a_training_does_not_need_are_not_in_the_file(void **state)
{
	struct train_state p = new_state(0);
	struct safetensors *file;

	(void)state;
	p.lr = 0.01;
	assert_comes_back(&p);
	assert_int_equal(safetensors_read(&file, PATH, NULL), GF_OK);
	assert_int_equal(safetensors_count(file), 1);
	assert_non_null(safetensors_find(file, "params"));
	safetensors_free(file);
	train_state_free(&p);
}

static void random_numbers_continue_where_they_were(void **state)
{
	struct train_state p = some_state(), found = new_state(S);

	(void)state;
	for (size_t drawn = 0; drawn <= RNG_WORDS; drawn += 156) {
		rng_seed(&p.rng, 3);
		for (size_t i = 0; i < drawn; i++)
			rng_next32(&p.rng);
		write_state(&p);
		assert_int_equal(checkpoint_read(&found, PATH, &FINGERPRINT, NULL), GF_OK);
		for (size_t i = 0; i < 2000; i++)
			assert_int_equal(rng_next32(&found.rng), rng_next32(&p.rng));
	}
	train_state_free(&p);
	train_state_free(&found);
}

/* The damage is in the last byte, so that all else has been read when it is found. */
static void a_failure_leaves_the_state_as_it_was(void **state)
{
	struct train_state p = new_state(S), before = new_state(S);
	gf_error err = {0};
	size_t count;
	char *bytes;

	(void)state;
	write_good();
	bytes = scratch_read(PATH, &count);
	bytes[count - 1] ^= 1;
	scratch_write(PATH, bytes, count);
	free(bytes);
	assert_int_equal(checkpoint_read(&p, PATH, &FINGERPRINT, &err), GF_E_DATA);
	assert_begins(err.message, PATH ": damaged: ");
	assert_same_state(&p, &before);
	train_state_free(&p);
	train_state_free(&before);
}

/* ---- writing ---- */

static void a_file_that_cannot_be_created_is_an_error(void **state)
{
	struct train_state p = some_state();
	gf_error err = {0};

	(void)state;
	assert_failure(checkpoint_write("no/file", &p, &FINGERPRINT, &err), &err, GF_E_CANTCREATE,
		"no/file: cannot create: No such file or directory");
	train_state_free(&p);
}

/* The limit on a file's size stands in for a full disk. */
static void a_write_that_fails_leaves_the_old_file(void **state)
{
	struct train_state p = some_state(), found = new_state(S);
	struct rlimit before, small;
	gf_status status;
	gf_error err = {0};
	size_t files;

	(void)state;
	write_state(&p);
	files = scratch_files();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){1000, before.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	p.epoch++;
	status = checkpoint_write(PATH, &p, &FINGERPRINT, &err);
	p.epoch--;
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_DFL);
	assert_failure(status, &err, GF_E_IO, PATH ": cannot write: File too large");
	assert_int_equal(scratch_files(), files);
	assert_int_equal(checkpoint_read(&found, PATH, &FINGERPRINT, NULL), GF_OK);
	assert_same_state(&found, &p);
	train_state_free(&p);
	train_state_free(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_checkpoint_comes_back_to_the_bit),
		cmocka_unit_test(the_start_of_a_training_comes_back),
		cmocka_unit_test(arrays_that_a_training_does_not_need_are_not_in_the_file),
		cmocka_unit_test(random_numbers_continue_where_they_were),
		cmocka_unit_test(a_failure_leaves_the_state_as_it_was),
		cmocka_unit_test(a_file_that_cannot_be_created_is_an_error),
		cmocka_unit_test(a_write_that_fails_leaves_the_old_file),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
