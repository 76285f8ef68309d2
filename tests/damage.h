/*
 * damage.h: checks that a file that is cut or changed anywhere is read or refused, without a crash.
 */
#ifndef GF_DAMAGE_H
#define GF_DAMAGE_H

#include "basics.h"

/* Reads the file and frees what it read. */
typedef gf_status read_file(const char *path, gf_error *err);

/* Cuts the file at every byte in turn: each time it is refused as bad data. */
void cut_at_any_byte(const char *path, read_file *read);

/* Flips every bit in turn: each time the file is read, or refused as bad data in a message that
 * begins with its path.  Returns how often it was read; *bits: the number of bits. */
size_t flip_any_bit(const char *path, read_file *read, size_t *bits);

#endif
