#include "programs.h"

#include <stdlib.h>
#include <string.h>

struct built {
	char *options;      /* owned */
	cl_program program; /* owned */
};

struct programs {
	size_t users, count;
	struct built *built; /* owned; (count) */
};

gf_status programs_new(struct programs **programs, gf_error *err)
{
	*programs = calloc(1, sizeof **programs);
	if (!*programs)
		return gf_fail_memory(err, sizeof **programs, "a list of programs");
	(*programs)->users = 1;
	return GF_OK;
}

struct programs *programs_share(struct programs *programs)
{
	programs->users++;
	return programs;
}

void programs_release(struct programs *programs)
{
	size_t i;

	if (!programs || --programs->users > 0)
		return;
	for (i = 0; i < programs->count; i++) {
		clReleaseProgram(programs->built[i].program);
		free(programs->built[i].options);
	}
	free(programs->built);
	free(programs);
}

cl_program programs_find(const struct programs *programs, const char *options)
{
	size_t i;

	for (i = 0; i < programs->count; i++)
		if (!strcmp(programs->built[i].options, options))
			return programs->built[i].program;
	return NULL;
}

gf_status programs_add(
	struct programs *programs, const char *options, cl_program program, gf_error *err)
{
	const size_t bytes = (programs->count + 1) * sizeof *programs->built;
	struct built *built = realloc(programs->built, bytes);
	char *own = built ? strdup(options) : NULL;

	if (built)
		programs->built = built;
	if (!own) {
		clReleaseProgram(program);
		return gf_fail_memory(err, bytes, "a list of programs");
	}
	built[programs->count++] = (struct built){own, program};
	return GF_OK;
}
