/* test_variant_table.c: the variant of each shape of problem on each kind of device, as a table.
 * No device is opened. */
#include "variant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MIB = 1 << 20, LINE_ROOM = 2 * BUILD_WORDS };

#define GIB ((uint64_t)1 << 30)

static const struct device CPU = {.id.info = {.name = "a CPU",
					  .compute_units = 2,
					  .memory_bytes = 16 * GIB,
					  .max_alloc_bytes = 4 * GIB},
	.local_bytes = MIB,
	.is_cpu = 1,
	.takes_vectors = 1,
	.loop_limit = SIZE_MAX};

static const struct device SLOW_COMPILER = {
	.id.info = {.name = "a CPU whose compiler is slow over vectors",
		.compute_units = 2,
		.memory_bytes = 16 * GIB,
		.max_alloc_bytes = 4 * GIB},
	.local_bytes = 64 << 10,
	.max_group = 256,
	.is_cpu = 1,
	.loop_limit = 60000};

static const struct device GPU = {.id.info = {.name = "a GPU",
					  .compute_units = 100,
					  .memory_bytes = 16 * GIB,
					  .max_alloc_bytes = 4 * GIB},
	.local_bytes = 48 << 10,
	.max_group = 1024,
	.takes_vectors = 1,
	.loop_limit = SIZE_MAX};

static const struct device SMALL_GPU = {.id.info = {.name = "a GPU with little local memory",
						.compute_units = 4,
						.memory_bytes = GIB,
						.max_alloc_bytes = GIB / 4},
	.local_bytes = 16 << 10,
	.takes_vectors = 1,
	.loop_limit = SIZE_MAX};

struct shape {
	const struct device *device;
	size_t rows, features, outputs, batch_size;
	gf_loss loss;
	int clip_norm;
	size_t hidden; /* width of the only hidden layer; 0: a linear model */
};

static struct problem problem_of(const struct shape *s, gf_dataset *data)
{
	*data = (gf_dataset){.rows = s->rows, .features = s->features, .outputs = s->outputs};
	return (struct problem){.data = data,
		.train_rows = s->rows,
		.outputs = s->outputs,
		.hidden = {.widths = {s->hidden}, .count = s->hidden > 0},
		.loss = s->loss,
		.batch_size = s->batch_size,
		.update = {.optimizer = GF_OPTIMIZER_sgd, .clip_norm = s->clip_norm}};
}

/* The engine that auto chooses, and the words of the build before those of loss and update. */
static void describe(const struct shape *s, char line[LINE_ROOM])
{
	const struct tuning none = {.local = 0};
	gf_dataset data;
	const struct problem problem = problem_of(s, &data);
	const gf_engine engine = variant_engine(&problem, s->device->is_cpu);
	char words[BUILD_WORDS], *end;
	struct variant v;
	gf_error err = {0};

	assert_int_equal(variant_of(&v, &problem, s->device, engine, &none, &err), GF_OK);
	variant_words(&v, &problem, words);
	end = strstr(words, s->loss == GF_LOSS_cross_entropy ? " -DSOFTMAX" : " -DLOSS=");
	assert_non_null(end);
	*end = '\0';
	snprintf(line, LINE_ROOM, "%s, chunks of %u blocks, %s", engine_word(engine),
		variant_chunks(&v, &problem, s->device, &none, s->rows).blocks, words);
}

