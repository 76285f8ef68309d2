/*
 * container.h: safetensors files made by hand, and refused.
 *
 * All of them go by the name CONTAINER, in the current folder.
 */
#ifndef GF_CONTAINER_H
#define GF_CONTAINER_H

#include "gpufitcl.h"

#include <stddef.h>

#define CONTAINER "m.safetensors"

/* The length and the text of a header, then count bytes of zeros. */
void container_write(const char *header, size_t count);

/* What is there is refused. */
void container_refused(gf_status wanted, const char *message);

/* A file of that header and count bytes is refused with those words after its name. */
void assert_header_refused(const char *header, size_t count, const char *words);

#endif
