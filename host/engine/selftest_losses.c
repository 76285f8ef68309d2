/*
 * selftest_losses.c: one step of each loss, from data in fractions.
 *
 * The whole numbers of selftest.c hide how a device rounds.  A compiler that fuses products with
 * sums, though FP_CONTRACT is OFF, or adds in another order, changes bits here.
 *
 * tests/test_selftest.c computes the wanted bits by plain C loops (tests/order.c); printed by it
 * with GPUFIT_PRINT_WANTED=1, they were put into WANTED.
 */
#include "selftest.h"

#include <stdio.h>
#include <string.h>

/* A whole block and part of another; fewer features than lanes. */
enum { ROWS = BLOCK_ROWS + 3, FEATURES = 3, CLASSES = 3 };

static const float CLASS_WEIGHTS[CLASSES] = {0.7f, 1.3f, 0.9f};

static const struct loss_answers WANTED[GF_LOSS_COUNT] = {
	[GF_LOSS_mse] = {0x1.0dfabcp+0f,
		{-0x1.0f4744p+0f, -0x1.5d418p-2f, 0x1.35ff2ep-1f, 0x1.c17b9ep-1f},
		{0x1.d4350ap+2f, 0x1.3b25a2p+2f, 0x1.8091a4p+1f, 0x1.8e7a46p+0f, 0x1.293724p-1f,
			0x1.abfd7ap-9f, 0x1.9a57d6p-3f, 0x1.7c6f8ap-10f},
		{0x1.5a35a4p+2f, 0x1.1c09cp+2f, 0x1.bbbbbcp+1f, 0x1.3f63f6p+1f, 0x1.86186p+0f,
			0x1.d41d4p-4f, 0x1.ca5ca8p-1f, -0x1.38138p-4f}},
	[GF_LOSS_l1] = {0x1.a61e34p-1f,
		{-0x1.c3f516p-2f, -0x1.0a5efap-3f, 0x1.d79b9p-3f, 0x1.31abfp-2f},
		{0x1.5a35a4p+1f, 0x1.1c09cp+1f, 0x1.bbbbbcp+0f, 0x1.3f63f6p+0f, 0x1.86186p-1f,
			0x1.d41d4p-5f, 0x1.ca5ca8p-2f, 0x1.38138p-5f},
		{0x1p+0f, 0x1p+0f, 0x1p+0f, 0x1p+0f, 0x1p+0f, 0x1p+0f, 0x1p+0f, -0x1p+0f}},
	[GF_LOSS_smooth_l1] = {0x1.24befp-1f,
		{-0x1.881af8p-2f, -0x1.f11d6ep-4f, 0x1.f7e85ap-3f, 0x1.3876ep-2f},
		{0x1.33cf3ep+1f, 0x1.eb46b4p+0f, 0x1.6eeefp+0f, 0x1.e52e52p-1f, 0x1.d8fd8cp-2f,
			0x1.64a89p-9f, 0x1.55f3dcp-3f, 0x1.3d079cp-10f},
		{0x1p+0f, 0x1p+0f, 0x1p+0f, 0x1p+0f, 0x1p+0f, 0x1.86185ep-4f, 0x1.7df7ep-1f,
			-0x1.04104p-4f}},
	[GF_LOSS_huber] = {0x1.811822p-2f,
		{-0x1.0b93b8p-2f, -0x1.54d03cp-4f, 0x1.602acp-3f, 0x1.b04e98p-3f},
		{0x1.a5f92ep+0f, 0x1.4eeeeep+0f, 0x1.efc962p-1f, 0x1.41b4e6p-1f, 0x1.2740d8p-2f,
			0x1.abfd7ap-10f, 0x1.9a57d6p-4f, 0x1.7c6f8ap-11f},
		{0x1.666666p-1f, 0x1.666666p-1f, 0x1.666666p-1f, 0x1.666666p-1f, 0x1.666666p-1f,
			0x1.d41d4p-5f, 0x1.ca5ca8p-2f, -0x1.38138p-5f}},
	[GF_LOSS_bce] = {0x1.9f3e82p-1f,
		{-0x1.d8fbdap-3f, 0x1.c87466p-5f, 0x1.ab129ap-3f, 0x1.8e234p-4f},
		{0x1.b48f14p+0f, 0x1.44a568p+0f, 0x1.e6898ap-1f, 0x1.82af08p-1f, 0x1.5f26fp-1f,
			0x1.9d93f8p-1f, 0x1.506fdcp-1f, 0x1.a3769cp-1f},
		{0x1.a2f61p-1f, 0x1.3cd62cp-1f, 0x1.a21e9ap-2f, 0x1.819714p-3f, -0x1.387bp-5f,
			-0x1.477e6ep-2f, -0x1.52eb74p-2f, -0x1.1e5542p-1f}},
	[GF_LOSS_cross_entropy] = {0x1.0a277ep-1f,
		{-0x1.4111f2p-5f, -0x1.530306p-5f, 0x1.6bbef6p-5f, 0x1.6855c4p-5f, 0x1.902e2ap-5f,
			-0x1.23b9f2p-4f, -0x1.3a1e7p-8f, -0x1.e9593cp-8f, 0x1.b769eap-6f,
			0x1.83bf1p-4f, -0x1.0a6422p-4f, -0x1.e56ba4p-6f},
		{0x1.5a62fcp-2f, 0x1.014806p+2f, 0x1.3e2164p+0f, 0x1.03c52cp-1f, 0x1.4857a8p+1f,
			0x1.144212p+1f, 0x1.a123e4p-2f, 0x1.a50558p+0f},
		{-0x1.75f14p-5f, -0x1.2a434cp+0f, -0x1.326c2p-1f, -0x1.edb8bp-3f, -0x1.0e0128p+0f,
			-0x1.882cd8p-1f, -0x1.70bc14p-3f, -0x1.bd1168p-1f}},
	[GF_LOSS_poisson] = {0x1.83c0a8p+0f,
		{-0x1.cffc3ap-1f, -0x1.50fd5ep-2f, 0x1.be429ap-2f, 0x1.1eb2ecp+0f},
		{0x1.20327cp+2f, 0x1.6783ecp+1f, 0x1.b8e918p+0f, 0x1.223cbap+0f, 0x1.ee0136p-1f,
			0x1.4d896cp-1f, 0x1.1355a4p+0f, 0x1.e4ca8cp-1f},
		{0x1.20327cp+2f, 0x1.6e6c5ap+1f, 0x1.9a0728p+0f, 0x1.3848bp-1f, -0x1.868f2p-3f,
			0x1.4d896cp-1f, 0x1.8de1bcp-1f, 0x1.f181p-4f}},
	[GF_LOSS_hinge] = {0x1.d2e086p-1f,
		{-0x1.5f85b8p-3f, -0x1.7be7fcp-4f, -0x1.c6240ep-7f, -0x1.503d22p-3f},
		{0x1.409c0ap+1f, 0x0p+0f, 0x1.72973p-3f, 0x1.79e79ep+0f, 0x1.bbbbbep-1f,
			0x1.6db6dcp+0f, 0x1.1ad1acp+0f, 0x1.3cf3dp+0f},
		{0x1p+0f, 0x0p+0f, -0x1p+0f, 0x1p+0f, -0x1p+0f, -0x1p+0f, 0x1p+0f, -0x1p+0f}},
	[GF_LOSS_squared_hinge] = {0x1.45c35ep+0f,
		{-0x1.e8c5ecp-1f, -0x1.82f492p-2f, 0x1.3099cap-1f, 0x1.4ab4d6p-6f},
		{0x1.918678p+2f, 0x0p+0f, 0x1.0c3cbp-5f, 0x1.16eep+1f, 0x1.8091a6p-1f,
			0x1.053978p+1f, 0x1.38729ap+0f, 0x1.886ad2p+0f},
		{0x1.409c0ap+2f, 0x0p+0f, -0x1.72973p-2f, 0x1.79e79ep+1f, -0x1.bbbbbep+0f,
			-0x1.6db6dcp+1f, 0x1.1ad1acp+1f, -0x1.3cf3dp+1f}},
	[GF_LOSS_epsilon_insensitive] = {0x1.76aa86p-1f,
		{-0x1.8f8e76p-2f, -0x1.131abep-3f, 0x1.131abep-2f, 0x1.6ece54p-2f},
		{0x1.4d68d8p+1f, 0x1.0f3cf4p+1f, 0x1.a22222p+0f, 0x1.25ca5cp+0f, 0x1.52e52cp-1f,
			0x0p+0f, 0x1.63f642p-2f, 0x0p+0f},
		{0x1p+0f, 0x1p+0f, 0x1p+0f, 0x1p+0f, 0x1p+0f, 0x0p+0f, 0x1p+0f, 0x0p+0f}},
	[GF_LOSS_quantile] = {0x1.0001dep-1f,
		{-0x1.b5fbdap-3f, -0x1.c0e68cp-5f, 0x1.1bd684p-3f, 0x1.62944p-2f},
		{0x1.e4b17ep+0f, 0x1.8da74p+0f, 0x1.369d04p+0f, 0x1.bf258cp-1f, 0x1.11111p-1f,
			0x1.47ae12p-5f, 0x1.40da76p-2f, 0x1.767dcep-7f},
		{0x1.666666p-1f, 0x1.666666p-1f, 0x1.666666p-1f, 0x1.666666p-1f, 0x1.666666p-1f,
			0x1.666666p-1f, 0x1.666666p-1f, -0x1.333334p-2f}},
	[GF_LOSS_gamma] = {0x1.38c0fap+0f,
		{-0x1.803214p-2f, -0x1.8e372ep-3f, 0x1.3eb7acp-2f, 0x1.54dc6cp-3f},
		{0x1.4dffb6p+0f, 0x1.399814p+0f, 0x1.37c05p+0f, 0x1.4f814p+0f, 0x1.8a4bd6p+0f,
			0x1.c9468ep-3f, 0x1.c666a8p-1f, 0x1.2cb59cp+0f},
		{0x1.ccd724p-1f, 0x1.7efef8p-1f, 0x1.0c0714p-1f, 0x1.977732p-3f, -0x1.0cbd94p-2f,
			0x1.3518d2p-1f, 0x1.2af86ep-1f, -0x1.6cec74p-1f}},
	[GF_LOSS_tweedie] = {0x1.008ff2p+2f,
		{-0x1.311922p-1f, -0x1.cec058p-3f, 0x1.5f7086p-2f, 0x1.ae37e2p-1f},
		{0x1.0624bp+2f, 0x1.00645cp+2f, 0x1.1172cep+2f, 0x1.388868p+2f, 0x1.75aap+2f,
			0x1.0eed84p+0f, 0x1.4e97acp+1f, 0x1.cc4a58p+1f},
		{0x1.6f002cp+1f, 0x1.02955p+1f, 0x1.40b39cp+0f, 0x1.0eb64cp-1f, -0x1.773eb6p-3f,
			0x1.7b4c86p-1f, 0x1.819246p-1f, 0x1.0b2b78p-3f}},
};

