#include "protobuf.h"

#include <stdlib.h>
#include <string.h>

/* The wire types of the fields that are written here. */
enum wire { WIRE_VARINT = 0, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

void message_free(struct message *m)
{
	free(m->bytes);
	*m = (struct message){0};
}

/* Makes room for so many more bytes and returns where they go; NULL: memory has run out. */
static unsigned char *extend(struct message *m, size_t count)
{
	unsigned char *grown;
	size_t room = m->room;

	if (m->failed || count > SIZE_MAX / 4 - m->count)
		room = 0;
	else if (m->count + count > room)
		room = 2 * (m->count + count);
	grown = room > m->room ? realloc(m->bytes, room) : m->bytes;
	if (!room || !grown) {
		m->failed = 1;
		return NULL;
	}
	m->bytes = grown;
	m->room = room;
	m->count += count;
	return m->bytes + m->count - count;
}

/* Adds seven bits a byte, the lowest first; the highest bit says that more follow. */
static void add_varint(struct message *m, uint64_t value)
{
	unsigned char *to;

	do {
		to = extend(m, 1);
		if (to)
			*to = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value);
}

static void add_key(struct message *m, unsigned field, enum wire wire)
{
	add_varint(m, (uint64_t)field << 3 | wire);
}

/* Stores the lowest `size` bytes of bits, the lowest first. */
static void store(unsigned char *to, uint64_t bits, size_t size)
{
	for (size_t i = 0; i < size; i++)
		to[i] = (unsigned char)(bits >> 8 * i);
}

static void store_float(unsigned char *to, float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof bits);
	store(to, bits, sizeof bits);
}

static void store_double(unsigned char *to, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof bits);
	store(to, bits, sizeof bits);
}

void message_number(struct message *m, unsigned field, uint64_t value)
{
	add_key(m, field, WIRE_VARINT);
	add_varint(m, value);
}

void message_float(struct message *m, unsigned field, float value)
{
	unsigned char *to;

	add_key(m, field, WIRE_FIXED32);
	to = extend(m, sizeof value);
	if (to)
		store_float(to, value);
}

/* Begins a field of bytes and returns where they go, or NULL. */
static unsigned char *begin_bytes(struct message *m, unsigned field, size_t count)
{
	add_key(m, field, WIRE_BYTES);
	add_varint(m, count);
	return extend(m, count);
}

void message_bytes(struct message *m, unsigned field, const void *bytes, size_t count)
{
	unsigned char *to = begin_bytes(m, field, count);

	if (to && count)
		memcpy(to, bytes, count);
}

void message_text(struct message *m, unsigned field, const char *text)
{
	message_bytes(m, field, text, strlen(text));
}

void message_floats(struct message *m, unsigned field, const float *values, size_t count)
{
	unsigned char *to = begin_bytes(m, field, count * sizeof *values);

	for (size_t i = 0; to && i < count; i++)
		store_float(to + i * sizeof *values, values[i]);
}

void message_doubles(struct message *m, unsigned field, const double *values, size_t count)
{
	unsigned char *to = begin_bytes(m, field, count * sizeof *values);

	for (size_t i = 0; to && i < count; i++)
		store_double(to + i * sizeof *values, values[i]);
}

void message_add(struct message *m, unsigned field, struct message *inner)
{
	message_bytes(m, field, inner->bytes, inner->count);
	m->failed |= inner->failed;
	message_free(inner);
}
