/*
 * inject.h: fails one call of the library's, the n-th of its kind, and counts what is alive.
 *
 * The linker sends the calls that the Makefile's WRAPPED names here (--wrap): those of the library
 * and of the test itself, not those of the libraries below.
 */
#ifndef GF_INJECT_H
#define GF_INJECT_H

#include <stddef.h>

enum inject_kind { INJECT_OPENCL, INJECT_MEMORY, INJECT_JSON, INJECT_FILE };

struct injection {
	/* What to fail. */
	enum inject_kind kind;
	size_t at;          /* from 1, among the calls of that kind; 0: none */
	const char *always; /* a call that fails every time, whatever its kind; NULL: none */

	/* What happened. */
	size_t calls;       /* of that kind */
	const char *failed; /* the call that was failed; NULL: not reached yet */
	const char *code;   /* what it returned, where that is an OpenCL code: its name */
	int harmless;       /* a failure that the library is right not to report */

	/* What is there now. */
	long objects;             /* of OpenCL */
	long allocations;         /* of the host's memory */
	long files;               /* open */
	int running;              /* something was enqueued, and nothing has waited for it since */
	const void *last, *asked; /* events: of what was enqueued, asked about since */
};

extern struct injection inject;

/* Counts from 0 again; what is alive stays counted. */
void inject_start(enum inject_kind kind, size_t at, const char *always);
void inject_stop(void);

/* Memory for jansson, of a kind of its own.  Only for writing: its reader (2.14) takes a want of
 * memory for bad JSON, or crashes. */
void *inject_json_malloc(size_t size);
void inject_json_free(void *memory);

#endif
