#include "encoding.h"
#include "error.h"
#include "texts.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gf_status no_memory(size_t columns, gf_error *err)
{
	return gf_fail(err, GF_E_MEMORY, "cannot allocate the encoding of %zu columns", columns);
}

float encoded_fill(const struct encoded *encoded, gf_missing missing)
{
	if (missing == GF_MISSING_mean || missing == GF_MISSING_category)
		return encoded->mean;
	return missing == GF_MISSING_most ? encoded->most : NAN;
}

size_t encoded_fill_word(const struct encoded *encoded, gf_missing missing)
{
	if (missing == GF_MISSING_mean || missing == GF_MISSING_most)
		return encoded->frequent;
	return missing == GF_MISSING_category ? encoded->absent : 0;
}

gf_status encoding_alloc(struct encoding *encoding, size_t columns, gf_error *err)
{
	*encoding = (struct encoding){
		.count = columns,
		.names = calloc(columns + 1, sizeof *encoding->names),
		.columns = calloc(columns + 1, sizeof *encoding->columns),
	};
	for (size_t i = 0; encoding->columns && i < columns; i++)
		encoding->columns[i].mean = encoding->columns[i].most = NAN;
	if (encoding->names && encoding->columns)
		return GF_OK;
	free(encoding->names);
	free(encoding->columns);
	*encoding = (struct encoding){0};
	return no_memory(columns, err);
}

static int copy_column(struct encoding *to, const struct encoding *from, size_t i)
{
	const struct encoded *column = &from->columns[i];

	to->columns[i] = *column;
	to->columns[i].words = NULL;
	to->columns[i].count = 0;
	to->names[i] = strdup(from->names[i]);
	if (!column->words)
		return to->names[i] != NULL;
	to->columns[i].words = names_copy(column->words, column->count);
	if (to->columns[i].words)
		to->columns[i].count = column->count;
	return to->names[i] && to->columns[i].words;
}

gf_status encoding_copy(struct encoding *to, const struct encoding *from, gf_error *err)
{
	gf_status status;

	*to = (struct encoding){0};
	if (from->count == 0)
		return GF_OK;
	if ((status = encoding_alloc(to, from->count, err)))
		return status;
	to->missing = from->missing;
	for (size_t i = 0; i < from->count; i++)
		if (!copy_column(to, from, i)) {
			encoding_free(to);
			return no_memory(from->count, err);
		}
	return GF_OK;
}

size_t encoding_features(const struct encoding *encoding)
{
	size_t features = 0;

	for (size_t i = 0; i < encoding->count; i++) {
		size_t more = encoding->columns[i].words ? encoding->columns[i].count : 1;

		if (more > SIZE_MAX - features)
			return 0;
		features += more;
	}
	return features;
}

/* "color=red"; NULL: no memory. */
static char *feature_name(const char *column, const char *word)
{
	size_t size = strlen(column) + strlen(word) + 2;
	char *name = malloc(size);

	if (name)
		snprintf(name, size, "%s=%s", column, word);
	return name;
}

gf_status encoding_name_features(const struct encoding *encoding, char **names, gf_error *err)
{
	for (size_t i = 0; i < encoding->count; i++) {
		const struct encoded *column = &encoding->columns[i];
		size_t count = column->words ? column->count : 1;

		for (size_t j = 0; j < count; j++, names++) {
			char *name = column->words
					     ? feature_name(encoding->names[i], column->words[j])
					     : strdup(encoding->names[i]);

			if (!name)
				return no_memory(encoding->count, err);
			free(*names);
			*names = name;
		}
	}
	return GF_OK;
}

void encoding_free(struct encoding *encoding)
{
	for (size_t i = 0; i < encoding->count; i++)
		names_free(encoding->columns[i].words, encoding->columns[i].count);
	names_free(encoding->names, encoding->count);
	free(encoding->columns);
	*encoding = (struct encoding){0};
}
