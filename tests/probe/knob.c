/* knob.c: replaces clCreateProgramWithSource, by the linker's --wrap, to change one constant. */
#include "sweep.h"

#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__typeof__(clCreateProgramWithSource) __real_clCreateProgramWithSource,
	__wrap_clCreateProgramWithSource;

enum { LINE_MOST = 128 };

static const char *knob_name;
static char knob_line[LINE_MOST];

void knob_set(const char *name, const char *value)
{
	knob_name = name;
	if (name)
		snprintf(knob_line, sizeof knob_line, "#define %s %s\n", name, value);
}

static int defines(const char *line, const char *name)
{
	const size_t length = strlen(name);

	return strncmp(line, "#define ", 8) == 0 && strncmp(line + 8, name, length) == 0 &&
	       (line[8 + length] == ' ' || line[8 + length] == '\t');
}

int knob_exists(const char *name)
{
	unsigned i;

	for (i = 0; i < kernel_line_count; i++)
		if (defines(kernel_lines[i], name))
			return 1;
	return 0;
}

cl_program __wrap_clCreateProgramWithSource(
	cl_context context, cl_uint count, const char **lines, const size_t *lengths, cl_int *code)
{
	const char **changed = malloc(count * sizeof *changed);
	cl_program program;
	cl_uint i;

	if (!changed) {
		*code = CL_OUT_OF_HOST_MEMORY;
		return NULL;
	}
	for (i = 0; i < count; i++)
		changed[i] = knob_name && defines(lines[i], knob_name) ? knob_line : lines[i];
	program = __real_clCreateProgramWithSource(
		context, count, changed, knob_name ? NULL : lengths, code);
	free(changed);
	return program;
}
