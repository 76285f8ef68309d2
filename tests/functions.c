/* functions.c: functions of the kernels, computed in every way of building them. */
#include "functions.h"

#include "bits.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const OPTIONS[WAYS] = {"", "-DGPU", CORRECTLY_ROUNDED};
static const size_t ABREAST[WAYS] = {16, 1, 16};

static void must(gf_status status, const gf_error *err)
{
	if (status)
		fail_msg("%s", err->message);
}

static void open_way(struct bench *t, int way, const char *options)
{
	gf_error err = {0};
	char all[256];
	size_t i;

	snprintf(all, sizeof all, "%s %s", OPTIONS[way], options);
	must(program_build(&t->programs[way], &t->dev, all, &err), &err);
	for (i = 0; i < t->count; i++)
		must(kernel_new(&t->kernels[way][i], &t->dev, t->programs[way],
			     t->functions[i].kernel, 64, &err),
			&err);
}

static void close_kernels(struct bench *t)
{
	int way;
	size_t i;

	for (way = 0; way < t->ways; way++)
		for (i = 0; i < t->count; i++)
			kernel_free(&t->kernels[way][i]);
}

void bench_build(struct bench *t, const char *options)
{
	int way;

	close_kernels(t);
	for (way = 0; way < t->ways; way++)
		open_way(t, way, options);
}

int bench_open(struct bench **bench, const struct function *functions, size_t count)
{
	struct bench *t = calloc(1, sizeof *t);
	gf_error err = {0};
	int way;

	assert_true(count <= FUNCTIONS_MOST);
	t->functions = functions;
	t->count = count;
	must(device_open(&t->dev, getenv("GPUFIT_TEST_DEVICE"), 0, NULL, &err), &err);
	t->ways = t->dev.correctly_rounded ? WAYS : BY_DEVICE;
	for (way = 0; way < t->ways; way++)
		open_way(t, way, "");
	must(buffer_new(&t->a, &t->dev, "a", BATCH * sizeof(float), &err), &err);
	must(buffer_new(&t->b, &t->dev, "b", BATCH * sizeof(float), &err), &err);
	must(buffer_new(&t->out, &t->dev, "out", BATCH * sizeof(float), &err), &err);
	t->in_a = calloc(BATCH, sizeof(float));
	t->in_b = calloc(BATCH, sizeof(float));
	t->found = calloc(BATCH, sizeof(float));
	t->found_too = calloc(BATCH, sizeof(float));
	*bench = t;
	return 0;
}

int bench_close(void **state)
{
	struct bench *t = *state;

	close_kernels(t);
	buffer_free(&t->a);
	buffer_free(&t->b);
	buffer_free(&t->out);
	device_close(&t->dev);
	free(t->in_a);
	free(t->in_b);
	free(t->found);
	free(t->found_too);
	free(t);
	return 0;
}

static void run_way(struct bench *t, int way, size_t which, float *found)
{
	const cl_ulong count = BATCH;
	const struct kernel_arg args[] = {
		ARG_MEM(t->a), ARG_MEM(t->b), ARG_MEM(t->out), ARG(count)};
	struct kernel *kernel = &t->kernels[way][which];
	gf_error err = {0};

	must(run_launch(kernel, ARGS(args), BATCH / ABREAST[way], 0, &err), &err);
	must(run_read(&t->out, 0, found, BATCH * sizeof(float), &err), &err);
}

static void compare(const struct bench *t, int way, size_t which)
{
	size_t i;

	for (i = 0; i < BATCH; i++)
		if (bits_of_float(t->found[i]) != bits_of_float(t->found_too[i]))
			fail_msg("%s(%a, %a) is %a, in way %d %a", t->functions[which].kernel,
				(double)t->in_a[i], (double)t->in_b[i], (double)t->found[i], way,
				(double)t->found_too[i]);
}

/* Plain loops take their time, so they compute one number of SPARSE. */
enum { SPARSE = 7, SPARSE_FULL = 509 };

static void compare_order(const struct bench *t, const struct function *f)
{
	size_t i;

	for (i = 0; f->order && i < BATCH; i += full() ? SPARSE_FULL : SPARSE) {
		const float wanted = f->order(t->in_a[i]);

		if (bits_of_float(t->found[i]) != bits_of_float(wanted))
			fail_msg("%s(%a) is %a, in plain C %a", f->kernel, (double)t->in_a[i],
				(double)t->found[i], (double)wanted);
	}
}