static const struct {
	struct shape shape;
	const char *line;
} TABLE[] = {
	/* Batches that one work-item of a CPU sums, with the most that fits into registers. */
	{{&CPU, 7, 1, 1, 7, GF_LOSS_mse, 0, 0},
		"resident, chunks of 1 blocks, -DF=1 -DRESIDENT -DSTEP=first_rows"},
	{{&CPU, 100, 1, 1, 17, GF_LOSS_mse, 0, 0},
		"resident, chunks of 1 blocks, -DF=1 -DRESIDENT -DSTEP=registers"},
	{{&CPU, 100, 4, 1, 4, GF_LOSS_mse, 0, 0},
		"resident, chunks of 1 blocks, -DF=4 -DRESIDENT -DSTEP=first_rows"},
	{{&CPU, 100, 4, 1, 5, GF_LOSS_mse, 0, 0},
		"resident, chunks of 1 blocks, -DF=4 -DRESIDENT -DSTEP=registers"},
	{{&CPU, 100, 4, 1, 64, GF_LOSS_mse, 0, 0},
		"resident, chunks of 1 blocks, -DF=4 -DRESIDENT -DSTEP=registers"},
	{{&CPU, 100, 4, 1, 65, GF_LOSS_mse, 0, 0},
		"resident, chunks of 1 blocks, -DF=4 -DRESIDENT -DSTEP=memory"},
	{{&CPU, 100, 4, 1, 4, GF_LOSS_mse, 1, 0},
		"resident, chunks of 1 blocks, -DF=4 -DRESIDENT -DSTEP=memory"},
	{{&CPU, 100, 4, 3, 16, GF_LOSS_mse, 0, 0},
		"resident, chunks of 1 blocks, -DF=4 -DRESIDENT -DSTEP=block"},
	{{&CPU, 150, 4, 3, 16, GF_LOSS_cross_entropy, 0, 0},
		"resident, chunks of 1 blocks, -DF=4 -DRESIDENT -DSTEP=block"},
	{{&CPU, 100, 9, 1, 4, GF_LOSS_mse, 0, 0},
		"resident, chunks of 1 blocks, -DF=16 -DWIDTH=9 -DRESIDENT -DSTEP=first_rows"},
	{{&CPU, 100, 64, 1, 5, GF_LOSS_mse, 0, 0},
		"resident, chunks of 1 blocks, -DF=16 -DWIDTH=64 -DRESIDENT -DSTEP=registers"},
	{{&CPU, 100, 65, 1, 1, GF_LOSS_mse, 0, 0},
		"resident, chunks of 1 blocks, -DF=16 -DRESIDENT -DSTEP=row"},
	{{&CPU, 100, 65, 3, 1, GF_LOSS_cross_entropy, 0, 0},
		"resident, chunks of 1 blocks, -DF=16 -DRESIDENT -DSTEP=memory"},
	{{&CPU, 100, 65, 1, 2, GF_LOSS_mse, 0, 0},
		"resident, chunks of 1 blocks, -DF=16 -DRESIDENT -DSTEP=memory"},
	/* Batches that many work-items of a CPU sum. */
	{{&CPU, 200000, 1, 1, 200000, GF_LOSS_mse, 0, 0}, "streaming, chunks of 256 blocks, -DF=1"},
	{{&CPU, 30000, 16, 1, 30000, GF_LOSS_mse, 0, 0},
		"streaming, chunks of 32 blocks, -DF=16 -DWIDTH=16"},
	{{&CPU, 1 << 20, 8, 1, 1 << 20, GF_LOSS_mse, 0, 0},
		"streaming, chunks of 128 blocks, -DF=8 -DWIDTH=8"},
	{{&CPU, 1 << 20, 100, 1, 1 << 20, GF_LOSS_mse, 0, 0},
		"streaming, chunks of 16 blocks, -DF=16 -DWIDTH=100"},
	{{&CPU, 60000, 784, 10, 60000, GF_LOSS_cross_entropy, 0, 0},
		"streaming, chunks of 4 blocks, -DF=16 -DWIDTH=784 -DGROUP_ROWS=2"},
	/* The same on other devices. */
	{{&SLOW_COMPILER, 100, 4, 1, 4, GF_LOSS_mse, 0, 0},
		"resident, chunks of 1 blocks, -DF=4 -DGPU "
		"-DITEMS=64 -DONE_OUTPUT -DRESIDENT"},
	{{&SLOW_COMPILER, 60000, 784, 10, 60000, GF_LOSS_mse, 0, 0},
		"streaming, chunks of 1 blocks, -DF=16 -DGPU "
		"-DITEMS=256 -DWIDTH=784"},
	{{&GPU, 100, 4, 1, 4, GF_LOSS_mse, 0, 0}, "resident, chunks of 1 blocks, -DF=4 -DGPU "
						  "-DITEMS=64 -DONE_OUTPUT -DRESIDENT"},
	{{&GPU, 10000, 4, 1, 10000, GF_LOSS_mse, 0, 0},
		"streaming, chunks of 1 blocks, -DF=4 -DGPU -DITEMS=64 -DONE_OUTPUT"},
	{{&GPU, 100000, 20, 1, 100000, GF_LOSS_mse, 0, 0},
		"streaming, chunks of 1 blocks, -DF=16 -DGPU "
		"-DITEMS=64 -DONE_OUTPUT -DWIDTH=20"},
	{{&GPU, 100000, 20, 10, 100000, GF_LOSS_cross_entropy, 0, 0},
		"streaming, chunks of 1 blocks, -DF=16 -DGPU "
		"-DITEMS=64 -DWIDTH=20 -DOUTPUTS=10"},
	{{&GPU, 100000, 20, 17, 100000, GF_LOSS_cross_entropy, 0, 0},
		"streaming, chunks of 1 blocks, -DF=16 -DGPU "
		"-DITEMS=64 -DWIDTH=20"},
	{{&GPU, 1 << 20, 1024, 1, 1 << 20, GF_LOSS_mse, 0, 0},
		"streaming, chunks of 4 blocks, -DF=16 -DGPU "
		"-DITEMS=256 -DONE_OUTPUT -DWIDTH=1024"},
	{{&GPU, 1 << 20, 1025, 1, 1 << 20, GF_LOSS_mse, 0, 0},
		"streaming, chunks of 4 blocks, -DF=16 -DGPU "
		"-DITEMS=256 -DONE_OUTPUT -DWIDTH=1025"},
	{{&SMALL_GPU, 100, 4, 1, 4, GF_LOSS_mse, 0, 0},
		"resident, chunks of 1 blocks, -DF=4 -DRESIDENT -DSTEP=first_rows"},
	{{&SMALL_GPU, 100000, 20, 1, 100000, GF_LOSS_mse, 0, 0},
		"streaming, chunks of 1 blocks, -DF=16 -DWIDTH=20"},
	/* Networks: resident up to 2^18 multiply-adds a step. */
	{{&CPU, 7, 1, 1, 7, GF_LOSS_mse, 0, 16},
		"resident, chunks of 1 blocks, -DF=16 -DRESIDENT -DWIDTHS=1,16,1 "
		"-DACTIVATION=relu_activation -DITEM_OUTPUTS=48 -DUNROLLED"},
	{{&CPU, 1024, 30, 2, 128, GF_LOSS_mse, 0, 64},
		"resident, chunks of 2 blocks, -DF=16 -DRESIDENT -DWIDTHS=30,64,2 "
		"-DACTIVATION=relu_activation -DITEM_OUTPUTS=48 -DUNROLLED"},
	{{&CPU, 1024, 30, 2, 129, GF_LOSS_mse, 0, 64},
		"streaming, chunks of 2 blocks, -DF=16 -DWIDTHS=30,64,2 "
		"-DACTIVATION=relu_activation -DITEM_OUTPUTS=48 -DUNROLLED"},
	{{&GPU, 7, 1, 1, 7, GF_LOSS_mse, 0, 16},
		"streaming, chunks of 1 blocks, -DF=16 -DGPU -DWIDTHS=1,16,1 "
		"-DACTIVATION=relu_activation -DITEM_OUTPUTS=64"},
};

