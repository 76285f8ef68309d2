#include "checkpoints.h"

#include <math.h>
#include <string.h>

static char fingerprint_text[] = "loss mse\nlr 0.5\nrows 7\n";
const struct fingerprint FINGERPRINT = {
	.text = fingerprint_text, .length = sizeof fingerprint_text - 1};

struct train_state new_state(size_t planes)
{
	struct train_state state;
	gf_error err = {0};

	assert_int_equal(train_state_new(&state, P, planes, &err), GF_OK);
	return state;
}

struct train_state some_state(void)
{
	static const float params[P] = {0.1f, -0.0f, 0x1p-149f};
	static const float state[S * P] = {NAN, INFINITY, -INFINITY, 1, -2, 0x1.fffffep+127f};
	static const float best[P] = {3, 4, 5};
	struct train_state p = new_state(S);

	p.epoch = 12, p.step = 3, p.steps = 63;
	p.loss_sum = 0.1, p.rows_sum = 48;
	p.first_loss = NAN, p.last_loss = -0x1p-1074;
	p.lr = 1.0 / 3.0;
	rng_seed(&p.rng, 7);
	for (int i = 0; i < 1000; i++)
		rng_next32(&p.rng);
	p.best_loss = -1.5, p.best_epoch = 9, p.epochs_since = 2;
	p.plateau =
		(struct plateau){.lr = 0.0625, .best = INFINITY, .bad = 4, .cooling = SIZE_MAX - 1};
	memcpy(p.params, params, sizeof params);
	memcpy(p.optimizer, state, sizeof state);
	memcpy(p.best, best, sizeof best);
	return p;
}

void write_state(const struct train_state *state)
{
	gf_error err = {0};

	if (checkpoint_write(PATH, state, &FINGERPRINT, &err))
		fail_msg("%s", err.message);
}

void write_good(void)
{
	struct train_state p = some_state();

	write_state(&p);
	train_state_free(&p);
}

gf_status read_path(const char *path, gf_error *err)
{
	struct train_state p = new_state(S);
	gf_status status = checkpoint_read(&p, path, &FINGERPRINT, err);

	train_state_free(&p);
	return status;
}
