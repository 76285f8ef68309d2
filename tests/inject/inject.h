/*
 * inject.h: makes one call fail, the n-th of its kind, and counts what is not yet freed.
 *
 * The linker sends the calls that the Makefile's WRAPPED names here (--wrap): calls by gpufit's
 * library and by the test, not those inside other libraries.
 */
#ifndef GF_INJECT_H
#define GF_INJECT_H

#include <stddef.h>

enum inject_kind { INJECT_OPENCL, INJECT_MEMORY, INJECT_JSON, INJECT_FILE };

struct injection {
	/* Which call fails. */
	enum inject_kind kind;
	size_t at;          /* its number, from 1, among the calls of that kind; 0: none */
	const char *always; /* a call that fails every time, whatever its kind; NULL: none */

	/* What happened. */
	size_t calls;       /* of that kind */
	const char *failed; /* the function that failed; NULL: the call was not reached */
	const char *code;   /* the name of the OpenCL code that it returned, or NULL */
	int harmless;       /* the library need not report this failure */

	/* What is alive now. */
	long objects;      /* of OpenCL */
	long allocations;  /* of the host's memory */
	long files;        /* open ones */
	long maps;         /* files in memory */
	int running;       /* a command was enqueued, and nobody has waited for it since */
	const void *last;  /* the event of the command enqueued last */
	const void *asked; /* the event that was asked about since */
};

extern struct injection inject;

/* Counts calls from 0 again; the counts of what is alive go on. */
void inject_start(enum inject_kind kind, size_t at, const char *always);
void inject_stop(void);

/* Memory for jansson, a kind of its own.  Only writing is tested with it: where jansson's reader
 * (2.14) gets no memory it reports bad JSON, or crashes. */
void *inject_json_malloc(size_t size);
void inject_json_free(void *memory);

#endif
