/*
 * selftest_network.c: one step of a network with each activation, from data in fractions, by each
 * of the kernels that networks have.
 *
 * tests/test_selftest.c computes the wanted bits by plain C loops (tests/order_network.c); printed
 * by it with GPUFIT_PRINT_WANTED=1, they were put into WANTED.
 */
#include "selftest.h"

#include <stdio.h>
#include <string.h>

/* Two blocks and part of a third; two hidden layers. */
enum { ROWS = 2 * BLOCK_ROWS + 3, FEATURES = 3, HIDDEN = 2 };

#define LR   0.1
#define CLIP 0.01 /* less than the norm of each gradient */

static const struct network_answers WANTED[GF_ACTIVATION_COUNT] = {
	[GF_ACTIVATION_relu] = {0x1.2b5d06p-1f,
		{-0x1.dddddep-2f, -0x1.dddddep-2f, -0x1.dddddep-2f, -0x1.dddddep-2f,
			-0x1.6be79ap-2f, -0x1.047f5p-4f, 0x1.4e6062p-2f, 0x1.c8160ep-2f},
		{-0x1.62f5dap-8f, 0x1.0114d8p-8f, 0x1.7031eap-5f, 0x1.01368ep-3f, -0x1.8beb2ep-4f,
			-0x1.bbf2aep-5f, 0x1.ac6de4p-7f, 0x1.8c85eep-4f, -0x1.29fe04p-9f,
			0x1.c53dcep-3f, 0x0p+0f, 0x0p+0f, 0x1.2a477p-3f, 0x0p+0f, 0x1.9883fp-3f,
			0x0p+0f, -0x1.7530acp-3f},
		{-0x1.99529cp-1f, 0x1.77109ep-2f, -0x1.37cd6ep-2f, 0x1.b54d9p-1f, 0x1.ad655ap-3f,
			-0x1.d8513cp-2f, 0x1.65bb06p-1f, 0x1.838608p-6f, -0x1.442678p-1f,
			0x1.05bc54p-1f, -0x1.11111p-3f, -0x1.99999ap-1f, 0x1.688d7cp-2f,
			-0x1.333334p-2f, 0x1.b1853ap-1f, 0x1.999998p-3f, -0x1.cb3508p-2f},
		{-0x1.9997fp-1f, 0x1.77750cp-2f, -0x1.334ec2p-2f, 0x1.bb953ap-1f, 0x1.9a101cp-3f,
			-0x1.ddbca4p-2f, 0x1.666264p-1f, 0x1.0f3638p-5f, -0x1.444392p-1f,
			0x1.10cd3cp-1f, -0x1.11111p-3f, -0x1.99999ap-1f, 0x1.771e2ap-2f,
			-0x1.333334p-2f, 0x1.bb7e96p-1f, 0x1.999998p-3f, -0x1.dd6e28p-2f},
		0.0f},
	[GF_ACTIVATION_tanh] = {0x1.87d996p-1f,
		{-0x1.dc6344p-1f, -0x1.ca7a8cp-1f, -0x1.a90028p-1f, -0x1.6c5d32p-1f,
			-0x1.0a828cp-1f, -0x1.5a7f8p-2f, 0x1.2f8a88p-4f, 0x1.f72268p-4f},
		{-0x1.f23422p-5f, 0x1.594136p-4f, 0x1.15c2d6p-3f, 0x1.19d484p-5f, -0x1.1aca64p-5f,
			-0x1.31ea28p-4f, 0x1.4d3e38p-3f, -0x1.6bbd5cp-4f, -0x1.cb9718p-2f,
			0x1.381b4ap-2f, -0x1.ec06a6p-4f, 0x1.a67a46p-4f, -0x1.284604p-1f,
			-0x1.3236d6p-3f, 0x1.6bdd82p-2f, -0x1.65d6b4p-4f, -0x1.9e7566p-1f},
		{-0x1.967c7ap-1f, 0x1.6ed5d2p-2f, -0x1.41168cp-2f, 0x1.b9f8ccp-1f, 0x1.a0ab74p-3f,
			-0x1.d63804p-2f, 0x1.5e11a4p-1f, 0x1.59d078p-5f, -0x1.2d4982p-1f,
			0x1.01761cp-1f, -0x1.f0ee42p-4f, -0x1.9ee188p-1f, 0x1.b2b8a8p-2f,
			-0x1.23e3aap-2f, 0x1.a98a4p-1f, 0x1.ab7deep-3f, -0x1.8af996p-2f},
		{-0x1.99932cp-1f, 0x1.7765a2p-2f, -0x1.334fep-2f, 0x1.bbb816p-1f, 0x1.99a83p-3f,
			-0x1.ddce14p-2f, 0x1.665532p-1f, 0x1.11a734p-5f, -0x1.4414d2p-1f,
			0x1.10f0dap-1f, -0x1.10de44p-3f, -0x1.99a482p-1f, 0x1.77f1ccp-2f,
			-0x1.331398p-2f, 0x1.bb962ap-1f, 0x1.99be8ap-3f, -0x1.dd32b8p-2f},
		0.0f},
	[GF_ACTIVATION_sigmoid] = {0x1.02bbbp-1f,
		{0x1.b2eaap-6f, 0x1.2ddf3p-5f, 0x1.9177fp-5f, 0x1.0180e8p-4f, 0x1.3fac98p-4f,
			0x1.6d4aa8p-4f, 0x1.0ed4b4p-3f, 0x1.295d1cp-3f},
		{-0x1.d7d19p-10f, -0x1.2ade46p-10f, -0x1.8dcfd8p-11f, 0x1.109bc6p-11f,
			0x1.8761fp-11f, 0x1.87d84p-11f, -0x1.38401ap-7f, 0x1.4e005p-8f,
			0x1.78f1d6p-5f, 0x1.337e8ep-5f, 0x1.2e40d8p-7f, 0x1.e2493ep-8f,
			0x1.23e4a2p-4f, 0x1.d42ca2p-7f, 0x1.82659ep-3f, 0x1.aa787p-4f,
			0x1.58fb04p-2f},
		{-0x1.998202p-1f, 0x1.779558p-2f, -0x1.331f5p-2f, 0x1.bbb4eap-1f, 0x1.997274p-3f,
			-0x1.ddf176p-2f, 0x1.66e34cp-1f, 0x1.0ce432p-5f, -0x1.469f6p-1f,
			0x1.0f2514p-1f, -0x1.12f4aap-3f, -0x1.99fa1p-1f, 0x1.702b56p-2f,
			-0x1.34a9bep-2f, 0x1.b212cap-1f, 0x1.8446c6p-3f, -0x1.002ebp-1f},
		{-0x1.999908p-1f, 0x1.77782ep-2f, -0x1.3332b8p-2f, 0x1.bbbb9p-1f, 0x1.9998a4p-3f,
			-0x1.ddde58p-2f, 0x1.66697p-1f, 0x1.10f7p-5f, -0x1.4452fp-1f,
			0x1.11051ap-1f, -0x1.111cd4p-3f, -0x1.999bf2p-1f, 0x1.774a04p-2f,
			-0x1.333c5p-2f, 0x1.bb7f92p-1f, 0x1.9914dp-3f, -0x1.deb4bp-2f},
		0.0f},
	[GF_ACTIVATION_gelu] = {0x1.3a2b42p-1f,
		{-0x1.483092p-1f, -0x1.3e39f6p-1f, -0x1.27bcdap-1f, -0x1.03d7f8p-1f,
			-0x1.aa2b68p-2f, -0x1.7974p-3f, 0x1.4ce944p-3f, 0x1.49b20ep-2f},
		{-0x1.201d98p-5f, 0x1.51b014p-5f, 0x1.e07b12p-5f, 0x1.7feb04p-4f, -0x1.cbf88p-4f,
			-0x1.aaba4cp-6f, 0x1.709592p-4f, 0x1.ef39b6p-5f, -0x1.fc8cfep-4f,
			0x1.f6104ap-4f, -0x1.6f2338p-6f, 0x1.162eeep-9f, -0x1.11d7ccp-6f,
			-0x1.d7672cp-6f, 0x1.3f545p-3f, 0x1.5f2448p-5f, -0x1.a32e5p-2f},
		{-0x1.97cc9ep-1f, 0x1.733edap-2f, -0x1.3934bep-2f, 0x1.b6ef3p-1f, 0x1.b09938p-3f,
			-0x1.db331ap-2f, 0x1.61caeep-1f, 0x1.bf1676p-6f, -0x1.3de8e8p-1f,
			0x1.0aca78p-1f, -0x1.0c7a38p-3f, -0x1.99b56cp-1f, 0x1.792d9ap-2f,
			-0x1.3040f6p-2f, 0x1.b3c004p-1f, 0x1.90d24ap-3f, -0x1.b3f2d6p-2f},
		{-0x1.9990aap-1f, 0x1.77628p-2f, -0x1.335104p-2f, 0x1.bba3e8p-1f, 0x1.9a0bc2p-3f,
			-0x1.ddd0ap-2f, 0x1.664f88p-1f, 0x1.101b2ep-5f, -0x1.4424b6p-1f,
			0x1.10f1ecp-1f, -0x1.10fa48p-3f, -0x1.999a24p-1f, 0x1.777ff2p-2f,
			-0x1.332494p-2f, 0x1.bb941ap-1f, 0x1.996e04p-3f, -0x1.dd0dccp-2f},
		0.0f},
	[GF_ACTIVATION_gelu_tanh] = {0x1.3a2726p-1f,
		{-0x1.48357p-1f, -0x1.3e39b6p-1f, -0x1.27baeap-1f, -0x1.03d6f8p-1f, -0x1.aa2b42p-2f,
			-0x1.799c74p-3f, 0x1.4c79a4p-3f, 0x1.4969eep-2f},
		{-0x1.20739ep-5f, 0x1.51d2e2p-5f, 0x1.e05268p-5f, 0x1.7f44b2p-4f, -0x1.cb8708p-4f,
			-0x1.a9a5eap-6f, 0x1.70a4bp-4f, 0x1.ee1f06p-5f, -0x1.fcb456p-4f,
			0x1.f542fap-4f, -0x1.6f558ap-6f, 0x1.18916p-9f, -0x1.1548eep-6f,
			-0x1.d76b4ap-6f, 0x1.3f09bp-3f, 0x1.5f08b2p-5f, -0x1.a35498p-2f},
		{-0x1.97cc14p-1f, 0x1.733e6ap-2f, -0x1.39343cp-2f, 0x1.b6f144p-1f, 0x1.b0938cp-3f,
			-0x1.db34d4p-2f, 0x1.61cabep-1f, 0x1.bf4efep-6f, -0x1.3de86ap-1f,
			0x1.0acd08p-1f, -0x1.0c7998p-3f, -0x1.99b5a8p-1f, 0x1.79331cp-2f,
			-0x1.3040eep-2f, 0x1.b3c1e2p-1f, 0x1.90d2fap-3f, -0x1.b3ef02p-2f},
		{-0x1.9990a6p-1f, 0x1.77627ep-2f, -0x1.335102p-2f, 0x1.bba3f2p-1f, 0x1.9a0ba6p-3f,
			-0x1.ddd0aap-2f, 0x1.664f86p-1f, 0x1.101bb8p-5f, -0x1.4424b4p-1f,
			0x1.10f1f8p-1f, -0x1.10fa44p-3f, -0x1.999a26p-1f, 0x1.77800ep-2f,
			-0x1.332494p-2f, 0x1.bb9422p-1f, 0x1.996e08p-3f, -0x1.dd0db6p-2f},
		0.0f},
	[GF_ACTIVATION_leaky_relu] = {0x1.504a18p-1f,
		{-0x1.6b193p-1f, -0x1.4bbb98p-1f, -0x1.2c5dfep-1f, -0x1.0d0066p-1f, -0x1.af7872p-2f,
			-0x1.44b60cp-3f, 0x1.5a09d2p-2f, 0x1.fce036p-2f},
		{-0x1.bef13ep-4f, 0x1.06576ep-4f, 0x1.4a0d92p-4f, 0x1.f54218p-4f, -0x1.e87802p-4f,
			-0x1.749d5ep-5f, 0x1.4fd612p-4f, 0x1.e77944p-5f, -0x1.c0b1dap-3f,
			0x1.d9395ep-3f, -0x1.4207c2p-5f, 0x1.6cdf42p-6f, 0x1.c9839p-9f,
			-0x1.5a73cap-6f, 0x1.3710d8p-2f, -0x1.fe6fa2p-6f, -0x1.68e34ap-2f},
		{-0x1.940362p-1f, 0x1.70e878p-2f, -0x1.3b738ap-2f, 0x1.b577b4p-1f, 0x1.b205fep-3f,
			-0x1.d9358p-2f, 0x1.6233b8p-1f, 0x1.c0a358p-6f, -0x1.390c9ep-1f,
			0x1.053c7p-1f, -0x1.090412p-3f, -0x1.9abd8p-1f, 0x1.771bf4p-2f,
			-0x1.3108e2p-2f, 0x1.ac2e16p-1f, 0x1.9ffafep-3f, -0x1.b9c724p-2f},
		{-0x1.99829p-1f, 0x1.775c68p-2f, -0x1.33553ap-2f, 0x1.bba1e4p-1f, 0x1.99fe5p-3f,
			-0x1.ddcaa8p-2f, 0x1.665516p-1f, 0x1.1047fap-5f, -0x1.441602p-1f,
			0x1.10e048p-1f, -0x1.10efdcp-3f, -0x1.999e4ep-1f, 0x1.7775fap-2f,
			-0x1.332a46p-2f, 0x1.bb7b96p-1f, 0x1.99b3e8p-3f, -0x1.dd490cp-2f},
		0.0f},
	[GF_ACTIVATION_silu] = {0x1.368dfcp-1f,
		{-0x1.5d2bfcp-1f, -0x1.455392p-1f, -0x1.261ecp-1f, -0x1.006362p-1f, -0x1.ab9b1ap-2f,
			-0x1.09227cp-2f, 0x1.99a4cp-6f, 0x1.4907fcp-3f},
		{-0x1.defcacp-5f, 0x1.69550cp-5f, 0x1.841d8cp-5f, 0x1.4ccf02p-6f, -0x1.0fa066p-4f,
			0x1.415572p-9f, 0x1.d0f8e2p-4f, -0x1.296e9ap-8f, -0x1.45eefap-3f,
			0x1.2fcf52p-5f, -0x1.17227ap-5f, 0x1.6e2f32p-7f, -0x1.32643ep-3f,
			-0x1.45c3p-5f, 0x1.5b9642p-4f, 0x1.97ec84p-5f, -0x1.092744p-1f},
		{-0x1.969b38p-1f, 0x1.72f33p-2f, -0x1.380d2cp-2f, 0x1.bab17ap-1f, 0x1.a72e6ap-3f,
			-0x1.de1e22p-2f, 0x1.60967cp-1f, 0x1.14c8c8p-5f, -0x1.3c1e4ap-1f,
			0x1.0f2afap-1f, -0x1.0a169ap-3f, -0x1.9a2c14p-1f, 0x1.86c944p-2f,
			-0x1.2f20c4p-2f, 0x1.b76372p-1f, 0x1.8f66e2p-3f, -0x1.a8d604p-2f},
		{-0x1.998cbep-1f, 0x1.77640ep-2f, -0x1.33480cp-2f, 0x1.bbb742p-1f, 0x1.99d3fp-3f,
			-0x1.dddef2p-2f, 0x1.664d6ep-1f, 0x1.1120f8p-5f, -0x1.442144p-1f,
			0x1.1108eap-1f, -0x1.10f316p-3f, -0x1.999c1p-1f, 0x1.77b942p-2f,
			-0x1.3321b6p-2f, 0x1.bba91p-1f, 0x1.996dcap-3f, -0x1.dcfa12p-2f},
		0.0f},
};

