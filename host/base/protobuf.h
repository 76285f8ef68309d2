/*
 * protobuf.h: writes messages in the wire format of Protocol Buffers, of which ONNX files consist.
 *
 * The format is that of protobuf.dev/programming-guides/encoding: a field is its number and its
 * wire type, 3 bits, as a varint, then its value.  A message inside another is a field of bytes,
 * whose length comes first, so it is made as a message of its own.  These few functions write all
 * that ONNX needs; a library would bring a compiler for its schemas.
 */
#ifndef GF_PROTOBUF_H
#define GF_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

/* A message under construction; all zeros: an empty one. */
struct message {
	unsigned char *bytes; /* owned */
	size_t count, room;
	int failed; /* memory ran out: what was added since is lost */
};

void message_free(struct message *m);

/* Add a field: a whole number, a float, and text or other bytes. */
void message_number(struct message *m, unsigned field, uint64_t value);
void message_float(struct message *m, unsigned field, float value);
void message_text(struct message *m, unsigned field, const char *text);
void message_bytes(struct message *m, unsigned field, const void *bytes, size_t count);

/* Add a field of all the numbers' bytes, the lowest first. */
void message_floats(struct message *m, unsigned field, const float *values, size_t count);
void message_doubles(struct message *m, unsigned field, const double *values, size_t count);

/* Adds a message as a field, and frees it. */
void message_add(struct message *m, unsigned field, struct message *inner);

#endif