void run_batch(struct bench *t, size_t which)
{
	gf_error err = {0};
	int way;

	must(run_write(&t->a, 0, t->in_a, BATCH * sizeof(float), &err), &err);
	must(run_write(&t->b, 0, t->in_b, BATCH * sizeof(float), &err), &err);
	run_way(t, CPU, which, t->found);
	for (way = GPU; way < t->ways; way++) {
		run_way(t, way, which, t->found_too);
		compare(t, way, which);
	}
	compare_order(t, &t->functions[which]);
}

static double operand(const struct function *f, float x)
{
	return !f->takes_denormal && fabsf(x) < FLT_MIN ? copysign(0.0, (double)x) : (double)x;
}

static double wanted_of(const struct function *f, float a, float b)
{
	return f->wanted(operand(f, a), operand(f, b));
}

/* The error in units of 2^-24 of wanted; infinite where no error is allowed.  Quotients and
 * roots are wanted to the float nearest to the exact number; the double is near enough that
 * rounding it gives that float. */
static double error_of(const struct function *f, float found, double wanted)
{
	const double size = fabs(wanted);

	if (isnan(wanted))
		return bits_of_float(found) == NAN_BITS ? 0.0 : INFINITY;
	if (isinf((float)wanted) || wanted == 0.0)
		return (double)found == (double)(float)wanted ? 0.0 : INFINITY;
	if (size < (double)FLT_MIN && found == 0.0f)
		return 0.0;
	if (f->is_quotient && (float)size == FLT_MIN)
		return found == 0.0f ? 0.0 : INFINITY;
	if (fabsf(found) < FLT_MIN || isnan(found))
		return INFINITY;
	if (f->exact && found != (float)wanted)
		return INFINITY;
	return fabs((double)found - wanted) / size * 0x1p24;
}

void look_at(struct worst *worst, const struct bench *t, size_t which)
{
	const struct function *f = &t->functions[which];
	size_t i;

	for (i = 0; i < BATCH; i++) {
		const float a = t->in_a[i], b = t->in_b[i], found = t->found[i];
		const double error = error_of(f, found, wanted_of(f, a, b));

		if (error > worst->error)
			*worst = (struct worst){error, a, b, found};
	}
}

void judge(const struct worst *w, const struct function *f)
{
	print_message("%s(%a, %a) = %a, wanted %a: %.4f x 2^-24, the worst\n", f->kernel,
		(double)w->a, (double)w->b, (double)w->found, wanted_of(f, w->a, w->b), w->error);
	if (!(w->error <= f->roundings))
		fail_msg("%s may be off by %g x 2^-24", f->kernel, f->roundings);
}

int full(void)
{
	return getenv("GPUFIT_TEST_FULL") != NULL;
}

void assert_order(const struct bench *t, size_t which)
{
	const struct function *f = &t->functions[which];
	size_t i;

	for (i = 1; i < BATCH; i++) {
		const int up = t->in_a[i] > t->in_a[i - 1], down = t->in_a[i] < t->in_a[i - 1];

		if ((up && t->found[i] < t->found[i - 1]) ||
			(down && t->found[i] > t->found[i - 1]))
			fail_msg("%s(%a) is %a, and at %a %a", f->kernel, (double)t->in_a[i - 1],
				(double)t->found[i - 1], (double)t->in_a[i], (double)t->found[i]);
	}
}

void try_floats(struct bench *t, size_t which)
{
	const struct function *f = &t->functions[which];
	const uint64_t stride = full() ? 1 : STRIDE, end = (uint64_t)1 << 32;
	const uint32_t sign = f->only_negative ? 0x80000000 : 0;
	struct worst worst = {0};
	uint64_t next;
	size_t i;

	for (next = 0; next < end;) {
		for (i = 0; i < BATCH; i++, next += stride)
			t->in_a[i] = float_of_bits((uint32_t)next | sign);
		run_batch(t, which);
		look_at(&worst, t, which);
		if (f->rises)
			assert_order(t, which);
	}
	judge(&worst, f);
}

void try_edges(struct bench *t, const struct edge *edges, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct edge *e = &edges[i];
		const uint32_t wanted = isnan(e->wanted) ? NAN_BITS : bits_of_float(e->wanted);

		t->in_a[0] = e->a;
		t->in_b[0] = e->b;
		run_batch(t, e->which);
		if (bits_of_float(t->found[0]) != wanted)
			fail_msg("%s(%a, %a) = %a, wanted %a", t->functions[e->which].kernel,
				(double)e->a, (double)e->b, (double)t->found[0], (double)e->wanted);
	}
}