gf_status network_case_of(struct network_case *c, gf_activation activation, gf_error *err)
{
	gf_dataset *data = NULL;
	size_t i, j;

	*c = (struct network_case){.wanted = &WANTED[activation]};
	TRY(dataset_alloc(&data, ROWS, FEATURES, 1, err));
	for (i = 0; i < ROWS; i++) {
		for (j = 0; j < FEATURES; j++)
			data->x[i * FEATURES + j] = (float)((3 * i + 5 * j) % 23) / 7.0f - 1.5f;
		data->y[i] = (float)(i % 17) / 7.0f - 1.2f;
	}
	for (i = 0; i < NETWORK_CASE_PARAMETERS; i++)
		c->start[i] = (float)(7 * i % 11) / 6.0f - 0.8f;
	c->problem = (struct problem){.data = data,
		.train_rows = ROWS,
		.outputs = 1,
		.hidden = {{HIDDEN, HIDDEN}, 2, activation, 0.3},
		.loss = GF_LOSS_mse,
		.batch_size = ROWS};
	c->rates[RATE_SCALE] = 1.0 / ROWS;
	c->rates[RATE_LR] = LR;
	c->rates[RATE_CLIP] = CLIP;
	return GF_OK;
}

static gf_status take_step(struct engine *engine, const struct network_case *c,
	struct network_answers *a, gf_error *err)
{
	const struct plan plan = {.count = 1, .rows = ROWS, .rates = c->rates, .rates_constant = 1};
	float step[2 * NETWORK_CASE_PARAMETERS];
	const struct history history = {&a->loss, step};

