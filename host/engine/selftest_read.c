/* selftest_read.c: the first case of the selftest: the kernels that read memory, and the engine
 * whose context all others share. */
#include "cl_engine.h"
#include "gpufitcl_notebook.h"
#include "selftest.h"

enum { READ_VECTORS = 1003, READ_ITEMS = 8, READ_PASSES = 3 };

static gf_status sums_of(
	struct cl_engine *e, const char *name, size_t vectors, float *total, gf_error *err)
{
	float ones[READ_VECTORS * SUM_LANES], sums[READ_ITEMS];
	struct buffer x = {0}, out = {0};
	struct kernel k = {0};
	cl_ulong count = vectors;
	gf_status status = buffer_new(&x, &e->dev, "ones", sizeof ones, err);
	size_t i;

	for (i = 0; i < sizeof ones / sizeof *ones; i++)
		ones[i] = 1.0f;
	if (!status)
		status = buffer_new(&out, &e->dev, "sums", sizeof sums, err);
	if (!status)
		status = run_write(&x, 0, ones, sizeof ones, err);
	if (!status)
		status = kernel_new(&k, &e->dev, e->program, name, 1, err);
	if (!status) {
		const cl_ulong passes = READ_PASSES;
		const struct kernel_arg args[] = {
			ARG_MEM(x), ARG_MEM(out), ARG(count), ARG(passes)};

		status = run_launch(&k, ARGS(args), READ_ITEMS, 0, err);
	}
	if (!status)
		status = run_read(&out, 0, sums, sizeof sums, err);
	for (*total = 0.0f, i = 0; i < READ_ITEMS && !status; i++)
		*total += sums[i];
	kernel_free(&k);
	buffer_free(&x);
	buffer_free(&out);
	return status;
}

/* read_stretches sums up 4 lanes of each vector, read_side_by_side all 16. */
gf_status selftest_read(struct selftest *t, gf_error *err)
{
	const float wanted[2] = {
		4.0f * READ_PASSES * READ_VECTORS, 16.0f * READ_PASSES * READ_VECTORS};
	const char *const names[2] = {"read_stretches", "read_side_by_side"};
	gf_dataset *data = NULL;
	gf_status status;
	struct problem problem;
	const struct engine_options options = {
		.device = t->device, .engine = GF_ENGINE_streaming, .tuning.with_resident = 1};
	struct cl_engine *e;
	size_t i;

	TRY(gf_dataset_notebook(&data, err));
	problem = selftest_problem(data, 1);
	status = engine_open(&t->first, &problem, &options, err);
	e = (struct cl_engine *)t->first;
	if (!status) {
		t->gpu_fits = variant_fits_gpu_kernels(&e->dev);
		t->is_cpu = e->dev.is_cpu;
		t->takes_vectors = e->dev.takes_vectors;
		t->takes_moments = e->dev.has_double;
	}
	for (i = 0; i < 2 && !status; i++) {
		float total = 0.0f;

		status = sums_of(e, names[i], READ_VECTORS, &total, err);
		if (!status)
			selftest_expect(t, names[i], "a sum of ones", &total, &wanted[i], 1);
	}
	gf_dataset_free(data);
	return status;
}
