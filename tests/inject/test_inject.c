/*
 * test_inject.c: every call that can fail, failed once in turn.
 *
 * A job runs with call 1 failing, then call 2, and so on until it runs through.  Each time the job
 * says which call and why, nothing stays behind, and a file is the old one or the whole new one.
 */
#include "inject.h"
#include "jobs.h"
#include "scratch.h"

#include <errno.h>
#include <jansson.h>

/* ---- one run, with one call failing ---- */

struct expectation {
	const struct job *job;
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

/* clBuildProgram('device', options...): CL_BUILD_PROGRAM_FAILURE; there is no object above the
 * list of platforms, and no name where that of a platform was not to be had. */
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
	static const char *const names[] = {
		MODEL, "few.", "blanks.", "spam.svm", "images.npy", "labels.idx"};

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

	if (inject.harmless && status == e->job->wanted)
		return;
	/* The first cause is the one that is told. */
	named = names[e->kind](err) || (e->job->said && mentions(err, e->job->said));
	expect(status != GF_OK, e, "the job went on as if nothing had failed", status, err);
	expect(status == err->status, e, "the status is not the error's", status, err);
	expect(named, e, "the message does not say what failed", status, err);
}

static void expect_balance(const struct expectation *e, gf_status status, const gf_error *err)
{
	expect(inject.objects == e->before.objects, e, "OpenCL objects leak", status, err);
	expect(inject.allocations == e->before.allocations, e, "memory leaks", status, err);
	expect(inject.files == e->before.files, e, "a file stays open", status, err);
	expect(!inject.running, e, "the device still works on the caller's data", status, err);
}

/* The old file, or all of a new one; which of them, where a rename was not synced. */
static void expect_file(
	const struct expectation *e, const struct run *r, gf_status status, const gf_error *err)
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
	expect(r->saved ? whole : old || (unsynced && whole), e, "the file is another", status,
		err);
}

/* Whether a call was failed; none is when they are fewer than at. */
static int run_failing(const struct job *job, enum inject_kind kind, size_t at)
{
	struct expectation e = {.job = job, .kind = kind, .at = at};
	struct run r = {0};
	gf_error err = {0};
	gf_status status;

	scratch_write(MODEL, "old", 3);
	e.files = scratch_files();
	e.before = inject;
	inject_start(kind, at, job->always);
	status = job->run(&r, &err);
	gf_model_free(r.model);
	gf_dataset_free(r.data);
	if (inject.failed)
		expect_message(&e, status, &err);
	else
		expect(status == job->wanted, &e, "the job failed by itself", status, &err);
	expect_balance(&e, status, &err);
	expect_file(&e, &r, status, &err);
	return inject.failed != NULL;
}

static void run_failing_each(const struct job *job, enum inject_kind kind)
{
	size_t at = 1, failures = 0;

	while (run_failing(job, kind, at)) {
		at += job->dense && at >= job->dense ? at / 2 : 1;
		failures++;
	}
	assert_true(failures > 0);
}

static void opencl_calls(void **job)
{
	run_failing_each(*job, INJECT_OPENCL);
}

static void allocations(void **job)
{
	run_failing_each(*job, INJECT_MEMORY);
}

static void json_allocations(void **job)
{
	run_failing_each(*job, INJECT_JSON);
}

static void file_calls(void **job)
{
	run_failing_each(*job, INJECT_FILE);
}

/* ---- files that the jobs read ---- */

static void write_inputs(void)
{
	static const char few[] = "x,y\n1,2\n2,4\n3,6\n4,8\n5,10\n";
	static const char blanks[] = "a  kind \"cost\" area w\n1 u 3 4 1\nNA  v 7 8 2\n";
	static const char svm[] = "spam 1:2 3:4\nham 2:1\nspam 1:1\n";
	static const char npy[] = "\x93NUMPY\1\0\073\0{'descr': '|u1', "
				  "'fortran_order': True, 'shape': (2, 2), }\n\1\2\4\5";
	static const char idx[] = "\0\0\x08\1\0\0\0\2\7\3";
	gf_config config = config_of(GF_ENGINE_reference, 0);
	struct run r = {0};

	scratch_write("spam.svm", svm, sizeof svm - 1);
	scratch_write("images.npy", npy, sizeof npy - 1);
	scratch_write("labels.idx", idx, sizeof idx - 1);
	scratch_write("few.csv", few, sizeof few - 1);
	scratch_write("blanks.txt", blanks, sizeof blanks - 1);
	assert_int_equal(gf_dataset_read(&r.data, "few.csv", NULL, NULL), GF_OK);
	config.on_epoch = NULL;
	assert_int_equal(fit(&r, &config, NULL), GF_OK);
	assert_int_equal(gf_model_save(r.model, "few.safetensors", NULL), GF_OK);
	gf_model_free(r.model);
	gf_dataset_free(r.data);
	assert_int_equal(read_blanks(&r, NULL), GF_OK);
	assert_int_equal(fit(&r, &config, NULL), GF_OK);
	assert_int_equal(gf_model_save(r.model, "blanks.safetensors", NULL), GF_OK);
	gf_model_free(r.model);
	gf_dataset_free(r.data);
}

