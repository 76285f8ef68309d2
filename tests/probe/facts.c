/* facts.c: what the device is: its limits, and what its compiler makes of the kernels. */
#include "probe.h"

#include "cl_engine.h"
#include "error.h"

#include <ctype.h>
#include <string.h>

/* Prints a line for each device: index, type, name and platform, with tabs between. */
gf_status step_list(struct probe *p, gf_error *err)
{
	gf_device_info *list;
	size_t count, i;

	(void)p;
	TRY(gf_device_list(&list, &count, err));
	for (i = 0; i < count; i++)
		printf("%zu\t%s\t%s\t%s\n", list[i].index, list[i].type, list[i].name,
			list[i].platform_name);
	gf_device_list_free(list);
	return GF_OK;
}

/* ---- properties ---- */

#define NUMBER(type, word, unit)             \
	{                                    \
#word, CL_##word, type, unit \
	}

static const struct property {
	const char *word;
	cl_device_info info;
	enum { TEXT, LONG_TEXT /* not printed */, UINT, ULONG, SIZE, BOOL, BITS, SIZES } type;
	const char *unit;
} PROPERTIES[] = {
	NUMBER(TEXT, DEVICE_NAME, ""),
	NUMBER(TEXT, DEVICE_VENDOR, ""),
	NUMBER(TEXT, DRIVER_VERSION, ""),
	NUMBER(TEXT, DEVICE_VERSION, ""),
	NUMBER(TEXT, DEVICE_OPENCL_C_VERSION, ""),
	NUMBER(UINT, DEVICE_MAX_COMPUTE_UNITS, ""),
	NUMBER(UINT, DEVICE_MAX_CLOCK_FREQUENCY, "MHz"),
	NUMBER(ULONG, DEVICE_GLOBAL_MEM_SIZE, "bytes"),
	NUMBER(ULONG, DEVICE_MAX_MEM_ALLOC_SIZE, "bytes"),
	NUMBER(ULONG, DEVICE_GLOBAL_MEM_CACHE_SIZE, "bytes"),
	NUMBER(UINT, DEVICE_GLOBAL_MEM_CACHELINE_SIZE, "bytes"),
	NUMBER(ULONG, DEVICE_LOCAL_MEM_SIZE, "bytes"),
	NUMBER(UINT, DEVICE_LOCAL_MEM_TYPE, "(1: its own, 2: global memory)"),
	NUMBER(ULONG, DEVICE_MAX_CONSTANT_BUFFER_SIZE, "bytes"),
	NUMBER(BOOL, DEVICE_HOST_UNIFIED_MEMORY, ""),
	NUMBER(SIZE, DEVICE_MAX_WORK_GROUP_SIZE, ""),
	NUMBER(SIZES, DEVICE_MAX_WORK_ITEM_SIZES, ""),
	NUMBER(UINT, DEVICE_MEM_BASE_ADDR_ALIGN, "bits"),
	NUMBER(UINT, DEVICE_PREFERRED_VECTOR_WIDTH_FLOAT, ""),
	NUMBER(UINT, DEVICE_ADDRESS_BITS, ""),
	NUMBER(SIZE, DEVICE_PROFILING_TIMER_RESOLUTION, "ns"),
	NUMBER(BITS, DEVICE_SINGLE_FP_CONFIG, ""),
	NUMBER(BITS, DEVICE_DOUBLE_FP_CONFIG, ""),
	NUMBER(LONG_TEXT, DEVICE_EXTENSIONS, ""),
};

static const char *const FP_BITS[] = {"denormals", "inf and NaN", "to nearest", "to zero",
	"to infinity", "fma", "soft", "divide and root correctly rounded"};

/* "denormals, inf and NaN, ..."; "none" */
static void fp_words(cl_bitfield bits, char *text, size_t size)
{
	size_t i, length = 0;

	snprintf(text, size, "none");
	for (i = 0; i < sizeof FP_BITS / sizeof *FP_BITS; i++)
		if (bits >> i & 1)
			length += (size_t)snprintf(text + length, size - length, "%s%s",
				length ? ", " : "", FP_BITS[i]);
}

enum { TEXT_MOST = 8192 };

/* Writes the property as text; returns what it is in JSON, NULL if the driver does not tell. */
static json_t *ask(cl_device_id device, const struct property *q, char text[TEXT_MOST])
{
	union {
		cl_uint word;
		cl_ulong number;
		size_t sizes[8];
		char text[TEXT_MOST];
	} v;

	memset(&v, 0, sizeof v);
	if (clGetDeviceInfo(device, q->info, sizeof v - 1, &v, NULL))
		return NULL;
	switch (q->type) {
	case TEXT:
	case LONG_TEXT:
		snprintf(text, TEXT_MOST, "%s", v.text);
		return json_text(v.text);
	case BITS:
		fp_words(v.number, text, TEXT_MOST);
		return json_text(text);
	case BOOL:
		snprintf(text, TEXT_MOST, "%s", v.word ? "yes" : "no");
		return json_boolean(v.word);
	case SIZES:
		snprintf(text, TEXT_MOST, "%zu x %zu x %zu", v.sizes[0], v.sizes[1], v.sizes[2]);
		return json_text(text);
	default:
		v.number = q->type == UINT ? v.word : q->type == SIZE ? v.sizes[0] : v.number;
		snprintf(text, TEXT_MOST, "%llu", (unsigned long long)v.number);
		return json_integer((json_int_t)v.number);
	}
}

