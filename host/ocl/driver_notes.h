/* driver_notes.h: sentences about what keeps devices out of the list. */
#ifndef GF_DRIVER_NOTES_H
#define GF_DRIVER_NOTES_H

#include <stddef.h>

struct notes {
	char *text;        /* borrowed; (room) the notes, a line each */
	size_t room, used; /* used: more than room where the text did not fit */
	size_t count;
};

void notes_add(struct notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a note for each vendor that has a GPU here and is none of vendors (count), whose GPUs OpenCL
 * shows.  root: "", or the folder where a test has its own /dev, /sys, /etc and /usr. */
void notes_add_drivers(
	struct notes *notes, const char *root, const unsigned *vendors, size_t count);

#endif
