/* about.h: an estimate as text, with no more digits than it is worth. */
#ifndef GF_ABOUT_H
#define GF_ABOUT_H

struct about {
	char text[32];
};

/* Of a whole number above 0, two digits: "7", "340", "8600", "8.6 million", "2.1e+15". */
struct about about_number(double value);

#endif
