/* knob.c: replaces clCreateProgramWithSource, by the linker's --wrap, to change one constant. */
#include "sweep.h"

#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__typeof__(clCreateProgramWithSource) __real_clCreateProgramWithSource,
	__wrap_clCreateProgramWithSource;

enum { LINE_MOST = 128 };

static const char *knob_name, *knob_value;
static char knob_line[LINE_MOST];

void knob_set(const char *name, const char *value)
{
	knob_name = name;
	knob_value = value;
}

/* Returns what follows the name where the line defines it: "" or "(D)", then the value. */
static const char *defined(const char *line, const char *name)
{
	const size_t length = strlen(name);

	if (strncmp(line, "#define ", 8) != 0 || strncmp(line + 8, name, length) != 0)
		return NULL;
	line += 8 + length;
	return *line == ' ' || *line == '\t' || *line == '(' ? line : NULL;
}

int knob_exists(const char *name)
{
	int is_defined = 0, is_used = 0;
	unsigned i;

	for (i = 0; i < kernel_line_count; i++)
		if (defined(kernel_lines[i], name))
			is_defined = 1;
		else if (kernel_lines[i][0] != ' ' && strstr(kernel_lines[i], name))
			is_used = 1; /* not in a comment of several lines, which begin with " *" */
	return is_defined && is_used;
}

static int continues(const char *line)
{
	const size_t length = strlen(line);

	return length > 1 && line[length - 2] == '\\';
}

/* Puts the other value, without the constant's further lines, in the place of the one there is. */
static void change(const char **lines, cl_uint count)
{
	const char *rest;
	cl_uint i;

	for (i = 0; i < count; i++) {
		rest = defined(lines[i], knob_name);
		if (!rest)
			continue;
		snprintf(knob_line, sizeof knob_line, "#define %s%.*s %s\n", knob_name,
			*rest == '(' ? (int)(strcspn(rest, ")") + 1) : 0, rest, knob_value);
		for (; continues(lines[i]) && i + 1 < count; i++)
			lines[i] = "\n";
		lines[i] = knob_line;
	}
}

cl_program __wrap_clCreateProgramWithSource(
	cl_context context, cl_uint count, const char **lines, const size_t *lengths, cl_int *code)
{
	const char **changed;
	cl_program program;

	if (!knob_name)
		return __real_clCreateProgramWithSource(context, count, lines, lengths, code);
	changed = malloc(count * sizeof *changed);
	if (!changed) {
		*code = CL_OUT_OF_HOST_MEMORY;
		return NULL;
	}
	memcpy(changed, lines, count * sizeof *changed);
	change(changed, count);
	program = __real_clCreateProgramWithSource(context, count, changed, NULL, code);
	free(changed);
	return program;
}