/* The target of a row, of those that the loss takes. */
static float target_of(enum loss_targets targets, size_t row)
{
	switch (targets) {
	case TARGETS_ZERO_OR_ABOVE:
		return (float)(row % 5) / 3.0f;
	case TARGETS_POSITIVE:
		return (float)(row % 5 + 1) / 3.0f;
	case TARGETS_PROBABILITIES:
		return (float)(row % 8) / 7.0f;
	case TARGETS_TWO_CLASSES:
		return row % 3 == 0 ? -1.0f : 1.0f;
	case TARGETS_CLASSES:
		return (float)(row % CLASSES);
	case TARGETS_NUMBERS:
		break;
	}
	return (float)(row % 17) / 7.0f - 1.2f;
}

/* One loss has offsets, since each has a build of its own. */
static gf_status add_offset(gf_dataset *data, gf_error *err)
{
	size_t i;

	TRY(dataset_need_offset(data, "offset", 0, err));
	for (i = 0; i < ROWS; i++)
		data->offset[i] = (float)(i % 7) / 9.0f - 0.3f;
	return GF_OK;
}

gf_status loss_case_of(struct loss_case *c, gf_loss loss, gf_error *err)
{
	const size_t outputs = loss == GF_LOSS_cross_entropy ? CLASSES : 1;
	gf_dataset *data = NULL;
	size_t i, j;

	*c = (struct loss_case){.wanted = &WANTED[loss]};
	TRY(dataset_alloc(&data, ROWS, FEATURES, 1, err));
	for (i = 0; i < ROWS; i++) {
		for (j = 0; j < FEATURES; j++)
			data->x[i * FEATURES + j] = (float)((3 * i + 5 * j) % 23) / 7.0f - 1.5f;
		data->y[i] = target_of(loss_targets(loss), i);
	}
	for (i = 0; i < outputs * (FEATURES + 1); i++)
		c->start[i] = (float)(i % 5) / 3.0f - 0.6f;
	c->problem = (struct problem){.data = data,
		.train_rows = ROWS,
		.outputs = outputs,
		.loss = loss,
		.loss_parameters = {.delta = 0.7,
			.beta = 0.6,
			.epsilon = 0.1,
			.quantile = 0.3,
			.label_smoothing = 0.1,
			.power = 1.3},
		.class_weights = outputs > 1 ? CLASS_WEIGHTS : NULL,
		.batch_size = ROWS};
	return loss == GF_LOSS_gamma ? add_offset(data, err) : GF_OK;
}