/* "DEVICE_MAX_COMPUTE_UNITS" as "max compute units" */
static void lower(const char *word, char *text, size_t size)
{
	size_t i;

	if (strncmp(word, "DEVICE_", 7) == 0)
		word += 7;
	for (i = 0; word[i] && i + 1 < size; i++)
		text[i] = word[i] == '_' ? ' ' : (char)tolower((unsigned char)word[i]);
	text[i] = '\0';
}

gf_status step_facts(struct probe *p, gf_error *err)
{
	json_t *facts = json_object();
	char text[TEXT_MOST], name[64];
	struct device_id id;
	size_t i;

	TRY(device_find(&id, p->device, err));
	printf("  %-32s %s, %s\n", "platform", id.info.platform_name, id.info.version);
	json_object_set_new(facts, "platform", json_text(id.info.platform_name));
	for (i = 0; i < sizeof PROPERTIES / sizeof *PROPERTIES; i++) {
		json_t *value = ask(id.device, &PROPERTIES[i], text);

		lower(PROPERTIES[i].word, name, sizeof name);
		if (PROPERTIES[i].type != LONG_TEXT)
			printf("  %-32s %s %s\n", name, value ? text : "the driver does not tell",
				PROPERTIES[i].unit);
		json_object_set_new(facts, name, value ? value : json_null());
	}
	probe_record(p, json_pack("{s:o}", "device", facts));
	return GF_OK;
}

/* ---- kernels ---- */

static const struct {
	const char *word;
	cl_kernel_work_group_info info;
	int is_size; /* size_t, not cl_ulong */
} LIMITS[] = {
	{"items", CL_KERNEL_WORK_GROUP_SIZE, 1},
	{"multiple", CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE, 1},
	{"local", CL_KERNEL_LOCAL_MEM_SIZE, 0},
	{"private", CL_KERNEL_PRIVATE_MEM_SIZE, 0},
};

static json_t *print_kernel(const struct device *dev, cl_kernel kernel, size_t features)
{
	char name[64] = "";
	json_t *json = json_object();
	size_t i;

	clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name - 1, name, NULL);
	printf("  %5zu  %-18s", features, name);
	json_object_set_new(json, "features", json_integer((json_int_t)features));
	json_object_set_new(json, "kernel", json_text(name));
	for (i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++) {
		size_t size = 0;
		cl_ulong number = 0;

		clGetKernelWorkGroupInfo(kernel, dev->id.device, LIMITS[i].info,
			LIMITS[i].is_size ? sizeof size : sizeof number,
			LIMITS[i].is_size ? (void *)&size : (void *)&number, NULL);
		number = LIMITS[i].is_size ? size : number;
		printf(" %9llu", (unsigned long long)number);
		json_object_set_new(json, LIMITS[i].word, json_integer((json_int_t)number));
	}
	printf("\n");
	return json;
}

enum { KERNELS_MOST = 64 };

static void print_kernels(struct probe *p, const struct cl_engine *e, size_t features)
{
	cl_kernel kernels[KERNELS_MOST];
	cl_uint count = 0, i;

	if (clCreateKernelsInProgram(e->program, KERNELS_MOST, kernels, &count))
		return;
	for (i = 0; i < count; i++) {
		probe_record(p, print_kernel(&e->dev, kernels[i], features));
		clReleaseKernel(kernels[i]);
	}
	printf("  %5zu  built in %.2f s\n", features, e->base.build_seconds);
	probe_record(p, json_pack("{s:I, s:f}", "features", (json_int_t)features, "build_seconds",
				e->base.build_seconds));
}

static gf_status build_width(struct probe *p, size_t features, gf_error *err)
{
	const struct engine_options options = {.device = p->device,
		.engine = GF_ENGINE_streaming,
		.tuning = {.kernels = p->kernels, .with_resident = 1, .width = WIDTH_BUILT_IN}};
	struct problem problem = {.train_rows = 64, .outputs = 1, .batch_size = 64};
	struct engine *engine = NULL;
	gf_dataset *data = NULL;
	gf_status status = dataset_alloc(&data, 64, features, 1, err);

	problem.data = data;
	if (!status)
		status = engine_open(&engine, &problem, &options, err);
	if (!status)
		print_kernels(p, (struct cl_engine *)engine, features);
	engine_close(engine);
	gf_dataset_free(data);
	return status;
}

gf_status step_kernels(struct probe *p, gf_error *err)
{
	static const size_t widths[] = {1, 16, 64, 1000};
	const size_t count = sizeof widths / sizeof *widths;
	size_t i;

	printf("  items: work-items of a work-group at most; local, private: bytes of memory\n\n");
	printf("      D  kernel                 items  multiple     local   private\n");
	for (i = 0; i < count && probe_left(p) > 0.0; i++)
		TRY(build_width(p, widths[i], err));
	probe_say_left_out(p, "widths were built", i, count);
	return GF_OK;
}
