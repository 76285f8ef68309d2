#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char **names_numbered(char letter, size_t count)
{
	char **names = calloc(count ? count : 1, sizeof *names);
	char name[32] = {letter};

	for (size_t i = 0; names && i < count; i++) {
		if (count > 1)
			snprintf(name, sizeof name, "%c%zu", letter, i + 1);
		names[i] = strdup(name);
		if (!names[i]) {
			names_free(names, i);
			return NULL;
		}
	}
	return names;
}

char **names_copy(char *const *names, size_t count)
{
	char **copy = calloc(count ? count : 1, sizeof *copy);

	for (size_t i = 0; copy && i < count; i++) {
		copy[i] = strdup(names[i]);
		if (!copy[i]) {
			names_free(copy, i);
			return NULL;
		}
	}
	return copy;
}

int names_equal(char *const *a, char *const *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(a[i], b[i]) != 0)
			return 0;
	return 1;
}

void names_free(char **names, size_t count)
{
	for (size_t i = 0; names && i < count; i++)
		free(names[i]);
	free(names);
}