static int enter(void **state)
{
	json_set_alloc_funcs(inject_json_malloc, inject_json_free);
	if (scratch_enter(state))
		return -1;
	write_inputs();
	return 0;
}

int main(void)
{
	static struct job on_resident = {resident, GF_OK, NULL, NULL, 0};
	static struct job on_resident_profiled = {resident_profiled, GF_OK, NULL, NULL, 0};
	static struct job on_streaming = {streaming, GF_OK, NULL, NULL, 0};
	static struct job on_moments = {moments, GF_OK, NULL, NULL, 0};
	static struct job on_streaming_profiled = {streaming_profiled, GF_OK, NULL, NULL, 0};
	static struct job on_reference = {reference, GF_OK, NULL, NULL, 0};
	static struct job on_diverging = {diverging, GF_E_DIVERGED, "training diverged", NULL, 0};
	static struct job on_unbuilt = {
		resident, GF_E_OPENCL, "clBuildProgram", "clBuildProgram", 0};
	static struct job on_use = {use, GF_OK, NULL, NULL, 0};
	static struct job on_files = {files, GF_OK, NULL, NULL, 0};
	static struct job on_formats = {formats, GF_OK, NULL, NULL, 0};
	static struct job on_save = {save, GF_OK, NULL, NULL, 0};
	static struct job on_theory = {theory, GF_OK, NULL, NULL, 0};
	static struct job on_devices = {devices, GF_OK, NULL, NULL, 0};
	static struct job on_selftest = {selftest, GF_OK, NULL, NULL, 150};
	const struct CMUnitTest tests[] = {
		{"resident training survives each OpenCL call's failure", opencl_calls, NULL, NULL,
			&on_resident},
		{"resident training survives each allocation's failure", allocations, NULL, NULL,
			&on_resident},
		{"a profile of resident training survives each OpenCL call's failure", opencl_calls,
			NULL, NULL, &on_resident_profiled},
		{"a profile of resident training survives each allocation's failure", allocations,
			NULL, NULL, &on_resident_profiled},
		{"streaming training survives each OpenCL call's failure", opencl_calls, NULL, NULL,
			&on_streaming},
		{"streaming training survives each allocation's failure", allocations, NULL, NULL,
			&on_streaming},
		{"training by moments survives each OpenCL call's failure", opencl_calls, NULL,
			NULL, &on_moments},
		{"training by moments survives each allocation's failure", allocations, NULL, NULL,
			&on_moments},
		{"a profile of streaming training survives each OpenCL call's failure",
			opencl_calls, NULL, NULL, &on_streaming_profiled},
		{"a profile of streaming training survives each allocation's failure", allocations,
			NULL, NULL, &on_streaming_profiled},
		{"the reference survives each allocation's failure", allocations, NULL, NULL,
			&on_reference},
		{"a divergence survives each allocation's failure", allocations, NULL, NULL,
			&on_diverging},
		{"a build that fails says so whichever OpenCL call fails too", opencl_calls, NULL,
			NULL, &on_unbuilt},
		{"a build that fails says so whichever allocation fails too", allocations, NULL,
			NULL, &on_unbuilt},
		{"predict and evaluate survive each OpenCL call's failure", opencl_calls, NULL,
			NULL, &on_use},
		{"predict and evaluate survive each allocation's failure", allocations, NULL, NULL,
			&on_use},
		{"predict and evaluate survive each file call's failure", file_calls, NULL, NULL,
			&on_use},
		{"read, load and save survive each allocation's failure", allocations, NULL, NULL,
			&on_files},
		{"save survives each failure of jansson's allocations", json_allocations, NULL,
			NULL, &on_save},
		{"read, load and save survive each file call's failure", file_calls, NULL, NULL,
			&on_files},
		{"every format survives each allocation's failure", allocations, NULL, NULL,
			&on_formats},
		{"every format survives each file call's failure", file_calls, NULL, NULL,
			&on_formats},
		{"an explanation survives each allocation's failure", allocations, NULL, NULL,
			&on_theory},
		{"the list of devices survives each OpenCL call's failure", opencl_calls, NULL,
			NULL, &on_devices},
		{"the list of devices survives each allocation's failure", allocations, NULL, NULL,
			&on_devices},
		{"the selftest survives each OpenCL call's failure", opencl_calls, NULL, NULL,
			&on_selftest},
		{"the selftest survives each allocation's failure", allocations, NULL, NULL,
			&on_selftest},
	};

	return cmocka_run_group_tests(tests, enter, scratch_leave);
}
