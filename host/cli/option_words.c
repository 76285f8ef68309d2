#include "option_words.h"
#include "options.h"

#include <stdio.h>
#include <string.h>

#define LOSS_WORD(word, help)         {#word, help, GF_LOSS_##word},
#define ACTIVATION_WORD(word, help)   {#word, help, GF_ACTIVATION_##word},
#define OPTIMIZER_WORD(word, help)    {#word, help, GF_OPTIMIZER_##word},
#define SCHEDULE_WORD(word, help)     {#word, help, GF_SCHEDULE_##word},
#define SCHEDULE_PER_WORD(word, help) {#word, help, GF_SCHEDULE_PER_##word},
#define CLASS_WEIGHT_WORD(word, help) {#word, help, GF_CLASS_WEIGHT_##word},
#define MISSING_WORD(word, help)      {#word, help, GF_MISSING_##word},
#define UNSEEN_WORD(word, help)       {#word, help, GF_UNSEEN_##word},
#define ENGINE_WORD(word, help)       {#word, help, GF_ENGINE_##word},
#define KERNELS_WORD(word, help)      {#word, help, GF_KERNELS_##word},
#define CHECK_WORD(word, help)        {#word, help, GF_CHECK_##word},
#define INIT_WORD(word, help)         {#word, help, GF_INIT_##word},
#define SHUFFLE_WORD(word, help)      {#word, help, GF_SHUFFLE_##word},
#define FORMAT_WORD(word, help)       {#word, help, FORMAT_##word},
#define PENALTY_WORD(word, help)      {#word, help, GF_PENALTY_##word},
#define END_OF_WORDS          \
	{                     \
		NULL, NULL, 0 \
	}

const struct word loss_words[] = {GF_LOSS_LIST(LOSS_WORD) END_OF_WORDS};
const struct word activation_words[] = {GF_ACTIVATION_LIST(ACTIVATION_WORD) END_OF_WORDS};
const struct word optimizer_words[] = {GF_OPTIMIZER_LIST(OPTIMIZER_WORD) END_OF_WORDS};
const struct word schedule_words[] = {GF_SCHEDULE_LIST(SCHEDULE_WORD) END_OF_WORDS};
const struct word schedule_per_words[] = {GF_SCHEDULE_PER_LIST(SCHEDULE_PER_WORD) END_OF_WORDS};
const struct word class_weight_words[] = {GF_CLASS_WEIGHT_LIST(CLASS_WEIGHT_WORD) END_OF_WORDS};
const struct word missing_words[] = {GF_MISSING_LIST(MISSING_WORD) END_OF_WORDS};
const struct word unseen_words[] = {GF_UNSEEN_LIST(UNSEEN_WORD) END_OF_WORDS};
const struct word engine_words[] = {GF_ENGINE_LIST(ENGINE_WORD) END_OF_WORDS};
const struct word kernels_words[] = {GF_KERNELS_LIST(KERNELS_WORD) END_OF_WORDS};
const struct word penalty_words[] = {GF_PENALTY_LIST(PENALTY_WORD) END_OF_WORDS};
const struct word check_words[] = {GF_CHECK_LIST(CHECK_WORD) END_OF_WORDS};
const struct word shuffle_words[] = {GF_SHUFFLE_LIST(SHUFFLE_WORD) END_OF_WORDS};
const struct word init_words[] = {GF_INIT_LIST(INIT_WORD) END_OF_WORDS};

const struct word format_words[] = {FORMAT_LIST(FORMAT_WORD) END_OF_WORDS};

const struct word index_base_words[] = {
	{"0", "indices count from 0", 0},
	{"1", "indices count from 1", 1},
	{"auto", "0 if the file has an index 0, else 1; with a model, that of its data", -1},
	END_OF_WORDS,
};

const struct word sparse_words[] = {
	{"yes", "of each row only what the file gives", 1},
	{"no", "all numbers, zeros too", 0},
	{"auto", "yes where that is faster, or where memory wants it", -1},
	END_OF_WORDS,
};

const struct word header_words[] = {
	{"yes", "line 1 names the columns", 1},
	{"no", "line 1 is data", 0},
	{"auto", "line 1 names the columns if one of its fields is no number", -1},
	END_OF_WORDS,
};

const struct word delimiter_words[] = {
	{"comma", ",", ','},
	{"tab", "the tabulator", '\t'},
	{"semicolon", ";", ';'},
	{"bar", "|", '|'},
	{"space", "blanks and tabs", ' '},
	END_OF_WORDS,
};

const struct word encoding_words[] = {
	{"utf-8", "what most programs write", GF_ENCODING_utf8},
	{"latin-1", "one byte a character: ISO 8859-1, Windows-1252", GF_ENCODING_latin1},
	END_OF_WORDS,
};

const struct word *word_find(const struct word *list, const char *text)
{
	for (; list->word; list++)
		if (strcmp(list->word, text) == 0)
			return list;
	return NULL;
}

const char *word_of(const struct word *list, int value)
{
	for (; list->word; list++)
		if (list->value == value)
			return list->word;
	return "unknown";
}

void words_join(const struct word *list, char *buffer, size_t size)
{
	size_t used = 0;

	buffer[0] = '\0';
	for (; list->word && used < size; list++) {
		const char *after = !list[1].word ? "" : list[2].word ? ", " : " or ";

		used += (size_t)snprintf(buffer + used, size - used, "%s%s", list->word, after);
	}
}

void words_join_chosen(const struct word *list, unsigned chosen, char *buffer, size_t size)
{
	struct word picked[32 + 1] = {END_OF_WORDS};
	size_t count = 0;

	for (; list->word; list++)
		if (chosen >> list->value & 1u)
			picked[count++] = *list;
	words_join(picked, buffer, size);
}
