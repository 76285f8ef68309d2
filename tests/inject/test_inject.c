/*
 * test_inject.c: the library survives the failure of each call that can fail.
 *
 * A scenario runs with call 1 failing, then call 2, and so on until no call fails.  Each time its
 * message names the call and the cause, nothing leaks, and a saved file is the old one or the whole
 * new one.
 */
#include "inject.h"
#include "scenarios.h"
#include "scratch.h"

#include <errno.h>
#include <jansson.h>

/* ---- one run, with one call failing ---- */

struct expectation {
	const struct scenario *scenario;
	enum inject_kind kind;
	size_t at, files;
	struct injection before;
};

static const char *call_that_failed(void)
{
	return inject.failed ? inject.failed : inject.always ? inject.always : "none";
}

static void expect(int holds, const struct expectation *e, const char *what, gf_status status,
	const gf_error *err)
{
	if (!holds)
		fail_msg("call %zu, %s: %s; status %d: %s", e->at, call_that_failed(), what, status,
			err->message);
}

static int mentions(const gf_error *err, const char *text)
{
	return strstr(err->message, text) != NULL;
}

/* The message is like "clBuildProgram('device', options...): CL_BUILD_PROGRAM_FAILURE".  Only
 * clGetPlatformIDs has no object to name. */
static int names_call(const gf_error *err)
{
	const int object = mentions(err, "('") || strcmp(inject.failed, "clGetPlatformIDs") == 0;

	return err->status == GF_E_OPENCL && object && mentions(err, inject.failed) &&
	       mentions(err, inject.code);
}

static int names_memory(const gf_error *err)
{
	return (err->status == GF_E_MEMORY || err->status == GF_E_CANTCREATE ||
		       err->status == GF_E_IO) &&
	       (mentions(err, "cannot allocate ") || mentions(err, "no memory for ") ||
		       mentions(err, strerror(ENOMEM)));
}