/* Takes a step over all rows. */
static gf_status all_rows(
	struct engine *engine, const struct loss_case *c, struct loss_answers *a, gf_error *err)
{
	float step[2 * LOSS_PARAMETERS];
	const struct history history = {&a->loss, step};
	const size_t P = problem_params(&c->problem);

	TRY(engine_set(engine, c->start, NULL, err));
	TRY(selftest_steps(engine, &c->problem, 1, 0.1, &history, err));
	memcpy(a->gradient, step + P, P * sizeof *step);
	return GF_OK;
}

/* Takes a step for each row, with a rate of 0: the parameters stay.  The slope of a row is its
 * gradient of the bias. */
static gf_status row_by_row(
	struct engine *engine, const struct loss_case *c, struct loss_answers *a, gf_error *err)
{
	const double rates[RATES] = {[RATE_SCALE] = 1.0};
	const struct plan plan = {
		.count = LOSS_ROWS, .rows = LOSS_ROWS, .rates = rates, .rates_constant = 1};
	float steps[LOSS_ROWS * 2 * LOSS_PARAMETERS];
	const struct history history = {a->row_losses, steps};
	const size_t P = problem_params(&c->problem), K = c->problem.outputs;
	size_t i;

	TRY(engine_set(engine, c->start, NULL, err));
	TRY(engine_run(engine, &plan, &history, err));
	for (i = 0; i < LOSS_ROWS; i++)
		a->row_slopes[i] = steps[(2 * i + 1) * P + K * FEATURES + i % K];
	return GF_OK;
}

