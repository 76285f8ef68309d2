/* option_words.h: the words that options take, made from the lists of gpufitcl_words.h. */
#ifndef GF_OPTION_WORDS_H
#define GF_OPTION_WORDS_H

#include <stddef.h>

struct word {
	const char *word; /* NULL ends a list */
	const char *help;
	int value; /* of the enum, or what the option stores */
};

extern const struct word loss_words[], activation_words[], optimizer_words[], schedule_words[],
	schedule_per_words[], class_weight_words[], missing_words[], unseen_words[], engine_words[],
	kernels_words[], penalty_words[], check_words[], shuffle_words[], init_words[],
	format_words[], index_base_words[], sparse_words[], header_words[], delimiter_words[],
	encoding_words[];

/* The entry of that word, or NULL. */
const struct word *word_find(const struct word *list, const char *text);

/* The word of that value, as options and reports spell it. */
const char *word_of(const struct word *list, int value);

/* Writes "every, ends or off", cut to size bytes. */
void words_join(const struct word *list, char *buffer, size_t size);

/* The same with the words of the list whose value is a bit of chosen. */
void words_join_chosen(const struct word *list, unsigned chosen, char *buffer, size_t size);

#endif