static int names_path(const gf_error *err)
{
	static const char *const names[] = {MODEL, "few.", "blanks.", "spam.svm", "sparse01.svm",
		"images.npy", "labels.idx", "/dev/fd/"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (mentions(err, names[i]))
			return 1;
	return 0;
}

static int names_json(const gf_error *err)
{
	return names_path(err) && (err->status == GF_E_MEMORY || err->status == GF_E_DATA);
}

static int names_file(const gf_error *err)
{
	return names_path(err) && mentions(err, strerror(EIO)) &&
	       (err->status == GF_E_IO || err->status == GF_E_CANTCREATE ||
		       err->status == GF_E_NOINPUT);
}

static void expect_message(const struct expectation *e, gf_status status, const gf_error *err)
{
	static int (*const names[])(const gf_error *) = {[INJECT_OPENCL] = names_call,
		[INJECT_MEMORY] = names_memory,
		[INJECT_JSON] = names_json,
		[INJECT_FILE] = names_file};
	int named;

	if (inject.harmless && status == e->scenario->wanted)
		return;
	/* The message names the first cause. */
	named = names[e->kind](err) ||
		(e->scenario->message && mentions(err, e->scenario->message));
	expect(status != GF_OK, e, "the scenario went on as if nothing had failed", status, err);
	expect(status == err->status, e, "the status is not the error's", status, err);
	expect(named, e, "the message does not say what failed", status, err);
}

static void expect_balance(const struct expectation *e, gf_status status, const gf_error *err)
{
	expect(inject.objects == e->before.objects, e, "OpenCL objects leak", status, err);
	expect(inject.allocations == e->before.allocations, e, "memory leaks", status, err);
	expect(inject.files == e->before.files, e, "a file stays open", status, err);
	expect(inject.maps == e->before.maps, e, "a file stays mapped", status, err);
	expect(!inject.running, e, "the device still works on the caller's data", status, err);
}

/* The file is the old one, or a whole new one; either may be there if syncing the rename failed. */
static void expect_file(
	const struct expectation *e, const struct session *s, gf_status status, const gf_error *err)
{
	const int unsynced = status == GF_E_IO;
	gf_model *model = NULL;
	char *bytes;
	size_t count;
	int old, whole;

	inject_stop();
	bytes = scratch_read(MODEL, &count);
	old = count == 3 && memcmp(bytes, "old", 3) == 0;
	whole = gf_model_load(&model, MODEL, NULL) == GF_OK;
	gf_model_free(model);
	free(bytes);
	expect(scratch_files() == e->files, e, "a file stays behind", status, err);
	expect(s->saved ? whole : old || (unsynced && whole), e,
		"the file is neither the old nor a whole new one", status, err);
}

/* Returns whether a call failed: 0 where there are fewer than `at` of that kind. */
static int run_failing(const struct scenario *scenario, enum inject_kind kind, size_t at)
{
	struct expectation e = {.scenario = scenario, .kind = kind, .at = at};
	struct session s = {0};
	gf_error err = {0};
	gf_status status;

	scratch_write(MODEL, "old", 3);
	e.files = scratch_files();
	e.before = inject;
	inject_start(kind, at, scenario->always_fails);
	status = scenario->run(&s, &err);
	gf_model_free(s.model);
	gf_dataset_free(s.data);
	if (inject.failed)
		expect_message(&e, status, &err);
	else
		expect(status == scenario->wanted, &e, "the scenario failed by itself", status,
			&err);
	expect_balance(&e, status, &err);
	expect_file(&e, &s, status, &err);
	return inject.failed != NULL;
}

static void run_failing_each(const struct scenario *scenario, enum inject_kind kind)
{
	size_t at = 1, failures = 0;

	while (run_failing(scenario, kind, at)) {
		at += scenario->dense && at >= scenario->dense ? at / 2 : 1;
		failures++;
	}
	assert_true(failures > 0);
}

static void opencl_calls(void **scenario)
{
	run_failing_each(*scenario, INJECT_OPENCL);
}

static void allocations(void **scenario)
{
	run_failing_each(*scenario, INJECT_MEMORY);
}

static void json_allocations(void **scenario)
{
	run_failing_each(*scenario, INJECT_JSON);
}

static void file_calls(void **scenario)
{
	run_failing_each(*scenario, INJECT_FILE);
}

static int enter(void **state)
{
	json_set_alloc_funcs(inject_json_malloc, inject_json_free);
	if (scratch_enter(state))
		return -1;
	scenarios_write_files();
	return 0;
}

/* A scenario, and the kind of its calls that fails. */
/* clang-format off */
#define TEST(name, calls, scenario) {name, calls, NULL, NULL, (void *)&scenario}
static const struct CMUnitTest TESTS[] = {
	TEST("resident training survives each OpenCL call's failure",
		opencl_calls, TRAIN_RESIDENT),
	TEST("resident training survives each allocation's failure",
		allocations, TRAIN_RESIDENT),
	TEST("a profile of resident training survives each OpenCL call's failure",
		opencl_calls, PROFILE_RESIDENT),
	TEST("a profile of resident training survives each allocation's failure",
		allocations, PROFILE_RESIDENT),
	TEST("streaming training survives each OpenCL call's failure",
		opencl_calls, TRAIN_STREAMING),
	TEST("streaming training survives each allocation's failure",
		allocations, TRAIN_STREAMING),
	TEST("training on sparse rows survives each OpenCL call's failure",
		opencl_calls, TRAIN_SPARSE),
	TEST("training on sparse rows survives each allocation's failure",
		allocations, TRAIN_SPARSE),
	TEST("training on shuffled sparse batches survives each allocation's failure",
		allocations, TRAIN_SPARSE_BATCHES),
	TEST("training by moments survives each OpenCL call's failure",
		opencl_calls, TRAIN_MOMENTS),
	TEST("training by moments survives each allocation's failure",
		allocations, TRAIN_MOMENTS),
	TEST("a profile of streaming training survives each OpenCL call's failure",
		opencl_calls, PROFILE_STREAMING),
	TEST("a profile of streaming training survives each allocation's failure",
		allocations, PROFILE_STREAMING),
	TEST("an engine opened beside another survives each OpenCL call's failure",
		opencl_calls, OPEN_BESIDE),
	TEST("an engine opened beside another survives each allocation's failure",
		allocations, OPEN_BESIDE),
	TEST("a search by folds survives OpenCL calls' failures",
		opencl_calls, SEARCH_MOMENTS),
	TEST("a search by folds survives each allocation's failure",
		allocations, SEARCH_REFERENCE),
	TEST("a path of penalties survives each allocation's failure",
		allocations, PATH),
	TEST("the reference survives each allocation's failure",
		allocations, TRAIN_REFERENCE),
	TEST("statistics and intervals survive each allocation's failure",
		allocations, INFER),
	TEST("a divergence survives each allocation's failure",
		allocations, DIVERGE),
	TEST("a build that fails says so whichever OpenCL call fails too",
		opencl_calls, BUILD_FAILS),
	TEST("a build that fails says so whichever allocation fails too",
		allocations, BUILD_FAILS),
	TEST("predict and evaluate survive each OpenCL call's failure",
		opencl_calls, LOAD_AND_PREDICT),
	TEST("predict and evaluate survive each allocation's failure",
		allocations, LOAD_AND_PREDICT),
	TEST("predict and evaluate survive each file call's failure",
		file_calls, LOAD_AND_PREDICT),
	TEST("predicting again and again survives OpenCL calls' failures",
		opencl_calls, PREDICT_AGAIN),
	TEST("predicting again and again survives allocations' failures",
		allocations, PREDICT_AGAIN),
	TEST("an Arrow table survives each allocation's failure",
		allocations, READ_ARROW),
	TEST("sparse rows of matrices, words and arrays survive each allocation's failure",
		allocations, READ_SPARSE),
	TEST("a training on parts that take turns survives OpenCL calls' failures",
		opencl_calls, TAKE_TURNS),
	TEST("a training on parts that take turns survives allocations' failures",
		allocations, TAKE_TURNS),
	TEST("a cache that is made and used survives each allocation's failure",
		allocations, USE_CACHE),
	TEST("a cache that is made and used survives each file call's failure",
		file_calls, USE_CACHE),
	TEST("a training on borrowed rows survives allocations' failures",
		allocations, BORROW),
	TEST("read, load and save survive each allocation's failure",
		allocations, READ_LOAD_SAVE),
	TEST("save survives each failure of jansson's allocations",
		json_allocations, TRAIN_AND_SAVE),
	TEST("read, load and save survive each file call's failure",
		file_calls, READ_LOAD_SAVE),
	TEST("export survives each allocation's failure",
		allocations, EXPORT),
	TEST("export survives each failure of jansson's allocations",
		json_allocations, EXPORT),
	TEST("export survives each file call's failure",
		file_calls, EXPORT),
	TEST("every format survives each allocation's failure",
		allocations, READ_FORMATS),
	TEST("every format survives each file call's failure",
		file_calls, READ_FORMATS),
	TEST("decompression survives each allocation's failure",
		allocations, DECOMPRESS),
	TEST("decompression survives each file call's failure",
		file_calls, DECOMPRESS),
	TEST("an explanation survives each allocation's failure",
		allocations, EXPLAIN),
	TEST("the list of devices survives each OpenCL call's failure",
		opencl_calls, LIST_DEVICES),
	TEST("the list of devices survives each allocation's failure",
		allocations, LIST_DEVICES),
	TEST("the selftest survives each OpenCL call's failure",
		opencl_calls, SELFTEST),
	TEST("the selftest survives each allocation's failure",
		allocations, SELFTEST),
};
/* clang-format on */

int main(void)
{
	return cmocka_run_group_tests(TESTS, enter, scratch_leave);
}