static void compare(struct selftest *t, const struct loss_case *c, const struct loss_answers *a)
{
	char what[64];

	snprintf(what, sizeof what, "%s of fractions", loss_word(c->problem.loss));
	selftest_expect(t, "update", name_result("losses of rows", what).text, a->row_losses,
		c->wanted->row_losses, LOSS_ROWS);
	selftest_expect(t, "gradient", name_result("slopes of rows", what).text, a->row_slopes,
		c->wanted->row_slopes, LOSS_ROWS);
	selftest_expect(t, "update", name_result("loss in history", what).text, &a->loss,
		&c->wanted->loss, 1);
	selftest_expect(
		t, "gradient", what, a->gradient, c->wanted->gradient, problem_params(&c->problem));
}

typedef gf_status case_steps(
	struct engine *engine, const struct loss_case *c, struct loss_answers *a, gf_error *err);

static gf_status on_device(const struct selftest *t, const struct loss_case *c, size_t batch_size,
	case_steps *steps, struct loss_answers *a, gf_error *err)
{
	const struct engine_options options = {.device = t->device,
		.engine = GF_ENGINE_streaming,
		.beside = t->first,
		.tuning = {.kernels = t->kernels}};
	struct problem problem = c->problem;
	struct engine *engine = NULL;
	gf_status status;

	problem.batch_size = batch_size;
	status = engine_open(&engine, &problem, &options, err);
	if (!status)
		status = steps(engine, c, a, err);
	engine_close(engine);
	return status;
}

static gf_status check_case(struct selftest *t, const struct loss_case *c, gf_error *err)
{
	struct loss_answers a;

	TRY(on_device(t, c, ROWS, all_rows, &a, err));
	TRY(on_device(t, c, 1, row_by_row, &a, err));
	compare(t, c, &a);
	return GF_OK;
}

gf_status selftest_losses(struct selftest *t, gf_error *err)
{
	gf_status status = GF_OK;
	struct loss_case c;
	gf_loss loss;

	for (loss = 0; loss < GF_LOSS_COUNT && !status; loss++) {
		status = loss_case_of(&c, loss, err);
		if (!status)
			status = check_case(t, &c, err);
		gf_dataset_free((gf_dataset *)c.problem.data);
	}
	return status;
}
