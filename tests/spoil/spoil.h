/*
 * spoil.h: makes a device get one call wrong, the n-th of its kind, and report success.
 *
 * The linker sends the calls that the Makefile's SPOILED names here (--wrap).
 */
#ifndef GF_SPOIL_H
#define GF_SPOIL_H

#include <stddef.h>
#include <stdint.h>

#define SPOIL_LIST(X)                                                 \
	X(read_flip, "a read delivers one bit flipped")               \
	X(read_stale, "a read delivers the bytes of the read before") \
	X(read_swap, "a read delivers its halves in the wrong order") \
	X(write_flip, "a write sends one bit flipped")                \
	X(write_drop, "a write sends nothing")                        \
	X(launch_drop, "a kernel is not run")                         \
	X(launch_twice, "a kernel is run twice")                      \
	X(memory_flip, "a bit of a buffer flips before a kernel runs")

#define SPOIL_WORD(word, help) SPOIL_##word,
enum spoil_kind { SPOIL_LIST(SPOIL_WORD) SPOIL_KINDS };

struct spoiling {
	enum spoil_kind kind;
	size_t at;     /* number, from 1, of the call to spoil among those of this kind; 0: none */
	uint64_t seed; /* selects the buffer and the bit */
	size_t calls;  /* of this kind so far */
	int done;      /* something was changed */
};

extern struct spoiling spoil;

void spoil_start(enum spoil_kind kind, size_t at, uint64_t seed);

/* Stops; returns how many calls of the kind there were. */
size_t spoil_stop(void);

#endif