static void the_table_has_the_variant_of_each_shape(void **state)
{
	size_t i, wrong = 0;

	(void)state;
	for (i = 0; i < sizeof TABLE / sizeof *TABLE; i++) {
		const struct shape *s = &TABLE[i].shape;
		char line[LINE_ROOM];

		describe(s, line);
		if (!strcmp(line, TABLE[i].line))
			continue;
		wrong++;
		print_message("%s, %zu rows of %zu x %zu, batches of %zu, %s%s:\n\tfound\t\"%s\"\n"
			      "\twanted\t\"%s\"\n",
			s->device->id.info.name, s->rows, s->features, s->outputs, s->batch_size,
			loss_word(s->loss), s->clip_norm ? ", clipped" : "", line, TABLE[i].line);
	}
	assert_int_equal(wrong, 0);
}

/* The variant of a problem of 100 rows x 4, in batches of 4, on a device and with a tuning. */
static gf_status small_variant(struct variant *v, struct problem *problem, gf_dataset *data,
	const struct device *dev, const struct tuning *tuning, gf_error *err)
{
	const struct shape shape = {dev, 100, 4, 1, 4, GF_LOSS_mse, 0, 0};

	*problem = problem_of(&shape, data);
	return variant_of(v, problem, dev, GF_ENGINE_streaming, tuning, err);
}

static void words_name_the_device_the_loss_and_the_update(void **state)
{
	const struct tuning tuning = {.width = WIDTH_BUILT_IN, .with_resident = 1};
	struct device dev = CPU;
	struct problem problem;
	struct variant v;
	gf_dataset data;
	gf_error err = {0};
	char words[BUILD_WORDS];

	(void)state;
	dev.prefetches = dev.correctly_rounded = 1;
	assert_int_equal(small_variant(&v, &problem, &data, &dev, &tuning, &err), GF_OK);
	problem.update = (struct update){.optimizer = GF_OPTIMIZER_adam,
		.amsgrad = 1,
		.maximize = 1,
		.clip_value = 1,
		.average = 1};
	variant_words(&v, &problem, words);
	assert_string_equal(words,
		"-DF=4 -DWIDTH=4 -DTOUCH -DCORRECTLY_ROUNDED "
		"-cl-fp32-correctly-rounded-divide-sqrt -DRESIDENT -DSTEP=first_rows -DLOSS=mse "
		"-DOPTIMIZER=adam -DSTATES=3 -DAMSGRAD -DMAXIMIZE -DCLIP_VALUE -DAVERAGE");
}

