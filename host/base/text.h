/*
 * text.h: text from files and users, which may not be UTF-8, and how messages quote it; and numbers
 * as text.
 */
#ifndef GF_TEXT_H
#define GF_TEXT_H

#include <stddef.h>

/* A part of a longer text, without a NUL at its end. */
struct slice {
	const char *at; /* borrowed */
	size_t length;
};

/* Returns 1 if slice equals word. */
int slice_is(struct slice slice, const char *word);

/* ---- characters ---- */

/* The bytes of the UTF-8 character that text (left) begins with; 0 if there is none. */
size_t utf8_length(const char *text, size_t left);

/* Like utf8_length, but returns 0 also for a character that must not reach a terminal: a control
 * character (C0, DEL, C1), which it obeys, and one that changes the direction of text, which makes
 * a line read as another one. */
size_t utf8_shown(const char *text, size_t left);

/* Returns 1 if all of text is UTF-8. */
int utf8_valid(const char *text, size_t length);

/* Copies text into out (room, 1 or more) and cuts what does not fit.  Bytes that utf8_shown refuses
 * become \n, \t or \xNN.  A newline with two blanks after it stays, since messages list things so;
 * a file's text can therefore never begin a line that looks like another message. */
void clean_text(char *out, size_t room, const char *text);

/* ---- quotes ----
 *
 *	gf_fail(err, GF_E_DATA, "not a number: %s", quote_text(text).text);
 */

enum {
	QUOTE_BYTES = 40,                 /* shown of a longer text */
	QUOTE_ROOM = 4 * QUOTE_BYTES + 8, /* each byte as \xNN, quotes, dots, the end */
};

struct quote {
	char text[QUOTE_ROOM];
};

/* Text as a message quotes it: "abc", "a\"b", "a\x1b", "the first forty bytes"... */
struct quote quote_text(const char *text);

/* Like quote_text, for a text of that length without a NUL at its end. */
struct quote quote_of(const char *text, size_t length);

enum { QUOTE_LIST_ITEMS = 8 /* shown of a longer list */ };

/* A list of quotes: "a", "b" and 3 more.  All zeros: an empty list. */
struct quote_list {
	char text[QUOTE_LIST_ITEMS * (QUOTE_ROOM + 2) + 40];
	size_t count, used;
};

void quote_list_add(struct quote_list *list, const char *item);

/* The text of the list, once all items have been added. */
const char *quote_list_text(struct quote_list *list);

/* ---- numbers, the same in every locale ---- */

enum { NUMBER_TEXT_ROOM = 32 };

/* Writes value so that it reads back to the bit, but for a NaN's payload: "0x1.8p+0", "inf", "nan".
 * Returns text. */
const char *number_text_hexadecimal(char text[NUMBER_TEXT_ROOM], double value);

/* Like number_text_hexadecimal, but decimal, with at most seventeen digits: "1.5",
 * "0.10000000000000001". */
const char *number_text_decimal(char text[NUMBER_TEXT_ROOM], double value);

/* Reads either form.  Returns 1 if the whole text is a number, and sets *value. */
int number_text_parse(const char *text, double *value);

struct about {
	char text[32];
};

/* Rounds a whole number above 0 to two digits: "7", "340", "8600", "8.6 million", "2.1e+15". */
struct about about_number(double value);

#endif
