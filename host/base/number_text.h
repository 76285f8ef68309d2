/* number_text.h: numbers as text that is the same in every locale, and reads back to the bit; and
 * estimates, with no more digits than they are worth. */
#ifndef GF_NUMBER_TEXT_H
#define GF_NUMBER_TEXT_H

enum { NUMBER_TEXT_ROOM = 32 };

/* "0x1.8p+0", "inf", "nan": a NaN's payload is lost.  Returns text. */
const char *number_text_hexadecimal(char text[NUMBER_TEXT_ROOM], double value);

/* Seventeen digits at most: "1.5", "0.10000000000000001".  Returns text. */
const char *number_text_decimal(char text[NUMBER_TEXT_ROOM], double value);

/* 1 where the whole text is a number in any of these forms, which *value then is; else 0. */
int number_text_parse(const char *text, double *value);

struct about {
	char text[32];
};

/* Rounds a whole number above 0 to two digits: "7", "340", "8600", "8.6 million", "2.1e+15". */
struct about about_number(double value);

#endif
