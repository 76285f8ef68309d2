/* binary.c: saves what the driver's compiler made of the kernels, and counts in it what is text. */
#include "probe.h"

#include "cl_engine.h"
#include "error.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	size_t features, outputs;
	gf_loss loss;
	gf_optimizer optimizer;
} BUILDS[] = {
	{"mse-1", 1, 1, GF_LOSS_mse, GF_OPTIMIZER_sgd},
	{"mse-16", 16, 1, GF_LOSS_mse, GF_OPTIMIZER_sgd},
	{"mse-64", 64, 1, GF_LOSS_mse, GF_OPTIMIZER_sgd},
	{"mse-1000", 1000, 1, GF_LOSS_mse, GF_OPTIMIZER_sgd},
	{"bce-16", 16, 1, GF_LOSS_bce, GF_OPTIMIZER_adam},
	{"cross_entropy-16", 16, 10, GF_LOSS_cross_entropy, GF_OPTIMIZER_sgd},
	{"poisson-16", 16, 1, GF_LOSS_poisson, GF_OPTIMIZER_rmsprop},
	{"hinge-16", 16, 1, GF_LOSS_hinge, GF_OPTIMIZER_adamw},
	{"squared_hinge-16", 16, 1, GF_LOSS_squared_hinge, GF_OPTIMIZER_adagrad},
};

enum { BUILDS_COUNT = sizeof BUILDS / sizeof *BUILDS };

/* ---- PTX ---- */

/* Words of PTX that tell about contraction (fma beside mul and add), unrolling and loads. */
static const char *const WORDS[] = {"fma.rn.f32", "mul.", "add.f32", "add.rn.f32", "ld.global",
	"ld.global.nc", "ld.global.v4", "ld.shared", "st.shared", "bar.sync"};
enum { WORDS_COUNT = sizeof WORDS / sizeof *WORDS };

static size_t count_word(const char *from, const char *to, const char *word)
{
	size_t count = 0;

	for (; (from = strstr(from, word)) && from < to; from++)
		count++;
	return count;
}

static void print_entry(struct probe *p, const char *build, const char *entry, const char *to)
{
	json_t *line = json_pack("{s:s}", "build", build);
	char name[64] = "";
	size_t i;

	sscanf(entry, ".entry %63[A-Za-z0-9_]", name);
	json_object_set_new(line, "kernel", json_string(name));
	printf("  %-18s %-18s", build, name);
	for (i = 0; i < WORDS_COUNT; i++) {
		const size_t count = count_word(entry, to, WORDS[i]);

		printf(" %*zu", (int)strlen(WORDS[i]), count);
		json_object_set_new(line, WORDS[i], json_integer((json_int_t)count));
	}
	printf("\n");
	probe_record(p, line);
}

static void print_ptx(struct probe *p, const char *build, const char *text)
{
	const char *entry = strstr(text, ".entry "), *next;

	for (; entry; entry = next) {
		next = strstr(entry + 1, ".entry ");
		print_entry(p, build, entry, next ? next : text + strlen(text));
	}
}

/* ---- binaries ---- */

static gf_status get_binary(cl_program program, unsigned char **binary, size_t *size, gf_error *err)
{
	cl_int code = clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof *size, size, NULL);

	if (code)
		return clerror_fail(err, code, "clGetProgramInfo", "the size of the binary");
	*binary = calloc(*size + 1, 1);
	if (!*binary)
		return gf_fail_memory(err, *size, "the binary");
	code = clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof *binary, (void *)binary, NULL);
	return code ? clerror_fail(err, code, "clGetProgramInfo", "the binary") : GF_OK;
}

static gf_status save(const struct probe *p, const char *build, int is_ptx,
	const unsigned char *binary, size_t size, gf_error *err)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s.%s", p->folder, build, is_ptx ? "ptx" : "bin");
	file = fopen(path, "wb");
	if (!file)
		return gf_fail(err, GF_E_CANTCREATE, "%s: cannot be created", path);
	if (fwrite(binary, 1, size, file) != size || fclose(file))
		return gf_fail(err, GF_E_IO, "%s: cannot write", path);
	printf("  %-18s %zu bytes, %s\n", build, size, path);
	return GF_OK;
}

static gf_status save_program(struct probe *p, const char *build, cl_program program, gf_error *err)
{
	unsigned char *binary = NULL;
	size_t size = 0;
	int is_ptx;
	gf_status status = get_binary(program, &binary, &size, err);

	if (status)
		return status;
	is_ptx = strlen((const char *)binary) + 1 >= size &&
		 strstr((const char *)binary, ".entry ") != NULL;
	status = save(p, build, is_ptx, binary, size, err);
	probe_record(p, json_pack("{s:s, s:I, s:b}", "build", build, "bytes", (json_int_t)size,
				"is_ptx", is_ptx));
	if (!status && is_ptx)
		print_ptx(p, build, (const char *)binary);
	free(binary);
	return status;
}

static gf_status save_build(struct probe *p, size_t i, struct engine **beside, gf_error *err)
{
	const size_t targets = BUILDS[i].loss == GF_LOSS_cross_entropy ? 1 : BUILDS[i].outputs;
	const struct engine_options options = {.device = p->device,
		.engine = GF_ENGINE_streaming,
		.tuning = {.kernels = p->kernels, .with_resident = 1, .width = WIDTH_BUILT_IN},
		.beside = *beside};
	struct problem problem = {.train_rows = 64,
		.outputs = BUILDS[i].outputs,
		.loss = BUILDS[i].loss,
		.loss_parameters = loss_parameters_default(),
		.update = {.optimizer = BUILDS[i].optimizer, .clip_norm = 1},
		.batch_size = 64};
	struct engine *engine = NULL;
	gf_dataset *data = NULL;
	gf_status status = dataset_alloc(&data, 64, BUILDS[i].features, targets, err);

	problem.data = data;
	if (!status)
		status = engine_open(&engine, &problem, &options, err);
	if (!status)
		status =
			save_program(p, BUILDS[i].name, ((struct cl_engine *)engine)->program, err);
	if (*beside)
		engine_close(engine);
	else
		*beside = engine;
	gf_dataset_free(data);
	return status;
}

gf_status step_binary(struct probe *p, gf_error *err)
{
	struct engine *first = NULL;
	gf_status status = GF_OK;
	size_t i;

	printf("  %-18s %-18s", "build", "kernel, if it is PTX");
	for (i = 0; i < WORDS_COUNT; i++)
		printf(" %s", WORDS[i]);
	printf("\n");
	for (i = 0; i < BUILDS_COUNT && !status && probe_left(p) > 0.0; i++)
		status = save_build(p, i, &first, err);
	engine_close(first);
	probe_say_left_out(p, "builds were saved", i, BUILDS_COUNT);
	return status;
}
