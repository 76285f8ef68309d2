/*
 * container.h: safetensors files that tests write byte by byte, and that readers refuse.
 *
 * Each has the name CONTAINER, in the current folder.
 */
#ifndef GF_CONTAINER_H
#define GF_CONTAINER_H

#include "gpufitcl.h"

#include <stddef.h>

#define CONTAINER "m.safetensors"

/* Writes the length and the text of a header, then count bytes of 0. */
void container_write(const char *header, size_t count);

/* Asserts that the file is refused with that message. */
void container_refused(gf_status wanted, const char *message);

/* Asserts that a file of that header and count bytes is refused: "m.safetensors: WORDS". */
void assert_header_refused(const char *header, size_t count, const char *words);

#endif