	TRY(engine_set(engine, c->start, NULL, err));
	TRY(engine_outputs(engine, c->start, 0, NETWORK_CASE_ROWS, a->outputs, err));
	TRY(engine_loss(engine, NULL, 0, ROWS, c->rates[RATE_SCALE], &a->loss_alone, err));
	TRY(engine_run(engine, &plan, &history, err));
	memcpy(a->gradient, step + NETWORK_CASE_PARAMETERS, sizeof a->gradient);
	return engine_get(engine, a->next, NULL, err);
}

/* A way to take the step, and the kernels that sum and step. */
struct way {
	gf_engine engine;
	size_t blocks; /* in a chunk of rows; 0: all rows are one chunk */
	int clips;     /* the gradient, to a norm */
	const char *what, *sums, *step;
};

static const struct way ONE_CHUNK = {
	GF_ENGINE_streaming, 0, 0, "all rows at once", "network_sums", "network_sums"};
static const struct way CHUNKS = {GF_ENGINE_streaming, 1, 1, "a chunk a block", "network_fold",
	"network_norm, network_update"};
static const struct way RESIDENT = {
	GF_ENGINE_resident, 0, 0, "in one launch", "network_resident", "network_resident"};

static void compare(struct selftest *t, const struct network_case *c, const struct way *way,
	const struct network_answers *a)
{
	char what[64];

	snprintf(what, sizeof what, "a network with %s, %s",
		activation_word(c->problem.hidden.activation), way->what);
	selftest_expect(t, "network_outputs", name_result("outputs", what).text, a->outputs,
		c->wanted->outputs, NETWORK_CASE_ROWS);
	selftest_expect(t, "network_rows", name_result("loss in history", what).text, &a->loss,
		&c->wanted->loss, 1);
	selftest_expect(t, "network_loss", name_result("loss alone", what).text, &a->loss_alone,
		&c->wanted->loss, 1);
	selftest_expect(t, way->sums, name_result("gradient", what).text, a->gradient,
		c->wanted->gradient, NETWORK_CASE_PARAMETERS);
	selftest_expect(t, way->step, name_result("next parameters", what).text, a->next,
		way->clips ? c->wanted->clipped : c->wanted->next, NETWORK_CASE_PARAMETERS);
}