static void resident_networks_are_refused_with_gpu_kernels(void **state)
{
	const struct shape shape = {&SLOW_COMPILER, 7, 1, 1, 7, GF_LOSS_mse, 0, 16};
	const struct tuning none = {.local = 0};
	gf_dataset data;
	const struct problem problem = problem_of(&shape, &data);
	struct variant v;
	gf_error err = {0};

	(void)state;
	assert_int_equal(variant_of(&v, &problem, shape.device, GF_ENGINE_resident, &none, &err),
		GF_E_USAGE);
	assert_non_null(strstr(err.message, "hidden layers"));
}

static void kernels_that_do_not_fit_are_refused(void **state)
{
	const struct tuning tuning = {.kernels = GF_KERNELS_gpu};
	struct problem problem;
	struct variant v;
	gf_dataset data;
	gf_error err = {0};

	(void)state;
	assert_int_equal(
		small_variant(&v, &problem, &data, &SMALL_GPU, &tuning, &err), GF_E_UNAVAILABLE);
	assert_string_equal(err.message,
		"kernels gpu: device a GPU with little local memory has 16384 bytes of local "
		"memory; wanted 24064");
}

static void kernels_that_are_asked_for_are_taken(void **state)
{
	const struct tuning gpu = {.kernels = GF_KERNELS_gpu}, cpu = {.kernels = GF_KERNELS_cpu};
	struct problem problem;
	struct variant v;
	gf_dataset data;
	gf_error err = {0};

	(void)state;
	assert_int_equal(small_variant(&v, &problem, &data, &CPU, &gpu, &err), GF_OK);
	assert_int_equal(v.kernels->word, GF_KERNELS_gpu);
	assert_int_equal(v.row_tile, ROW_TILE_NARROW);
	assert_int_equal(small_variant(&v, &problem, &data, &GPU, &cpu, &err), GF_OK);
	assert_int_equal(v.kernels->word, GF_KERNELS_cpu);
	assert_int_equal(v.row_tile, TILE_ROWS);
	assert_string_equal(v.kernels_why, "asked for");
}

/* The chunk is halved until its loops are below the limit; without a limit it is larger. */
static void chunks_stay_within_the_limit_of_loops(void **state)
{
	const struct shape shape = {&CPU, 200000, 1, 1, 200000, GF_LOSS_mse, 0, 0};
	const struct tuning none = {.local = 0};
	struct device limited = CPU;
	struct problem problem;
	struct variant v;
	gf_dataset data;
	gf_error err = {0};
	cl_uint blocks;

	(void)state;
	limited.loop_limit = 4000;
	problem = problem_of(&shape, &data);
	assert_int_equal(
		variant_of(&v, &problem, &limited, GF_ENGINE_streaming, &none, &err), GF_OK);
	blocks = variant_chunks(&v, &problem, &limited, &none, shape.rows).blocks;
	assert_true(variant_iterations(&problem, blocks) <= limited.loop_limit);
	assert_true(variant_iterations(&problem, (size_t)2 * blocks) > limited.loop_limit);
	assert_true(variant_chunks(&v, &problem, &CPU, &none, shape.rows).blocks > blocks);
}

static void resident_gathers_as_many_rows_as_stay_in_a_cache(void **state)
{
	static const struct {
		gf_engine engine;
		size_t rows, features, batch_size, gathered;
	} cases[] = {
		{GF_ENGINE_streaming, 1000, 4, 10, 10},
		{GF_ENGINE_resident, 1000, 4, 10, 1000},
		{GF_ENGINE_resident, 1000000, 4, 10, 262144},
		{GF_ENGINE_resident, 1000000, 1 << 20, 10, 10},
	};
	const struct tuning none = {.local = 0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct shape shape = {&CPU, cases[i].rows, cases[i].features, 1,
			cases[i].batch_size, GF_LOSS_mse, 0, 0};
		gf_dataset data;
		const struct problem problem = problem_of(&shape, &data);
		struct variant v;
		gf_error err = {0};

		assert_int_equal(
			variant_of(&v, &problem, &CPU, cases[i].engine, &none, &err), GF_OK);
		assert_int_equal(v.batch_rows, cases[i].gathered);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_has_the_variant_of_each_shape),
		cmocka_unit_test(words_name_the_device_the_loss_and_the_update),
		cmocka_unit_test(resident_networks_are_refused_with_gpu_kernels),
		cmocka_unit_test(kernels_that_do_not_fit_are_refused),
		cmocka_unit_test(kernels_that_are_asked_for_are_taken),
		cmocka_unit_test(chunks_stay_within_the_limit_of_loops),
		cmocka_unit_test(resident_gathers_as_many_rows_as_stay_in_a_cache),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
