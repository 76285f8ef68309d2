/* words.h: the words that options take, made from the lists of gpufitcl.h. */
#ifndef GF_WORDS_H
#define GF_WORDS_H

#include <stddef.h>

struct word {
	const char *word; /* NULL ends a list */
	const char *help;
	int value; /* of the enum, or what the option stores */
};

extern const struct word loss_words[], optimizer_words[], schedule_words[], schedule_per_words[],
	class_weight_words[], missing_words[], unseen_words[], engine_words[], kernels_words[],
	check_words[], init_words[], header_words[], index_base_words[], delimiter_words[],
	encoding_words[];

/* The entry of that word, or NULL. */
const struct word *word_find(const struct word *list, const char *text);

/* The word of that value, as it stands in options and reports. */
const char *word_of(const struct word *list, int value);

/* "every, ends or off", cut where buffer ends. */
void words_join(const struct word *list, char *buffer, size_t size);

/* The same of the words whose value's bit is set in chosen. */
void words_join_chosen(const struct word *list, unsigned chosen, char *buffer, size_t size);

#endif