static gf_status check_way(
	struct selftest *t, const struct network_case *c, const struct way *way, gf_error *err)
{
	const struct engine_options options = {.device = t->device,
		.engine = way->engine,
		.beside = t->first,
		.tuning = {.kernels = t->kernels,
			.blocks = way->blocks,
			.with_resident = t->kernels == GF_KERNELS_cpu}};
	struct problem problem = c->problem;
	struct network_answers a;
	struct engine *engine = NULL;
	gf_status status;

	problem.update.clip_norm = way->clips;
	status = engine_open(&engine, &problem, &options, err);
	if (!status)
		status = take_step(engine, c, &a, err);
	engine_close(engine);
	if (!status)
		compare(t, c, way, &a);
	return status;
}

/* The activation relu is tried in all ways, the others in one. */
static gf_status check_case(struct selftest *t, const struct network_case *c, gf_error *err)
{
	TRY(check_way(t, c, &ONE_CHUNK, err));
	if (c->problem.hidden.activation != GF_ACTIVATION_relu)
		return GF_OK;
	TRY(check_way(t, c, &CHUNKS, err));
	return t->kernels == GF_KERNELS_cpu ? check_way(t, c, &RESIDENT, err) : GF_OK;
}

size_t selftest_network_results(gf_kernels kernels, size_t activations)
{
	return 5 * (activations + 1 + (kernels == GF_KERNELS_cpu));
}

gf_status selftest_networks(struct selftest *t, size_t activations, gf_error *err)
{
	gf_status status = GF_OK;
	struct network_case c;
	size_t i;

	for (i = 0; i < activations && !status; i++) {
		status = network_case_of(&c, (gf_activation)i, err);
		if (!status)
			status = check_case(t, &c, err);
		gf_dataset_free((gf_dataset *)c.problem.data);
	}
	return status;
}
