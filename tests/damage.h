/*
 * damage.h: a file that is cut or changed anywhere is refused or read, and harms nobody.
 */
#ifndef GF_DAMAGE_H
#define GF_DAMAGE_H

#include "basics.h"

/* Reads the file and frees what it read. */
typedef gf_status read_file(const char *path, gf_error *err);

/* A file cut at any byte is refused as bad data. */
void cut_at_any_byte(const char *path, read_file *read);

/* The file with any bit flipped is read, or refused as bad data in a message that begins with the
 * path: how many are read, of how many. */
size_t flip_any_bit(const char *path, read_file *read, size_t *bits);

#endif
